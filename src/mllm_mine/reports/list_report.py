"""The awesome-list: a Markdown list of papers under the sections of the taxonomy.

Into an existing file it is written between two marked lines, and all around them stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import BinaryIO
from urllib.parse import quote

from mllm_mine.clock import iso, parse_iso
from mllm_mine.errors import ConfigurationError
from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.index.resources import ResourceRow
from mllm_mine.paper import Paper, abstract_url, is_arxiv_id, pdf_url
from mllm_mine.reports.citation import citable, doi, year
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.released import released_by
from mllm_mine.taxonomy import Label, Taxonomy

BEGIN, END = "<!-- mine:begin -->", "<!-- mine:end -->"
"""The lines between which the list stands; everything around them is the reader's own."""
NEW = "🆕"
NEW_DAYS = 30
"""Papers of so many days up to the newest one are marked new, unless a date is given."""
UNFILED = "Other papers"
"""The section of papers in the list that carry no label."""

_SHOWN_AUTHORS = 6
_SPECIAL = re.compile(r"[\\`*_\[\]~|#&<>$]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}  # a dollar begins a formula
_MARKER = re.compile(rf"^[ \t]*({re.escape(BEGIN)}|{re.escape(END)})[ \t]*(?=\r?$)", re.MULTILINE)
_Section = tuple[int, str, str, list[Paper]]  # level, anchor, title, its own papers


def write(
    papers: Iterable[ClassifiedPaper], taxonomy: Taxonomy, file: BinaryIO, options: ReportOptions
) -> int:
    """Writes the list whole, or into the text of ``options.previous``.

    A paper stands under the most exact of its labels, and once for each branch of the taxonomy.
    Withdrawn papers are left out: a list recommends what it holds.

    Returns:
        The number of papers.

    Raises:
        ConfigurationError: the previous text has no two lines to write between.
    """
    place = _place(options) if options.previous.strip() else None
    filed: dict[str, list[Paper]] = {label: [] for label in (*taxonomy.label_ids, "")}
    newest, count = "", 0
    for classified in citable(papers):
        newest = newest or classified.paper.published
        count += 1
        for label in _most_exact(classified, taxonomy) or [""]:
            filed[label].append(classified.paper)
    since = options.new_since or days_before(newest)
    lines = [BEGIN, "<!-- mine writes what stands between these two lines. -->", ""]
    lines += _body(list(_sections(taxonomy, filed)), count, newest, since, options)
    block = "\n".join([*lines, END])
    if place is None:
        text = f"# {_escaped(taxonomy.title)}\n\n{block}\n"
    else:
        before, after = options.previous[: place[0]], options.previous[place[1] :]
        text = before + (block.replace("\n", "\r\n") if "\r\n" in before + after else block) + after
    file.write(text.encode("utf-8"))
    return count


def _place(options: ReportOptions) -> tuple[int, int]:
    """Where the old list begins and ends in the previous text, its marked lines included."""
    found = list(_MARKER.finditer(options.previous))
    if [match[1] for match in found] != [BEGIN, END]:
        raise ConfigurationError(
            f"{options.output} is not a list of ours to write into: put the lines {BEGIN} and "
            f"{END} where the list belongs, once each, or name another file"
        )
    return found[0].start(1), found[1].end(1)


def _most_exact(classified: ClassifiedPaper, taxonomy: Taxonomy) -> list[str]:
    carried = [given.label for given in classified.labels]
    implied = {above for label in carried for above in taxonomy.ancestors(label)}
    return [label for label in carried if label not in implied]


def days_before(newest: str) -> str:
    """The moment from which on papers are new, given that of the newest; "" without one."""
    return iso(parse_iso(newest) - timedelta(days=NEW_DAYS)) if newest else ""


def _sections(taxonomy: Taxonomy, filed: Mapping[str, list[Paper]]) -> Iterator[_Section]:
    """The sections that hold papers, or sections with papers, in the taxonomy's order."""
    for dimension in taxonomy.dimensions:
        top = [label for label in taxonomy.in_dimension(dimension.id) if not label.parent]
        found: list[_Section] = []
        for group in dict.fromkeys(label.group for label in top):
            members = [label for label in top if label.group == group]
            level = 4 if group else 3
            below = [each for label in members for each in _branch(label, level, taxonomy, filed)]
            if group and below:
                title = next(each.title for each in dimension.groups if each.id == group)
                found.append((3, f"{dimension.id}-{group}", title, []))
            found += below
        if found:
            yield 2, dimension.id, dimension.title, []
            yield from found
    if filed[""]:
        yield 2, "other", UNFILED, filed[""]


def _branch(
    label: Label, level: int, taxonomy: Taxonomy, filed: Mapping[str, list[Paper]]
) -> list[_Section]:
    """The section of a label and those below it; empty when none of them holds a paper."""
    children = taxonomy.children(label.id)
    below = [each for child in children for each in _branch(child, level + 1, taxonomy, filed)]
    if not below and not filed[label.id]:
        return []
    anchor = f"{label.dimension}-{label.id}"
    return [(min(level, 6), anchor, label.title, filed[label.id]), *below]


def _body(
    sections: Sequence[_Section], count: int, newest: str, since: str, options: ReportOptions
) -> Iterator[str]:
    marked = any(paper.published >= since for *_, papers in sections for paper in papers if since)
    upto = f", the newest of {newest[:10]}" if newest else ""
    noted = f"; {NEW} marks those from {since[:10]} on" if marked else ""
    yield f"{count:,} paper{'' if count == 1 else 's'}{upto}{noted}."
    yield ""
    for level, anchor, title, papers in sections:
        held = f" ({len(papers):,})" if papers else ""
        yield f"{'  ' * (level - 2)}- [{_escaped(title)}](#mine-{anchor}){held}"
    for level, anchor, title, papers in sections:
        yield from ("", f'<a id="mine-{anchor}"></a>', "", f"{'#' * level} {_escaped(title)}")
        yield from [""] * bool(papers)
        for paper in papers:
            released = released_by(paper.arxiv_id, options)
            yield _item(paper, bool(since) and paper.published >= since, released)
    yield ""


def _item(paper: Paper, new: bool, released: Sequence[ResourceRow]) -> str:
    """``- 2025 · **[Title](link)** 🆕 · Authors · *venue* · [PDF](link) · [DOI](link) · [Code](…)``

    Of what the paper releases, code goes by that name and anything else by its own.
    """
    url, title = abstract_url(paper.arxiv_id), _escaped(paper.title)
    number = doi(paper)
    link = url or (_doi_url(number) if number else "")
    parts = [
        year(paper),
        (f"**[{title}]({link})**" if link else f"**{title}**") + (f" {NEW}" if new else ""),
        _authors(paper.authors),
        _venue(paper),
        f"[PDF]({pdf_url(paper.arxiv_id)})" if url else "",
        f"[DOI]({_doi_url(number)})" if number else "",
        *(
            f"[{'Code' if row.kind == 'code' else _escaped(row.name)}]({row.url})"
            for row in released
            if row.url
        ),
    ]
    return "- " + " · ".join(part for part in parts if part)


def _authors(names: Sequence[str]) -> str:
    shown = names if len(names) <= _SHOWN_AUTHORS else (*names[: _SHOWN_AUTHORS - 1], "et al.")
    return ", ".join(_escaped(name) for name in shown)


def _venue(paper: Paper) -> str:
    if paper.journal_ref:
        return f"*{_escaped(paper.journal_ref)}*"
    return f"arXiv:{paper.arxiv_id}" if is_arxiv_id(paper.arxiv_id) else ""


def _doi_url(number: str) -> str:
    return f"https://doi.org/{quote(number, safe='/:;.-_')}"


def _escaped(text: str) -> str:
    """Text that Markdown and the HTML in it show as it stands, on one line."""
    plain = _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], "\\" + match[0]), text)
    return " ".join(plain.split())
