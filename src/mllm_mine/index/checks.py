"""Looks for damage in an index: broken pages, rows without their paper, a search that is behind."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.errors import DiskError, IndexFileError
from mllm_mine.index import monthly_sums, tallies
from mllm_mine.index.search_query import match_expression

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_SHOWN = 10
_SAMPLE = 60
# What people wrote, what was last done, and what else stays small however many papers there are.
_SMALL_TABLES = (
    "labels",
    "models",
    "settings",
    "tallies",
    "monthly_sums",
    "runs",
    "run_failures",
    "watermarks",
    "queries",
    "resumptions",
    "gaps",
    "imports",
    "taxonomy_labels",
    "taxonomy_implied",
)


@dataclass(frozen=True, slots=True)
class BrokenReference:
    """Rows of a table that belong to papers (or runs) which are not there."""

    table: str
    parent: str
    rows: int


class Checks:
    """Checks of an open index, and the mends that only SQL can do."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def damage(self) -> list[str]:
        """What SQLite's own check of every page finds; reads the whole file."""
        return self._complaints(f"PRAGMA integrity_check({_SHOWN})")

    def damage_of_small_tables(self) -> list[str]:
        """The same for labels by hand and the bookkeeping, whatever the number of papers."""
        return [
            complaint
            for table in _SMALL_TABLES
            for complaint in self._complaints(f"PRAGMA integrity_check({table})")
        ]

    def _complaints(self, pragma: str) -> list[str]:
        try:
            found = self._connection.execute(pragma).fetchall()
        except sqlite3.DatabaseError as error:
            return [str(error)]
        messages = [str(row[0]) for row in found]
        return [] if messages == ["ok"] else messages

    def sample_is_sound(self) -> bool:
        """Whether some papers, drawn at random, can be read, and searched by their titles."""
        (last,) = self._connection.execute("SELECT coalesce(max(rowid), 0) FROM papers").fetchone()
        if self._count("SELECT count(*) FROM papers_fts_docsize") != self._index.papers.count():
            return False
        for place in random.sample(range(1, last + 1), min(_SAMPLE, last)):
            row = self._connection.execute(
                "SELECT docid, title FROM papers WHERE rowid >= ? LIMIT 1", (place,)
            ).fetchone()
            words = row["title"].replace('"', " ").replace("\0", " ")
            if any(character.isalnum() for character in words):
                entered = self._connection.execute(
                    "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH ? AND rowid = ?",
                    ("title : " + match_expression(f'"{words}"'), row["docid"]),
                ).fetchone()
                if not entered[0]:
                    return False
        return True

    def tallies_are_right(self) -> bool:
        """Whether the counts that are kept up are those of the papers; reads all predictions."""
        return tallies.are_right(self._connection) and monthly_sums.are_right(self._connection)

    def count_anew(self) -> None:
        """Makes the counts anew."""
        with self._index.transaction() as connection:
            tallies.forget(connection)
            tallies.keep(connection, tallies.Tally(), tallies.Tally())
            monthly_sums.forget(connection)
            monthly_sums.keep(connection, {}, {})

    def empty_bytes(self) -> int:
        """How much of the file is pages that hold nothing."""
        pages = self._count("PRAGMA freelist_count")
        return pages * self._count("PRAGMA page_size")

    def pack(self) -> None:
        """Writes the file anew without empty pages; needs as much free disk as it is large."""
        self._connection.execute("VACUUM")

    def broken_references(self) -> list[BrokenReference]:
        """Rows that point to nothing, by table."""
        counts: dict[tuple[str, str], int] = {}
        for row in self._connection.execute("PRAGMA foreign_key_check"):
            key = str(row["table"]), str(row["parent"])
            counts[key] = counts.get(key, 0) + 1
        orphans = self._count(
            "SELECT count(*) FROM classify_queue "
            "WHERE arxiv_id NOT IN (SELECT arxiv_id FROM papers)"
        )
        if orphans:
            counts["classify_queue", "papers"] = orphans
        return [BrokenReference(*key, rows) for key, rows in counts.items()]

    def remove_broken_references(self) -> None:
        """Deletes rows of the program's own making whose paper is not there.

        Labels by hand have no such rows: they may stand for papers yet to come.
        """
        with self._index.transaction() as connection:
            for reference in self.broken_references():
                if reference.parent == "papers":
                    connection.execute(
                        f'DELETE FROM "{reference.table}" '
                        "WHERE arxiv_id NOT IN (SELECT arxiv_id FROM papers)"
                    )
            tallies.forget(connection)
            monthly_sums.forget(connection)

    def search_is_sound(self) -> bool:
        """Whether the full-text index holds the words of the papers and texts, and no others.

        Reads all papers and texts, and keeps others from writing meanwhile.
        """
        entered = self._count("SELECT count(*) FROM papers_fts_docsize")
        if entered != self._count("SELECT count(*) FROM papers"):
            return False
        try:
            with self._index.transaction() as connection:
                connection.execute(
                    "INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)"
                )
        except (IndexFileError, DiskError) as error:
            cause = error.__cause__
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
            # A file we may not write cannot be asked; the number of entries agrees.
            return code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY)
        return True

    def rebuild_search(self) -> None:
        """Makes the full-text index anew from papers and texts."""
        with self._index.transaction() as connection:
            connection.execute("INSERT INTO papers_fts (papers_fts) VALUES ('rebuild')")

    def missing_pdfs(self) -> list[tuple[str, str]]:
        """Id and path of PDFs that should be here, are not, and have no text yet."""
        rows = self._connection.execute(
            "SELECT arxiv_id, path FROM pdfs WHERE status = 'ok' AND NOT EXISTS (SELECT 1 FROM "
            "fulltexts WHERE fulltexts.arxiv_id = pdfs.arxiv_id "
            "AND fulltexts.version = pdfs.version) ORDER BY arxiv_id"
        )
        base = self._index.path.parent
        return [(row["arxiv_id"], row["path"]) for row in rows if not (base / row["path"]).exists()]

    def open_runs(self) -> list[tuple[int, str, str]]:
        """Runs that have not told their end: number, command and start."""
        return [
            (row["run_id"], row["command"], row["started"])
            for row in self._connection.execute(
                "SELECT run_id, command, started FROM runs WHERE status = 'running'"
            )
        ]

    def close_runs(self, run_ids: list[int]) -> None:
        """Marks runs as died."""
        with self._index.transaction() as connection:
            connection.executemany(
                "UPDATE runs SET status = 'died' WHERE run_id = ? AND status = 'running'",
                [(run_id,) for run_id in run_ids],
            )

    def waiting(self) -> int:
        """How many papers wait to be classified."""
        return self._count("SELECT count(*) FROM classify_queue")

    def _count(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])
