"""How far each query of each source has been fetched whole, and which windows are missing.

The coverage of a query is the period from its watermark's ``since`` to ``reached``, less its
gaps. All moments are ISO 8601 in UTC, so that they compare as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mllm_mine.clock import iso, now, parse_iso, utc_now

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_EAGER_ATTEMPTS = 5
_PATIENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Watermark:
    """A query has been fetched whole from ``since`` to ``reached``, except for its gaps."""

    source: str
    query: str
    since: str
    reached: str
    moved_at: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A window that could not be fetched whole, why, and how often it was tried.

    A single paper that could not be read is a gap too: its id stands in ``query``, and the
    window is empty.
    """

    source: str
    query: str
    since: str
    until: str
    reason: str
    attempts: int
    first_seen: str
    last_tried: str

    @property
    def missing(self) -> str:
        """What is missing, in words."""
        if not self.since:
            return f"the paper {self.query}"
        return f"papers of {self.since[:10]} to {self.until[:10]}"


@dataclass(frozen=True, slots=True)
class Resumption:
    """A window (api) or harvest (oai) that was begun and not finished.

    Attributes:
        token: where it goes on: OAI's resumption token, or the next result and the total.
        begun: the server's day when the harvest began (oai), or when the place was kept (api).
    """

    source: str
    query: str
    since: str
    until: str
    token: str
    begun: str


class Harvest:
    """Watermarks, gaps, and which papers each query has brought."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def watermark(self, source: str, query: str) -> Watermark | None:
        """The watermark of a query, or None when it was never fetched whole."""
        row = self._connection.execute(
            "SELECT * FROM watermarks WHERE source = ? AND query = ?", (source, query)
        ).fetchone()
        return None if row is None else Watermark(**dict(row))

    def watermarks(self) -> list[Watermark]:
        """All watermarks."""
        rows = self._connection.execute("SELECT * FROM watermarks ORDER BY source, query")
        return [Watermark(**dict(row)) for row in rows]

    def accept(self, source: str, query: str, since: str, until: str) -> None:
        """A window has been fetched whole: moves the watermark and closes what it covers.

        Call it in the transaction that saves the window's last papers. The mark moves only when
        the window adjoins what is covered already, or only recorded gaps lie between.
        """
        with self._index.transaction() as connection:
            mark = self.watermark(source, query)
            if mark is None:
                connection.execute(
                    "INSERT INTO watermarks (source, query, since, reached, moved_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (source, query, since, until, utc_now()),
                )
            elif until >= mark.since and since <= self._bridged(mark):
                connection.execute(
                    "UPDATE watermarks SET since = ?, reached = ?, moved_at = ? "
                    "WHERE source = ? AND query = ?",
                    (min(mark.since, since), max(mark.reached, until), utc_now(), source, query),
                )
            self._close_gaps(source, query, since, until)

    def record_gap(self, source: str, query: str, since: str, until: str, reason: str) -> None:
        """A window could not be fetched whole; it takes in the gaps that lie within it."""
        with self._index.transaction() as connection:
            within = [g for g in self.gaps(source, query) if since <= g.since and g.until <= until]
            first_seen = min([gap.first_seen for gap in within], default=utc_now())
            attempts = max([gap.attempts for gap in within], default=0) + 1
            for gap in within:
                self._delete_gap(gap)
            connection.execute(
                "INSERT INTO gaps (source, query, since, until, reason, attempts, first_seen, "
                "last_tried) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (source, query, since, until, reason, attempts, first_seen, utc_now()),
            )

    def gaps(self, source: str | None = None, query: str | None = None) -> list[Gap]:
        """The windows that are missing, earliest first."""
        rows = self._connection.execute(
            "SELECT * FROM gaps WHERE source = coalesce(?, source) "
            "AND query = coalesce(?, query) ORDER BY source, query, since",
            (source, query),
        )
        return [Gap(**dict(row)) for row in rows]

    def close_gaps(self, source: str, query: str) -> None:
        """Forgets all gaps of a query."""
        with self._index.transaction():
            for gap in self.gaps(source, query):
                self._delete_gap(gap)

    def due_gaps(self, source: str) -> list[Gap]:
        """Gaps to try now: each run at first, once a week when that has not helped."""
        week_ago = iso(now() - timedelta(days=_PATIENT_DAYS))
        return [
            gap
            for gap in self.gaps(source)
            if gap.attempts <= _EAGER_ATTEMPTS or gap.last_tried <= week_ago
        ]

    def add_papers(self, source: str, query: str, arxiv_ids: Iterable[str]) -> None:
        """Remembers that a query has brought these papers."""
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO queries (source, query) VALUES (?, ?)", (source, query)
            )
            number = self._query_id(source, query)
            connection.executemany(
                "INSERT OR IGNORE INTO query_papers (query_id, arxiv_id) VALUES (?, ?)",
                [(number, arxiv_id) for arxiv_id in arxiv_ids],
            )

    def count_papers(self, source: str, query: str, since: str, until: str) -> int:
        """How many papers of a query were first published from ``since`` to ``until``."""
        return len(self.paper_ids(source, query, since, until))

    def paper_ids(self, source: str, query: str, since: str, until: str) -> set[str]:
        """The papers a query has brought that were first published in a window."""
        rows = self._connection.execute(
            "SELECT arxiv_id FROM query_papers JOIN papers USING (arxiv_id) "
            "WHERE query_id = ? AND published BETWEEN ? AND ?",
            (self._query_id(source, query), since, until),
        )
        return {str(row[0]) for row in rows}

    def newest_import(self) -> str:
        """The date of the newest version among papers that no query has brought, or ""."""
        row = self._connection.execute(
            "SELECT max(updated) FROM papers "
            "WHERE arxiv_id NOT IN (SELECT arxiv_id FROM query_papers)"
        ).fetchone()
        return str(row[0] or "")

    def resumption(self, source: str, query: str) -> Resumption | None:
        """Where the fetch of a query was interrupted, or None."""
        row = self._connection.execute(
            "SELECT source, query, since, until, token, begun FROM resumptions "
            "WHERE source = ? AND query = ?",
            (source, query),
        ).fetchone()
        return None if row is None else Resumption(**dict(row))

    def keep_resumption(self, place: Resumption) -> None:
        """Keeps where a harvest goes on; call it in the transaction that saves the page."""
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO resumptions (source, query, since, until, token, begun, "
                "saved_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    place.source,
                    place.query,
                    place.since,
                    place.until,
                    place.token,
                    place.begun,
                    utc_now(),
                ),
            )

    def forget_resumption(self, source: str, query: str | None = None) -> None:
        """The fetch of a query (of all queries) has ended, or must begin anew."""
        with self._index.transaction() as connection:
            connection.execute(
                "DELETE FROM resumptions WHERE source = ? AND query = coalesce(?, query)",
                (source, query),
            )

    def _query_id(self, source: str, query: str) -> int | None:
        row = self._connection.execute(
            "SELECT query_id FROM queries WHERE source = ? AND query = ?", (source, query)
        ).fetchone()
        return None if row is None else int(row[0])

    def _bridged(self, mark: Watermark) -> str:
        """The end of what is covered, counting gaps that adjoin it: those are remembered."""
        reached = mark.reached
        for gap in self.gaps(mark.source, mark.query):
            if gap.since <= reached < gap.until:
                reached = gap.until
        return reached

    def _close_gaps(self, source: str, query: str, since: str, until: str) -> None:
        """Takes a window out of the gaps: those within it go, others shrink or split."""
        for gap in self.gaps(source, query):
            within = since <= gap.since and gap.until <= until
            if not within and (gap.until <= since or until <= gap.since):
                continue
            self._delete_gap(gap)
            for begin, end in ((gap.since, since), (until, gap.until)):
                if begin < end:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO gaps (source, query, since, until, reason, "
                        "attempts, first_seen, last_tried) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (
                            source,
                            query,
                            begin,
                            end,
                            gap.reason,
                            gap.attempts,
                            gap.first_seen,
                            gap.last_tried,
                        ),
                    )

    def _delete_gap(self, gap: Gap) -> None:
        self._connection.execute(
            "DELETE FROM gaps WHERE source = ? AND query = ? AND since = ? AND until = ?",
            (gap.source, gap.query, gap.since, gap.until),
        )


def days_before(moment: str, days: int) -> str:
    """The moment so many days before another, both as ISO text."""
    return iso(parse_iso(moment) - timedelta(days=days))
