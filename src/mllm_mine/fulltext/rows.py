"""Rows: the lines that stand side by side on one base line."""

from __future__ import annotations

import re

from mllm_mine.fulltext.pdf import Line

_LEFTWARDS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


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
    group.sort(key=lambda line: line.x0)
    if any(not line.text.isascii() for line in group) and _reads_leftwards(group):
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
    text = "".join(cell.text for cell in cells)
    return len(_LEFTWARDS.findall(text)) * 2 > sum(letter.isalpha() for letter in text)


def _joined(cells: list[Line]) -> Line:
    if len(cells) == 1:
        return cells[0]
    first = cells[0]
    widest = max(cells, key=lambda cell: cell.x1 - cell.x0)
    return Line(
        " ".join(cell.text for cell in cells),
        min(cell.x0 for cell in cells),
        min(cell.y0 for cell in cells),
        max(cell.x1 for cell in cells),
        max(cell.y1 for cell in cells),
        first.base,
        widest.size,
        widest.font,
        all(cell.bold for cell in cells),
        all(cell.italic for cell in cells),
        first.block,
        first.page,
        first.lead,
        cells,
    )
