"""Results of tuning and frozen papers side by side, for the page."""

from __future__ import annotations

from typing import Any

from mllm_mine.reports.comparison import (
    FROZEN,
    TUNING,
    ComparedResult,
    Comparison,
    ComparisonFilter,
    compare,
    has_families,
)
from mllm_mine.reports.options import ReportOptions
from mllm_mine.taxonomy import Taxonomy

MOST = 2000
"""So many results are in the page, about 300 bytes each; ``mine compare`` has all."""


def side_by_side(taxonomy: Taxonomy, options: ReportOptions) -> dict[str, Any]:
    """What the papers of the page report on the same benchmark and model, as plain data.

    Only what has been read so far: a report does not read papers.
    """
    found: tuple[Comparison, ...] = ()
    if options.index is not None and has_families(taxonomy):
        found = compare(options.index, options.wanted, ComparisonFilter()).matched
    groups, left = [], MOST
    for comparison in found:
        if len(comparison.results) > left:
            break
        left -= len(comparison.results)
        groups.append(
            {
                "benchmark": comparison.benchmark,
                "model": comparison.model,
                "results": [_result(result) for result in comparison.results],
            }
        )
    titles = {group.id: group.title for each in taxonomy.dimensions for group in each.groups}
    return {
        "groups": groups,
        "families": [titles.get(TUNING, TUNING), titles.get(FROZEN, FROZEN)],
        "leftOut": len(found) - len(groups),
    }


def _result(result: ComparedResult) -> dict[str, Any]:
    """A result without what it does not say; ``families`` are 0 for tuning, 1 for frozen."""
    row = result.row
    caption, _, cell = row.evidence.partition(" | ") if row.source == "table" else ("", "", "")
    known: dict[str, Any] = {
        "families": {TUNING: [0], FROZEN: [1]}.get(result.setting, [0, 1]),
        "paper": row.arxiv_id,
        "title": result.title,
        "number": row.number,
        "difference": row.kind == "difference",
        "baseline": row.baseline,
        "metric": row.metric,
        "size": row.size,
        "languages": row.languages,
        "page": row.page,
        "byAbstract": row.model_from == "abstract",
        "caption": caption,
        "evidence": cell or row.evidence,
    }
    return {name: value for name, value in known.items() if value}
