"""Puts a document together from its pages: order, paragraphs, sections, references."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby, takewhile

from mllm_mine.fulltext.document import Caption, Document, Footnote, Section, Table
from mllm_mine.fulltext.floats import Float, take_floats
from mllm_mine.fulltext.footnotes import mark_of, take_footnotes, without_marks
from mllm_mine.fulltext.frontmatter import find_abstract, find_title
from mllm_mine.fulltext.furniture import remove_furniture
from mllm_mine.fulltext.headings import (
    Heading,
    Outline,
    find_headings,
    is_abstract,
    is_references,
)
from mllm_mine.fulltext.joining import Vocabulary, join_lines
from mllm_mine.fulltext.layout import (
    Metrics,
    Run,
    find_gutters,
    measure,
    runs_in_order,
    split_columns,
)
from mllm_mine.fulltext.paragraphs import Block, knit, paragraphs_of
from mllm_mine.fulltext.pdf import WIDE, Line, Page
from mllm_mine.fulltext.references import split_references

_NUMBERED_ENTRY = re.compile(r"^\[\d+\]\s+[A-Z“\"]")


@dataclass(slots=True)
class _OrderedPage:
    """A page's parts in reading order."""

    page: Page
    runs: list[Run]
    floats: list[Float]
    footnotes: dict[int, list[list[Line]]] = field(default_factory=dict)  # by place of the run


def compose(
    document: Document, pages: list[Page], toc: list[list[object]], metadata_title: str
) -> None:
    """Fills a document from its pages' lines.

    Args:
        toc: the PDF's own table of contents, as PyMuPDF gives it.
        metadata_title: the title in the PDF's metadata, or "".
    """
    metrics = measure(pages)
    remove_furniture(pages, metrics.size)
    find_gutters(pages, metrics)
    ordered = [_order(page, metrics) for page in pages]
    runs = [run for page in ordered for run in page.runs]
    vocabulary = Vocabulary(line.text for page in pages for line in page.lines)
    headings = find_headings(
        runs, metrics, Outline.of(toc), lambda lines: join_lines(lines, vocabulary)
    )
    reference_rows = _reference_rows(runs, headings)

    in_references = {id(row) for row in reference_rows}
    heading_rows = {
        id(row): place for place, heading in enumerate(headings) for row in heading.rows
    }
    blocks = [
        block for page in ordered for block in _blocks(page, metrics, heading_rows, in_references)
    ]
    blocks = knit(blocks)
    for block in blocks:
        _set_text(block, headings, heading_rows, vocabulary)
    marks = _marks_by_page(blocks)
    for block in blocks:
        if block.kind == "text" and (called := _marks_near(block, marks)):
            block.text = without_marks(block.text, called, vocabulary)

    columns = {id(row): (run.column, run.left) for run in runs for row in run.rows}
    document.references = split_references(reference_rows, vocabulary, lambda row: columns[id(row)])
    if ordered and ordered[0].page.number == 1:
        rows = [row for run in ordered[0].runs for row in run.rows]
        document.title = find_title(ordered[0].page, metrics, rows, metadata_title)
        document.abstract = find_abstract(blocks, _first_heading(blocks))
    _write(document, blocks)


def _order(page: Page, metrics: Metrics) -> _OrderedPage:
    columns = split_columns(page, metrics)
    floats, rest = take_floats(columns, metrics)
    runs = runs_in_order(columns, rest)
    ordered = _OrderedPage(page, runs, floats)
    last_of_side = {run.column: place for place, run in enumerate(runs)}
    for place in last_of_side.values():
        notes = take_footnotes(runs[place], metrics, first_page=page.number == 1)
        if notes:
            ordered.footnotes[place] = notes
    return ordered


def _reference_rows(runs: list[Run], headings: list[Heading]) -> list[Line]:
    """The rows of the reference list: below its heading, up to the next heading."""
    named = [heading for heading in headings if is_references(heading.title)]
    if not named:
        return _numbered_entries(runs, headings)
    heads = {id(row) for heading in headings for row in heading.rows}
    longest: list[Line] = []
    for heading in named:
        own = {id(row) for row in heading.rows}
        rows: list[Line] = []
        inside = False
        for run in runs:
            for row in run.rows:
                if id(row) in own:
                    inside = True
                elif inside and (id(row) in heads or _is_display(row, rows)):
                    inside = False
                elif inside:
                    rows.append(row)
        longest = max(longest, rows, key=len)
    return longest


def _is_display(row: Line, entries: list[Line]) -> bool:
    """Whether large bold type on a new page ends the list: a heading in a place of its own."""
    if not entries or not row.bold or row.page == entries[-1].page:
        return False
    return row.size > entries[0].size + 1.5 and not entries[0].bold


def _numbered_entries(runs: list[Run], headings: list[Heading]) -> list[Line]:
    """A list without a heading: the rows from the last "[1]" on, where "[2]" and "[3]" follow."""
    heads = {id(row) for heading in headings for row in heading.rows}
    rows = [row for run in runs for row in run.rows]
    for place in range(len(rows) - 1, len(rows) // 4, -1):
        if rows[place].text.startswith("[1]"):
            first = rows[place]
            # Where both columns end evenly above the list, the right one is drawn after "[1]".
            below = rows[place:]
            beside = [
                row
                for row in below
                if row.page == first.page and row.base < first.base - 3 and row.x0 > first.x1
            ]
            if beside and not any(_NUMBERED_ENTRY.match(row.text) for row in beside):
                gone = {id(row) for row in beside}
                below = [row for row in below if id(row) not in gone]
            zone = list(takewhile(lambda row: id(row) not in heads, below))
            starts = {row.text[:3] for row in zone}
            return zone if {"[2]", "[3]"} <= starts else []
    return []


def _blocks(
    ordered: _OrderedPage,
    metrics: Metrics,
    heading_rows: dict[int, int],
    in_references: set[int],
) -> list[Block]:
    """A page's blocks, floats and footnotes at their places."""
    blocks: list[Block] = []
    waiting = sorted(ordered.floats, key=lambda found: found.base)

    def place_floats(run: Run | None, base: float) -> None:
        for found in list(waiting):
            here = run is None or run.column == WIDE or found.side in (run.column, WIDE)
            if here and found.base < base:
                waiting.remove(found)
                blocks.extend(_float_blocks(found))

    for place, run in enumerate(ordered.runs):
        for is_list, rows in groupby(run.rows, key=lambda row: id(row) in in_references):
            own = Run(list(rows), run.left, run.right, run.column, run.page)
            if is_list:
                blocks.append(Block("references", own.rows, run.page))
                continue
            for block in paragraphs_of(own, metrics, heading_rows):
                place_floats(run, block.first.base)
                blocks.append(block)
        for note in ordered.footnotes.get(place, ()):
            blocks.append(Block("footnote", note, run.page))
    place_floats(None, float("inf"))
    return blocks


def _float_blocks(found: Float) -> list[Block]:
    """A float's caption, and a table's rows; words inside a figure are not running text."""
    blocks = [Block("caption", found.caption, found.page, number=found.number)]
    blocks[0].label = found.kind
    if found.body:
        blocks.append(Block(found.kind, found.body, found.page, number=found.number))
    return blocks


def _set_text(
    block: Block,
    headings: list[Heading],
    heading_rows: dict[int, int],
    vocabulary: Vocabulary,
) -> None:
    if block.kind == "heading":
        heading = headings[heading_rows[id(block.first)]]
        block.number, block.level = heading.number, heading.level
        block.text = f"{heading.number} {heading.title}".strip()
    elif block.kind in ("table", "figure"):
        block.text = "\n".join(row.text for row in block.rows)
    elif block.kind != "references":  # whose entries are joined one by one
        block.text = join_lines([row.text for row in block.rows], vocabulary)
    if block.kind == "footnote":
        block.text = " ".join(mark_of(block.text)).strip()


def _marks_by_page(blocks: list[Block]) -> dict[int, set[str]]:
    marks: dict[int, set[str]] = {}
    for block in blocks:
        if block.kind == "footnote":
            marks.setdefault(block.page, set()).add(mark_of(block.text)[0])
    return marks


def _marks_near(block: Block, marks: dict[int, set[str]]) -> frozenset[str]:
    pages = range(block.page, block.rows[-1].page + 1)
    return frozenset(mark for page in pages for mark in marks.get(page, ()) if mark.isdecimal())


def _first_heading(blocks: list[Block]) -> int | None:
    for place, block in enumerate(blocks):
        if block.kind == "heading" and not is_abstract(block.text):
            return place
    return None


def _write(document: Document, blocks: list[Block]) -> None:
    """The text, and where its parts stand in it."""
    parts: list[str] = []
    length = 0
    page_starts: dict[int, int] = {}
    waiting = document.references  # all of them go where the list begins

    def add(text: str) -> int:
        nonlocal length
        start = length + 2 if parts else 0
        parts.append(text)
        length = start + len(text)
        return start

    for block in blocks:
        if block.kind == "references":
            for reference in waiting:
                add(reference.text)
            waiting = []
            continue
        if not block.text:
            continue
        if block.kind == "figure":
            document.captions[-1].content = block.text
            continue
        start = add(block.text)
        page_starts.setdefault(block.page, start)
        if block.kind == "heading":
            if document.sections:
                document.sections[-1].end = max(document.sections[-1].start, start - 2)
            title = block.text[len(block.number) :].strip() if block.number else block.text
            document.sections.append(
                Section(block.number, title, block.level, block.page, length, length)
            )
        elif block.kind == "caption":
            document.captions.append(Caption(block.label, block.number, block.text, block.page))
        elif block.kind == "table":
            rows = [[cell.text for cell in (row.cells or [row])] for row in block.rows]
            document.tables.append(Table(block.number, block.page, rows))
        elif block.kind == "footnote":
            mark, words = mark_of(block.text)
            document.footnotes.append(Footnote(mark, words, block.page))
    if document.sections:
        document.sections[-1].end = length
    document.text = "\n\n".join(parts)
    document.page_starts = _filled(page_starts, document.pages, length)


def _filled(page_starts: dict[int, int], pages: int, length: int) -> list[int]:
    """A start for every page; a page without paragraphs of its own begins where the next does."""
    starts: list[int] = []
    following = length
    for page in range(pages, 0, -1):
        following = page_starts.get(page, following)
        starts.append(following)
    return starts[::-1]
