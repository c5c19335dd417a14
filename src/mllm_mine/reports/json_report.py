"""The JSON report: one array, one paper a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.index.resources import ResourceRow
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.record import detailed_record
from mllm_mine.reports.released import mentions_of
from mllm_mine.taxonomy import Taxonomy


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes the records with each label's probability, and the resources found in each paper.

    Returns:
        The number of papers.
    """
    count = 0
    for paper in papers:
        file.write(b",\n" if count else b"[\n")
        mentions = [_mention(row) for row in mentions_of(paper.paper.arxiv_id, options)]
        record = {**detailed_record(paper, taxonomy), "resource_mentions": mentions}
        file.write(json.dumps(record, ensure_ascii=False).encode("utf-8"))
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count


def _mention(row: ResourceRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "role": row.role,
        "url": row.url,
        "stage": row.stage,
        "origin": row.origin,
        "evidence": row.evidence,
    }
