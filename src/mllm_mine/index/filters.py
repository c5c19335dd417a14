"""Which papers a list, a search or a report is about: one set of filters for all of them."""

from __future__ import annotations

import difflib
from collections.abc import Container
from dataclasses import dataclass
from datetime import timedelta

from mllm_mine.clock import iso, now, parse_iso
from mllm_mine.errors import ConfigurationError
from mllm_mine.taxonomy import SCOPE, Taxonomy


@dataclass(frozen=True, slots=True)
class PaperFilter:
    """What a paper must be to be read. Every condition that is set must hold.

    Attributes:
        labels: ids of labels, or of groups (``parameter-frozen``: any label of the group).
            A label's children count as the label, since they imply it.
        since, until: ISO dates or moments of the first version, both included; "" for no bound.
        in_scope: True for papers in scope, False for those out of it, None for all.
        uncertain, unfamiliar: only papers whose decision the model is unsure of, or that are
            unlike anything it was trained on, and that nobody has labelled by hand.
        by_hand: only papers with a label by hand.
        min_probability: only labels that are at least this probable count, and of papers in
            scope only those that are at least this probable to be; a person's word counts 1.
        changed_since: only papers that this index first met, or saw change or move, at this date
            or moment or later: a new version, other details, a label given or taken back.
    """

    labels: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    in_scope: bool | None = None
    uncertain: bool = False
    unfamiliar: bool = False
    by_hand: bool = False
    min_probability: float = 0.0
    changed_since: str = ""

    def conditions(
        self, taxonomy: Taxonomy, frequent: Container[str] = ()
    ) -> tuple[str, list[object]]:
        """The filter as an SQL condition on ``papers`` joined with ``classifications``.

        Args:
            frequent: labels (and ``in_scope``, ``uncertain``, ``unfamiliar``) of many papers: it
                is quicker to go through the papers and ask each than to collect all these.

        Returns:
            The condition and its parameters.

        Raises:
            ConfigurationError: a label, a date or a probability that makes no sense.
        """
        if not 0 <= self.min_probability <= 1:
            raise ConfigurationError(
                f"a probability lies between 0 and 1, and {self.min_probability} does not"
            )
        parts: list[str] = []
        values: list[object] = []
        for name in self.labels:
            wanted = label_ids(name, taxonomy)
            marks = ", ".join("?" * len(wanted))
            if any(label in frequent for label in wanted):
                parts.append(_CARRIES.format(marks=marks))
                values += [*wanted, self.min_probability, *wanted]
            else:
                parts.append(
                    "papers.arxiv_id IN (SELECT arxiv_id FROM effective_labels "
                    f"WHERE label IN ({marks}) AND probability >= ?)"
                )
                values += [*wanted, self.min_probability]
        if self.since:
            parts.append("papers.published >= ?")
            values.append(day_or_moment(self.since))
        if self.until:
            parts.append("papers.published <= ? AND papers.published <> ''")
            values.append(day_or_moment(self.until, end=True))
        if self.in_scope is not None and taxonomy.scope is not None:
            parts.append(f"{IN_SCOPE} = ?")
            values.append(int(self.in_scope))
            if self.in_scope and SCOPE not in frequent:
                parts.append(_MAY_BE_IN_SCOPE)
            if self.in_scope and self.min_probability:
                parts.append(f"{_P_IN_SCOPE} >= ?")
                values.append(self.min_probability)
        for name in ("uncertain", "unfamiliar"):
            if getattr(self, name):
                marked = f"classifications.{name} = 1"
                if name not in frequent:
                    marked = (
                        f"papers.arxiv_id IN (SELECT arxiv_id FROM classifications WHERE {marked})"
                    )
                parts.append(f"{marked} AND NOT ({_BY_HAND})")
        if self.by_hand:
            parts.append(_BY_HAND)
        if self.changed_since:
            parts.append(_CHANGED)
            values += [day_or_moment(self.changed_since)] * 3
        return " AND ".join(f"({part})" for part in parts) or "1", values


IN_SCOPE = (
    "coalesce((SELECT value FROM hand_labels AS hand WHERE hand.arxiv_id = papers.arxiv_id "
    f"AND hand.label = '{SCOPE}'), classifications.in_scope)"
)
"""Whether a paper is in scope: by hand, otherwise by the model."""
_P_IN_SCOPE = (
    "coalesce((SELECT value FROM hand_labels AS hand WHERE hand.arxiv_id = papers.arxiv_id "
    f"AND hand.label = '{SCOPE}'), classifications.p_in_scope, 0)"
)

# As the view `effective_labels` has it; but SQLite would not look a single paper up in the view.
_CARRIES = """EXISTS (
    SELECT 1 FROM predictions AS given
    WHERE given.arxiv_id = papers.arxiv_id AND given.label IN ({marks}) AND given.assigned = 1
      AND given.probability >= ? AND NOT EXISTS (
        SELECT 1 FROM hand_decisions AS hand
        WHERE hand.arxiv_id = papers.arxiv_id AND hand.label = given.label)
) OR EXISTS (
    SELECT 1 FROM hand_decisions AS hand
    WHERE hand.arxiv_id = papers.arxiv_id AND hand.label IN ({marks}) AND hand.value = 1)"""
_BY_HAND = "papers.arxiv_id IN (SELECT arxiv_id FROM hand_labels)"
_CHANGED = """papers.arxiv_id IN (
    SELECT arxiv_id FROM papers WHERE last_changed >= ?
    UNION ALL SELECT arxiv_id FROM label_changes WHERE changed_at >= ?
    UNION ALL SELECT arxiv_id FROM labels WHERE labelled_at >= ?)"""
# Says nothing that IN_SCOPE does not; but from here SQLite can begin.
_MAY_BE_IN_SCOPE = f"""papers.arxiv_id IN (
    SELECT arxiv_id FROM classifications WHERE in_scope = 1
    UNION ALL SELECT arxiv_id FROM labels WHERE label = '{SCOPE}')"""


def day_or_moment(text: str, *, end: bool = False) -> str:
    """Reads a date for a filter: ISO 8601, or ``30d`` for thirty days before today.

    Args:
        end: take a day as its last second rather than its first.

    Returns:
        A moment as the index keeps it.

    Raises:
        ConfigurationError: when the text is no date.
    """
    stripped = text.strip()
    try:
        if stripped.endswith("d"):
            moment = now().replace(hour=0, minute=0, second=0)
            moment -= timedelta(days=int(stripped[:-1]))
        else:
            moment = parse_iso(stripped)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"{text!r} is no date; write it like 2025-01-31, or 30d for the last thirty days"
        ) from error
    whole_day = stripped.endswith("d") or len(stripped) <= len("2025-01-31")
    return iso(
        moment + timedelta(hours=23, minutes=59, seconds=59) if end and whole_day else moment
    )


def label_ids(name: str, taxonomy: Taxonomy) -> list[str]:
    """The label of this id, or the labels of the group of this id.

    Raises:
        ConfigurationError: there is neither, with the nearest that there is.
    """
    if name in taxonomy.by_id:
        return [name]
    members = [label.id for label in taxonomy.labels if label.group == name]
    if members:
        return members
    if name == SCOPE:
        raise ConfigurationError(
            f"{SCOPE!r} is no label to look for; ask for scope with --in-scope"
        )
    raise unknown_label(name, taxonomy)


def unknown_label(name: str, taxonomy: Taxonomy) -> ConfigurationError:
    """The error for a label that the taxonomy does not have, with the nearest that it has."""
    groups = {label.group for label in taxonomy.labels if label.group}
    near = difflib.get_close_matches(name, [*taxonomy.label_ids, SCOPE, *sorted(groups)], 2)
    hint = f"did you mean {' or '.join(near)}?" if near else "'mine taxonomy' lists them"
    return ConfigurationError(f"there is no label {name!r} in the taxonomy; {hint}")
