"""The CSV report: RFC 4180, UTF-8, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, BinaryIO

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.record import columns, record
from mllm_mine.reports.released import released_by
from mllm_mine.taxonomy import Taxonomy

RELEASES = "releases"
"""The last column, where it is asked for: names of what the paper releases."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes a header and one row a paper; lists are joined with ``; ``.

    No byte order mark: programs read the file as it is, and spreadsheets ask for or detect
    UTF-8. A cell that a spreadsheet would take for a formula gets an apostrophe in front,
    unless ``options.raw``. ``options.resources`` adds a last column of what papers release.

    Returns:
        The number of papers.
    """
    names = (*columns(taxonomy), RELEASES) if options.resources else columns(taxonomy)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)  # the excel dialect: commas, quotes where needed, CR LF
    writer.writerow(names)
    count = 0
    for paper in papers:
        values = record(paper, taxonomy)
        if options.resources:
            released = released_by(paper.paper.arxiv_id, options)
            values[RELEASES] = list(dict.fromkeys(row.name for row in released))
        cells = (cell(values[name]) for name in names)
        writer.writerow(cells if options.raw else map(neutralised, cells))
        count += 1
    text.flush()
    text.detach()
    return count


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, after OWASP's advice on CSV injection."""
    return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell


def cell(value: Any) -> str:
    """A value of a record as a cell of the report, before :func:`neutralised`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(value)
    return str(value)
