"""The ``[[report]]`` tables of ``mine.toml``: checked before a night, written at its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import PaperFilter, day_or_moment
from mllm_mine.reports.report import FORMATS, Written, write_report

if TYPE_CHECKING:
    from mllm_mine.config import ReportSettings
    from mllm_mine.index import Index
    from mllm_mine.reports.options import Explain
    from mllm_mine.taxonomy import Taxonomy


def check_configured(report: ReportSettings, taxonomy: Taxonomy) -> None:
    """Refuses a report that could not be written, without writing it.

    Raises:
        ConfigurationError: its format, label, dates or probability make no sense.
    """
    try:
        if report.format not in FORMATS:
            raise ConfigurationError(
                f"there is no report format {report.format!r}; choose from {', '.join(FORMATS)}"
            )
        _wanted(report).conditions(taxonomy)
        _ = day_or_moment(report.new_since) if report.new_since else ""
    except ConfigurationError as error:
        raise ConfigurationError(
            f"the [[report]] that writes {report.output} is wrong: {error}"
        ) from error


def write_configured(
    index: Index, report: ReportSettings, explain: Explain | None = None
) -> Written:
    """Writes one configured report.

    Args:
        explain: why a model gave labels, for a page that is to say so.

    Raises:
        ConfigurationError, DiskError: as :func:`mllm_mine.reports.report.write_report`.
    """
    return write_report(
        index,
        Path(report.output),
        _wanted(report),
        format=report.format,
        new_since=report.new_since,
        explain=explain,
    )


def _wanted(report: ReportSettings) -> PaperFilter:
    return PaperFilter(
        labels=(report.label,) if report.label else (),
        since=report.since,
        until=report.until,
        in_scope=True if report.in_scope else None,
        by_hand=report.hand,
        min_probability=report.min_probability,
        changed_since=report.changed_since,
    )
