"""Writes a report of the papers a filter lets through, to a file or a stream."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import PaperFilter

if TYPE_CHECKING:
    from mllm_mine.index import Index

FORMATS = {
    "csv": "mllm_mine.reports.csv_report",
    "json": "mllm_mine.reports.json_report",
}
"""The formats and the modules that write them."""


@dataclass(frozen=True, slots=True)
class Written:
    """A report that was written: its format and how many papers it holds."""

    format: str
    papers: int


def write_report(
    index: Index,
    output: Path | BinaryIO,
    wanted: PaperFilter,
    *,
    format: str = "csv",
    raw: bool = False,
) -> Written:
    """Writes a report, newest papers first; the same index gives the same bytes.

    Args:
        output: a file, which is replaced whole or not at all, or an open binary stream.
        raw: leave cells that a spreadsheet would take for formulas as they are.

    Raises:
        ConfigurationError: an unknown format, label or date.
        DiskError: the file cannot be written; what was there before stays.
    """
    if format not in FORMATS:
        raise ConfigurationError(
            f"there is no report format {format!r}; choose from {', '.join(FORMATS)}"
        )
    writer = importlib.import_module(FORMATS[format])
    taxonomy = index.taxonomy
    wanted.conditions(taxonomy)  # refuses a wrong filter before a file is opened
    papers = index.reading.papers(wanted)
    if not isinstance(output, Path):
        return Written(format, writer.write(papers, taxonomy, output, raw))
    with atomic_write(output) as file:
        return Written(format, writer.write(papers, taxonomy, file, raw))
