"""The table of reported results: numbers that papers report on benchmarks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.unread import Unread, keep_state

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_READINGS = "result_readings"
_COLUMNS = (
    "arxiv_id, position, source, page, benchmark, model, size, model_from, baseline, metric, "
    "number, kind, languages, evidence"
)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One number that a paper reports; what its sentence or table does not say is "".

    Attributes:
        position: counts the results of a paper in its order.
        source: ``abstract``, ``text`` or ``table``.
        page: of the PDF, 1 for the first; None in an abstract.
        size: of the model (``7B``, ``large``).
        model_from: ``result`` when sentence or table name the model; ``abstract`` when they name
            none, and title and abstract of the paper name this one alone.
        baseline: the model that a difference is measured against.
        number, languages: as written.
        kind: ``value`` or ``difference``.
        evidence: the sentence, or the caption, the row, the column and the cell.
    """

    arxiv_id: str
    position: int
    source: str
    page: int | None
    benchmark: str
    model: str
    size: str
    model_from: str
    baseline: str
    metric: str
    number: str
    kind: str
    languages: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PaperResult:
    """A result with its paper; ``groups`` are the groups of labels that the paper carries."""

    row: ResultRow
    title: str
    published: str
    groups: frozenset[str]


class Results:
    """Reported results by paper, and which papers have yet to be read for them."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def unread(self, reader: str) -> Unread:
        """Papers in scope that were not read as they are now.

        Args:
            reader: names the rules of reading.
        """
        return Unread(self._index, _READINGS, reader)

    def keep(self, arxiv_id: str, state: str, found: Iterable[ResultRow]) -> None:
        """Replaces what is known of a paper's results."""
        with self._index.transaction() as connection:
            connection.execute("DELETE FROM results WHERE arxiv_id = ?", (arxiv_id,))
            connection.executemany(
                f"INSERT INTO results ({_COLUMNS}) VALUES ({', '.join('?' * 14)})",
                map(astuple, found),
            )
            keep_state(connection, _READINGS, arxiv_id, state)

    def rows(self, wanted: PaperFilter) -> list[PaperResult]:
        """Results of the papers that match a filter, newest paper first, in a paper's order.

        Withdrawn papers are left out.
        """
        condition, values = wanted.conditions(self._index.taxonomy)
        groups: dict[str, set[str]] = {}
        for arxiv_id, group in self._connection.execute(
            """SELECT DISTINCT given.arxiv_id, known.label_group
            FROM effective_labels AS given JOIN taxonomy_labels AS known USING (label)
            WHERE known.label_group <> '' AND given.arxiv_id IN (SELECT arxiv_id FROM results)"""
        ):
            groups.setdefault(arxiv_id, set()).add(group)
        found = self._connection.execute(
            f"""SELECT results.*, papers.title, papers.published
            FROM results JOIN papers USING (arxiv_id) LEFT JOIN classifications USING (arxiv_id)
            WHERE papers.withdrawn = 0 AND {condition}
            ORDER BY papers.published DESC, papers.arxiv_id, results.position""",
            values,
        )
        return [
            PaperResult(ResultRow(*row[:14]), row[14], row[15], frozenset(groups.get(row[0], ())))
            for row in found
        ]
