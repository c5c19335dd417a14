"""Citations within the index: the references of texts, and the papers of the index they name."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.errors import InputFileError
from mllm_mine.paper import parse_paper_id
from mllm_mine.title_key import reference_title_keys

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.I)


@dataclass(frozen=True, slots=True)
class Citation:
    """One end of a citation: the paper cited, or the paper that cites.

    Attributes:
        matched_by: what told which paper is meant: ``id``, ``doi`` or ``title``.
    """

    arxiv_id: str
    title: str
    published: str
    matched_by: str


class Citations:
    """What the entries of reference lists state, and the citations that follow from it.

    The view ``citations`` brings entries and papers together, so that a paper which arrives after
    the text that cites it is found as well, and a corrected title or DOI counts at once.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def keep_references(self, arxiv_id: str, references: Iterable[Mapping[str, Any]]) -> None:
        """Replaces what is known of a paper's reference list.

        Args:
            references: entries with ``text``, ``title``, ``arxiv_id``, ``doi`` ("" where not
                stated) and ``year`` (or None), as full texts have them.
        """
        entries: list[tuple[object, ...]] = []
        titles: list[tuple[str, int, int]] = []
        for position, entry in enumerate(references):
            doi = str(entry.get("doi") or "").strip().rstrip(".,;)").lower()
            cited_id = _arxiv_id(str(entry.get("arxiv_id") or ""), doi)
            entries.append((arxiv_id, position, entry.get("year"), cited_id, doi or None))
            keys = reference_title_keys(entry.get("text") or "", entry.get("title") or "")
            titles += [(arxiv_id, position, key) for key in keys]
        with self._index.transaction() as connection:
            for table in ("reference_titles", "paper_references"):
                connection.execute(f"DELETE FROM {table} WHERE arxiv_id = ?", (arxiv_id,))
            connection.executemany("INSERT INTO paper_references VALUES (?, ?, ?, ?, ?)", entries)
            connection.executemany("INSERT INTO reference_titles VALUES (?, ?, ?)", titles)

    def cites(self, arxiv_id: str) -> list[Citation]:
        """The papers of the index that a paper cites, in the order of its reference list."""
        rows = self._connection.execute(
            """SELECT papers.arxiv_id, papers.title, papers.published,
                min(found.position) AS position, min(found.matched_by) AS matched_by
            FROM citations AS found JOIN papers ON papers.arxiv_id = found.cited_id
            WHERE found.arxiv_id = ? GROUP BY papers.arxiv_id ORDER BY min(found.position)""",
            (arxiv_id,),
        )
        return [_citation(row) for row in rows]

    def cited_by(self, arxiv_id: str) -> list[Citation]:
        """The papers of the index whose texts cite a paper, newest first."""
        rows = self._connection.execute(
            """SELECT papers.arxiv_id, papers.title, papers.published,
                min(found.matched_by) AS matched_by
            FROM citations AS found JOIN papers USING (arxiv_id)
            WHERE found.cited_id = ? GROUP BY papers.arxiv_id
            ORDER BY papers.published DESC, papers.arxiv_id""",
            (arxiv_id,),
        )
        return [_citation(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many papers of the index cite each paper, for those that any does."""
        rows = self._connection.execute(
            "SELECT cited_id, count(DISTINCT arxiv_id) FROM citations GROUP BY cited_id"
        )
        return {row[0]: row[1] for row in rows}


def _arxiv_id(stated: str, doi: str) -> str | None:
    """The id an entry states, itself or in the DOI that arXiv gives its papers."""
    if not stated and (match := _ARXIV_DOI.fullmatch(doi)):
        stated = match[1]
    try:
        arxiv_id = parse_paper_id(stated).arxiv_id
    except InputFileError:
        return None
    return arxiv_id


def _citation(row: sqlite3.Row) -> Citation:
    return Citation(row["arxiv_id"], row["title"], row["published"], row["matched_by"])
