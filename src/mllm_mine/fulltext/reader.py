"""Reads one PDF in this process: pages, their order, structure, and how it went."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mllm_mine.fulltext.characters import garbled_share
from mllm_mine.fulltext.compose import compose
from mllm_mine.fulltext.document import Document, Limits, Status
from mllm_mine.fulltext.pdf import (
    Page,
    UnreadablePdfError,
    is_out_of_memory,
    open_pdf,
    read_page,
)

_log = logging.getLogger(__name__)

_GARBLED_SHARE = 0.5  # of a text, from which on it is of no use to anyone
_READING_SHARE = 0.7  # of the time limit; the rest is for ordering what was read


def read_document(
    path: Path,
    limits: Limits,
    skip: Mapping[int, str],
    announce: Callable[[int], None] = lambda page: None,
) -> Document:
    """Reads a PDF; a page that fails costs that page only.

    Args:
        skip: pages (from 1) not to try, and why: they hung or crashed a reader before.
        announce: called with the number of each page before it is read, 0 before the file is
            opened and -1 before its text is put in order.

    Raises:
        MemoryError: the file as a whole asks for more memory than there is.
    """
    began = time.monotonic()
    announce(0)
    try:
        pdf = open_pdf(path)
    except UnreadablePdfError as error:
        return Document(status=error.status, reason=str(error))
    document = Document(pages=pdf.document.page_count)
    pages: list[Page] = []
    lost: dict[int, str] = {}
    for number in range(1, document.pages + 1):
        if time.monotonic() - began > limits.seconds * _READING_SHARE:
            lost.update(dict.fromkeys(range(number, document.pages + 1), "no time left"))
            break
        if number in skip:
            lost[number] = skip[number]
            continue
        announce(number)
        try:
            pages.append(read_page(pdf, number))
        except Exception as error:  # MuPDF raises many kinds; each costs one page
            lost[number] = "too much memory" if is_out_of_memory(error) else "damaged"
    announce(-1)
    lines = [line.text for page in pages for line in page.lines]
    metadata = pdf.document.metadata or {}
    try:
        compose(document, pages, _contents(pdf.document), str(metadata.get("title") or ""))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # A layout nobody thought of must not cost the paper: its plain lines are better than none.
        document = Document(pages=document.pages, text="\n".join(lines))
        document.status = "partial"
        document.reason = f"its layout was not understood ({type(error).__name__}: {error})"
        _log.debug("%s: layout not understood", path, exc_info=True)
    document.cut_short = pdf.cut_short
    _judge(document, lines, lost, pdf.flaw, repaired=pdf.document.is_repaired)
    return document


def _contents(pdf: Any) -> list[list[object]]:
    """The PDF's outline; a damaged one is none."""
    try:
        return list(pdf.get_toc(simple=True))
    except Exception:
        return []


def _judge(
    document: Document, lines: list[str], lost: Mapping[int, str], flaw: str, *, repaired: bool
) -> None:
    """Sets status and reason from what could be read."""
    document.unread_pages = sorted(lost)
    garbled = garbled_share(lines)
    if not document.text and lost:
        document.status = _status_of_loss(lost)
        document.reason = f"no page could be read: {_listed(lost)}"
        if document.cut_short and document.status == "damaged":
            document.status = "truncated"
            document.reason = f"the file is cut short, and {document.reason}"
    elif not document.text and (flaw or repaired):
        document.status = "truncated" if document.cut_short else "damaged"
        kind = "cut short" if document.cut_short else "damaged"
        document.reason = f"the file is {kind}, and what is left of it holds no text"
    elif not document.text:
        document.status = "scanned"
        document.reason = (
            "its pages hold no text, at most pictures; only text recognition could read it"
        )
    elif garbled > _GARBLED_SHARE:
        document.status = "garbled"
        document.reason = (
            f"its fonts do not say which characters they draw ({garbled:.0%} of the text)"
        )
    elif lost or flaw:
        document.status = "partial"
        reasons = [flaw] if flaw else []
        if lost:
            reasons.append(f"{len(lost)} of {document.pages} pages were not read: {_listed(lost)}")
        document.reason = "; ".join(reasons)


def _status_of_loss(lost: Mapping[int, str]) -> Status:
    why = set(lost.values())
    if "too much memory" in why:
        return "memory"
    if why & {"no time left", "took too long"}:
        return "timeout"
    return "crashed" if "crashed the reader" in why else "damaged"


def _listed(lost: Mapping[int, str]) -> str:
    """``2 (took too long), 5-9 (no time left)``."""
    parts: list[str] = []
    numbers = sorted(lost)
    begin = 0
    for place, number in enumerate(numbers):
        following = numbers[place + 1] if place + 1 < len(numbers) else None
        if following == number + 1 and lost[following] == lost[number]:
            continue
        pages = f"{numbers[begin]}-{number}" if place > begin else str(number)
        parts.append(f"{pages} ({lost[number]})")
        begin = place + 1
    return ", ".join(parts[:6]) + (" …" if len(parts) > 6 else "")
