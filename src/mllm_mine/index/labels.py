"""Labels by hand: an append-only history, of which the newest word on each label counts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from mllm_mine.clock import utc_now
from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import unknown_label
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class HandLabel:
    """One word of a person on one label of one paper. Fields are the table's columns.

    Attributes:
        arxiv_id: without version; may name a paper the index does not hold.
        value: True grants the label, False refuses it, None takes the label by hand back.
        labelled_at: ISO 8601 in UTC.
        tool: what it was given with (``mine label``, ``mine review``, ``asreview`` …).
        version: of the paper that was read, or None when unknown.
        model_id, probability: the model whose opinion was shown, and that opinion.
    """

    arxiv_id: str
    label: str
    value: bool | None
    author: str = ""
    labelled_at: str = ""
    tool: str = ""
    version: int | None = None
    model_id: str = ""
    probability: float | None = None
    note: str = ""


COLUMNS = tuple(field.name for field in fields(HandLabel))
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM labels"
_INSERT = f"INSERT INTO labels ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


@dataclass
class ImportCounts:
    """What became of labels that were brought in.

    Attributes:
        added: new to the history.
        known: already in it, and so left alone.
        absent: of the added, how many are for papers that the index does not hold (yet).
    """

    added: int = 0
    known: int = 0
    absent: int = 0


class Labels:
    """The history of labels by hand. Nothing is changed or deleted, only added."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def give(
        self,
        arxiv_id: str,
        changes: Mapping[str, bool | None],
        *,
        author: str = "",
        tool: str = "",
        note: str = "",
        version: int | None = None,
        confirm: bool = False,
    ) -> list[HandLabel]:
        """Records a person's decisions on a paper, with what the model said at that time.

        Args:
            changes: label id (or ``in_scope``) to True, False, or None to take it back.
            version: of the paper that was read; the index's when left out.
            confirm: record decisions that are in force already as well.

        Returns:
            The rows that were added; a decision that is in force already adds none.

        Raises:
            ConfigurationError: an unknown label, or decisions that contradict each other.
        """
        check_changes(changes, self._index.taxonomy)
        with self._index.transaction() as connection:
            paper = connection.execute(
                "SELECT papers.version, coalesce(model_id, '') AS model_id FROM papers "
                "LEFT JOIN classifications USING (arxiv_id) WHERE papers.arxiv_id = ?",
                (arxiv_id,),
            ).fetchone()
            # A clock that was set back must not make a word older than those it overrules.
            moment = max(utc_now(), *(word.labelled_at for word in self.history(arxiv_id)), "")
            given = []
            for label, value in changes.items():
                if not (note or confirm) and self._in_force(arxiv_id, label, value):
                    continue
                row = HandLabel(
                    arxiv_id=arxiv_id,
                    label=label,
                    value=value,
                    author=cleaned(author),
                    labelled_at=moment,
                    tool=tool,
                    version=version or (paper["version"] if paper else None),
                    model_id=paper["model_id"] if paper else "",
                    probability=self._probability(arxiv_id, label),
                    note=cleaned(note),
                )
                connection.execute(_INSERT, _values(row))
                given.append(row)
            return given

    def bring_in(self, labels: Iterable[HandLabel]) -> ImportCounts:
        """Adds labels from elsewhere; those that are in the history already are left alone.

        Labels keep their time, so an old one never overrules a newer one that is here.
        """
        counts = ImportCounts()
        with self._index.transaction() as connection:
            for label in labels:
                if label in self._of(label.arxiv_id, label.label):
                    counts.known += 1
                    continue
                connection.execute(_INSERT, _values(label))
                counts.added += 1
                counts.absent += not connection.execute(
                    "SELECT 1 FROM papers WHERE arxiv_id = ?", (label.arxiv_id,)
                ).fetchone()
        return counts

    def history(self, arxiv_id: str) -> list[HandLabel]:
        """All that was ever said by hand about a paper, oldest first."""
        return [
            _from_row(row)
            for row in self._connection.execute(
                f"{_SELECT} WHERE arxiv_id = ? ORDER BY labelled_at, label_id", (arxiv_id,)
            )
        ]

    def in_force(self, arxiv_id: str) -> dict[str, bool]:
        """What was said by hand of a paper and not taken back, without what it implies."""
        rows = self._connection.execute(
            "SELECT label, value FROM hand_labels WHERE arxiv_id = ?", (arxiv_id,)
        )
        return {row["label"]: bool(row["value"]) for row in rows}

    def each(self) -> Iterator[HandLabel]:
        """The whole history, by time of labelling."""
        for row in self._connection.execute(f"{_SELECT} ORDER BY labelled_at, label_id"):
            yield _from_row(row)

    def count(self) -> int:
        """How many papers have a label by hand in force."""
        query = "SELECT count(DISTINCT arxiv_id) FROM hand_labels"
        return int(self._connection.execute(query).fetchone()[0])

    def _of(self, arxiv_id: str, label: str) -> list[HandLabel]:
        rows = self._connection.execute(
            f"{_SELECT} WHERE arxiv_id = ? AND label = ? ORDER BY labelled_at, label_id",
            (arxiv_id, label),
        )
        return [_from_row(row) for row in rows]

    def _in_force(self, arxiv_id: str, label: str, value: bool | None) -> bool:
        """Whether saying this would change nothing."""
        newest = self._of(arxiv_id, label)[-1:]
        if value is None:
            return not newest or newest[0].value is None
        decided = self._connection.execute(
            "SELECT value FROM hand_decisions WHERE arxiv_id = ? AND label = ?", (arxiv_id, label)
        ).fetchone()
        return bool(newest) and newest[0].value == value and decided["value"] == value

    def _probability(self, arxiv_id: str, label: str) -> float | None:
        row = self._connection.execute(
            "SELECT probability FROM predictions WHERE arxiv_id = ? AND label = ?",
            (arxiv_id, label),
        ).fetchone()
        return None if row is None else float(row[0])


def check_changes(changes: Mapping[str, bool | None], taxonomy: Taxonomy) -> None:
    """Refuses labels that are unknown, and a child that is granted while its parent is refused.

    Raises:
        ConfigurationError: naming the label and the nearest right one.
    """
    for label, value in changes.items():
        if label not in taxonomy.by_id and not (label == SCOPE and taxonomy.scope):
            raise unknown_label(label, taxonomy)
        if value:
            for above in taxonomy.ancestors(label):
                if changes.get(above) is False:
                    raise ConfigurationError(
                        f"{label} belongs to {above}: both +{label} and -{above} cannot hold"
                    )


def cleaned(text: str) -> str:
    """A person's text without control characters and broken code points."""
    return _CONTROL.sub("", text).strip()


def _from_row(row: sqlite3.Row) -> HandLabel:
    values = {column: row[column] for column in COLUMNS}
    values["value"] = None if values["value"] is None else bool(values["value"])
    return HandLabel(**values)


def _values(label: HandLabel) -> tuple[object, ...]:
    return tuple(getattr(label, column) for column in COLUMNS)
