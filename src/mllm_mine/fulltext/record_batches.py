"""Texts of many PDFs without an index, as Arrow record batches and Parquet.

:func:`texts_of_pdfs` goes from paths to a record batch and keeps nothing, so that Spark, Ray or
Dask may call it anywhere; :func:`texts_of_folder` does a folder, on this machine or on Dask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mllm_mine.atomic_write import atomic_write
from mllm_mine.dask_cluster import run_parts
from mllm_mine.errors import ConfigurationError
from mllm_mine.fulltext.document import READABLE, Document, Limits
from mllm_mine.fulltext.pool import WorkerPool
from mllm_mine.parquet import prepare_folder, require_pyarrow, run_of, with_run, write_parquet
from mllm_mine.processors import processors
from mllm_mine.progress import Progress

_FILES_AT_ONCE = 64


@dataclass
class FolderSummary:
    """What became of a folder's PDFs.

    Attributes:
        failures: path and reason of each PDF without text, in no order.
    """

    files: int = 0
    pages: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


def text_schema() -> Any:
    """The ``pyarrow.Schema`` of what :func:`texts_of_pdfs` gives.

    ``path`` string, as it was given; ``status`` and ``reason`` string, how reading ended;
    ``title``, ``abstract`` and ``text`` string, empty where there is none; ``pages`` int32.
    """
    pyarrow, _ = require_pyarrow()
    texts = [(name, pyarrow.string()) for name in ("path", "status", "reason")]
    texts += [(name, pyarrow.string()) for name in ("title", "abstract", "text")]
    return pyarrow.schema([*texts, ("pages", pyarrow.int32())])


def texts_of_pdfs(paths: Sequence[str], limits: Limits | None = None, *, jobs: int = 1) -> Any:
    """Reads PDFs, each in a process of its own with limits of time and memory.

    Args:
        paths: files that this machine sees.
        jobs: PDFs at a time.

    Returns:
        A ``pyarrow.RecordBatch`` of :func:`text_schema`, one row a path, in order. Whatever is
        wrong with a file stands in its row.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """
    pyarrow, _ = require_pyarrow()
    documents: dict[str, Document] = {}
    waiting = [*enumerate(paths)][::-1]
    with WorkerPool(jobs, limits or Limits()) as pool:
        while waiting or pool.busy:
            while waiting and pool.free:
                number, path = waiting.pop()
                pool.start(str(number), Path(path))
            for number_read, document in pool.finished(seconds=60.0):
                documents[number_read] = Document.from_dict(document)
    names = text_schema().names[1:]
    rows = [
        {"path": path, **{name: getattr(documents[str(number)], name) for name in names}}
        for number, path in enumerate(paths)
    ]
    return pyarrow.RecordBatch.from_pylist(rows, schema=text_schema())


def texts_of_folder(
    folder: str | Path,
    target: str | Path,
    progress: Progress,
    *,
    limits: Limits | None = None,
    jobs: int = 0,
    scheduler: str | None = None,
) -> FolderSummary:
    """Reads every ``*.pdf`` of a folder and its subfolders, ordered by path, into Parquet.

    Args:
        target: a Parquet file; on Dask a folder of parts, of which those that are there from an
            interrupted run over the same files stay.
        jobs: PDFs at a time on this machine; 0 is one a processor.
        scheduler: None reads on this machine; else on Dask, see
            :func:`mllm_mine.dask_cluster.run_parts`. All workers must see the folders.

    Raises:
        ConfigurationError: there is no such folder, it holds no PDF, or pyarrow or Dask is missing.
        DiskError: the target cannot be written.
    """
    require_pyarrow()
    place = Path(folder).expanduser().resolve()
    paths = sorted(str(path) for path in place.rglob("*.pdf") if path.is_file())
    if not paths:
        raise ConfigurationError(f"{folder} is no folder with *.pdf in it; check its name")
    groups = [paths[at : at + _FILES_AT_ONCE] for at in range(0, len(paths), _FILES_AT_ONCE)]
    settings = limits or Limits()
    summary = FolderSummary()
    progress.start("read", len(paths))
    if scheduler is None:
        batches = (texts_of_pdfs(group, settings, jobs=jobs or processors()) for group in groups)
        with atomic_write(Path(target)) as file:
            write_parquet(_counted(batches, summary, progress), text_schema(), file)
        progress.finish()
        return summary
    out = Path(target).expanduser().resolve()
    parts = [
        (group, str(out / f"part-{number:05}.parquet"), _run(group))
        for number, group in enumerate(groups)
    ]
    prepare_folder(out, {Path(path).name: run for _, path, run in parts})
    for done in run_parts(_read_part, parts, settings, scheduler=scheduler, jobs=jobs):
        for row in done:
            _count(row, summary)
        progress.advance(len(done))
    progress.finish()
    return summary


def _counted(batches: Iterator[Any], summary: FolderSummary, progress: Progress) -> Iterator[Any]:
    for batch in batches:
        for row in _outcomes(batch):
            _count(row, summary)
        progress.advance(batch.num_rows)
        yield batch


def _count(row: tuple[str, str, str, int], summary: FolderSummary) -> None:
    path, status, reason, pages = row
    summary.files += 1
    summary.pages += pages
    if status not in READABLE:
        summary.failures.append((path, reason))


def _outcomes(table: Any) -> list[tuple[str, str, str, int]]:
    columns = [table.column(name).to_pylist() for name in ("path", "status", "reason", "pages")]
    return list(zip(*columns, strict=True))


def _run(paths: Sequence[str]) -> str:
    """What a part depends on: its files by path, size and time of change."""
    states = [(path, Path(path).stat()) for path in paths]
    lines = [f"{path} {state.st_size} {state.st_mtime_ns}" for path, state in states]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _read_part(part: tuple[list[str], str, str], limits: Limits) -> list[tuple[str, str, str, int]]:
    """On a worker: reads a part's PDFs, unless their texts are there; how each one ended."""
    _, parquet = require_pyarrow()
    paths, target, run = part
    if run_of(Path(target)) == run:
        return _outcomes(parquet.read_table(target))
    batch = texts_of_pdfs(paths, limits)
    with atomic_write(Path(target)) as file:
        write_parquet([batch], with_run(text_schema(), run), file)
    return _outcomes(batch)
