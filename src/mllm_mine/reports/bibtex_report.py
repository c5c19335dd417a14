"""The BibTeX report: one entry a paper, for LaTeX and reference managers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.index.resources import ResourceRow
from mllm_mine.paper import abstract_url, is_arxiv_id
from mllm_mine.reports.citation import Name, citable, citation_key, doi, split_name, year
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.released import released_by
from mllm_mine.reports.tex import tex
from mllm_mine.taxonomy import Taxonomy

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AND = re.compile(r"(?<!\S)(and)(?!\S)", re.IGNORECASE)  # stands between names, in any case
_URL_ESCAPES = re.compile(r"[{}\\%\s]")


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes entries in UTF-8: ``@article`` with a journal reference, ``@misc`` otherwise.

    Withdrawn papers are left out: nobody should cite them by mistake. Labels are keywords.

    Returns:
        The number of papers.
    """
    count = 0
    for classified in citable(papers):
        file.write(b"\n" if count else b"")
        released = released_by(classified.paper.arxiv_id, options)
        file.write(entry(classified, released).encode("utf-8"))
        count += 1
    return count


def entry(classified: ClassifiedPaper, released: Sequence[ResourceRow] = ()) -> str:
    """One paper's entry, with the line end after it.

    Args:
        released: what the paper releases; kept as an annotation, which styles do not print.
    """
    paper = classified.paper
    kind = "article" if paper.journal_ref else "misc"
    month = paper.published[5:7]
    fields = {
        # Braces twice: styles change the case of titles, and would of names in them.
        "title": f"{{{tex(paper.title)}}}",
        "author": " and ".join(_author(split_name(name)) for name in paper.authors),
        "year": year(paper),
        "journal": tex(paper.journal_ref),
        "doi": _plain(doi(paper)),
    }
    if is_arxiv_id(paper.arxiv_id):
        fields |= {
            "eprint": paper.arxiv_id,
            "archiveprefix": "arXiv",
            "primaryclass": paper.primary_category,
            "url": abstract_url(paper.arxiv_id),
        }
    fields |= {
        "keywords": ", ".join(given.label for given in classified.labels),
        "abstract": tex(paper.abstract),
        "annote": "; ".join(
            f"{tex(f'Releases {row.name} ({row.kind})')} {row.url}".rstrip() for row in released
        ),
    }
    lines = [
        f"  {name} = {{{' '.join(value.split())}}}," for name, value in fields.items() if value
    ]
    if kind == "misc" and month:  # of the preprint; the journal's is not known
        lines.append(f"  month = {_MONTHS[int(month) - 1]},")
    return f"@{kind}{{{citation_key(paper)},\n" + "\n".join(lines) + "\n}\n"


def _author(name: Name) -> str:
    """A name as BibTeX takes it apart again: ``van der Berg, Jr., Ana``."""
    if not name.given:  # braces keep what is one name in one piece
        return f"{{{tex(name.family)}}}"
    family = tex(f"{name.particle} {name.family}".strip())
    parts = ", ".join(part for part in (family, tex(name.suffix), tex(name.given)) if part)
    return _AND.sub(r"{\1}", parts)


def _plain(text: str) -> str:
    """A DOI, in which nothing may be escaped, without what would break the entry."""
    return _URL_ESCAPES.sub("", text)
