"""Classifies a file of papers into another file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.classifier.bulk.output import open_output, run_key
from mllm_mine.classifier.bulk.reading import read_chunks
from mllm_mine.classifier.bulk.scoring import BulkSummary
from mllm_mine.classifier.bulk.workers import Job, scored
from mllm_mine.processors import processors
from mllm_mine.progress import Progress

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model


def classify_stream(
    model: Model,
    source: str | Path,
    target: str | Path,
    progress: Progress,
    *,
    explain: bool = False,
    jobs: int = 0,
) -> BulkSummary:
    """Scores every record of a file, in order, in bounded memory.

    Reads JSON Lines, plain or compressed, or Parquet (told by content), or a folder of Parquet
    files by name; writes JSON Lines, compressed for ``.gz`` and ``.zst``, or Parquet for
    ``.parquet``. ``-`` is stdin or stdout. A record that cannot be scored gives
    ``{"id", "error"}`` in its place.

    A run from file to file that is interrupted leaves what it did beside the target, and the same
    call goes on there; see :mod:`mllm_mine.classifier.bulk.output`.

    Args:
        jobs: how many processes score; 0 is one a processor. They are started (spawned) for
            more than a few megabytes of input only. A script that calls this needs the usual
            ``if __name__ == "__main__":``.

    Raises:
        InputFileError: the input cannot be read; nothing is left of the output then.
        ConfigurationError: there is no such file, or Parquet without pyarrow.
        DiskError: the output cannot be written.
        MineError: another run is writing it, or worker processes die again and again.
    """
    schema = _schema(model, explain=explain) if str(target).endswith(".parquet") else b""
    key = None if str(source) == "-" else run_key(source, model.id, explain=explain)
    job = Job(model, explain, arrow=bool(schema))
    with open_output(target, key, schema) as output:
        summary = output.done
        progress.start("classify")
        summary.resumed = summary.records
        if summary.resumed:
            progress.note(f"goes on after {summary.resumed:,} records of an interrupted run")
            progress.advance(summary.resumed)
        chunks = read_chunks(source, skip=summary.resumed)
        for results in scored(job, chunks, jobs or processors()):
            output.write(results.payload)
            summary.add(results.summary)
            progress.advance(results.summary.records)
    progress.finish()
    return summary


def _schema(model: Model, *, explain: bool) -> bytes:
    """The schema of results in Arrow's format, as it begins a stream."""
    from mllm_mine.classifier.bulk.record_batches import prediction_schema

    schema: bytes = prediction_schema(model, explain=explain).serialize().to_pybytes()
    return schema
