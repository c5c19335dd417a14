"""Writes papers as rows of a table: with the columns, the separator and the names of a list."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from mllm_mine.audit.table import FIELDS, dialect_of, header_of
from mllm_mine.paper import abstract_url
from mllm_mine.reports.citation import doi, split_name, year
from mllm_mine.reports.csv_report import cell
from mllm_mine.reports.record import record

if TYPE_CHECKING:
    from mllm_mine.audit.missing import MissingPaper
    from mllm_mine.audit.survey_list import SurveyList
    from mllm_mine.taxonomy import Taxonomy


def row(missing: MissingPaper, survey_list: SurveyList, taxonomy: Taxonomy) -> str:
    """A paper as a row, without line end; in a list of ids or titles, its id or its title.

    Columns of our own CSV report are filled as there, others by what their names say.
    """
    header = header_of(survey_list.text)
    if header is None:
        header = ["arxiv_id" if survey_list.paper_sections else "title"]
    known = {name: cell(value) for name, value in record(missing.classified, taxonomy).items()}
    fields = _fields(missing, short_authors="et al" in survey_list.text)
    cells = [
        fields[FIELDS[name]]
        if FIELDS.get(name) in fields and name not in ("published", "updated")
        else known.get(name, "")
        for name in header
    ]
    text = io.StringIO()
    csv.writer(text, dialect_of(survey_list.text), lineterminator="").writerow(cells)
    return text.getvalue()


def _fields(missing: MissingPaper, *, short_authors: bool) -> dict[str, str]:
    paper = missing.classified.paper
    url = abstract_url(paper.arxiv_id)
    authors = "; ".join(paper.authors)
    if short_authors and paper.authors:
        authors = split_name(paper.authors[0]).family + " et al" * (len(paper.authors) > 1)
    return {
        "section": missing.section or missing.label,
        "title": paper.title,
        "arxiv_id": paper.arxiv_id,
        "year": year(paper),
        "authors": authors,
        "venue": paper.journal_ref or ("arXiv" if url else ""),
        "url": url,
        "doi": doi(paper),
        "code": missing.code,
    }
