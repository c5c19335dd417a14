"""Opens a file of papers: unpacks it and tells its format, by content and never by name."""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, Protocol

from mllm_mine.errors import InputFileError
from mllm_mine.input_path import require_file

Format = Literal["atom", "oai", "snapshot", "jsonl", "empty"]

STDIN = Path("-")
MAX_EXPANSION = 250
"""Times its packed size that a file may unpack to; lists of papers reach 3 to 20."""

_FREE_EXPANSION_BYTES = 64 << 20  # below this, any ratio is harmless
_HEAD_BYTES = 1 << 16
_BUFFER_BYTES = 1 << 18
_PIECE_BYTES = 1 << 10  # unpacks to at most 32 MB
_ZSTD_WINDOW_BYTES = 1 << 27  # what the zstd program itself accepts by default

_GZIP, _ZSTD, _ZSTD_SKIPPABLE = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive", "unpack it with 'unzip -p FILE | mine fetch --from -'"),
    b"BZh": ("packed with bzip2", "unpack it with 'bzcat FILE | mine fetch --from -'"),
    b"\xfd7zXZ": ("packed with xz", "unpack it with 'xzcat FILE | mine fetch --from -'"),
    b"%PDF-": ("a PDF", "'mine extract --pdf-dir' reads PDFs"),
    b"SQLite format 3": ("an SQLite database", "name an index with --db"),
    b"PAR1": ("a Parquet file", "write it as JSON Lines"),
}
_ROOT = re.compile(r"<(?!\?|!)(?:[\w.-]+:)?([\w.-]+)")
_XML_NOISE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*>", re.S)
_OAI_ROOTS = ("oai-pmh", "listrecords", "records", "record")
_OTHER_OAI = re.compile(
    r"<(?:[\w.-]+:)?(Identify|ListSets|ListIdentifiers|ListMetadataFormats)[\s>]"
)
_KINDS = (
    "an Atom feed, OAI-PMH records, arXiv's metadata snapshot, or JSON Lines with id, title "
    "and abstract"
)


class InputFile:
    """A file of papers, open for reading.

    Attributes:
        name: what to call it in messages.
        format: which of the known formats it is; ``empty`` when there is nothing in it.
        stream: its bytes, unpacked, from the beginning.
        packed_size: its size on disk in bytes, or None for a pipe.
        path: where it is, or None for standard input.
    """

    def __init__(
        self, raw: IO[bytes], name: str, packed_size: int | None, path: Path | None = None
    ) -> None:
        self.name = name
        self.path = path
        self.packed_size = packed_size
        self._source = _Source(raw)
        self._unpacked = _Unpacked(self._source, name)
        self.format: Format = _detect(self._unpacked.head, name)
        self.stream: io.BufferedReader = io.BufferedReader(self._unpacked, _BUFFER_BYTES)

    @property
    def packed_position(self) -> int:
        """How many bytes of the file itself have been read."""
        return self._source.position

    def skip_to(self, offset: int) -> None:
        """Goes to a place in the unpacked bytes, before anything else was read."""
        if not offset:
            return
        if self._unpacked.go_to(offset):
            self.stream.detach()  # otherwise it would close what it reads from
            self.stream = io.BufferedReader(self._unpacked, _BUFFER_BYTES)
            return
        left = offset
        while left and (chunk := self.stream.read(min(left, 1 << 20))):
            left -= len(chunk)


@contextmanager
def open_input(path: Path) -> Iterator[InputFile]:
    """Opens a file, or standard input for ``-``, unpacking gzip and Zstandard.

    Raises:
        ConfigurationError: there is no such file.
        InputFileError: it cannot be read, or holds no papers in a format we know.
    """
    if path == STDIN:
        yield InputFile(sys.stdin.buffer, "standard input", None)
        return
    require_file(path)
    if path.is_dir():
        raise InputFileError(f"{path} is a folder; name one file in it")
    try:
        with path.open("rb", buffering=0) as raw:
            size = path.stat().st_size if path.is_file() else None
            yield InputFile(raw, path.name, size, path)
    except OSError as error:
        raise InputFileError(f"cannot read {path}: {error.strerror or error}") from error


class _Source(io.RawIOBase):
    """The bytes as they lie on disk, counted, with a look at the first ones."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.position = 0
        self.magic = b""
        while len(self.magic) < 16 and (piece := raw.read(16 - len(self.magic))):
            self.magic += piece
        self._held = self.magic

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._held[: len(buffer)] or self._raw.read(len(buffer))
        self._held = self._held[len(data) :]
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)

    def go_to(self, offset: int) -> bool:
        """Seeks, where the file can."""
        if not self._raw.seekable():
            return False
        self._raw.seek(offset)
        self._held = b""
        self.position = offset
        return True


class _Unpacked(io.RawIOBase):
    """The bytes unpacked, with limits, every fault named in our own words."""

    def __init__(self, source: _Source, name: str) -> None:
        self._source = source
        self._name = name
        self._plain: IO[bytes] = _unpacker(source)
        self._produced = 0
        self.head = b""
        while len(self.head) < _HEAD_BYTES and (piece := self._next(_HEAD_BYTES)):
            self.head += piece
        self._held = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._held[: len(buffer)] or self._next(len(buffer))
        self._held = self._held[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def go_to(self, offset: int) -> bool:
        """Seeks, where the file is not packed."""
        if not isinstance(self._plain, _Source) or not self._source.go_to(offset):
            return False
        self._held = b""
        return True

    def _next(self, size: int) -> bytes:
        try:
            data = self._plain.read(size)
        except EOFError:
            raise InputFileError(
                f"{self._name} is cut short inside its packed data; get it again"
            ) from None
        except zlib.error as error:
            raise InputFileError(
                f"the packed data of {self._name} is damaged ({error}); get it again"
            ) from None
        self._produced += len(data)
        if self._produced > max(_FREE_EXPANSION_BYTES, MAX_EXPANSION * self._source.position):
            raise InputFileError(
                f"{self._name} unpacks to more than {MAX_EXPANSION} times its size, as only a "
                "decompression bomb does; it is not read any further"
            )
        return data


def _unpacker(source: _Source) -> IO[bytes]:
    if source.magic.startswith(_GZIP):
        frames = _Frames(source, lambda: zlib.decompressobj(wbits=31), zlib.error)
    elif source.magic.startswith(_ZSTD) or source.magic[1:4] == _ZSTD_SKIPPABLE:
        from zstandard import ZstdDecompressor, ZstdError

        packing = ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        frames = _Frames(source, packing.decompressobj, ZstdError)
    else:
        return source  # type: ignore[return-value]
    return frames  # type: ignore[return-value]


class _Decompressor(Protocol):
    """What zlib and zstandard have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Frames(io.RawIOBase):
    """Unpacks packed data frame by frame in small pieces, up to the last byte before a fault.

    The libraries' own readers lose what they have unpacked when the data end too early, and
    zstandard's takes a file that is cut short for a whole one.
    """

    def __init__(
        self, source: _Source, new_frame: Callable[[], _Decompressor], fault: type[Exception]
    ) -> None:
        self._source = io.BufferedReader(source, _BUFFER_BYTES)
        self._new_frame = new_frame
        self._fault = fault
        self._frame: _Decompressor | None = None
        self._ready = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most ``size``.

        Raises:
            EOFError: the data end inside a frame.
            zlib.error: they are damaged.
        """
        while not self._ready:
            piece = self._source.read(_PIECE_BYTES)
            if not piece:
                if self._frame is not None:
                    raise EOFError
                return b""
            self._ready = self._unpack(piece)
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _unpack(self, piece: bytes) -> bytes:
        found = []
        while piece:
            if self._frame is None:
                piece = piece.lstrip(b"\0")  # tapes and discs pad with zeros
                if not piece:
                    break
                self._frame = self._new_frame()
            try:
                found.append(self._frame.decompress(piece))
            except self._fault as error:
                raise zlib.error(str(error)) from None
            piece = b""
            if self._frame.eof:
                piece, self._frame = self._frame.unused_data, None
        return b"".join(found)


def _detect(head: bytes, name: str) -> Format:
    """Which format a file begins as.

    Raises:
        InputFileError: none that we know, with what it looks like instead.
    """
    for magic, (kind, mend) in _FOREIGN.items():
        if head.startswith(magic):
            raise InputFileError(f"{name} is {kind}, not a list of papers; {mend}")
    text = _decoded(head).lstrip("\ufeff \t\r\n\0")
    if not text:
        return "empty"
    if text.startswith("<"):
        return _detect_xml(text, name)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputFileError(
            f"{name} is UTF-16; convert it with 'iconv -f UTF-16 -t UTF-8 FILE | "
            "mine fetch --from -'"
        )
    if text.startswith("["):
        raise InputFileError(
            f"{name} is one JSON array; write one record a line with 'jq -c .[] FILE | "
            "mine fetch --from -'"
        )
    return _detect_json(text, name, whole=len(head) < _HEAD_BYTES)


def _decoded(head: bytes) -> str:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.decode("utf-16" if wide else "utf-8", "replace")


def _detect_xml(text: str, name: str) -> Format:
    match = _ROOT.search(_XML_NOISE.sub("", text))
    root = match[1].lower() if match else ""
    if root in ("feed", "entry"):
        return "atom"
    if root in _OAI_ROOTS:
        if other := _OTHER_OAI.search(text):
            raise InputFileError(
                f"{name} is an OAI-PMH answer to {other[1]}, which holds no papers; "
                "ask with the verb ListRecords"
            )
        return "oai"
    shown = "a web page" if root == "html" else f"XML that begins with <{root[:40]}>"
    raise InputFileError(f"{name} is {shown}, not a list of papers; give {_KINDS}")


def _detect_json(text: str, name: str, *, whole: bool) -> Format:
    import json

    keys: set[str] = set()
    lines = text.splitlines()
    for line in lines[:20]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            keys |= record.keys()
    if not keys and not whole and len(lines) < 2 and text.startswith("{"):
        # The first line is longer than what we look at.
        keys = set(re.findall(r'"(id|title|abstract|versions|authors_parsed)"\s*:', text))
    if {"id", "title"} <= keys:
        return "snapshot" if keys & {"versions", "authors_parsed"} else "jsonl"
    if keys:
        shown = ", ".join(sorted(keys)[:8])
        raise InputFileError(
            f"the records of {name} have no id and title (their keys: {shown}); give {_KINDS}"
        )
    raise InputFileError(f"{name} is not a list of papers; give {_KINDS}")
