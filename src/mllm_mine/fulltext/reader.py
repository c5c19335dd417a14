"""Reads one PDF in this process: pages, their order, structure, and how it went."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mllm_mine.fulltext.characters import garbled_share
from mllm_mine.fulltext.compose import compose
from mllm_mine.fulltext.document import Document, Limits
from mllm_mine.fulltext.pdf import (
    Page,
    UnreadablePdfError,
    is_out_of_memory,
    open_pdf,
    read_page,
)

READER_VERSION = 1
"""Raised whenever the reader can read PDFs that it could not before."""

_log = logging.getLogger(__name__)

_GARBLED_SHARE = 0.5  # of a text, from which on it is of no use to anyone
_READING_SHARE = 0.7  # of the time limit; the rest is for ordering what was read


def read_document(
    path: Path,
    limits: Limits,
    skip: set[int],
    announce: Callable[[int], None] = lambda page: None,
) -> Document:
    """Reads a PDF; a page that fails costs that page only.

    Args:
        skip: pages (from 1) not to try, because they hung or crashed a reader before.
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
    document = Document(pages=pdf.page_count)
    pages: list[Page] = []
    out_of_memory = False
    for number in range(1, document.pages + 1):
        if time.monotonic() - began > limits.seconds * _READING_SHARE:
            document.unread_pages.extend(range(number, document.pages + 1))
            break
        if number in skip:
            document.unread_pages.append(number)
            continue
        announce(number)
        try:
            pages.append(read_page(pdf, number))
        except Exception as error:
            out_of_memory = out_of_memory or is_out_of_memory(error)
            document.unread_pages.append(number)
    announce(-1)
    lines = [line.text for page in pages for line in page.lines]
    try:
        compose(document, pages, _contents(pdf), str((pdf.metadata or {}).get("title") or ""))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # A layout nobody thought of must not cost the paper: its plain lines are better than none.
        document = Document(pages=document.pages, unread_pages=document.unread_pages)
        document.text = "\n".join(lines)
        document.status = "partial"
        document.reason = f"its layout was not understood ({type(error).__name__}: {error})"
        _log.debug("%s: layout not understood", path, exc_info=True)
        return document
    _judge(document, lines, out_of_memory=out_of_memory)
    return document


def _contents(pdf: Any) -> list[list[object]]:
    """The PDF's outline; a damaged one is none."""
    try:
        return list(pdf.get_toc(simple=True))
    except Exception:
        return []


def _judge(document: Document, lines: list[str], *, out_of_memory: bool) -> None:
    """Sets status and reason from what could be read."""
    garbled = garbled_share(lines)
    unread = len(document.unread_pages)
    if not document.text:
        if unread:
            document.status = "memory" if out_of_memory else "damaged"
            document.reason = f"none of its {document.pages} pages could be read"
        else:
            document.status = "scanned"
            document.reason = (
                "its pages are pictures without text; it needs a scan with text recognition"
            )
    elif garbled > _GARBLED_SHARE:
        document.status = "garbled"
        document.reason = (
            f"its fonts do not say which characters they draw ({garbled:.0%} of the text)"
        )
    elif unread:
        document.status = "partial"
        document.reason = (
            f"{unread} of {document.pages} pages could not be read: "
            f"{_listed(document.unread_pages)}"
        )


def _listed(pages: list[int]) -> str:
    shown = ", ".join(str(page) for page in pages[:8])
    return f"{shown} …" if len(pages) > 8 else shown
