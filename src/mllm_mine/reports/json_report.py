"""The JSON report: one array, one paper a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.record import detailed_record
from mllm_mine.taxonomy import Taxonomy


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes the records with each label's probability; no option changes anything in JSON.

    Returns:
        The number of papers.
    """
    count = 0
    for paper in papers:
        file.write(b",\n" if count else b"[\n")
        line = json.dumps(detailed_record(paper, taxonomy), ensure_ascii=False)
        file.write(line.encode("utf-8"))
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count
