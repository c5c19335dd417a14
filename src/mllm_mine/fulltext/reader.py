"""Reads one PDF in this process: pages, their order, structure, and how it went."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

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
    document.text = "\n\n".join("\n".join(line.text for line in page.lines) for page in pages)
    return document
