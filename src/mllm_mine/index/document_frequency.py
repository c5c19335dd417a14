"""In how many papers a word stands, estimated from samples.

FTS5 keeps no such numbers. Each time it ranks it goes through all papers that hold a word to count
them, which of millions takes longer than all the rest of a search.
"""

from __future__ import annotations

import math
import sqlite3
from functools import cache

from mllm_mine.index.search_query import Phrase

SAMPLES, SAMPLE = 5, 1_000
"""So many samples of so many papers that follow each other are taken, spread evenly over time."""

_NO_WEIGHT = 1e-6  # what FTS5 gives to words of more than half of all papers


def papers_at_most(connection: sqlite3.Connection) -> int:
    """How many papers there are, without counting them; deleted ones may count."""
    return int(connection.execute("SELECT coalesce(max(rowid), 0) FROM papers").fetchone()[0])


class DocumentFrequencies:
    """How common phrases are in some samples of an index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._windows = self._spread()
        self.sampled = sum(size for _, _, size in self._windows)
        self.of = cache(self._of)

    def share(self, phrase: Phrase) -> float:
        """The share of papers that hold a phrase; 0 where there is no sample."""
        return self.of(phrase) / self.sampled if self.sampled else 0.0

    def weight(self, phrase: Phrase) -> float:
        """The inverse document frequency as FTS5's ``bm25`` has it."""
        found = self.of(phrase)
        odds = (self.sampled - found + 0.5) / (found + 0.5)
        return max(math.log(odds), _NO_WEIGHT)

    def _of(self, phrase: Phrase) -> int:
        """How many papers of the samples hold a phrase."""
        # A look-up of a prefix merges all its words anew, so one must do.
        windows = self._windows[-1:] if phrase.prefix else self._windows
        found = sum(
            self._connection.execute(
                "SELECT count(*) FROM papers_fts "
                "WHERE papers_fts MATCH ? AND rowid >= ? AND rowid <= ?",
                (phrase.expression, first, last),
            ).fetchone()[0]
            for first, last, _ in windows
        )
        sampled = sum(size for _, _, size in windows)
        return round(found * self.sampled / sampled) if sampled else 0

    def _spread(self) -> list[tuple[int, int, int]]:
        """The samples: first and last docid, and number of papers."""
        first, last = self._connection.execute(
            "SELECT (SELECT min(docid) FROM papers WHERE docid > 0), max(docid) FROM papers"
        ).fetchone()
        if first is None:
            return []
        windows = []
        for number in range(SAMPLES):
            start = first + (last - first) * (2 * number + 1) // (2 * SAMPLES)
            windows.append(
                self._connection.execute(
                    "SELECT min(docid), max(docid), count(*) FROM "
                    "(SELECT docid FROM papers WHERE docid >= ? ORDER BY docid LIMIT ?)",
                    (start, SAMPLE),
                ).fetchone()
            )
        return [tuple(window) for window in windows]
