"""Typesets papers whose text is known, to test and measure what is read back from the PDF.

The papers have what makes real papers hard to read: two columns, words broken at line ends,
running heads, page numbers, the stamp in the margin, line numbers, footnotes, floats that interrupt
paragraphs, tables, several scripts, references in several styles, and appendices.
"""

from __future__ import annotations

from pathlib import Path

from typeset_pages import Layout, Typesetter
from typeset_paper import (
    SCRIPTS,
    SOFT,
    FloatBox,
    Footnote,
    Paper,
    Section,
    Truth,
    invent_paper,
)

__all__ = ["SCRIPTS", "Layout", "Paper", "Truth", "invent_paper", "typeset"]


def typeset(paper: Paper, layout: Layout, path: Path) -> Truth:
    """Sets a paper as a PDF and returns what a perfect reader gets back."""
    setter = Typesetter(layout)
    truth = setter.truth
    width = layout.width - 2 * layout.margin
    column_left, setter.y = layout.margin, setter.top
    for words in setter.lines_of(paper.title, width, setter.bold, 16):
        setter.draw_line(words, column_left, width, setter.bold, 16, justify=False)
    setter.y += 6
    setter.draw_line(paper.authors.split(), column_left, width, setter.regular, 11, justify=False)
    setter.y += 16
    setter.parts += [paper.title.replace(SOFT, ""), paper.authors]
    if layout.wide_abstract:
        setter.draw_line(["Abstract"], layout.width / 2 - 20, 80, setter.bold, 11, justify=False)
        setter.y += 4
        lines = setter.lines_of(paper.abstract, width - 60, setter.regular, layout.size - 0.5)
        for place, words in enumerate(lines):
            setter.draw_line(
                words,
                layout.margin + 30,
                width - 60,
                setter.regular,
                layout.size - 0.5,
                justify=place < len(lines) - 1,
            )
        setter.parts += ["Abstract", paper.abstract.replace(SOFT, "")]
        setter.y += 14
        setter.top = setter.y
    else:
        setter.top = setter.y
        setter.heading("", "Abstract")
        truth.headings.pop()
        setter.paragraph(paper.abstract, first=True)
    for section in paper.sections:
        _section(setter, section)
    while setter.waiting:
        setter.new_column()
    setter.reference_list(paper.references)
    for section in paper.appendix:
        _section(setter, section)
    setter.draw_notes()
    setter.write_page()
    setter.document.set_metadata({"title": ""})
    setter.document.save(path, deflate=True, garbage=3)
    truth.title = paper.title.replace(SOFT, "")
    truth.abstract = paper.abstract.replace(SOFT, "")
    truth.text = "\n\n".join([*setter.parts, *setter.after])
    return truth


def _section(setter: Typesetter, section: Section) -> None:
    setter.heading(section.number, section.heading)
    first = True
    for place, part in enumerate(section.parts):
        if isinstance(part, Footnote):
            continue
        if isinstance(part, FloatBox):
            setter.waiting.append(part)
            continue
        if part.startswith("@"):
            setter.script(part[1:])
            continue
        following = section.parts[place + 1] if place + 1 < len(section.parts) else None
        note = following.text if isinstance(following, Footnote) else ""
        setter.paragraph(part, first=first, note=note)
        first = False
