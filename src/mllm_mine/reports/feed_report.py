"""The Atom feed (RFC 4287) of the newest papers: of a label, of several, or of the survey."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from mllm_mine.index.filters import label_ids
from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.index.resources import ResourceRow
from mllm_mine.paper import Paper, abstract_url, pdf_url
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.released import released_by
from mllm_mine.taxonomy import Taxonomy

ENTRIES = 100
"""A feed holds so many of the newest papers; readers keep the older ones."""

_UNKNOWN_DATE = "1970-01-01T00:00:00Z"  # a feed must have dates, and may not make them up
_ARXIV_SCHEME = "http://arxiv.org/schemas/atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes the newest papers as entries.

    Ids follow from the taxonomy, the labels and the papers alone, and so stay from night to
    night; ``updated`` is the papers' own date. A withdrawn paper stays, and says so.

    Returns:
        The number of papers.
    """
    chosen = list(itertools.islice(papers, ENTRIES))
    names = [_title_of(name, taxonomy) for name in options.wanted.labels]
    subject = "/".join([taxonomy.id, *sorted(options.wanted.labels)])
    newest = max((_updated(each.paper) for each in chosen), default=_UNKNOWN_DATE)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{_id('feed', subject)}</id>",
        f"<title>{_text(': '.join([taxonomy.title, *[' + '.join(names)] * bool(names)]))}</title>",
        f"<updated>{newest}</updated>",
        "<author><name>mine</name></author>",
        "<generator>mllm-mine</generator>",
    ]
    for classified in chosen:
        lines += _entry(classified, taxonomy, released_by(classified.paper.arxiv_id, options))
    file.write("\n".join([*lines, "</feed>", ""]).encode("utf-8"))
    return len(chosen)


def _entry(
    classified: ClassifiedPaper, taxonomy: Taxonomy, released: Sequence[ResourceRow]
) -> list[str]:
    paper = classified.paper
    url = abstract_url(paper.arxiv_id)
    title = f"Withdrawn: {paper.title}" if paper.withdrawn else paper.title
    lines = ["<entry>", f"<id>{_text(url) or _id('paper', paper.arxiv_id)}</id>"]
    lines.append(f'<title type="text">{_text(title)}</title>')
    lines.append(f"<updated>{_updated(paper)}</updated>")
    if paper.published:
        lines.append(f"<published>{paper.published}</published>")
    lines += [f"<author><name>{_text(name)}</name></author>" for name in paper.authors if name]
    if url:
        pdf = pdf_url(paper.arxiv_id)
        lines.append(f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>')
        lines.append(f'<link rel="related" type="application/pdf" href={quoteattr(pdf)}/>')
    lines += [
        f'<link rel="related" title={_quoted(f"{row.name} ({row.kind})")} href={_quoted(row.url)}/>'
        for row in released
        if row.url
    ]
    for given in classified.labels:
        name = taxonomy.by_id[given.label].title
        lines.append(f"<category term={_quoted(given.label)} label={_quoted(name)}/>")
    lines += [
        f"<category term={_quoted(category)} scheme={quoteattr(_ARXIV_SCHEME)}/>"
        for category in paper.categories
    ]
    element = "summary" if url else "content"  # without a link, an entry must have content
    lines += [f'<{element} type="text">{_text(paper.abstract)}</{element}>', "</entry>"]
    return lines


def _title_of(name: str, taxonomy: Taxonomy) -> str:
    """The title of a label, or of the group of that id."""
    if name in taxonomy.by_id:
        return taxonomy.by_id[name].title
    dimension = taxonomy.by_id[label_ids(name, taxonomy)[0]].dimension
    groups = [
        group for each in taxonomy.dimensions if each.id == dimension for group in each.groups
    ]
    return next((group.title for group in groups if group.id == name), name)


def _updated(paper: Paper) -> str:
    return paper.updated or paper.published or _UNKNOWN_DATE


def _id(kind: str, name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mllm-mine:{kind}:{name}").urn


def _text(text: str) -> str:
    return escape(_NOT_XML.sub(" ", text))


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub(" ", text))
