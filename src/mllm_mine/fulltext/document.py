"""What is read from a PDF: the document and its parts, and the limits of reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

Status = Literal[
    "ok",
    "partial",
    "scanned",
    "garbled",
    "encrypted",
    "truncated",
    "damaged",
    "empty",
    "not-a-pdf",
    "missing",
    "timeout",
    "memory",
    "crashed",
]
"""How reading ended. ``ok`` and ``partial`` carry text; the others say why there is none."""

READABLE: tuple[Status, ...] = ("ok", "partial")
"""The statuses whose text is worth keeping."""


READER_VERSION = 1
"""Raised whenever the reader can read PDFs that it could not before."""


def extractor_name() -> str:
    """Program and versions that read PDFs; when it changes, what failed is tried again."""
    from importlib.metadata import version

    return f"mine-reader {READER_VERSION}, pymupdf {version('pymupdf')}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one PDF may cost.

    Attributes:
        seconds: wall-clock time, all attempts together.
        megabytes: memory beyond that of an idle worker.
    """

    seconds: float = 60.0
    megabytes: int = 1024


@dataclass(slots=True)
class Section:
    """A section of the running text.

    Attributes:
        number: as printed (``3.1``, ``A``), or "" when unnumbered.
        heading: without its number.
        level: 1 for a section, 2 for a subsection, …
        page: where the heading stands, 1 for the first page.
        start, end: its own text (without heading and subsections) in :attr:`Document.text`.
    """

    number: str
    heading: str
    level: int
    page: int
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Caption:
    """The caption of a float: ``kind`` is ``figure``, ``table`` or ``algorithm``.

    ``content`` holds the words inside a figure, line by line as they were drawn.
    """

    kind: str
    number: str
    text: str
    page: int
    content: str = ""


@dataclass(slots=True)
class Table:
    """A table as rows of cells; ``number`` is its caption's, or "" without one."""

    number: str
    page: int
    rows: list[list[str]]


@dataclass(slots=True)
class Footnote:
    """A footnote; ``mark`` is the number or sign it begins with."""

    mark: str
    text: str
    page: int


@dataclass(slots=True)
class Reference:
    """An entry of the reference list; what it does not state is "" (``year``: None)."""

    text: str
    label: str = ""
    year: int | None = None
    title: str = ""
    arxiv_id: str = ""
    doi: str = ""
    page: int = 0


@dataclass(slots=True)
class Document:
    """A paper as read from its PDF.

    Attributes:
        text: the running text in reading order: paragraphs separated by blank lines, captions,
            tables and footnotes as paragraphs of their own between them, references last.
        pages: how many pages the file has.
        page_starts: for each page, where its text begins in ``text`` (nearest paragraph).
        unread_pages: pages (from 1) that could not be read.
        status, reason: how reading ended, and why in words for people.
        cut_short: whether the file's end is missing, as after a broken download.
        seconds: time it took.
    """

    title: str = ""
    abstract: str = ""
    sections: list[Section] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    footnotes: list[Footnote] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    pages: int = 0
    page_starts: list[int] = field(default_factory=list)
    unread_pages: list[int] = field(default_factory=list)
    text: str = ""
    status: Status = "ok"
    reason: str = ""
    cut_short: bool = False
    seconds: float = 0.0

    def section_text(self, section: Section) -> str:
        """A section's own text, without heading and subsections."""
        return self.text[section.start : section.end].strip()

    def to_dict(self, *, section_text: bool = True) -> dict[str, Any]:
        """Plain data for JSON.

        Args:
            section_text: spell out each section's text; otherwise leave it to the offsets.
        """
        document = _plain(self)
        if section_text:
            for entry, section in zip(document["sections"], self.sections, strict=True):
                entry["text"] = self.section_text(section)
        return document

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Document:
        """The reverse of :meth:`to_dict`; unknown keys are ignored."""
        parts = {
            "sections": Section,
            "captions": Caption,
            "tables": Table,
            "footnotes": Footnote,
            "references": Reference,
        }
        values = _known(cls, data)
        for name, kind in parts.items():
            values[name] = [kind(**_known(kind, entry)) for entry in data.get(name, ())]
        return cls(**values)


def _plain(part: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for entry in fields(part):
        value = getattr(part, entry.name)
        if isinstance(value, list):
            value = [_plain(item) if is_dataclass(item) else item for item in value]
        values[entry.name] = value
    return values


def _known(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    names = {entry.name for entry in fields(kind)}
    return {name: value for name, value in data.items() if name in names}
