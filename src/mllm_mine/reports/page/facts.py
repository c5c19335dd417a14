"""What the page says of itself: the taxonomy, and which papers it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mllm_mine.index.filters import PaperFilter, day_or_moment
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.page.rows import COLUMNS, MARKS, Rows
from mllm_mine.taxonomy import Taxonomy

if TYPE_CHECKING:
    from mllm_mine.taxonomy import Label


def facts(taxonomy: Taxonomy, options: ReportOptions, rows: Rows) -> dict[str, Any]:
    """The facts as plain data; nothing in them changes while the index stays the same."""
    place = {label: at for at, label in enumerate(taxonomy.label_ids)}
    return {
        "columns": COLUMNS,
        "marks": MARKS,
        "dimensions": [asdict(dimension) for dimension in taxonomy.dimensions],
        "labels": [
            {**_label(label), "parent": place.get(label.parent, -1)} for label in taxonomy.labels
        ],
        "scope": None if taxonomy.scope is None else _label(taxonomy.scope),
        "papers": rows.count,
        "detailed": rows.detailed,
        "newest": rows.newest[:10],
        "newSince": rows.since[:10],
        "explained": options.explain is not None,
        "selection": list(_selection(options.wanted, taxonomy)),
    }


def _label(label: Label) -> dict[str, str]:
    return {name: getattr(label, name) for name in ("id", "title", "definition", "dimension")} | (
        {"group": label.group} if label.group else {}
    )


def _selection(wanted: PaperFilter, taxonomy: Taxonomy) -> Iterator[str]:
    """The filter in words, with dates in place of "30d"."""
    if taxonomy.scope is not None and wanted.in_scope is not None:
        yield "in scope" if wanted.in_scope else "out of scope"
    for name in wanted.labels:
        yield f"labelled {taxonomy.by_id[name].title if name in taxonomy.by_id else name}"
    if wanted.since:
        yield f"from {day_or_moment(wanted.since)[:10]} on"
    if wanted.until:
        yield f"up to {day_or_moment(wanted.until, end=True)[:10]}"
    if wanted.min_probability:
        yield f"with labels of probability {wanted.min_probability:g} and above"
    if wanted.by_hand:
        yield "labelled by hand"
    if wanted.changed_since:
        yield f"new or changed since {day_or_moment(wanted.changed_since)[:10]}"
