"""Scores one chunk of papers, in whatever process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.bulk.reading import Chunk
from mllm_mine.classifier.bulk.records import BadRecord, as_line, records_of_lines, results

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model

_NAMED = 10  # failures that are kept by name


@dataclass
class BulkSummary:
    """What became of records: how many, how many failed, and the first failures of all.

    Attributes:
        failures: id ("" where the record has none) and reason of each.
        resumed: how many of the records an interrupted run had done before.
    """

    records: int = 0
    failed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    resumed: int = 0

    def add(self, other: BulkSummary) -> None:
        """Counts further records, which come after these."""
        self.records += other.records
        self.failed += other.failed
        self.failures += other.failures[: _NAMED - len(self.failures)]

    def count(self, failures: Iterable[tuple[Any, str]], records: int) -> None:
        """Counts records, some of which failed."""
        named = [("" if name is None else str(name), reason) for name, reason in failures]
        self.add(BulkSummary(records, len(named), named[:_NAMED]))


@dataclass(frozen=True, slots=True)
class Scored:
    """The results of a chunk, ready to be written.

    Attributes:
        payload: lines of JSON, or a record batch in Arrow's format without its schema.
    """

    payload: bytes
    summary: BulkSummary


def score_chunk(model: Model, chunk: Chunk, *, explain: bool, arrow: bool) -> Scored:
    """Scores a chunk's papers, in order.

    Args:
        explain: add the sentences behind each label.
        arrow: give a record batch instead of lines.
    """
    if chunk.arrow:
        from mllm_mine.classifier.bulk.record_batches import records_of_stream

        records = records_of_stream(chunk.payload, chunk.first)
    elif chunk.error:
        records = [BadRecord(None, chunk.error)]
    else:
        records = list(records_of_lines(chunk.first, chunk.payload))
    summary = BulkSummary()
    bad = [(record.id, record.error) for record in records if isinstance(record, BadRecord)]
    summary.count(bad, len(records))
    if arrow:
        from mllm_mine.classifier.bulk.record_batches import as_batch

        batch = as_batch(model, records, explain=explain)
        return Scored(batch.serialize().to_pybytes(), summary)
    lines = map(as_line, results(model, records, explain=explain))
    return Scored(b"".join(lines), summary)
