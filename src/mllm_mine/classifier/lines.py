"""Reads lines of files that may be compressed, told by their first bytes, as a stream."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from mllm_mine.errors import InputFileError
from mllm_mine.input_path import require_file

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@contextmanager
def open_bytes(path: str | Path) -> Iterator[IO[bytes]]:
    """The unpacked contents of a file (``-`` is stdin) for reading once from the start.

    Raises:
        ConfigurationError: there is no such file.
        InputFileError: it cannot be opened, or its compressed data are damaged.
    """
    import zlib

    import zstandard

    try:
        with _opened(path) as raw:
            buffered = io.BufferedReader(cast(io.RawIOBase, raw), 1 << 20)
            start = buffered.peek(4)[:4]
            if start.startswith(_GZIP):
                yield cast(IO[bytes], gzip.GzipFile(fileobj=buffered))
            elif start == _ZSTD:
                reader = zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(
                    buffered, read_across_frames=True
                )
                yield io.BufferedReader(reader, 1 << 20)
            else:
                yield buffered
    except (zlib.error, gzip.BadGzipFile, EOFError, zstandard.ZstdError) as error:
        raise InputFileError(
            f"{path} is damaged or cut short ({error}); copy or download it again"
        ) from error


def open_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """Numbered lines (from 1) of a UTF-8 text, without their ends.

    Raises:
        InputFileError: the file cannot be opened, is damaged, or is not UTF-8.
    """
    with open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise InputFileError(
                    f"{path}, line {number} is not UTF-8; convert the file first"
                ) from error


@contextmanager
def _opened(path: str | Path) -> Iterator[IO[bytes]]:
    if str(path) == "-":
        yield sys.stdin.buffer.raw if hasattr(sys.stdin.buffer, "raw") else sys.stdin.buffer
        return
    require_file(path)
    try:
        file = Path(path).expanduser().open("rb", buffering=0)
    except OSError as error:
        raise InputFileError(f"cannot read {path}: {error.strerror or error}") from error
    with file:
        yield cast(IO[bytes], file)
