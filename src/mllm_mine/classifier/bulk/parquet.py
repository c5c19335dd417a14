"""Reads the columns of records from Parquet, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mllm_mine.errors import InputFileError
from mllm_mine.parquet import parquet_files, require_pyarrow

_WANTED = ("id", "title", "abstract", "text")


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
