"""Writes a report of the papers a filter lets through, to a file or a stream."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError, DiskError
from mllm_mine.index.filters import PaperFilter, day_or_moment
from mllm_mine.reports.options import ReportOptions

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.reports.options import Explain

FORMATS = {
    "csv": "mllm_mine.reports.csv_report",
    "json": "mllm_mine.reports.json_report",
    "md": "mllm_mine.reports.list_report",
    "bibtex": "mllm_mine.reports.bibtex_report",
    "ris": "mllm_mine.reports.ris_report",
    "atom": "mllm_mine.reports.feed_report",
    "html": "mllm_mine.reports.page",
}
"""The formats and the modules that write them."""
_WRITTEN_INTO = ("md",)  # formats that keep what stands around them in the file


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
    resources: bool = False,
    new_since: str = "",
    explain: Explain | None = None,
) -> Written:
    """Writes a report, newest papers first; the same index gives the same bytes.

    Args:
        output: a file, which is replaced whole or not at all, or an open binary stream. Of an
            existing Markdown file only what stands between its two marked lines is replaced.
        raw: leave cells that a spreadsheet would take for formulas as they are.
        resources: CSV: add a last column of what papers release.
        new_since: a Markdown list marks papers from this date on as new; "" for those of the
            thirty days up to the newest one. So does a page.
        explain: why a model gave labels, for a page that is to say so.

    Raises:
        ConfigurationError: an unknown format, label or date, or an existing Markdown file
            without the marked lines.
        DiskError: the file cannot be written; what was there before stays.
    """
    if format not in FORMATS:
        raise ConfigurationError(
            f"there is no report format {format!r}; choose from {', '.join(FORMATS)}"
        )
    writer = importlib.import_module(FORMATS[format])
    taxonomy = index.taxonomy
    wanted.conditions(taxonomy)  # refuses a wrong filter before a file is opened
    options = ReportOptions(
        wanted=wanted,
        raw=raw,
        resources=resources,
        new_since=day_or_moment(new_since) if new_since else "",
        previous=_text_of(output) if format in _WRITTEN_INTO and isinstance(output, Path) else "",
        output=str(output) if isinstance(output, Path) else "",
        index=index,
        explain=explain,
    )
    papers = index.reading.papers(wanted)
    if not isinstance(output, Path):
        with index.reading.snapshot():
            return Written(format, writer.write(papers, taxonomy, output, options))
    with atomic_write(output) as file, index.reading.snapshot():
        return Written(format, writer.write(papers, taxonomy, file, options))


def _text_of(path: Path) -> str:
    """The text of a file as it stands, line ends included; "" when there is no such file."""
    path = path.expanduser()
    if not path.is_file():
        return ""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is not UTF-8, so nothing can be written into it; name another file"
        ) from error
    except OSError as error:
        raise DiskError(f"cannot read {path}: {error.strerror or error}") from error
