"""Titles, headings, captions and heads that are easily taken for one another."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from mllm_mine.fulltext import Document, Limits
from mllm_mine.fulltext.frontmatter import find_title
from mllm_mine.fulltext.layout import Metrics
from mllm_mine.fulltext.pdf import Line, Page
from mllm_mine.fulltext.reader import read_document

WORDS = "the models of many languages are trained and tested on invented sentences here"


class Sheet:
    """Sets lines one below the other."""

    def __init__(self) -> None:
        self.document = pymupdf.open()
        self.y = 0.0
        self.turn()

    def turn(self) -> None:
        """Begins a page."""
        self.page = self.document.new_page()
        self.y = 130.0

    def line(
        self, text: str, x: float = 90, size: float = 10, font: str = "tiro", step: float = 12
    ) -> None:
        """Sets a line."""
        self.y += step
        self.page.insert_text((x, self.y), text, fontsize=size, fontname=font)

    def heading(self, text: str) -> None:
        """Sets a heading with room around it."""
        self.line(text, size=13, font="tibo", step=28)
        self.y += 8

    def paragraph(self, first: str, lines: int = 6) -> None:
        """Sets lines of words."""
        self.line(f"{first} {WORDS}")
        for _ in range(lines - 1):
            self.line(WORDS + " again")
        self.line("until it ends.")

    def read(self, folder: Path) -> Document:
        """What is read back."""
        self.document.save(folder / "paper.pdf")
        return read_document(folder / "paper.pdf", Limits(), {})


def test_a_title_that_begins_with_a_is_not_appendix_a(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.line("A Study of Invented Things", size=17, font="tibo")
    sheet.heading("Abstract")
    sheet.paragraph("Here")
    sheet.heading("1  Introduction")
    sheet.paragraph("First")
    sheet.turn()
    sheet.heading("2  Method")
    sheet.paragraph("Then")
    sheet.heading("A  Extra Prompts")
    sheet.paragraph("Last")
    document = sheet.read(tmp_path)
    assert document.title == "A Study of Invented Things"
    assert [(section.number, section.heading) for section in document.sections] == [
        ("", "Abstract"),
        ("1", "Introduction"),
        ("2", "Method"),
        ("A", "Extra Prompts"),
    ]


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("A STUDY OF INVENTED THINGS", "A STUDY OF INVENTED THINGS"),
        ("A TTENTION TO I NVENTED T HINGS", "ATTENTION TO INVENTED THINGS"),
        ("I NVENTIONS", "INVENTIONS"),
    ],
)
def test_small_capitals_in_titles(printed: str, meant: str) -> None:
    line = Line(printed, 90, 100, 400, 120, 117, 17, "f", True, False, 0, 1, 17)
    assert find_title(Page(1, 595, 842, [line]), Metrics(), [line], "") == meant


def test_rows_close_below_a_caption_are_a_table(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.heading("1  Introduction")
    sheet.paragraph("Before")
    sheet.line("Table 1: Scores of invented systems.", step=26)
    for cells in (("System", "de", "hi"), ("Ours", "12.5", "13.5"), ("Theirs", "1.5", "2.5")):
        sheet.y += 12
        for place, cell in enumerate(cells):
            sheet.page.insert_text((90 + 60 * place, sheet.y), cell, fontsize=10, fontname="tiro")
    sheet.y += 20
    sheet.paragraph("After")
    document = sheet.read(tmp_path)
    assert [caption.text for caption in document.captions] == [
        "Table 1: Scores of invented systems."
    ]
    assert document.tables[0].rows == [
        ["System", "de", "hi"],
        ["Ours", "12.5", "13.5"],
        ["Theirs", "1.5", "2.5"],
    ]


def test_heads_below_wide_margins_are_gone(tmp_path: Path) -> None:
    sheet = Sheet()
    for number in range(1, 7):
        if number > 1:
            head = "ADA ABARA" if number % 2 else "INVENTED THINGS"
            sheet.page.insert_text((200, 105), head, fontsize=8, fontname="tiro")
        sheet.heading(f"{number}  Part {number}" if number > 1 else "1  Introduction")
        sheet.paragraph(f"Page {number}", lines=20)
        sheet.turn()
    text = sheet.read(tmp_path).text
    assert "ADA ABARA" not in text
    assert "INVENTED THINGS" not in text
    assert "6 Part 6" in text
