"""Which papers have yet to be read for something, by a table of the states that were read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from mllm_mine.clock import iso, now
from mllm_mine.index.filters import PaperFilter
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index
    from mllm_mine.progress import Progress

Row = TypeVar("Row")

# What a reading depends on: its rules, the paper and its text. Another state: read it again.
_STATE = "' ' || papers.last_changed || ' ' || coalesce(fulltexts.extracted_at, '')"


# Others may write while we look, and are done some time after the moment that they note.
_OVERLAP = timedelta(hours=1)
_CHANGED = """papers.arxiv_id IN (
    SELECT arxiv_id FROM papers WHERE last_changed >= ?
    UNION ALL SELECT arxiv_id FROM fulltexts WHERE extracted_at >= ?
    UNION ALL SELECT arxiv_id FROM classifications WHERE classified_at >= ?
    UNION ALL SELECT arxiv_id FROM labels WHERE labelled_at >= ?)"""


_PAGE = 50
"""So many papers are read and kept together: a tenth of a second, so that others can write."""


class Unread:
    """Papers in scope that were not read as they are now, by id.

    Once all had been read, only those are looked at that have changed since. After an import of
    millions there are as many: their list lies in a temporary file and not in memory.
    """

    def __init__(self, index: Index, readings: str, reader: str) -> None:
        """Looks for them.

        Args:
            readings: the table of the states that were read.
            reader: names the rules of reading.
        """
        self._index, self._readings, self._reader = index, readings, reader
        self._begun = now()
        self._connection = index.connection
        self._table = f"temp.unread_{readings}"
        query, values = _unread(index, readings, reader)
        self._connection.execute(f"DROP TABLE IF EXISTS {self._table}")
        self._connection.execute(f"CREATE TEMP TABLE unread_{readings} AS {query}", values)
        counted = self._connection.execute(f"SELECT count(*) FROM {self._table}")
        self._size = int(counted.fetchone()[0])

    def __len__(self) -> int:
        return self._size

    def pages(self) -> Iterator[list[tuple[str, str]]]:
        """Ids, and the state that is to be kept with what is found; some papers at a time."""
        for place in range(0, self._size, _PAGE):
            rows = self._connection.execute(
                f"SELECT arxiv_id, now FROM {self._table} WHERE rowid > ? AND rowid <= ?",
                (place, place + _PAGE),
            )
            yield [(row[0], row[1]) for row in rows]

    def read_all(
        self,
        read: Callable[[str], Sequence[Row] | None],
        keep: Callable[[str, str, Sequence[Row]], None],
        progress: Progress,
    ) -> None:
        """Reads each paper, keeps what is found of some at a time, and notes that all were read.

        Stopped at any moment, only those under way are read again.

        Args:
            read: what is found in the paper of an id; None to leave it unread.
            keep: keeps it: id, state, what was found.
        """
        for page in self.pages():
            found = []
            for arxiv_id, state in page:
                rows = read(arxiv_id)
                if rows is not None:
                    found.append((arxiv_id, state, rows))
                progress.advance()
            with self._index.transaction():
                for arxiv_id, state, rows in found:
                    keep(arxiv_id, state, rows)
        _note_all_read(self._index, self._readings, self._reader, self._begun)


def count_unread(index: Index, readings: str, reader: str) -> int:
    """How many papers :class:`Unread` would find; writes nothing."""
    query, values = _unread(index, readings, reader)
    return int(index.connection.execute(f"SELECT count(*) FROM ({query})", values).fetchone()[0])


def _unread(index: Index, readings: str, reader: str) -> tuple[str, list[object]]:
    """The query for them, and its values."""
    since = _all_read_at(index, readings, reader)
    if since > iso(now()):  # the clock was set back
        since = ""
    begin_with_changes = (SCOPE,) if since else ()
    condition, values = PaperFilter(in_scope=True).conditions(index.taxonomy, begin_with_changes)
    changed, dates = (_CHANGED, [since] * 4) if since else ("1", [])
    query = f"""SELECT papers.arxiv_id, ? || {_STATE} AS now
        FROM papers LEFT JOIN classifications USING (arxiv_id)
            LEFT JOIN fulltexts USING (arxiv_id)
            LEFT JOIN {readings} AS reading USING (arxiv_id)
        WHERE (reading.state IS NULL OR reading.state <> ? || {_STATE})
            AND {condition} AND {changed}
        ORDER BY papers.arxiv_id"""
    return query, [reader, reader, *values, *dates]


def forget_readings(index: Index, readings: str) -> None:
    """Lets the next reading read every paper anew."""
    with index.transaction() as connection:
        connection.execute(f"DELETE FROM {readings}")
        connection.execute("DELETE FROM settings WHERE name = ?", (_all_read(readings),))


def _note_all_read(index: Index, readings: str, reader: str, begun: datetime) -> None:
    """Notes that nothing is unread of what there was when a reading began."""
    moment = iso(begun - _OVERLAP)
    index.set_setting(_all_read(readings), json.dumps([reader, moment]))


def _all_read_at(index: Index, readings: str, reader: str) -> str:
    """When all papers had been read by this reader, or ""."""
    known = index.setting(_all_read(readings))
    by, moment = json.loads(known) if known else ("", "")
    return str(moment) if by == reader else ""


def _all_read(readings: str) -> str:
    """The setting that says until when all was read."""
    return f"{readings} all read"


def keep_state(connection: sqlite3.Connection, readings: str, arxiv_id: str, state: str) -> None:
    """Notes that a paper was read in this state."""
    connection.execute(f"INSERT OR REPLACE INTO {readings} VALUES (?, ?)", (arxiv_id, state))
