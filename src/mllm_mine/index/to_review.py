"""Papers a person might look at next, with what the model and earlier readers said of them."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter
from mllm_mine.paper import Paper

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_BATCH = 400  # ids in one query; below SQLite's oldest limit of parameters
_DRAWS = 10_000  # papers looked at for a random one, before all are

REVIEW_TOOL = "mine review"
"""The tool that labels from the review queue are kept under."""
RANDOM_TOOL = "mine review (random)"
"""The same for papers that were drawn at random, from which honest estimates are made."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The model's word on one label of one paper."""

    probability: float
    assigned: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that might be reviewed.

    Attributes:
        in_scope, p_in_scope: the model's; None where it knows no scope.
        opinions: by label id, scope not among them; labels the model thinks far off are missing.
        by_hand: decisions in force, by label id (or ``in_scope``).
        read_version: the version that was last labelled by hand, or None.
    """

    paper: Paper
    model_id: str
    in_scope: bool | None
    p_in_scope: float | None
    unfamiliar: bool
    opinions: dict[str, Opinion] = field(default_factory=dict)
    by_hand: dict[str, bool] = field(default_factory=dict)
    read_version: int | None = None


class ToReview:
    """Reads candidates from the index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def undecided(
        self, wanted: PaperFilter, near: Sequence[str], within: Sequence[str] | None, limit: int
    ) -> list[Candidate]:
        """Papers nobody has labelled of which the model is unsure, newest first.

        Args:
            near: label ids; when given, papers to which the model gives one of them a chance.
            within: ids to which the search is narrowed, or None for all papers.
        """
        condition, values = wanted.conditions(self._index.taxonomy)
        doubt = "(classifications.uncertain = 1 OR classifications.unfamiliar = 1)"
        if near:
            doubt = f"EXISTS ({_chance_of(near)})"
            values = [*values, *near]
        return self._candidates(
            self._ids(f"{condition} AND {doubt} AND {_UNLABELLED}", values, within, limit)
        )

    def changed_since_labelled(
        self, wanted: PaperFilter, within: Sequence[str] | None, limit: int
    ) -> list[Candidate]:
        """Papers that have a new version since a person labelled them."""
        condition, values = wanted.conditions(self._index.taxonomy)
        newer = (
            f"{_LABELLED} AND papers.version > (SELECT max(version) FROM labels "
            "WHERE labels.arxiv_id = papers.arxiv_id)"
        )
        return self._candidates(self._ids(f"{condition} AND {newer}", values, within, limit))

    def contradicted(
        self, wanted: PaperFilter, within: Sequence[str] | None, sure: float, limit: int
    ) -> list[Candidate]:
        """Papers on which the model strongly contradicts a label by hand.

        A reader who has confirmed a label in review against the model's present opinion is not
        asked again about it.

        Args:
            sure: a refused label counts from this probability, a granted one below 1 minus it.
        """
        condition, values = wanted.conditions(self._index.taxonomy)
        contradicts = f"""EXISTS (
            SELECT 1 FROM hand_labels AS hand LEFT JOIN predictions AS said
                ON said.arxiv_id = hand.arxiv_id AND said.label = hand.label
            WHERE hand.arxiv_id = papers.arxiv_id
              AND NOT (hand.tool LIKE '{REVIEW_TOOL}%'
                       AND hand.model_id = classifications.model_id)
              AND CASE hand.value WHEN 1 THEN coalesce(said.probability, 0) < ?
                  ELSE coalesce(said.probability, 0) >= ? END)"""
        return self._candidates(
            self._ids(
                f"{condition} AND classifications.error = '' AND {_LABELLED} AND {contradicts}",
                [*values, 1 - sure, sure],
                within,
                limit,
            )
        )

    def drawn(self, wanted: PaperFilter, number: int, seed: int) -> list[Candidate]:
        """Papers nobody has labelled, each as likely as any other; the same for the same seed."""
        if not number:
            return []
        condition, values = wanted.conditions(self._index.taxonomy)
        known = f"{condition} AND classifications.error = '' AND {_UNLABELLED}"
        last = self._connection.execute("SELECT coalesce(max(rowid), 0) FROM papers").fetchone()[0]
        # Drawn among all numbers there are; what cannot be reviewed is passed over.
        numbers = random.Random(seed).sample(range(1, last + 1), min(last, _DRAWS))
        ids: list[str] = []
        for at in range(0, len(numbers), _BATCH):
            part = numbers[at : at + _BATCH]
            among = f"papers.rowid IN ({', '.join('?' * len(part))})"
            rows = self._connection.execute(
                "SELECT papers.rowid, papers.arxiv_id FROM papers JOIN classifications "
                f"USING (arxiv_id) WHERE {among} AND withdrawn = 0 AND {known}",
                [*part, *values],
            )
            reviewable = dict(row for row in rows)
            ids += [reviewable[rowid] for rowid in part if rowid in reviewable]
            if len(ids) >= number:
                return self._candidates(ids[:number])
        if last > _DRAWS:  # few of very many papers can be reviewed: look at them all
            ids = sorted(self._ids(known, values, None, None))
            ids = random.Random(seed).sample(ids, min(number, len(ids)))
        return self._candidates(ids)

    def random_decisions(self) -> dict[str, dict[str, bool]]:
        """For papers drawn at random and judged: whether the model agreed, label by label.

        What the model held is read off the prediction that was shown while it is still here,
        and otherwise off the probability that was kept with the decision.
        """
        found: dict[str, dict[str, bool]] = {}
        for row in self._connection.execute(
            "SELECT hand.arxiv_id, hand.label, hand.value, coalesce(said.assigned, "
            "coalesce(hand.probability, 0) >= 0.5) AS held FROM hand_labels AS hand "
            "LEFT JOIN predictions AS said ON said.arxiv_id = hand.arxiv_id "
            "AND said.label = hand.label AND said.model_id = hand.model_id "
            f"WHERE hand.tool = '{RANDOM_TOOL}'"
        ):
            found.setdefault(row["arxiv_id"], {})[row["label"]] = row["value"] == row["held"]
        return found

    def _ids(
        self,
        condition: str,
        values: Sequence[object],
        within: Sequence[str] | None,
        limit: int | None,
    ) -> list[str]:
        if within is not None:
            condition += " AND papers.arxiv_id IN (SELECT value FROM json_each(?))"
            values = [*values, json.dumps(within)]
        rows = self._connection.execute(
            "SELECT papers.arxiv_id FROM papers JOIN classifications USING (arxiv_id) "
            f"WHERE withdrawn = 0 AND {condition} "
            "ORDER BY papers.published DESC, papers.arxiv_id LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return [row[0] for row in rows]

    def _candidates(self, ids: Sequence[str]) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        for at in range(0, len(ids), _BATCH):
            part = ids[at : at + _BATCH]
            marks = ", ".join("?" * len(part))
            rows = self._connection.execute(
                "SELECT classifications.*, papers.arxiv_id AS id, "
                "(SELECT max(version) FROM labels WHERE labels.arxiv_id = papers.arxiv_id "
                "AND value IS NOT NULL) AS read_version "
                "FROM papers JOIN classifications USING (arxiv_id) "
                f"WHERE papers.arxiv_id IN ({marks})",
                part,
            ).fetchall()
            opinions = self._opinions(part)
            by_hand = self._by_hand(part)
            for row in rows:
                paper = self._index.papers.get(row["id"])
                if paper is not None:
                    found[row["id"]] = _candidate(
                        paper, row, opinions.get(row["id"], {}), by_hand.get(row["id"], {})
                    )
        return [found[arxiv_id] for arxiv_id in ids if arxiv_id in found]

    def _opinions(self, ids: Sequence[str]) -> dict[str, dict[str, Opinion]]:
        found: dict[str, dict[str, Opinion]] = {}
        for row in self._connection.execute(
            "SELECT arxiv_id, label, probability, assigned FROM predictions "
            f"WHERE label <> 'in_scope' AND arxiv_id IN ({', '.join('?' * len(ids))})",
            ids,
        ):
            found.setdefault(row["arxiv_id"], {})[row["label"]] = Opinion(
                row["probability"], bool(row["assigned"])
            )
        return found

    def _by_hand(self, ids: Sequence[str]) -> dict[str, dict[str, bool]]:
        found: dict[str, dict[str, bool]] = {}
        for row in self._connection.execute(
            "SELECT arxiv_id, label, value FROM hand_decisions "
            f"WHERE value IS NOT NULL AND arxiv_id IN ({', '.join('?' * len(ids))})",
            ids,
        ):
            found.setdefault(row["arxiv_id"], {})[row["label"]] = bool(row["value"])
        return found


_LABELLED = "papers.arxiv_id IN (SELECT arxiv_id FROM hand_labels)"
_UNLABELLED = "NOT EXISTS (SELECT 1 FROM hand_labels AS hand WHERE hand.arxiv_id = papers.arxiv_id)"


def _chance_of(labels: Iterable[str]) -> str:
    marks = ", ".join("?" for _ in labels)
    return (
        "SELECT 1 FROM predictions AS near WHERE near.arxiv_id = papers.arxiv_id "
        f"AND near.label IN ({marks})"
    )


def _candidate(
    paper: Paper, row: sqlite3.Row, opinions: dict[str, Opinion], by_hand: dict[str, bool]
) -> Candidate:
    return Candidate(
        paper=paper,
        model_id=row["model_id"],
        in_scope=None if row["in_scope"] is None else bool(row["in_scope"]),
        p_in_scope=row["p_in_scope"],
        unfamiliar=bool(row["unfamiliar"]),
        opinions=opinions,
        by_hand=by_hand,
        read_version=row["read_version"],
    )
