"""The data sets, benchmarks, models and code that a paper releases, as reports give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllm_mine.index.resources import ResourceRow
    from mllm_mine.reports.options import ReportOptions

_KINDS = ("dataset", "benchmark", "leaderboard", "model", "code")


def mentions_of(arxiv_id: str, options: ReportOptions) -> list[ResourceRow]:
    """All resources that were found in a paper: what it releases, uses or mentions."""
    return [] if options.index is None else options.index.resources.of(arxiv_id)


def released_by(arxiv_id: str, options: ReportOptions) -> list[ResourceRow]:
    """What a paper releases: data first, code last, and what has a link once for each link."""
    rows = [row for row in mentions_of(arxiv_id, options) if row.role == "released"]
    rows.sort(key=lambda row: (_KINDS.index(row.kind), row.name.casefold()))
    by_link = {row.url or row.name_key: row for row in reversed(rows)}
    return [row for row in rows if by_link[row.url or row.name_key] is row]


def described(row: ResourceRow) -> str:
    """``CrumbBench (benchmark) https://…``"""
    return f"{row.name} ({row.kind}) {row.url}".rstrip()
