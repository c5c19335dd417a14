"""Classifies a file of papers into another file, without an index, as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.lines import create_lines, is_parquet, open_lines
from mllm_mine.classifier.pending import NOTHING_TO_READ, is_readable
from mllm_mine.classifier.records import Explanation, Prediction, Record
from mllm_mine.progress import Progress

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model

_BATCH = 1024
_SENTENCES = 3  # as evidence for a label


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A line or row that is no paper, and why."""

    id: Any
    error: str


@dataclass
class BulkSummary:
    """What became of a file: records written, and the first failures of all ``failed``."""

    records: int = 0
    failed: int = 0
    failures: tuple[tuple[str, str], ...] = ()


def classify_stream(
    model: Model,
    source: str | Path,
    target: str | Path,
    progress: Progress,
    *,
    explain: bool = False,
) -> BulkSummary:
    """Scores every record of a file, in order, in bounded memory.

    Reads JSON Lines, plain or compressed, or Parquet (told by content); writes JSON Lines,
    compressed for ``.gz`` and ``.zst``, or Parquet for ``.parquet``. ``-`` is stdin or stdout.
    A record that cannot be scored gives ``{"id", "error"}`` in its place.

    Raises:
        InputFileError: the input cannot be read. ConfigurationError: Parquet without pyarrow.
        DiskError: the output cannot be written; nothing is left there then.
    """
    records: Iterator[Record | BadRecord]
    if is_parquet(source):
        from mllm_mine.classifier.parquet import read_rows

        rows = read_rows(source)
        records = (as_record(row, f"row {number}") for number, row in rows)
    else:
        records = _from_lines(source)
    results = classified(model, _counted(records, progress), explain=explain)
    summary = BulkSummary()
    progress.start("classify")
    if str(target).endswith(".parquet"):
        from mllm_mine.classifier.parquet import write_rows

        write_rows(target, model, _watched(results, summary), explain=explain)
    else:
        with create_lines(target) as write:
            for result in _watched(results, summary):
                write(json.dumps(result, ensure_ascii=False))
    progress.finish()
    return summary


def classified(
    model: Model, records: Iterable[Record | BadRecord], *, explain: bool = False
) -> Iterator[dict[str, Any]]:
    """One result a record, in order, as the plain data that is written."""
    stream = iter(records)
    while batch := list(islice(stream, _BATCH)):
        readable = [record for record in batch if isinstance(record, Record)]
        reasons = [model.explain(record) for record in readable] if explain else []
        predictions = iter([reason.prediction for reason in reasons] or model.predict(readable))
        evidence = iter(reasons)
        for record in batch:
            if isinstance(record, BadRecord):
                yield {"id": record.id, "error": record.error}
            else:
                yield as_result(next(predictions), next(evidence) if explain else None)


def as_result(prediction: Prediction, explanation: Explanation | None = None) -> dict[str, Any]:
    """A prediction as plain data, with evidence for its assigned labels if it was explained."""
    result: dict[str, Any] = {
        "id": prediction.id,
        "in_scope": prediction.in_scope,
        "p_in_scope": prediction.p_in_scope,
        "labels": list(prediction.labels),
        "scores": prediction.scores,
        "uncertain": prediction.uncertain,
        "unfamiliar": prediction.unfamiliar,
        "model": prediction.model,
    }
    if explanation is not None:
        result["evidence"] = {
            label: list(explanation.labels[label].sentences[:_SENTENCES])
            for label in prediction.labels
            if label in explanation.labels
        }
    return result


def as_record(data: Any, where: str) -> Record | BadRecord:
    """A record from plain data, or what is wrong with it."""
    if not isinstance(data, dict):
        return BadRecord(None, f"{where} is not a JSON object")
    name = data.get("id")
    if not isinstance(name, str) or not name:
        return BadRecord(name, f"{where} has no text 'id'")
    fields = {key: data.get(key) for key in ("title", "abstract", "text")}
    for key, value in fields.items():
        if value is not None and not isinstance(value, str):
            return BadRecord(name, f"{key!r} is not a text")
    record = Record(name, *((value or "") for value in fields.values()))
    return record if is_readable(record) else BadRecord(name, NOTHING_TO_READ)


def _from_lines(source: str | Path) -> Iterator[Record | BadRecord]:
    for number, line in open_lines(source):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield BadRecord(None, f"line {number} is not JSON: {error}")
            continue
        yield as_record(data, f"line {number}")


def _counted(
    records: Iterable[Record | BadRecord], progress: Progress
) -> Iterator[Record | BadRecord]:
    for record in records:
        yield record
        progress.advance()


def _watched(results: Iterable[dict[str, Any]], summary: BulkSummary) -> Iterator[dict[str, Any]]:
    """Passes results through and counts them."""
    for result in results:
        summary.records += 1
        if "error" in result:
            summary.failed += 1
            if len(summary.failures) < 10:
                summary.failures += ((str(result["id"]), result["error"]),)
        yield result
