"""The table of extracted texts: one row a paper, with how its extraction ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.clock import utc_now

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_TEXT_STATUSES = "('ok', 'partial')"


@dataclass(frozen=True, slots=True)
class PendingText:
    """A PDF that waits for extraction."""

    arxiv_id: str
    version: int
    path: Path


@dataclass(frozen=True, slots=True)
class Fulltext:
    """What is known of one paper's text.

    Attributes:
        version: of the paper whose PDF was read.
        structure: sections (with offsets into ``text``), captions, tables, references …
        extractor: the program and versions that read it; "" when the file itself was broken, so
            that another download of it is read.
        attempts: how often this version has been tried.
    """

    arxiv_id: str
    version: int
    status: str
    reason: str
    text: str
    structure: dict[str, Any]
    pages: int
    extractor: str
    attempts: int
    seconds: float
    extracted_at: str


class Fulltexts:
    """Texts by paper; the full-text search follows by triggers."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def pending(self, extractor: str, *, retry_failed: bool = False) -> list[PendingText]:
        """PDFs that are here and have no text of their version yet, by id.

        A PDF that failed waits until ``extractor`` differs from the one that failed, until its
        version changes, or until ``retry_failed``.
        """
        rows = self._connection.execute(
            """SELECT pdfs.arxiv_id, pdfs.version, pdfs.path
            FROM pdfs JOIN papers USING (arxiv_id) LEFT JOIN fulltexts AS known USING (arxiv_id)
            WHERE pdfs.status = 'ok' AND (known.arxiv_id IS NULL OR known.version <> pdfs.version
                OR (known.status <> 'ok' AND (:retry OR known.extractor <> :extractor)))
            ORDER BY pdfs.arxiv_id""",
            {"retry": retry_failed, "extractor": extractor},
        )
        folder = self._index.path.parent
        return [PendingText(row[0], row[1], folder / row[2]) for row in rows]

    def is_wanted(
        self, arxiv_id: str, version: int, extractor: str, *, retry_failed: bool = False
    ) -> bool:
        """Whether a PDF of this version would bring news: the rule of :meth:`pending`.

        A PDF of an older version than the text that is already here brings none.
        """
        known = self._connection.execute(
            "SELECT version, status, extractor FROM fulltexts WHERE arxiv_id = ?", (arxiv_id,)
        ).fetchone()
        if known is None or known["version"] < version:
            return True
        if known["version"] > version and known["status"] in ("ok", "partial"):
            return False
        return bool(
            known["version"] != version
            or (known["status"] != "ok" and (retry_failed or known["extractor"] != extractor))
        )

    def save(
        self,
        arxiv_id: str,
        version: int,
        *,
        status: str,
        reason: str,
        text: str,
        structure: Mapping[str, Any],
        pages: int,
        extractor: str,
        seconds: float,
    ) -> None:
        """Keeps one result.

        A failure never overwrites a text of the same version that an earlier attempt gained. The
        entries of the reference list, ``structure["references"]``, become citations.
        """
        import msgspec

        with self._index.transaction() as connection:
            saved = connection.execute(
                f"""INSERT INTO fulltexts (arxiv_id, version, status, reason, text, structure,
                    pages, extractor, attempts, seconds, extracted_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
                ON CONFLICT (arxiv_id) DO UPDATE SET
                    status = excluded.status, reason = excluded.reason, text = excluded.text,
                    structure = excluded.structure, pages = excluded.pages,
                    extractor = excluded.extractor, seconds = excluded.seconds,
                    extracted_at = excluded.extracted_at,
                    attempts = iif(version = excluded.version, attempts + 1, 1),
                    version = excluded.version
                WHERE version <> excluded.version OR status NOT IN {_TEXT_STATUSES}
                    OR excluded.status IN {_TEXT_STATUSES}""",
                (
                    arxiv_id,
                    version,
                    status,
                    reason,
                    text,
                    msgspec.json.encode(structure).decode(),
                    pages,
                    extractor,
                    seconds,
                    utc_now(),
                ),
            ).rowcount
            if saved:
                self._index.citations.keep_references(arxiv_id, structure.get("references", ()))

    def get(self, arxiv_id: str) -> Fulltext | None:
        """One paper's text and how it came about, or None when it was never tried."""
        row = self._connection.execute(
            "SELECT * FROM fulltexts WHERE arxiv_id = ?", (arxiv_id,)
        ).fetchone()
        if row is None:
            return None
        values = dict(row)
        values["structure"] = json.loads(values["structure"])
        return Fulltext(**values)

    def counts(self) -> dict[str, int]:
        """How many papers ended with each status."""
        rows = self._connection.execute(
            "SELECT status, count(*) FROM fulltexts GROUP BY status ORDER BY status"
        )
        return {row[0]: row[1] for row in rows}

    def failures(self, limit: int = -1) -> list[tuple[str, str, str]]:
        """Papers without text: id, status and reason; the latest first."""
        rows = self._connection.execute(
            f"""SELECT arxiv_id, status, reason FROM fulltexts
            WHERE status NOT IN {_TEXT_STATUSES}
            ORDER BY extracted_at DESC, arxiv_id LIMIT ?""",
            (limit,),
        )
        return [(row[0], row[1], row[2]) for row in rows]
