"""Lines of files that may be compressed: written as their name says, read as far as they go."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast


def packed(file: IO[bytes], name: str) -> IO[bytes]:
    """A file to write into: compressed for ``.gz`` and ``.zst``, else the file itself.

    The same contents give the same bytes, in however many parts they are written.
    """
    import zstandard

    if name.endswith(".gz"):
        return cast(IO[bytes], gzip.GzipFile("", "wb", 6, file, mtime=0))
    if name.endswith(".zst"):
        return cast(IO[bytes], zstandard.ZstdCompressor().stream_writer(file, closefd=False))
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
