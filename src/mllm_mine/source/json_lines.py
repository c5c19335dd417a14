"""Reads JSON Lines of any size and any origin, a record at a time, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from mllm_mine.source.bad_record import BadRecord

MAX_LINE_BYTES = 8 << 20
"""A longer line is passed over with a reason; the longest real ones (3,000 authors) are a tenth."""

_KEYS_ONCE = (b'"id":', b'"title":', b'"abstract":')
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line that is not blank.

    Attributes:
        number: counted from 1, blank lines included.
        end: how many bytes of the file lie before the next line.
        record: the object it holds, or why it cannot be read.
    """

    number: int
    end: int
    record: dict[str, Any] | BadRecord


def read_lines(stream: IO[bytes], number: int = 0, offset: int = 0) -> Iterator[Line]:
    """Streams the records of a file.

    Args:
        number, offset: how many lines and bytes lie before the place where ``stream`` stands.

    NaN and Infinity, which JSON does not know but some programs write for "missing", read as null.
    """
    decode = json.JSONDecoder(parse_constant=lambda _: None).decode
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        offset += len(line)
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            offset += _pass_over(stream)
            reason = f"is longer than {MAX_LINE_BYTES >> 20} MB"
            yield Line(number, offset, BadRecord(f"line {number}", reason))
            continue
        if number == 1:
            line = line.removeprefix(_BOM)
        if line.isspace() or not line:
            continue
        record: dict[str, Any] | BadRecord
        try:
            record = decode(line.decode("utf-8"))
            if any(line.count(key) > 1 for key in _KEYS_ONCE):
                json.loads(line, object_pairs_hook=_refuse_repeats)
            if not isinstance(record, dict):
                record = BadRecord(f"line {number}", "is no JSON object")
        except (ValueError, RecursionError) as error:
            record = BadRecord(f"line {number}", _reason(error))
        yield Line(number, offset, record)


def _pass_over(stream: IO[bytes]) -> int:
    passed = 0
    while piece := stream.readline(1 << 20):
        passed += len(piece)
        if piece.endswith(b"\n"):
            break
    return passed


class _RepeatedKeyError(ValueError):
    pass


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise _RepeatedKeyError(f"says {repeated[:40]!r} twice")
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.object[error.start]:#04x} at {error.start})"
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg} at character {error.pos + 1}"
    return str(error)[:200]
