"""How far the import of a file has come, so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mllm_mine.clock import utc_now

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


@dataclass(frozen=True)
class FileIdentity:
    """Which file, in which state, is read with which filters.

    Attributes:
        path: absolute.
        filters: the filters as text; another filter is another import.
        size, modified: bytes, and nanoseconds since 1970; when either differs it is another file.
    """

    path: str
    filters: str
    size: int
    modified: int


@dataclass
class ImportPosition:
    """What lies behind us.

    Attributes:
        record: number of the last record done (lines for JSON Lines), 0 at the beginning.
        offset: bytes of the unpacked file up to there; 0 where the format has no such places.
        counts: the import's counts so far.
        failed: how many records could not be read.
        named: the first of those, as (place, reason).
    """

    record: int = 0
    offset: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)


class Imports:
    """The table of imports that were begun and not finished."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def position(self, file: FileIdentity) -> ImportPosition:
        """Where to go on; the beginning when the file is new or has changed since."""
        row = self._connection.execute(
            "SELECT * FROM imports WHERE path = ? AND filters = ? AND size = ? AND modified = ?",
            (file.path, file.filters, file.size, file.modified),
        ).fetchone()
        if row is None:
            return ImportPosition()
        named = [(subject, reason) for subject, reason in json.loads(row["named"])]
        return ImportPosition(
            row["record"], row["offset"], json.loads(row["counts"]), row["failed"], named
        )

    def keep(self, file: FileIdentity, position: ImportPosition) -> None:
        """Keeps a position; call it in the transaction that saves the papers before it."""
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    file.path,
                    file.filters,
                    file.size,
                    file.modified,
                    position.record,
                    position.offset,
                    json.dumps(position.counts),
                    position.failed,
                    json.dumps(position.named),
                    utc_now(),
                ),
            )

    def finish(self, file: FileIdentity) -> None:
        """Forgets a position, because the file has been read to its end."""
        with self._index.transaction() as connection:
            connection.execute(
                "DELETE FROM imports WHERE path = ? AND filters = ?", (file.path, file.filters)
            )

    def unfinished(self) -> list[dict[str, Any]]:
        """Imports that were interrupted: ``path``, ``record``, ``moved_at``."""
        return [
            dict(row)
            for row in self._connection.execute(
                "SELECT path, filters, record, moved_at FROM imports ORDER BY moved_at"
            )
        ]
