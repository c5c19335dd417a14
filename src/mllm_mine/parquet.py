"""Parquet files, and folders of them whose parts are made one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from mllm_mine.errors import ConfigurationError, InputFileError

_MAGIC = b"PAR1"
_ROWS_OF_A_GROUP = 1 << 16
_RUN = b"mine.run"  # in the metadata of a part: what its contents depend on


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


def prepare_folder(folder: Path, parts: Mapping[str, str]) -> None:
    """Makes a folder for parts; those of an interrupted run of the same kind may be in it.

    Args:
        parts: for the name of each part what its contents depend on.

    Raises:
        ConfigurationError: it is a file, or holds Parquet of anything else.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"a folder of Parquet is to be written, and {folder} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.parquet")):
        if run_of(path) != parts.get(path.name):
            raise ConfigurationError(
                f"{path} is from another input, model or option; name another folder, or empty it"
            )


def with_run(schema: Any, run: str) -> Any:
    """A schema that says what a part's contents depend on."""
    return schema.with_metadata({_RUN: run})


def run_of(path: Path) -> str:
    """What a part's contents depend on; nothing if there is no such part."""
    pyarrow, parquet = require_pyarrow()
    try:
        metadata = parquet.read_schema(path).metadata or {}
    except (pyarrow.ArrowException, OSError):
        return ""
    return bytes(metadata.get(_RUN, b"")).decode("utf-8", "replace")
