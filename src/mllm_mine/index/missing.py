"""Finds the tables, indexes, triggers and views that an index lacks, and makes them anew.

Mine removes none of them; a hand in an SQLite tool may have. What there has to be is read off an
empty index that the migrations make in memory.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.index import schema
from mllm_mine.index.checks import Checks
from mllm_mine.index.connection import connected
from mllm_mine.index.unread import forget_readings

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_PARTS = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
_VIRTUAL = "CREATE VIRTUAL TABLE"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the schema.

    Attributes:
        kind: table, index, trigger, view.
        owner: the table that it is dropped with; for a table or view that is itself, for the
            tables in which the full-text index keeps its words the full-text index.
        sql: what makes it.
    """

    kind: str
    name: str
    owner: str
    sql: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def can_be_made_anew(self) -> bool:
        """Whether nothing is lost with it: it holds no rows, or rows made from other tables."""
        return self.kind != "table" or self.owner in _REFILLS


def missing_parts(connection: sqlite3.Connection) -> list[Part]:
    """What an index lacks of the schema of its version, in the order in which it is made.

    What goes with a missing table, such as its indexes, is not listed beside it.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    with _empty_index(version) as empty:
        missing = _difference(empty, connection)
    tables = {part.name for part in missing if part.kind == "table"}
    return [part for part in missing if part.owner == part.name or part.owner not in tables]


def missing_parts_of(path: Path) -> list[Part]:
    """The same for a file that cannot be opened as an index; none where it cannot be read."""
    with suppress(sqlite3.Error), closing(connected(path)) as connection:
        return missing_parts(connection)
    return []


def cannot_be_read(missing: Sequence[Part]) -> bool:
    """Whether any is a table or view, so that to read it fails."""
    return any(part.kind in ("table", "view") for part in missing)


def make_anew(index: Index, missing: Sequence[Part]) -> None:
    """Makes missing parts, of which each must be one that can be made anew.

    While a trigger is missing, what it keeps falls behind: that is brought up to date as well.

    Raises:
        DiskError, IndexFileError: the index cannot be written.
    """
    behind = {part.owner for part in missing if part.kind in ("table", "view")}
    triggers = " ".join(part.sql for part in missing if part.kind == "trigger")
    behind.update(name for name in _REFILLS if re.search(rf"\b{name}\b", triggers))
    with _empty_index(schema.SCHEMA_VERSION) as empty, index.transaction() as connection:
        lacking = _difference(empty, connection)
        for part in lacking:
            if part in _difference(empty, connection):  # the full-text index makes its own tables
                connection.execute(part.sql)
        # A new index has rows in the tables of its full-text index, which cannot be read without.
        for part in lacking:
            if part.kind == "table" and not part.sql.startswith(_VIRTUAL):
                _copy_rows(part.name, empty, connection)
        for refill in dict.fromkeys(_REFILLS[name] for name in _REFILLS if name in behind):
            refill(index)


@contextmanager
def _empty_index(version: int) -> Iterator[sqlite3.Connection]:
    """A new index of a schema version, in memory."""
    from mllm_mine.taxonomy import builtin_taxonomy

    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in schema.MIGRATIONS[:version]:
            migration(connection)
        # Its columns depend on the taxonomy in use; that there is one does not.
        dimensions = tuple(dimension.id for dimension in builtin_taxonomy().dimensions)
        connection.execute(schema.classified_view(dimensions))
        connection.commit()
        yield connection


def _difference(whole: sqlite3.Connection, connection: sqlite3.Connection) -> list[Part]:
    """The parts of one index that another lacks."""
    rows = [tuple(row) for row in whole.execute(_PARTS)]
    virtual = [name for _, name, _, sql in rows if sql.startswith(_VIRTUAL)]
    present = {(row[0], row[1]) for row in connection.execute(_PARTS)}
    return [
        Part(kind, name, next((v for v in virtual if name.startswith(f"{v}_")), table), sql)
        for kind, name, table, sql in rows
        if (kind, name) not in present
    ]


def _copy_rows(table: str, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for row in source.execute(f"SELECT * FROM {table}"):
        marks = ", ".join("?" * len(row))
        target.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)


def _enter_taxonomy(index: Index) -> None:
    index.enter_taxonomy(index.taxonomy)


def _count(index: Index) -> None:
    Checks(index).count_anew()


def _read_results(index: Index) -> None:
    forget_readings(index, "result_readings")


def _read_resources(index: Index) -> None:
    forget_readings(index, "resource_readings")


_REFILLS: dict[str, Callable[[Index], None]] = {
    "papers_fts": lambda index: Checks(index).rebuild_search(),
    "classify_queue": lambda index: index.predictions.queue_outdated(),
    "entries": lambda index: index.entries.forget(),
    "tallies": _count,
    "monthly_sums": _count,
    "taxonomy_labels": _enter_taxonomy,
    "taxonomy_implied": _enter_taxonomy,
    "classified": _enter_taxonomy,
    "results": _read_results,
    "result_readings": _read_results,
    "resources": _read_resources,
    "resource_readings": _read_resources,
}
"""How to bring up to date what is made from other tables, by table (or view)."""
