"""Reads and writes Parquet, where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError, InputFileError

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model

_ROWS_AT_ONCE = 4096
_WANTED = ("id", "title", "abstract", "text")


def read_rows(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbered rows (from 1) with the columns a record needs.

    Raises:
        ConfigurationError: pyarrow is not installed.
        InputFileError: the file is damaged or has no column ``id``.
    """
    pyarrow, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(Path(path).expanduser()) as file:
            columns = [name for name in _WANTED if name in file.schema_arrow.names]
            if "id" not in columns:
                raise InputFileError(f"{path} has no column 'id'; it needs id, title and abstract")
            number = 0
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pyarrow.ArrowException, OSError) as error:
        raise InputFileError(f"cannot read {path} as Parquet: {error}") from error


def write_rows(
    path: str | Path, model: Model, results: Iterable[dict[str, Any]], *, explain: bool
) -> None:
    """Writes results; ``scores`` has a field a label, ``error`` is null where all went well.

    Raises:
        ConfigurationError: pyarrow is not installed. DiskError: the file cannot be written.
    """
    pyarrow, parquet = _pyarrow()
    schema = _schema(pyarrow, model, explain=explain)
    stream = iter(results)
    with (
        atomic_write(Path(path)) as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        while batch := list(islice(stream, _ROWS_AT_ONCE)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))


def _schema(pyarrow: Any, model: Model, *, explain: bool) -> Any:
    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    fields = [
        ("id", text),
        ("in_scope", pyarrow.bool_()),
        ("p_in_scope", pyarrow.float64()),
        ("labels", texts),
        ("scores", pyarrow.struct([(label, pyarrow.float64()) for label in model.labels])),
        ("uncertain", pyarrow.bool_()),
        ("unfamiliar", pyarrow.bool_()),
        ("model", text),
        ("error", text),
    ]
    if explain:
        evidence = pyarrow.struct([(label, texts) for label in model.labels])
        fields.append(("evidence", evidence))
    return pyarrow.schema(fields)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigurationError(
            "reading or writing Parquet needs pyarrow: pip install 'mllm-mine[parquet]'"
        ) from error
    return pyarrow, parquet
