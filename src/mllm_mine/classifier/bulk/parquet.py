"""Reads and writes Parquet in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mllm_mine.errors import ConfigurationError, InputFileError

_MAGIC = b"PAR1"
_WANTED = ("id", "title", "abstract", "text")
_ROWS_OF_A_GROUP = 1 << 16


def is_parquet(path: str | Path) -> bool:
    """Whether a file is Parquet by its first bytes, or a folder of such; a pipe never is."""
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            return True
        with place.open("rb") as file:
            return str(path) != "-" and file.seekable() and file.read(4) == _MAGIC
    except OSError:
        return False


def parquet_files(path: str | Path) -> list[Path]:
    """The file itself, or the Parquet files of a folder by name.

    Raises:
        InputFileError: the folder holds none.
    """
    place = Path(path).expanduser()
    if not place.is_dir():
        return [place]
    found = sorted(place.glob("*.parquet"))
    if not found:
        raise InputFileError(f"the folder {path} holds no *.parquet; name a file, or another one")
    return found


def read_batches(path: str | Path, rows: int, skip: int = 0) -> Iterator[tuple[int, Any]]:
    """Record batches with the columns a record needs, and the number (from 1) of the first row.

    Args:
        skip: how many rows to leave out at the start.

    Raises:
        ConfigurationError: pyarrow is not installed.
        InputFileError: a file is damaged or has no column ``id``.
    """
    pyarrow, parquet = require_pyarrow()
    number = 1
    for place in parquet_files(path):
        try:
            with parquet.ParquetFile(place) as file:
                if number - 1 + file.metadata.num_rows <= skip:
                    number += file.metadata.num_rows
                    continue
                names = wanted_columns(file.schema_arrow.names, place)
                for batch in file.iter_batches(rows, columns=names):
                    first = number
                    number += batch.num_rows
                    done = max(0, skip - (first - 1))
                    if done < batch.num_rows:
                        yield first + done, batch.slice(done)
        except (pyarrow.ArrowException, OSError) as error:
            raise InputFileError(f"cannot read {place} as Parquet: {error}") from error


def wanted_columns(names: list[str], place: str | Path) -> list[str]:
    """Which of a table's columns a record needs.

    Raises:
        InputFileError: there is no ``id``.
    """
    if "id" not in names:
        raise InputFileError(f"{place} has no column 'id'; it needs id, title and abstract")
    return [name for name in _WANTED if name in names]


def write_parquet(batches: Iterable[Any], schema: Any, target: BinaryIO) -> None:
    """Writes record batches as Parquet, in row groups of the same size whatever their sizes."""
    pyarrow, parquet = require_pyarrow()
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        waiting, rows = [], 0
        for batch in batches:
            waiting.append(batch)
            rows += batch.num_rows
            if rows >= _ROWS_OF_A_GROUP:
                table = pyarrow.Table.from_batches(waiting).combine_chunks()
                writer.write_table(table.slice(0, _ROWS_OF_A_GROUP))
                waiting = table.slice(_ROWS_OF_A_GROUP).to_batches()
                rows -= _ROWS_OF_A_GROUP
        if rows:
            writer.write_table(pyarrow.Table.from_batches(waiting).combine_chunks())


def require_pyarrow() -> tuple[Any, Any]:
    """The modules ``pyarrow`` and ``pyarrow.parquet``.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigurationError(
            "reading or writing Parquet needs pyarrow: pip install 'mllm-mine[parquet]'"
        ) from error
    return pyarrow, parquet
