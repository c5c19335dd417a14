"""The HTML page: one file that shows a survey's papers, and works without network or server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.reports.citation import citable
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.page.comparisons import side_by_side
from mllm_mine.reports.page.document import data_block, page_around
from mllm_mine.reports.page.facts import facts
from mllm_mine.reports.page.rows import Rows
from mllm_mine.taxonomy import Taxonomy


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes the page, newest papers first; withdrawn papers are left out, as in lists.

    Every paper has a row. Abstract, reasons, resources and citations of the newest 5,000 papers
    in scope are in the page as well; for the others it links to arXiv.

    Returns:
        The number of papers.

    Raises:
        ConfigurationError: the charting library is not installed.
    """
    before, after = page_around(taxonomy.title)
    rows = Rows(taxonomy, options)
    file.write(before)
    file.write(b'<script type="application/json" id="rows">[')
    for classified in citable(papers):
        file.write(b",\n" if rows.count else b"\n")
        file.write(data_block(rows.row(classified)))
    file.write(b"\n]</script>\n")
    for number, details in enumerate(rows.details):
        file.write(b'<script type="application/json" id="details-%d">' % number)
        file.write(details)
        file.write(b"</script>\n")
    file.write(b'<script type="application/json" id="comparisons-data">')
    file.write(data_block(side_by_side(taxonomy, options)))
    file.write(b"</script>\n")
    file.write(b'<script type="application/json" id="facts">')
    file.write(data_block(facts(taxonomy, options, rows)))
    file.write(b"</script>\n")
    file.write(after)
    return rows.count
