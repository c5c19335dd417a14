"""Cuts a file of papers into chunks that workers score, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mllm_mine.classifier.bulk.parquet import read_batches
from mllm_mine.classifier.lines import open_bytes
from mllm_mine.parquet import is_parquet, require_pyarrow

_BYTES = 1 << 20  # of JSON Lines in a chunk: some 800 papers
_ROWS = 1024  # of Parquet in a chunk
LONGEST_LINE = 1 << 26  # bytes; a longer line is no paper


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some papers of a file.

    Attributes:
        first: number (from 1) of the first line or row.
        payload: whole lines of JSON, or a stream in Arrow's format.
        arrow: which of the two.
        error: what is wrong with the chunk, which is a single line then.
    """

    first: int
    payload: bytes
    arrow: bool = False
    error: str = ""


def read_chunks(source: str | Path, skip: int = 0) -> Iterator[Chunk]:
    """The papers of JSON Lines, plain or compressed, or of Parquet (told by content).

    Args:
        source: a file, a folder of Parquet files, or ``-`` for stdin.
        skip: how many records to leave out at the start.

    Raises:
        ConfigurationError: there is no such file, or Parquet without pyarrow.
        InputFileError: it cannot be read or is damaged.
    """
    if is_parquet(source):
        yield from _arrow_chunks(source, skip)
        return
    with open_bytes(source) as file:
        for chunk in _line_chunks(file):
            rest, done = (chunk, 0) if not skip else _without_first(chunk, skip)
            skip -= done
            if rest is not None:
                yield rest


def _arrow_chunks(source: str | Path, skip: int) -> Iterator[Chunk]:
    pyarrow, _ = require_pyarrow()
    for first, batch in read_batches(source, _ROWS, skip):
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield Chunk(first, sink.getvalue().to_pybytes(), arrow=True)


def _line_chunks(file: IO[bytes]) -> Iterator[Chunk]:
    """Whole lines, about :data:`_BYTES` at a time."""
    number, rest = 1, b""
    while block := file.read(_BYTES):
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest += block
            if len(rest) > LONGEST_LINE:
                rest = _after_line(file)
                yield Chunk(number, b"", error=f"line {number} has more than 64 MB")
                number += 1
            continue
        payload = rest + block[:cut]
        rest = block[cut:]
        yield Chunk(number, payload)
        number += payload.count(b"\n")
    if rest:
        yield Chunk(number, rest)


def _after_line(file: IO[bytes]) -> bytes:
    """Reads to the end of a line, and returns what was read of the next one."""
    while block := file.read(_BYTES):
        cut = block.find(b"\n") + 1
        if cut:
            return block[cut:]
    return b""


def _without_first(chunk: Chunk, records: int) -> tuple[Chunk | None, int]:
    """The chunk without its first records, if any is left, and how many were left out."""
    if chunk.error:
        return None, 1
    lines = chunk.payload.split(b"\n")
    done = 0
    for place, line in enumerate(lines):
        if line and not line.isspace():
            if done == records:
                return Chunk(chunk.first + place, b"\n".join(lines[place:])), done
            done += 1
    return None, done
