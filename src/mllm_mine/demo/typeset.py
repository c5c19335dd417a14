"""Typesets the demo's papers as two-column PDFs, so that no PDF need be shipped."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from mllm_mine.demo.sample import announced
from mllm_mine.fulltext.pdf import pymupdf_module

if TYPE_CHECKING:
    from mllm_mine.demo.sample import SamplePaper

_WIDTH, _HEIGHT, _MARGIN, _GUTTER = 516.0, 660.0, 48.0, 18.0  # points: near to B5
_TITLE_HEIGHT = 96.0
_STYLE = """
    body { font-family: serif; font-size: 11pt; line-height: 1.35; }
    .front { text-align: center; }
    .title { font-size: 15pt; font-weight: bold; }
    h2 { font-size: 12pt; margin: 9pt 0 3pt 0; }
    p { margin: 0 0 5pt 0; }
    .entry { font-size: 9.5pt; }
"""


def typeset_pdf(paper: SamplePaper) -> bytes:
    """The PDF of one version of a paper: title over two columns, sections, references."""
    pymupdf = pymupdf_module()
    target = io.BytesIO()
    writer = pymupdf.DocumentWriter(target)
    front = pymupdf.Story(html=_front(paper), user_css=_STYLE)
    body = pymupdf.Story(html=_body(paper), user_css=_STYLE)
    _write(pymupdf, writer, front, body)
    writer.close()
    with pymupdf.open("pdf", target.getvalue()) as document:
        document.set_metadata({"title": paper.title, "author": ", ".join(paper.authors)})
        document.subset_fonts()
        pdf: bytes = document.tobytes(garbage=4, deflate=True)
    return pdf


def _write(pymupdf: Any, writer: Any, front: Any, body: Any) -> None:
    """Places the front matter on the first page and fills column after column below it."""
    page_box = pymupdf.Rect(0, 0, _WIDTH, _HEIGHT)
    column = (_WIDTH - 2 * _MARGIN - _GUTTER) / 2
    top, more = _MARGIN, True
    while more:
        device = writer.begin_page(page_box)
        if top == _MARGIN and front is not None:
            front.place(pymupdf.Rect(_MARGIN, top, _WIDTH - _MARGIN, top + _TITLE_HEIGHT))
            front.draw(device)
            front, top = None, _MARGIN + _TITLE_HEIGHT + 8
        for left in (_MARGIN, _MARGIN + column + _GUTTER):
            if more:
                box = pymupdf.Rect(left, top, left + column, _HEIGHT - _MARGIN)
                more, _ = body.place(box)
                body.draw(device)
        writer.end_page()
        top = _MARGIN


def _front(paper: SamplePaper) -> str:
    authors = ", ".join(escape(author) for author in paper.authors)
    return (
        f'<div class="front"><p class="title">{escape(paper.title)}</p>'
        f"<p>{authors}</p><p>Institute of Invented Examples</p></div>"
    )


def _body(paper: SamplePaper) -> str:
    paragraphs: list[tuple[str, str]] = [
        ("Abstract", paper.abstract),
        ("1 Introduction", f"{paper.introduction} {_outlook(paper)}"),
        ("2 Method", paper.method),
        ("3 Results", paper.findings),
        ("4 Conclusion", "All of this is invented, so that a demonstration has papers to read."),
    ]
    heading: Callable[[str], str] = "<h2>{}</h2>".format
    parts = [f"{heading(escape(title))}<p>{escape(text)}</p>" for title, text in paragraphs]
    return "".join(parts) + heading("References") + "".join(_references(paper))


def _outlook(paper: SamplePaper) -> str:
    cited = [other.title.split(":")[0] for other in _earlier(paper)]
    return f"We build on earlier work ({'; '.join(cited)})." if cited else ""


def _references(paper: SamplePaper) -> list[str]:
    return [
        f'<p class="entry">[{number}] {escape(", ".join(other.authors))}. '
        f"{escape(other.title)}. arXiv:{other.arxiv_id}, {other.published[:4]}.</p>"
        for number, other in enumerate(_earlier(paper), 1)
    ]


def _earlier(paper: SamplePaper) -> list[SamplePaper]:
    """The three papers before this one that share a label with it: what it cites."""
    related = [
        other
        for other in announced(paper.night).values()
        if other.arxiv_id < paper.arxiv_id and set(other.labels) & set(paper.labels)
    ]
    return related[-3:]
