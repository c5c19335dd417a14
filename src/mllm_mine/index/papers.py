"""The table of papers: adding, changing, reading and searching them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from mllm_mine.clock import utc_now
from mllm_mine.index.docids import new_docids
from mllm_mine.paper import Paper, dated
from mllm_mine.title_key import title_key

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

COLUMNS = tuple(field.name for field in fields(Paper))
_SEARCHED = {"title", "abstract", "docid"}
_BATCH = 5_000
_to_json = json.JSONEncoder(ensure_ascii=False).encode
Outcome = Literal["new", "version", "changed", "unchanged", "older"]


@dataclass
class UpsertCounts:
    """What became of papers that were offered to the index."""

    new: int = 0
    new_versions: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0

    def add(self, outcome: Outcome) -> None:
        """Counts one paper's outcome."""
        name = "new_versions" if outcome == "version" else outcome
        setattr(self, name, getattr(self, name) + 1)

    @property
    def total(self) -> int:
        """All papers that were offered."""
        return self.new + self.new_versions + self.changed + self.unchanged + self.older


class Papers:
    """Papers by id, latest version only; the index never forgets one."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def upsert(self, paper: Paper, source: str) -> Outcome:
        """Adds a paper or brings it up to date; an older version never overwrites a newer one.

        Fields that a source does not know (empty) keep what another source said before. A paper
        of which none says when it was published gets the month of its arXiv id.
        """
        with self._index.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM papers WHERE arxiv_id = ?", (paper.arxiv_id,)
            ).fetchone()
            if row is not None:
                return self._update([(paper, row)], source, utc_now())[0]
            self._insert([paper], source, utc_now())
            return "new"

    def upsert_many(self, papers: Iterable[Paper], source: str) -> UpsertCounts:
        """Upserts papers in one transaction, with the same outcome as one after the other."""
        counts = UpsertCounts()
        remaining = iter(papers)
        with self._index.transaction():
            while batch := list(islice(remaining, _BATCH)):
                self._upsert_batch(batch, source, counts)
        return counts

    def _upsert_batch(self, papers: list[Paper], source: str, counts: UpsertCounts) -> None:
        """Looks all ids up at once and adds all new papers at once."""
        now = utc_now()
        ids = json.dumps([paper.arxiv_id for paper in papers])
        held = {
            row["arxiv_id"]: row
            for row in self._connection.execute(
                "SELECT * FROM papers WHERE arxiv_id IN (SELECT value FROM json_each(?))", (ids,)
            )
        }
        seen: set[str] = set()
        new: list[Paper] = []
        known: list[tuple[Paper, sqlite3.Row]] = []
        repeated: list[Paper] = []
        for paper in papers:
            if paper.arxiv_id in seen:
                repeated.append(paper)
            elif row := held.get(paper.arxiv_id):
                known.append((paper, row))
            else:
                new.append(paper)
            seen.add(paper.arxiv_id)
        for outcome in self._update(known, source, now):
            counts.add(outcome)
        self._insert(new, source, now)
        counts.new += len(new)
        for paper in repeated:
            counts.add(self.upsert(paper, source))

    def _insert(self, papers: list[Paper], source: str, now: str) -> None:
        connection = self._connection
        papers = [dated(paper) for paper in papers]
        docids = new_docids(connection, (paper.published for paper in papers))
        connection.executemany(
            f"INSERT INTO papers ({', '.join(COLUMNS)}, "
            "docid, source, first_seen, last_changed, title_key) "
            f"VALUES ({', '.join('?' * len(COLUMNS))}, ?, ?, ?, ?, ?)",
            (
                (*_values(paper), docid, source, now, now, title_key(paper.title))
                for docid, paper in zip(docids, papers, strict=True)
            ),
        )
        self._enter_words(docids)

    def _update(
        self, known: list[tuple[Paper, sqlite3.Row]], source: str, now: str
    ) -> list[Outcome]:
        """Brings rows up to date with what the papers know better; an outcome for each."""
        changes = [_changes(paper, row) for paper, row in known]
        self._renumber(changes, [row for _, row in known])
        pairs = [(row, each) for each, (_, row) in zip(changes, known, strict=True)]
        reworded = [(row, each) for row, each in pairs if not _SEARCHED.isdisjoint(each)]
        self._take_words_out([row["docid"] for row, _ in reworded])
        for row, each in pairs:
            if each:
                assignments = ", ".join(f"{column} = ?" for column in each)
                self._connection.execute(
                    f"UPDATE papers SET {assignments}, source = ?, last_changed = ? "
                    "WHERE arxiv_id = ?",
                    (*each.values(), source, now, row["arxiv_id"]),
                )
        self._enter_words([each.get("docid", row["docid"]) for row, each in reworded])
        return [
            _outcome(paper, row, each) for each, (paper, row) in zip(changes, known, strict=True)
        ]

    def _renumber(self, changes: list[dict[str, Any]], rows: list[sqlite3.Row]) -> None:
        """Gives papers that have come to be known by another day a number of that day."""
        moved = [
            each
            for each, row in zip(changes, rows, strict=True)
            if each.get("published", row["published"])[:10] != row["published"][:10]
        ]
        docids = new_docids(self._connection, [each["published"] for each in moved])
        for each, docid in zip(moved, docids, strict=True):
            each["docid"] = docid

    def _enter_words(self, docids: list[int]) -> None:
        """Makes papers searchable, all in one statement (see search_schema.py)."""
        if docids:
            self._connection.execute(
                "INSERT INTO papers_fts (rowid, title, abstract, text) "
                "SELECT docid, title, abstract, text FROM searchable "
                "WHERE docid IN (SELECT value FROM json_each(?)) ORDER BY docid",
                (json.dumps(docids),),
            )

    def _take_words_out(self, docids: list[int]) -> None:
        """Takes papers out of the search; they must still hold the words that were entered."""
        if docids:
            self._connection.execute(
                "INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text) "
                "SELECT 'delete', docid, title, abstract, text FROM searchable "
                "WHERE docid IN (SELECT value FROM json_each(?)) ORDER BY docid",
                (json.dumps(docids),),
            )

    def get(self, arxiv_id: str) -> Paper | None:
        """The paper with this id (without version), or None."""
        row = self._connection.execute(
            "SELECT * FROM papers WHERE arxiv_id = ?", (arxiv_id,)
        ).fetchone()
        return None if row is None else paper_from_row(row)

    def count(self) -> int:
        """How many papers the index holds."""
        return int(self._connection.execute("SELECT count(*) FROM papers").fetchone()[0])

    def newest_date(self) -> str:
        """When the newest paper was published, or "" when none says so."""
        query = "SELECT coalesce(max(published), '') FROM papers"
        return str(self._connection.execute(query).fetchone()[0])

    def versions(self, arxiv_ids: Iterable[str]) -> dict[str, int]:
        """The version the index holds, for those of the given ids it has."""
        found: dict[str, int] = {}
        for arxiv_id in arxiv_ids:
            row = self._connection.execute(
                "SELECT version FROM papers WHERE arxiv_id = ?", (arxiv_id,)
            ).fetchone()
            if row is not None:
                found[arxiv_id] = int(row[0])
        return found

    def each(self) -> Iterator[Paper]:
        """All papers, by id."""
        for row in self._connection.execute("SELECT * FROM papers ORDER BY arxiv_id"):
            yield paper_from_row(row)


def paper_from_row(row: sqlite3.Row) -> Paper:
    """A paper from a row that has all of its columns."""
    values = {column: row[column] for column in COLUMNS}
    values["authors"] = tuple(json.loads(values["authors"]))
    values["categories"] = tuple(json.loads(values["categories"]))
    values["withdrawn"] = bool(values["withdrawn"])
    return Paper(**values)


def _values(paper: Paper) -> tuple[object, ...]:
    return tuple(_encoded(getattr(paper, column)) for column in COLUMNS)


def _encoded(value: object) -> object:
    if isinstance(value, tuple):
        return _to_json(value)
    return int(value) if isinstance(value, bool) else value


def _outcome(paper: Paper, row: sqlite3.Row, changes: dict[str, Any]) -> Outcome:
    if paper.version < row["version"]:
        return "older"
    if not changes:
        return "unchanged"
    return "version" if paper.version > row["version"] else "changed"


def _changes(paper: Paper, row: sqlite3.Row) -> dict[str, Any]:
    """The columns in which ``paper`` knows better than ``row``; none for an older version."""
    changes: dict[str, Any] = {}
    if paper.version < row["version"]:
        return changes
    if not row["published"]:
        paper = dated(paper)
    for column in COLUMNS:
        value = getattr(paper, column)
        known = value or isinstance(value, (bool, int))
        if known and _encoded(value) != row[column]:
            changes[column] = _encoded(value)
    if paper.version == row["version"] and row["withdrawn"]:
        changes.pop("withdrawn", None)  # sources that do not tell withdrawals cannot undo one
    if "title" in changes:
        changes["title_key"] = title_key(paper.title)
    return changes
