"""Opens PDFs with PyMuPDF and takes the lines of text from their pages."""

from __future__ import annotations

import json
import mmap
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from mllm_mine.errors import PdfError
from mllm_mine.fulltext.characters import clean_line
from mllm_mine.fulltext.direction import LEFTWARDS, line_in_order
from mllm_mine.fulltext.document import Status
from mllm_mine.fulltext.rebuilding import rebuild

WIDE = 2
"""The side of lines that stand in no single column."""

_SCALE = 16  # MuPDF's JSON holds whole numbers: ask for sixteenths of a point
_LARGEST_IN_MEMORY = 32 * 1024 * 1024  # bytes; larger files are read from disk piece by piece
_TAIL = 4096  # bytes in which a whole file has its end marker


class _Box(msgspec.Struct, gc=False):
    x: int
    y: int
    w: int
    h: int


class _Font(msgspec.Struct, gc=False):
    name: str
    weight: str
    style: str
    size: int


class _PrintedLine(msgspec.Struct, gc=False):
    bbox: _Box
    font: _Font
    y: int
    text: str


class _PrintedBlock(msgspec.Struct, gc=False):
    lines: tuple[_PrintedLine, ...] = ()


class _PrintedPage(msgspec.Struct, gc=False):
    """What is wanted of a text page as MuPDF prints it, in sixteenths of a point."""

    blocks: list[_PrintedBlock]


_decoder = msgspec.json.Decoder(_PrintedPage)


class UnreadablePdfError(PdfError):
    """The file gives no text at all; ``status`` says in which way."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Line(msgspec.Struct, eq=False, gc=False):
    """One line of one column, as MuPDF sees it. Lengths in points, y grows downwards.

    Attributes:
        x0, y0, x1, y1: the box of its glyphs.
        base: y of the base line at its first glyph.
        size: of its type, to a quarter of a point.
        lead: of its first glyph, which is smaller than the line's when it is a raised mark.
        block: number of MuPDF's block on the page; lines of a paragraph mostly share one.
        cells: the parts of a line that has wide gaps, from left to right; otherwise empty.
        side: the column it stands in, or WIDE when it spans all or there is but one.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    font: str
    bold: bool
    italic: bool
    block: int
    page: int
    lead: float
    cells: Sequence[Line] = ()
    side: int = WIDE


@dataclass(slots=True)
class Page:
    """The lines of a page, in the order of the PDF's content stream."""

    number: int  # from 1
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    gutter: float | None = None  # x of the strip between two columns, once it is looked for


def pymupdf_module() -> Any:
    """PyMuPDF, imported without the layout model that version 2 would load.

    The model costs a second at import and is not used (``benchmarks/extraction.py`` says why).
    What comes with it, ONNX Runtime, also writes files into the user's home at import.
    """
    if "pymupdf" not in sys.modules:
        for name in ("pymupdf.layout", "pymupdf4llm"):
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import pymupdf

    if hasattr(pymupdf, "no_recommend_layout"):
        pymupdf.no_recommend_layout()  # it would recommend the model on stdout
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    pymupdf.TOOLS.set_icc(False)  # colours do not matter to text
    return pymupdf


@dataclass(slots=True)
class OpenPdf:
    """A PDF that has pages.

    Attributes:
        flaw: what is wrong with the file although it can be read, or "".
        cut_short: whether its end is missing.
        source: the same document as MuPDF's functions for PDFs take it.
    """

    document: Any
    flaw: str = ""
    cut_short: bool = False
    source: Any = field(init=False)

    def __post_init__(self) -> None:
        """Looks up the PDF proper once, for all pages."""
        mupdf = pymupdf_module().mupdf
        self.source = mupdf.pdf_document_from_fz_document(self.document.this)


def open_pdf(path: Path) -> OpenPdf:
    """Opens a PDF that has pages and needs no password, rebuilding it when it is broken.

    Raises:
        UnreadablePdfError: with the status and a reason for people.
    """
    content = _checked_content(path)
    problem = ""
    try:
        document = _opened(path, content)
        if document.needs_pass:
            raise UnreadablePdfError("encrypted", "the file is encrypted and asks for a password")
        if document.page_count > 0:
            document.load_page(0).rect  # noqa: B018 - fails when the tree of pages is circular
            cut = document.is_repaired and not has_end_marker(path)
            flaw = "the file is cut short (it has no end marker)" if cut else ""
            return OpenPdf(document, flaw, cut)
        document.close()
    except (MemoryError, UnreadablePdfError):
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        problem = " ".join(str(error).split())[:120] or type(error).__name__
    whole = has_end_marker(path)
    if content is not None and (rebuilt := rebuild(bytes(content))) is not None:
        kind = "damaged" if whole else "cut short"
        found = rebuilt.page_count
        saved = f"{found} page{'s' * (found > 1)} could be saved from it"
        return OpenPdf(rebuilt, f"the file is {kind}; {saved}", not whole)
    if not whole:
        raise UnreadablePdfError(
            "truncated",
            f"the file is cut short after {path.stat().st_size:,} bytes: no end marker, and no "
            "page to be found",
        )
    if problem:
        raise UnreadablePdfError(
            "damaged", f"the file is damaged and could not be repaired ({problem})"
        )
    raise UnreadablePdfError("empty", "the file has no pages")


def _opened(path: Path, content: memoryview | None) -> Any:
    pymupdf = pymupdf_module()
    if content is None:
        return pymupdf.open(path, filetype="pdf")
    return pymupdf.open(stream=content, filetype="pdf")


def has_end_marker(path: Path) -> bool:
    """Whether the file ends the way a PDF that was written or downloaded whole does."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL))
        return b"%%EOF" in file.read()


def read_page(pdf: OpenPdf, number: int) -> Page:
    """The lines of page ``number`` (from 1).

    MuPDF prints its text page as JSON in C, one record a line; building the same in Python from
    ``get_text("dict")`` takes longer than reading the page. Annotations are left out, and taken
    off first, for to load a page is to look up where its links lead. Glyphs without a known
    character come as U+FFFD (PyMuPDF's default would pass their number in the font off as a
    character).
    """
    pymupdf = pymupdf_module()
    mupdf = pymupdf.mupdf
    mupdf.pdf_dict_dels(mupdf.pdf_lookup_page_obj(pdf.source, number - 1), "Annots")
    page = mupdf.fz_load_page(pdf.document.this, number - 1)
    box = page.fz_bound_page()
    left, top, right, bottom = box.x0, box.y0, box.x1, box.y1
    text_page = mupdf.FzStextPage(box)
    options = mupdf.FzStextOptions(pymupdf.TEXT_PRESERVE_WHITESPACE)
    device = text_page.fz_new_stext_device(options)
    mupdf.fz_run_page_contents(page, device, mupdf.FzMatrix(), mupdf.FzCookie())
    mupdf.fz_close_device(device)
    buffer = mupdf.FzBuffer(1 << 16)
    output = mupdf.FzOutput(buffer)
    mupdf.fz_print_stext_page_as_json(output, text_page, _SCALE)
    output.fz_close_output()
    lines: list[Line] = []
    add = lines.append
    unit = 1.0 / _SCALE
    quarter = 4.0 / _SCALE
    sizes: dict[int, float] = {}
    for block, record in enumerate(_decoded(buffer.fz_buffer_extract()).blocks):
        for place, line in enumerate(record.lines):
            text = line.text.strip(" \t\r\n")  # \x1c is a ligature in TeX's fonts
            if not (text.isascii() and text.isprintable()):
                if LEFTWARDS.search(text):
                    text = line_in_order(text, partial(_characters, text_page, block, place))
                text = clean_line(text)
            if not text:
                continue
            bounds = line.bbox
            font = line.font
            size = sizes.get(font.size)
            if size is None:
                size = sizes[font.size] = round(font.size * quarter) / 4
            x0 = bounds.x * unit
            y0 = bounds.y * unit
            x1 = x0 + bounds.w * unit
            y1 = y0 + bounds.h * unit
            if x1 < left or x0 > right or y1 < top or y0 > bottom:
                continue  # off the page; MuPDF's own check of each glyph takes longer
            bold, italic = font.weight == "bold", font.style == "italic"
            base, name = line.y * unit, font.name
            add(Line(text, x0, y0, x1, y1, base, size, name, bold, italic, block, number, size))
    return Page(number, right - left, bottom - top, lines)


def _characters(text_page: Any, block: int, line: int) -> list[tuple[str, float]]:
    """The characters of a line, each with the x of its origin."""
    record = next(islice(text_page, block, None))
    found = next(islice(record, line, None))
    return [(chr(character.m_internal.c), character.m_internal.origin.x) for character in found]


def _decoded(printed: bytes) -> _PrintedPage:
    try:
        return _decoder.decode(printed)
    except msgspec.DecodeError:  # control codes, or characters that are none
        loose = json.loads(printed.decode("utf-8", "replace"), strict=False)
        return msgspec.convert(loose, _PrintedPage)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether MuPDF or Python ran into the memory limit."""
    return isinstance(error, MemoryError) or "alloc" in str(error).lower()


def _checked_content(path: Path) -> memoryview | None:
    """The file's bytes, of which those that are not looked at are never read; or None if large."""
    content = None
    try:
        with path.open("rb") as file:
            start = file.read(1024)
            if start and file.seek(0, os.SEEK_END) <= _LARGEST_IN_MEMORY:
                content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError:
        raise UnreadablePdfError("missing", "there is no such file") from None
    except OSError as error:
        raise UnreadablePdfError(
            "missing", f"the file cannot be read: {error.strerror or error}"
        ) from error
    if b"%PDF-" in start:
        return content
    if not start:
        raise UnreadablePdfError("not-a-pdf", "the file is empty")
    if not start.strip(b"\0"):
        raise UnreadablePdfError("not-a-pdf", "the file holds only zero bytes")
    shown = start.lstrip().lower()
    if shown.startswith((b"<!doctype html", b"<html")) or b"<html" in shown:
        raise UnreadablePdfError("not-a-pdf", "the file is a web page, not a PDF")
    raise UnreadablePdfError("not-a-pdf", "the file does not begin like a PDF")
