"""Rows: the lines that stand side by side on one base line."""

from __future__ import annotations

from operator import attrgetter

from mllm_mine.fulltext.direction import LEFTWARDS
from mllm_mine.fulltext.pdf import Line

_X0 = attrgetter("x0")


def rows_of(lines: list[Line]) -> list[Line]:
    """Joins lines that stand side by side on one base line into rows with cells.

    Args:
        lines: in reading order; parts of one row follow one another.
    """
    rows: list[Line] = []
    group: list[Line] = []
    for line in lines:
        if group:
            first = group[0]
            step = line.base - first.base
            larger = line.size if line.size > first.size else first.size
            if step > 0.35 * larger or step < -0.35 * larger:
                if len(group) == 1:
                    rows.append(first)
                else:
                    _add_rows(group, rows)
                group = [line]
                continue
        group.append(line)
    if group:
        _add_rows(group, rows)
    return rows


def _add_rows(group: list[Line], rows: list[Line]) -> None:
    if len(group) == 1:
        rows.append(group[0])
        return
    group.sort(key=_X0)
    if _reads_leftwards(group):
        rows.append(_joined(group[::-1]))
        return
    row: list[Line] = []
    for line in group:
        if row and line.x0 < row[-1].x1 - 1.5:
            rows.append(_joined(row))
            row = []
        row.append(line)
    rows.append(_joined(row))


def _reads_leftwards(cells: list[Line]) -> bool:
    """Whether most letters of a row are Hebrew, Arabic or another script from right to left."""
    text = "".join([cell.text for cell in cells])
    if text.isascii():
        return False
    found = len(LEFTWARDS.findall(text))
    return found > 0 and found * 2 > sum(letter.isalpha() for letter in text)


def _joined(cells: list[Line]) -> Line:
    if len(cells) == 1:
        return cells[0]
    first = widest = cells[0]
    x0, y0, x1, y1 = first.x0, first.y0, first.x1, first.y1
    width = x1 - x0
    bold, italic = first.bold, first.italic
    texts = [first.text]
    for cell in cells[1:]:  # one pass, for this is done for every cell of every table
        texts.append(cell.text)
        if cell.x1 - cell.x0 > width:
            widest, width = cell, cell.x1 - cell.x0
        x0, x1 = (x0 if x0 < cell.x0 else cell.x0), (x1 if x1 > cell.x1 else cell.x1)
        y0, y1 = (y0 if y0 < cell.y0 else cell.y0), (y1 if y1 > cell.y1 else cell.y1)
        bold, italic = bold and cell.bold, italic and cell.italic
    return Line(
        " ".join(texts),
        x0,
        y0,
        x1,
        y1,
        first.base,
        widest.size,
        widest.font,
        bold,
        italic,
        first.block,
        first.page,
        first.lead,
        cells,
    )
