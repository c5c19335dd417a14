"""The RIS report: what reference managers and reviewing tools exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.index.resources import ResourceRow
from mllm_mine.paper import Paper, abstract_url, is_arxiv_id
from mllm_mine.reports.citation import citable, citation_key, doi, split_name, year
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.released import described, released_by
from mllm_mine.taxonomy import Taxonomy

_LINE_END = "\r\n"  # as the format says


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes references in UTF-8: journal articles with a journal reference, else preprints.

    Withdrawn papers are left out: nobody should cite them by mistake. Labels are keywords.

    Returns:
        The number of papers.
    """
    count = 0
    for classified in citable(papers):
        released = released_by(classified.paper.arxiv_id, options)
        reference = _LINE_END.join(lines(classified, released)) + _LINE_END * 2
        file.write(reference.encode("utf-8"))
        count += 1
    return count


def lines(classified: ClassifiedPaper, released: Sequence[ResourceRow] = ()) -> list[str]:
    """The lines of one paper's reference, without line ends; what it releases becomes notes."""
    fields = _fields(classified, released)
    return [f"{tag}  - {' '.join(value.split())}" for tag, value in fields]


def _fields(
    classified: ClassifiedPaper, released: Sequence[ResourceRow]
) -> Iterator[tuple[str, str]]:
    paper = classified.paper
    yield "TY", "JOUR" if paper.journal_ref else "UNPB"
    yield "ID", citation_key(paper)
    yield "TI", paper.title
    for name in paper.authors:
        yield "AU", split_name(name).inverted
    yield from _when_and_where(paper)
    for given in classified.labels:
        yield "KW", given.label
    if paper.abstract:
        yield "AB", paper.abstract
    for row in released:
        yield "N1", f"Releases {described(row)}"
    yield "ER", ""


def _when_and_where(paper: Paper) -> Iterator[tuple[str, str]]:
    if when := year(paper):
        yield "PY", when
    if not paper.journal_ref and paper.published:
        yield "DA", paper.published[:10].replace("-", "/")
    if paper.journal_ref:
        yield "T2", paper.journal_ref
    if number := doi(paper):
        yield "DO", number
    if is_arxiv_id(paper.arxiv_id):
        if not paper.journal_ref:
            yield "PB", "arXiv"
        yield "AN", f"arXiv:{paper.arxiv_id}"
        yield "UR", abstract_url(paper.arxiv_id)
