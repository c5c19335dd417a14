"""Which PDFs are wanted, here, or failing, and when to try the failing ones again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.clock import iso, now, utc_now
from mllm_mine.paper import is_arxiv_id

if TYPE_CHECKING:
    from mllm_mine.index.index import Index
    from mllm_mine.paper import Paper

RETRY_DAYS = (0, 1, 2, 4, 8, 16, 32, 32)
"""Days until the next try after each failure; after the last one no more of this version."""


@dataclass(frozen=True, slots=True)
class PdfEntry:
    """The PDF of one version of a paper.

    Attributes:
        status: ``wanted`` (never tried), ``ok``, ``failed`` or ``absent`` (there is none).
        path: relative to the index's folder where it lies below it.
        next_try: when to try again, or "" when not.
    """

    arxiv_id: str
    version: int
    status: str
    path: str = ""
    bytes: int = 0
    reason: str = ""
    attempts: int = 0
    next_try: str = ""
    fetched_at: str = ""


_ASKED = "(SELECT value FROM json_each(?))"
_UNLESS_HERE = (
    "ON CONFLICT (arxiv_id) DO UPDATE SET version = excluded.version, "
    "status = excluded.status, reason = excluded.reason, path = '', bytes = 0, "
    "attempts = 0, next_try = '', fetched_at = '' "
    "WHERE excluded.version > pdfs.version "
    "OR (excluded.status = 'absent' AND pdfs.status <> 'ok')"
)


class Pdfs:
    """The table of PDFs: one row a paper, for its latest version."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def want(self, paper: Paper) -> None:
        """Asks for the PDF of a paper's version, unless it is here or known to fail."""
        if not is_arxiv_id(paper.arxiv_id):
            return
        status, reason = ("absent", "withdrawn") if paper.withdrawn else ("wanted", "")
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT INTO pdfs (arxiv_id, version, status, reason) VALUES (?, ?, ?, ?) "
                f"{_UNLESS_HERE}",
                (paper.arxiv_id, paper.version, status, reason),
            )

    def want_held(self, arxiv_ids: Iterable[str]) -> None:
        """The same for papers just as the index holds them."""
        ids = json.dumps([each for each in arxiv_ids if is_arxiv_id(each)])
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT INTO pdfs (arxiv_id, version, status, reason) "
                "SELECT arxiv_id, version, iif(withdrawn, 'absent', 'wanted'), "
                f"iif(withdrawn, 'withdrawn', '') FROM papers WHERE arxiv_id IN {_ASKED} "
                f"{_UNLESS_HERE}",
                (ids,),
            )

    def due(self) -> list[PdfEntry]:
        """PDFs to download now: those never tried, then failed ones whose time has come."""
        rows = self._connection.execute(
            "SELECT * FROM pdfs WHERE status = 'wanted' "
            "OR (status = 'failed' AND next_try <> '' AND next_try <= ?) "
            "ORDER BY status DESC, arxiv_id DESC",
            (utc_now(),),
        )
        return [_entry(row) for row in rows]

    def get(self, arxiv_id: str) -> PdfEntry | None:
        """The entry of a paper, or None."""
        row = self._connection.execute(
            "SELECT * FROM pdfs WHERE arxiv_id = ?", (arxiv_id,)
        ).fetchone()
        return None if row is None else _entry(row)

    def succeed(self, arxiv_id: str, version: int, path: Path, size: int) -> None:
        """A PDF is here, ``size`` bytes at ``path``."""
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT INTO pdfs (arxiv_id, version, status, path, bytes, attempts, fetched_at) "
                "VALUES (?, ?, 'ok', ?, ?, 1, ?) "
                "ON CONFLICT (arxiv_id) DO UPDATE SET version = excluded.version, status = 'ok', "
                "path = excluded.path, bytes = excluded.bytes, reason = '', next_try = '', "
                "attempts = pdfs.attempts + 1, fetched_at = excluded.fetched_at "
                "WHERE excluded.version >= pdfs.version",
                (arxiv_id, version, self._relative(path), size, utc_now()),
            )

    def fail(self, arxiv_id: str, version: int, reason: str) -> PdfEntry:
        """A download failed, or the file turned out to be useless; says when to try again.

        Extraction calls this too, for files that have no pages.
        """
        with self._index.transaction() as connection:
            known = self.get(arxiv_id)
            attempts = known.attempts if known is not None and known.version == version else 0
            # What extraction finds wrong was counted as a try when it was downloaded.
            if known is None or known.status != "ok" or known.version != version:
                attempts += 1
            next_try = ""
            if attempts <= len(RETRY_DAYS):
                next_try = iso(now() + timedelta(days=RETRY_DAYS[max(attempts, 1) - 1]))
            connection.execute(
                "INSERT INTO pdfs (arxiv_id, version, status, reason, attempts, next_try) "
                "VALUES (?, ?, 'failed', ?, ?, ?) "
                "ON CONFLICT (arxiv_id) DO UPDATE SET version = excluded.version, "
                "status = 'failed', path = '', bytes = 0, reason = excluded.reason, "
                "attempts = excluded.attempts, next_try = excluded.next_try "
                "WHERE excluded.version >= pdfs.version",
                (arxiv_id, version, reason, attempts, next_try),
            )
        return PdfEntry(
            arxiv_id, version, "failed", reason=reason, attempts=attempts, next_try=next_try
        )

    def path_of(self, arxiv_id: str, version: int | None = None) -> Path | None:
        """Where a paper's PDF lies, or None when it is not here (in that version)."""
        entry = self.get(arxiv_id)
        if entry is None or entry.status != "ok" or (version or entry.version) != entry.version:
            return None
        return self._index.path.parent / entry.path

    def counts(self) -> dict[str, int]:
        """How many PDFs there are of each status."""
        rows = self._connection.execute("SELECT status, count(*) FROM pdfs GROUP BY status")
        return {str(status): int(number) for status, number in rows}

    def failing(self) -> list[PdfEntry]:
        """PDFs whose last try failed, whether they are tried again or not."""
        rows = self._connection.execute(
            "SELECT * FROM pdfs WHERE status = 'failed' ORDER BY arxiv_id"
        )
        return [_entry(row) for row in rows]

    def _relative(self, path: Path) -> str:
        base = self._index.path.parent.resolve()
        absolute = path.resolve()
        return str(absolute.relative_to(base) if absolute.is_relative_to(base) else absolute)


def _entry(row: sqlite3.Row) -> PdfEntry:
    return PdfEntry(**dict(row))
