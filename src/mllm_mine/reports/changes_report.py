"""What moved: labels given or taken back, by the model or by hand, and why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError
from mllm_mine.index.changes import LabelChange, label_changes
from mllm_mine.index.filters import PaperFilter, day_or_moment
from mllm_mine.reports.csv_report import neutralised
from mllm_mine.reports.report import Written

if TYPE_CHECKING:
    from mllm_mine.index import Index

COLUMNS = (
    *("changed_at", "arxiv_id", "title", "label", "change", "probability", "was_probability"),
    *("why", "detail"),
)
FORMATS = ("csv", "json")


def write_changes(
    index: Index,
    output: Path | BinaryIO,
    wanted: PaperFilter,
    *,
    since: str = "",
    format: str = "csv",
    raw: bool = False,
) -> Written:
    """Writes what moved, newest first.

    Args:
        since: only moves on this date or later, as in a filter; "" for all.
        raw: leave cells that a spreadsheet would take for formulas as they are.

    Returns:
        The format, and in place of papers the number of moves.

    Raises:
        ConfigurationError: an unknown format, label or date.
        DiskError: the file cannot be written; what was there before stays.
    """
    if format not in FORMATS:
        raise ConfigurationError(f"changes are written as {' or '.join(FORMATS)}, not {format!r}")
    moment = day_or_moment(since) if since else ""
    wanted.conditions(index.taxonomy)  # refuses a wrong filter before a file is opened
    write = _write_csv if format == "csv" else _write_json
    with index.reading.snapshot():
        records = (_record(change) for change in label_changes(index, wanted, moment))
        if not isinstance(output, Path):
            return Written(format, write(records, output, raw))
        with atomic_write(output) as file:
            return Written(format, write(records, file, raw))


def _record(change: LabelChange) -> dict[str, Any]:
    return {
        "changed_at": change.changed_at,
        "arxiv_id": change.arxiv_id,
        "title": change.title,
        "label": change.label,
        "change": "given" if change.given else "taken back",
        "probability": change.probability,
        "was_probability": change.was_probability,
        "why": change.why,
        "detail": change.detail,
    }


def _write_csv(records: Iterable[dict[str, Any]], file: BinaryIO, raw: bool) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for record in records:
        cells = ["" if record[name] is None else str(record[name]) for name in COLUMNS]
        writer.writerow(cells if raw else map(neutralised, cells))
        count += 1
    text.flush()
    text.detach()
    return count


def _write_json(records: Iterable[dict[str, Any]], file: BinaryIO, raw: bool) -> int:
    count = 0
    for record in records:
        file.write(b",\n" if count else b"[\n")
        file.write(json.dumps(record, ensure_ascii=False).encode("utf-8"))
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count
