"""Reads records out of XML of any size and any origin, in bounded memory.

Built on the standard library's expat. A document type is refused outright: neither Atom nor OAI
ever has one, and without it there are no entities, so no bombs and no external files. Bytes that
XML does not allow (NUL, control characters, a wrong encoding) are replaced before parsing, so
that one bad byte does not cost the rest of the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from mllm_mine.errors import InputFileError

MAX_RECORD_CHARACTERS = 1_000_000
"""A longer record is not read; the longest real ones (3,000 authors) are a tenth of it."""

OVERSIZED = "it is longer than a million characters"

_CHUNK = 1 << 16
_MAX_TOKEN_BYTES = 4 << 20
_MAX_DEPTH = 100
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,30})["']""")
_TEXT_ENCODING = re.compile(
    r"(us-?)?ascii|utf[-_]?(8|16|32)([-_]?[bl]e)?|iso[-_]?8859[-_]?\d+|latin[-_]?\d+|"
    r"(windows[-_]|cp)\d+|gb\w+|big5\w*|shift[-_]jis|euc[-_]\w+|koi8[-_][ru]",
    re.I,
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_ILLEGAL_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF]));"
)


@dataclass(slots=True)
class Element:
    """An element of a record, by its name without namespace.

    Attributes:
        oversized: the record passed all reason and was emptied.
        span: where it begins and where its end tag begins, in bytes of the repaired document.
    """

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)
    span: tuple[int, int] = (0, 0)
    oversized: bool = False

    def find(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Element]:
        """All children of that name."""
        return [child for child in self.children if child.name == name]

    def text_of(self, name: str) -> str:
        """The text of the first child of that name, or ""."""
        child = self.find(name)
        return "" if child is None else child.text


def elements(
    stream: IO[bytes], *, roots: Collection[str], wanted: Collection[str]
) -> Iterator[Element]:
    """Yields each outermost element whose name is wanted, as soon as it is complete.

    Args:
        roots: names the document's root may have; anything else is not our kind of file.

    Raises:
        InputFileError: the XML is malformed, cut short, of another kind, or hostile. Everything
            before the place of the fault has been yielded by then.
    """
    reader = _Reader(roots, wanted)
    for chunk in repaired(stream):
        fault = reader.feed(chunk)
        yield from reader.take()
        if fault is not None:
            raise fault
    if (fault := reader.close()) is not None:
        raise fault


def repaired(stream: IO[bytes]) -> Iterator[bytes]:
    """The document as UTF-8, without the characters that XML forbids."""
    head = stream.read(_CHUNK)
    decoder = codecs.getincrementaldecoder(_encoding(head))("replace")
    held = ""
    chunk = head
    while chunk:
        text = held + decoder.decode(chunk)
        chunk = stream.read(_CHUNK)
        if not chunk:
            text += decoder.decode(b"", True)
        # A character reference may be cut by the chunk's end: keep its beginning for the next.
        cut = text.rfind("&", max(0, len(text) - 16)) if chunk else -1
        held = text[cut:] if cut >= 0 else ""
        whole = text[:cut] if cut >= 0 else text
        legal = _ILLEGAL_REFERENCE.sub(" ", _ILLEGAL.sub(" ", whole))
        yield legal.encode("utf-8", "replace")


def is_utf8(document: bytes) -> bool:
    """Whether a document says that it is UTF-8, or says nothing else."""
    return _encoding(document[:_CHUNK]) == "utf-8"


def _encoding(head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    match = _DECLARED.match(head)
    name = match[1].decode("ascii") if match else "utf-8"
    try:
        # A document whose declaration we could read as ASCII is not UTF-16 or UTF-32.
        known = codecs.lookup(name).name
        return known if _TEXT_ENCODING.fullmatch(name) and known[:5] not in _WIDE else "utf-8"
    except LookupError:
        return "utf-8"


_WIDE = ("utf-1", "utf-3")


class _Reader:
    """Collects wanted elements from expat's events."""

    def __init__(self, roots: Collection[str], wanted: Collection[str]) -> None:
        self._roots = roots
        self._wanted = wanted
        self._open: list[Element] = []
        self._depth = 0
        self._record_depth = 0
        self._skipping = 0  # depth at which an oversized record began; 0: none
        self._size = 0
        self._done: list[Element] = []
        self._fed = 0
        self._parser = parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> InputFileError | None:
        """Parses a chunk; returns the fault it met, so that what came before can be taken."""
        self._fed += len(chunk)
        fault = self._parse(chunk, False)
        if fault is None and self._fed - self._parser.CurrentByteIndex > _MAX_TOKEN_BYTES:
            return InputFileError("an XML tag is longer than 4 MB; this is no list of papers")
        return fault

    def close(self) -> InputFileError | None:
        """Says that the document ends here."""
        return self._parse(b"", True)

    def take(self) -> list[Element]:
        """The elements that are complete by now."""
        done, self._done = self._done, []
        return done

    def _parse(self, chunk: bytes, final: bool) -> InputFileError | None:
        try:
            self._parser.Parse(chunk, final)
        except InputFileError as fault:  # one of our own handlers'
            return fault
        except expat.ExpatError as error:
            if final and error.code in _CUT_SHORT:
                return InputFileError(f"the XML ends too early, in line {error.lineno}")
            reason = expat.ErrorString(error.code)
            return InputFileError(f"the XML is malformed in line {error.lineno}: {reason}")
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if not self._depth and name not in self._roots:
            expected = " or ".join(f"<{root}>" for root in sorted(self._roots))
            raise InputFileError(f"the document is <{name[:40]}> instead of {expected}")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise InputFileError("the XML is nested more than 100 deep; this is no list of papers")
        if self._skipping:
            return
        if self._open:
            self._grow(len(name) + sum(map(len, attributes.values())))
        elif name in self._wanted:
            self._size = 0
            self._record_depth = self._depth
        else:
            return
        if not self._skipping:
            element = Element(name, {key.rpartition(" ")[2]: attributes[key] for key in attributes})
            element.span = (self._parser.CurrentByteIndex, 0)
            if self._open:
                self._open[-1].children.append(element)
            self._open.append(element)

    def _end(self, _: str) -> None:
        if self._skipping and self._depth == self._skipping:
            self._skipping = 0
        if self._open and not self._skipping:
            element = self._open.pop()
            element.span = (element.span[0], self._parser.CurrentByteIndex)
            if not self._open:
                self._done.append(element)
        self._depth -= 1

    def _characters(self, text: str) -> None:
        if self._open and not self._skipping:
            self._grow(len(text))
            if not self._skipping:
                self._open[-1].text += text

    def _grow(self, characters: int) -> None:
        """Counts a record's size, and drops the record when it passes all reason."""
        self._size += characters + 50
        if self._size > MAX_RECORD_CHARACTERS:
            record = self._open[0]
            record.oversized, record.text = True, ""
            record.children.clear()
            self._open[1:] = []
            self._skipping = self._record_depth

    def _doctype(self, *_: object) -> None:
        raise InputFileError(
            "the document has a DOCTYPE: it is a web page or hostile, not a list of papers"
        )


_CUT_SHORT = (
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
)
