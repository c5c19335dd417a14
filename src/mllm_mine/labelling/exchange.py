"""Takes labels by hand out of the index and brings them back."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.labelling import history_files

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.labels import ImportCounts

_WRITERS = {"csv": history_files.write_csv, "jsonl": history_files.write_json_lines}
_READERS = {"csv": history_files.read_csv, "jsonl": history_files.read_json_lines}


def export_labels(index: Index, output: Path | BinaryIO, format: str = "") -> int:
    """Writes the whole history of labels by hand.

    Args:
        output: a file, replaced as a whole, or a stream.
        format: ``csv`` or ``jsonl``; by the file's suffix when left out, ``csv`` for a stream.

    Returns:
        How many entries were written.
    """
    write = _WRITERS[_format(format or _suffix(output, "csv"), output)]
    with index.reading.snapshot():
        if not isinstance(output, Path):
            return write(index.labels.each(), output)
        with atomic_write(output) as file:
            return write(index.labels.each(), file)


def import_labels(index: Index, path: Path, format: str = "") -> ImportCounts:
    """Brings in labels that were exported: all of the file's or, when a line is bad, none.

    What the history holds already is left alone, so importing twice changes nothing. Labels of
    papers that the index does not hold are kept for when it does.

    Raises:
        InputFileError: the file cannot be read, naming the line.
    """
    read = _READERS[_format(format or _suffix(path, ""), path)]
    with opened_text(path) as file, index.transaction():
        return index.labels.bring_in(read(file, str(path)))


@contextmanager
def opened_text(path: Path) -> Iterator[TextIO]:
    """A text file of the user's, or stdin for ``-``, as UTF-8 with or without a mark.

    Raises:
        InputFileError: it is missing or no UTF-8.
    """
    try:
        if str(path) == "-":
            yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise InputFileError(f"{path} is not UTF-8 text: {error.reason}") from error
    except OSError as error:
        raise InputFileError(f"cannot read {path}: {error.strerror or error}") from error


def _suffix(path: Path | BinaryIO, default: str) -> str:
    if not isinstance(path, Path) or str(path) == "-":
        return default
    return {"ndjson": "jsonl", "json": "jsonl"}.get(
        path.suffix[1:].lower(), path.suffix[1:].lower()
    )


def _format(name: str, path: object) -> str:
    if name not in _WRITERS:
        shown = f"{name!r}" if name else "a missing suffix"
        raise ConfigurationError(
            f"cannot tell the format of {path} from {shown}; say --format {' or '.join(_WRITERS)}"
        )
    return name
