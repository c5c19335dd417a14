"""Classifies Parquet into a folder of Parquet, part by part, on Dask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.atomic_write import atomic_write
from mllm_mine.classifier.bulk.output import run_key
from mllm_mine.classifier.bulk.parquet import wanted_columns
from mllm_mine.classifier.bulk.record_batches import as_batch, prediction_schema, records_of_batch
from mllm_mine.classifier.bulk.scoring import BulkSummary
from mllm_mine.dask_cluster import run_parts
from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.input_path import require_file
from mllm_mine.parquet import (
    is_parquet,
    parquet_files,
    prepare_folder,
    require_pyarrow,
    run_of,
    with_run,
    write_parquet,
)
from mllm_mine.progress import Progress

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model

_ROWS = 50_000  # of a part, as far as the input's row groups allow
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Some row groups of a file, and the file that their results go to.

    Attributes:
        first: number (from 1) of the first row in the whole input.
    """

    source: str
    groups: list[int]
    first: int
    target: str
    key: str
    explain: bool


def classify_partitions(
    model: Model,
    source: str | Path,
    target: str | Path,
    progress: Progress,
    *,
    explain: bool = False,
    scheduler: str = "",
    jobs: int = 0,
) -> BulkSummary:
    """Scores a Parquet file, or a folder of them, on Dask.

    Writes a folder of ``part-00000.parquet`` and so on, which in the order of their names hold
    the input's rows in order; each part appears whole. Parts that are there from an interrupted
    run of the same input, model and options stay.

    Args:
        source, target: paths that all workers see. Others as for
            :func:`mllm_mine.dask_cluster.run_parts`.

    Raises:
        ConfigurationError: Dask or pyarrow is not installed, the input is no Parquet, or the
            folder holds something else. InputFileError: a file is damaged or lacks ``id``.
    """
    from mllm_mine.classifier.model_file import model_bytes

    require_pyarrow()
    require_file(source)
    if not is_parquet(source):
        raise ConfigurationError(
            f"--engine dask reads Parquet, and {source} is none; leave --engine out for JSON Lines"
        )
    folder = Path(target).expanduser().resolve()
    parts = list(_parts(source, folder, run_key(source, model.id, explain=explain), explain))
    prepare_folder(folder, {Path(part.target).name: part.key for part in parts})
    summary = BulkSummary()
    progress.start("classify", len(parts))
    for part, resumed in run_parts(
        _classify_part, parts, model_bytes(model, level=1), scheduler=scheduler, jobs=jobs
    ):
        summary.add(part)
        summary.resumed += part.records if resumed else 0
        progress.advance()
    progress.finish()
    return summary


def _parts(source: str | Path, folder: Path, key: str, explain: bool) -> Iterator[Part]:
    pyarrow, parquet = require_pyarrow()
    number, first = 0, 1
    for file in parquet_files(source):
        try:
            metadata = parquet.read_metadata(file)
        except (pyarrow.ArrowException, OSError) as error:
            raise InputFileError(f"cannot read {file} as Parquet: {error}") from error
        wanted_columns(metadata.schema.to_arrow_schema().names, file)
        groups: list[int] = []
        rows = 0
        for group in range(metadata.num_row_groups):
            groups.append(group)
            rows += metadata.row_group(group).num_rows
            if rows >= _ROWS or group == metadata.num_row_groups - 1:
                path = folder / f"part-{number:05}.parquet"
                yield Part(str(file.resolve()), groups, first, str(path), key, explain)
                first, number = first + rows, number + 1
                groups, rows = [], 0


def _classify_part(part: Part, model: bytes) -> tuple[BulkSummary, bool]:
    """On a worker: scores a part, unless its results are there; whether they were."""
    _, parquet = require_pyarrow()
    target = Path(part.target)
    if run_of(target) == part.key:
        return _summary(parquet.ParquetFile(target).iter_batches(columns=["id", "error"])), True
    scorer = _model(model)
    schema = with_run(prediction_schema(scorer, explain=part.explain), part.key)
    summary = BulkSummary()
    with atomic_write(target) as out:
        write_parquet(_scored(part, scorer, summary), schema, out)
    return summary, False


def _scored(part: Part, model: Model, summary: BulkSummary) -> Iterator[Any]:
    """Record batches of a part's results, counted."""
    _, parquet = require_pyarrow()
    first = part.first
    with parquet.ParquetFile(part.source) as file:
        names = wanted_columns(file.schema_arrow.names, part.source)
        for batch in file.iter_batches(_ROWS_AT_ONCE, row_groups=part.groups, columns=names):
            results = as_batch(model, records_of_batch(batch, first), explain=part.explain)
            first += batch.num_rows
            summary.add(_summary([results]))
            yield results


def _summary(batches: Iterable[Any]) -> BulkSummary:
    summary = BulkSummary()
    for batch in batches:
        bad = batch.filter(batch.column("error").is_valid())
        failed = zip(bad.column("id").to_pylist(), bad.column("error").to_pylist(), strict=True)
        summary.count(failed, batch.num_rows)
    return summary


@lru_cache(maxsize=2)
def _model(content: bytes) -> Model:
    """The model, parsed once a worker."""
    from mllm_mine.classifier.model_file import parse_model

    return parse_model(content, "the model")
