"""Lines of files that may be compressed: written as their name says, read as far as they go."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol, cast

_BLOCK = 1 << 18  # bytes that a compressor is given at a time


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Appends bytes."""

    def close(self) -> None:
        """Writes what is still held back."""


class _Packed:
    """Compresses in blocks of one size, since zlib's bytes depend on how it is fed."""

    def __init__(self, compressor: IO[bytes]) -> None:
        self._compressor = compressor
        self._waiting = bytearray()

    def write(self, data: bytes, /) -> None:
        self._waiting += data
        while len(self._waiting) >= _BLOCK:
            self._compressor.write(bytes(self._waiting[:_BLOCK]))
            del self._waiting[:_BLOCK]

    def close(self) -> None:
        self._compressor.write(bytes(self._waiting))
        self._compressor.close()


def is_packed(name: str) -> bool:
    """Whether a file of this name is compressed."""
    return name.endswith((".gz", ".zst"))


def packed(file: IO[bytes], name: str) -> Sink:
    """Something to write into: compressed for ``.gz`` and ``.zst``, else the file itself.

    The same contents give the same bytes, in however many parts they are written.
    """
    import zstandard

    if name.endswith(".gz"):
        return _Packed(cast(IO[bytes], gzip.GzipFile("", "wb", 6, file, mtime=0)))
    if name.endswith(".zst"):
        writer = zstandard.ZstdCompressor().stream_writer(file, closefd=False)
        return _Packed(cast(IO[bytes], writer))
    return file


def whole_lines(path: Path, name: str) -> Iterator[bytes]:
    """The lines of JSON at the start of a file whose writing was cut short.

    Args:
        name: what the file was to be called; see :func:`packed`.
    """
    import zlib

    import zstandard

    with path.open("rb") as raw:
        file: IO[bytes] = raw
        if name.endswith(".gz"):
            file = cast(IO[bytes], gzip.GzipFile(fileobj=raw))
        elif name.endswith(".zst"):
            reader = zstandard.ZstdDecompressor().stream_reader(raw)
            file = cast(IO[bytes], io.BufferedReader(reader, 1 << 20))
        try:
            for line in file:
                if not line.startswith(b"{") or not line.endswith(b"}\n"):
                    return
                yield line
        except (zlib.error, gzip.BadGzipFile, EOFError, zstandard.ZstdError):
            return
