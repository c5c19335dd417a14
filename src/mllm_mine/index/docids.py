"""Numbers of papers in the full-text index: they grow with the date of the first version.

FTS5 keeps the papers that hold a word in the order of these numbers, and gives them back from
either end without sorting. That a search for a common word can begin with the newest papers rests
on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

_PER_DAY = 4096  # more than arXiv announces on any day
_FIRST_DAY = date(1970, 1, 1).toordinal()
_UNDATED = -(2**40)  # before all dates there are; room enough for any number of papers
_BEFORE_ARXIV = 7_500 * _PER_DAY  # in the year 1990
FIRST_DOCID, LAST_DOCID = _UNDATED, 2**62


def new_docids(connection: sqlite3.Connection, published: Iterable[str]) -> list[int]:
    """A free number for each of some papers, in their order.

    Args:
        published: dates of version 1 (ISO 8601), or "" where unknown. A day that is full borrows
            from the next ones.
    """
    last: dict[int, int] = {}

    def last_of(start: int, size: int) -> int:
        if start not in last:
            last[start] = connection.execute(
                "SELECT coalesce(max(docid), ?) FROM papers WHERE docid >= ? AND docid < ?",
                (start - 1, start, start + size),
            ).fetchone()[0]
        return last[start]

    found = []
    for moment in published:
        start = _start(moment)
        size = _PER_DAY if start != _UNDATED else -_UNDATED // 2
        while last_of(start, size) == start + size - 1:
            start += size
        last[start] += 1
        found.append(last[start])
    return found


def first_docid(connection: sqlite3.Connection, since: str) -> int:
    """The least number that a paper of a day (ISO 8601) or later can have; "" is the first day.

    The first versions of mine gave numbers by arrival, which tell nothing.
    """
    by_arrival = connection.execute(
        "SELECT 1 FROM papers WHERE docid > 0 AND docid < ? LIMIT 1", (_BEFORE_ARXIV,)
    ).fetchone()
    return FIRST_DOCID if by_arrival or not since else _start(since)


def last_docid(connection: sqlite3.Connection, until: str) -> int:
    """The last number of a day (ISO 8601) and of those it borrowed, or the last of all for "".

    A paper may yet lie above: one that borrowed from a day which was full then and is not now.
    """
    if not until:
        return LAST_DOCID
    last = _start(until) + _PER_DAY - 1
    while connection.execute("SELECT 1 FROM papers WHERE docid = ?", (last,)).fetchone():
        last += _PER_DAY
    return last


def _start(moment: str) -> int:
    """Where the numbers of a day begin."""
    try:
        return (date.fromisoformat(moment[:10]).toordinal() - _FIRST_DAY) * _PER_DAY
    except ValueError:
        return _UNDATED
