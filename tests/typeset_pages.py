"""Sets words on the pages of a PDF, and notes what a perfect reader gets back."""

from __future__ import annotations

from dataclasses import dataclass

import pymupdf

from typeset_paper import SCRIPTS, SOFT, FloatBox, Truth


@dataclass(frozen=True)
class Layout:
    """How a paper is set."""

    columns: int = 2
    size: float = 10.0
    width: float = 595.0
    height: float = 842.0
    margin: float = 62.0
    gutter: float = 20.0
    running_head: str = "A Paper That Does Not Exist"
    stamp: str = "arXiv:9912.00001v1  [cs.CL]  31 Dec 1999"
    line_numbers: bool = False
    indent: float = 12.0
    references: str = "author-year"  # or numbered, or spaced (no labels, no indent)
    numbered: bool = True
    wide_abstract: bool = False
    heading_case: str = "title"  # or upper


class Typesetter:
    """Fills pages column by column and keeps the truth in step."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.document = pymupdf.open()
        self.regular = pymupdf.Font("tiro")
        self.bold = pymupdf.Font("tibo")
        self.sans = pymupdf.Font("helv")
        self.parts: list[str] = []
        self.waiting: list[FloatBox] = []
        self.notes: list[tuple[str, str]] = []
        self.after: list[str] = []  # truth of floats and notes that interrupt a paragraph
        self.column = layout.columns
        self.top = 0.0
        self.reserved = 0.0
        self.in_paragraph = False
        self.truth = Truth("", "", [], [], [], [], [], "")
        self.note_count = 0
        self.float_count = {"table": 0, "figure": 0}
        self.line_number = 0
        self.new_column()

    # -- pages and columns

    @property
    def pitch(self) -> float:
        return self.layout.size * 1.2

    @property
    def column_width(self) -> float:
        layout = self.layout
        room = layout.width - 2 * layout.margin - (layout.columns - 1) * layout.gutter
        return room / layout.columns

    @property
    def left(self) -> float:
        return self.layout.margin + self.column * (self.column_width + self.layout.gutter)

    @property
    def bottom(self) -> float:
        return self.layout.height - self.layout.margin - self.reserved

    def new_column(self) -> None:
        self.draw_notes()
        self.column += 1
        if self.column >= self.layout.columns:
            self._new_page()
        self.y = self.top
        for box in [box for box in self.waiting if not box.wide or self.layout.columns == 1]:
            if self.y + self._height(box) > self.bottom:
                break
            self.waiting.remove(box)
            self._draw_float(box, self.left, self.column_width)

    def _new_page(self) -> None:
        layout = self.layout
        self.write_page()
        self.page = self.document.new_page(width=layout.width, height=layout.height)
        self.writer = pymupdf.TextWriter(self.page.rect)
        self.column = 0
        self.top = layout.margin + 10
        number = len(self.document)
        self._word(layout.width / 2 - 4, layout.height - 30, str(number), self.regular, 9)
        if number > 1 and layout.running_head:
            self._word(layout.margin, 38, layout.running_head, self.regular, 8.5)
        if number == 1 and layout.stamp:
            self.page.insert_text((30, 560), layout.stamp, fontsize=18, rotate=90, fontname="tiro")
        for box in [box for box in self.waiting if box.wide and layout.columns > 1]:
            self.waiting.remove(box)
            self.y = self.top
            self._draw_float(box, layout.margin, layout.width - 2 * layout.margin)
            self.top = self.y

    def write_page(self) -> None:
        """Writes the words of the page that is full."""
        if len(self.document):
            self.writer.write_text(self.page)

    def _room(self, lines: int = 1) -> None:
        if self.y + lines * self.pitch > self.bottom:
            self.new_column()

    def _word(self, x: float, y: float, text: str, font: pymupdf.Font, size: float) -> None:
        self.writer.append((x, y), text, font=font, fontsize=size)

    # -- text

    def lines_of(
        self, text: str, width: float, font: pymupdf.Font, size: float, indent: float = 0.0
    ) -> list[list[str]]:
        """Breaks a text into lines of words, at spaces, soft hyphens and hyphens."""
        lines: list[list[str]] = [[]]
        used = indent
        space = font.text_length(" ", size)
        for word in text.split():
            rest = word
            while rest:
                whole = rest.replace(SOFT, "")
                length = font.text_length(whole, size)
                gap = space if lines[-1] else 0.0
                if used + gap + length <= width:
                    lines[-1].append(whole)
                    used += gap + length
                    break
                head, rest = self._break(rest, width - used - gap, font, size)
                if head:
                    lines[-1].append(head)
                elif not lines[-1]:
                    lines[-1].append(whole)
                    break
                lines.append([])
                used = 0.0
        return [line for line in lines if line]

    @staticmethod
    def _break(word: str, room: float, font: pymupdf.Font, size: float) -> tuple[str, str]:
        best = ("", word)
        for place in range(2, len(word) - 1):
            if word[place] == SOFT:
                head = word[:place].replace(SOFT, "") + "-"
                rest = word[place + 1 :]
            elif word[place - 1] == "-" and word[0].isalpha():
                head, rest = word[:place].replace(SOFT, ""), word[place:]
            else:
                continue
            if font.text_length(head, size) <= room:
                best = (head, rest)
        return best

    def draw_line(
        self,
        words: list[str],
        x: float,
        width: float,
        font: pymupdf.Font,
        size: float,
        *,
        justify: bool,
    ) -> None:
        """One line, stretched to the width when it is not the last of its paragraph."""
        lengths = [font.text_length(word, size) for word in words]
        space = font.text_length(" ", size)
        if justify and len(words) > 1:
            space = min((width - sum(lengths)) / (len(words) - 1), 2.2 * space)
        self.y += size * 1.2
        for word, length in zip(words, lengths, strict=True):
            self._word(x, self.y, word, font, size)
            x += length + space
        if self.layout.line_numbers:
            self.line_number += 1
            margin = 22 if self.column == 0 else self.layout.width - 40
            self._word(margin, self.y, f"{self.line_number:03d}", self.sans, 7)

    def paragraph(self, text: str, *, first: bool = False, note: str = "") -> None:
        """Sets a paragraph and adds it to the truth."""
        font, size = self.regular, self.layout.size
        if note:
            self._reserve(note)
        indent = 0.0 if first else self.layout.indent
        width = self.column_width
        lines = self.lines_of(text, width, font, size, indent)
        self.in_paragraph = False
        for place, words in enumerate(lines):
            self._room(2 if place in (0, len(lines) - 2) and len(lines) > 1 else 1)
            self.in_paragraph = True
            offset = indent if place == 0 else 0.0
            last = place == len(lines) - 1
            self.draw_line(words, self.left + offset, width - offset, font, size, justify=not last)
        self.in_paragraph = False
        self.parts.append(text.replace(SOFT, ""))
        self.parts.extend(self.after)
        self.after = []

    def heading(self, number: str, text: str) -> None:
        """Sets a heading in bold."""
        if self.layout.heading_case == "upper":
            text = text.upper()
        size = self.layout.size + (2 if "." not in number else 1)
        self._room(4)
        if self.y > self.top + 2:
            self.y += 8
        shown = f"{number} {text}" if self.layout.numbered and number else text
        for words in self.lines_of(shown, self.column_width, self.bold, size):
            self.draw_line(words, self.left, self.column_width, self.bold, size, justify=False)
        self.y += 4
        self.truth.headings.append((number if self.layout.numbered else "", text))
        self.parts.append(shown)

    def script(self, name: str) -> None:
        """A paragraph with an example in another script."""
        text = f"An example in {name}: {SCRIPTS[name]}"
        self._room(2)
        box = pymupdf.Rect(self.left, self.y + 2, self.left + self.column_width, self.y + 22)
        self.page.insert_htmlbox(
            box, f"<p style='font-size:{self.layout.size}px;margin:0'>{text}</p>"
        )
        self.y += 20
        self.parts.append(text)

    # -- notes and floats

    def _reserve(self, note: str) -> None:
        size = self.layout.size - 2
        self.note_count += 1
        lines = self.lines_of(note, self.column_width - 8, self.regular, size)
        height = len(lines) * size * 1.2 + (10 if not self.notes else 0)
        if self.y + 4 * self.pitch > self.bottom - height:
            self.new_column()
        self.reserved += height
        self.notes.append((str(self.note_count), note))

    def draw_notes(self) -> None:
        if not self.notes:
            return
        size = self.layout.size - 2
        y, self.y = self.y, self.layout.height - self.layout.margin - self.reserved + 8
        self.page.draw_line((self.left, self.y - 2), (self.left + 60, self.y - 2), width=0.4)
        for mark, note in self.notes:
            lines = self.lines_of(note, self.column_width - 8, self.regular, size)
            for place, words in enumerate(lines):
                if place == 0:
                    self._word(self.left, self.y + size * 1.2 - 3, mark, self.regular, 5.5)
                self.draw_line(
                    words, self.left + 4, self.column_width, self.regular, size, justify=False
                )
            self.truth.footnotes.append(note.replace(SOFT, ""))
            self._interrupt(f"{mark} {note}".replace(SOFT, ""))
        self.notes, self.reserved, self.y = [], 0.0, y

    def _interrupt(self, text: str) -> None:
        (self.after if self.in_paragraph else self.parts).append(text)

    def _height(self, box: FloatBox) -> float:
        return (len(box.rows) + 1) * 12 + 70 if box.kind == "table" else 220

    def _draw_float(self, box: FloatBox, x: float, width: float) -> None:
        self.float_count[box.kind] += 1
        label = f"{box.kind.capitalize()} {self.float_count[box.kind]}: {box.caption}"
        size = self.layout.size - 1
        numbers = self.layout.line_numbers
        object.__setattr__(self.layout, "line_numbers", False)
        if box.kind == "table":
            self.page.draw_line((x, self.y + 4), (x + width, self.y + 4), width=0.8)
            step = width / len(box.rows[0])
            for row in box.rows:
                self.y += 12
                for place, cell in enumerate(row):
                    self._word(x + place * step + 2, self.y, cell, self.regular, size)
            self.page.draw_line((x, self.y + 4), (x + width, self.y + 4), width=0.8)
        else:
            self.page.draw_rect(pymupdf.Rect(x, self.y + 4, x + width, self.y + 124), width=0.5)
            for place in range(6):
                self._word(x + 20 + place * width / 7, self.y + 118, f"{place}k", self.sans, 7)
                self._word(x + 4, self.y + 20 + 16 * place, f"0.{9 - place}", self.sans, 7)
            self._word(x + width / 2, self.y + 60, "loss curve", self.sans, 8)
            self.y += 126
        self.y += 8
        for words in self.lines_of(label, width, self.regular, size):
            self.draw_line(words, x, width, self.regular, size, justify=False)
        self.y += 14
        object.__setattr__(self.layout, "line_numbers", numbers)
        caption = label.replace(SOFT, "")
        self.truth.captions.append(caption)
        self._interrupt(caption)
        if box.kind == "table":
            self.truth.tables.append(box.rows)
            self._interrupt("\n".join(" ".join(row) for row in box.rows))

    # -- references

    def reference_list(self, entries: list[str]) -> None:
        """The list of references, in the layout's style."""
        self.heading("", "References")
        size = self.layout.size - 1
        style = self.layout.references
        hang = {"author-year": 10.0, "numbered": 18.0, "spaced": 0.0}[style]
        for place, entry in enumerate(entries, 1):
            label = f"[{place}]" if style == "numbered" else ""
            lines = self.lines_of(entry, self.column_width - hang, self.regular, size)
            self._room(1)
            for row, words in enumerate(lines):
                self._room(1)
                offset = 0.0 if row == 0 and style == "author-year" else hang
                if row == 0 and label:
                    self._word(self.left, self.y + size * 1.2, label, self.regular, size)
                self.draw_line(
                    words,
                    self.left + offset,
                    self.column_width - hang,
                    self.regular,
                    size,
                    justify=row < len(lines) - 1,
                )
            self.y += 4 if style == "spaced" else 2
            whole = f"{label} {entry}".strip().replace(SOFT, "")
            self.truth.references.append(whole)
            self.parts.append(whole)
