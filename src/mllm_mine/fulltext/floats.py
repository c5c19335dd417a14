"""Captions, and what they caption: the words inside figures and the rows of tables."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from operator import attrgetter

from mllm_mine.fulltext.layout import LEFT, RIGHT, Columns, Metrics
from mllm_mine.fulltext.pdf import WIDE, Line
from mllm_mine.fulltext.rows import rows_of

_CAPTION = re.compile(
    r"^(?P<kind>(?:Supplementary |Extended Data |Appendix )?"
    r"(?:Figure|Fig\.?|FIGURE|FIG\.?|Table|TABLE|Tab\.|Algorithm|ALGORITHM|Listing|Box|Chart|Prompt"
    r"|Scheme))\s?(?P<number>[A-Z]?\.?-?\d{1,3}(?:[.\-]\d{1,2})?[a-z]?|[IVXL]{1,6}|[A-Z])"
    r"(?P<end>\s*[:.|–—]|\s*\(|\s+(?=[A-Z0-9])|$)"
)
_CAPTION_STARTS = frozenset(
    ("FIG", "TAB", "ALG", "LIS", "BOX", "CHA", "PRO", "SCH", "SUP", "EXT", "APP")
)
_CAPTION_LETTERS = frozenset(start[0] for start in _CAPTION_STARTS)
_ROMAN_ONLY = re.compile(r"^[IVXL]+$|^[A-Z]$")
_BULLET = re.compile(r"^(?:[•◦▪‣∙–—*-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s")
_NUMBERED_HEADING = re.compile(r"^(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){1,3}\.?\s+[A-Z]")
_TEXT_FAMILY = re.compile(r"^(?:CM|SF|LM|MS[AB]M|EU|rsfs|TeX|txsy|txmi|pxsy|Nimbus|Times|STIX|Lin)")
_TOP_HEADING = re.compile(r"^(?:\d{1,2}|[A-Z])\.?\s+[A-Z][a-z]+")
_BY_BASE = attrgetter("base", "x0")
_LONGEST_CELL = 30  # letters of a row's first cell, where a caption ends
_GAP_IN_TABLE = 15.0  # points between rows, beyond which a row of one cell is something else
_LARGEST_GAP = 42.0  # points between a float and its caption, or between parts of a float


@dataclass(slots=True)
class Float:
    """A figure, table or algorithm.

    Attributes:
        kind: ``figure``, ``table`` or ``algorithm``.
        caption: the caption's lines.
        body: the rows of what is captioned, from top to bottom.
        side: the column it stands in, or WIDE.
        base: where it stands among the column's lines.
    """

    kind: str
    number: str
    caption: list[Line]
    side: int
    body: list[Line] = field(default_factory=list)

    @property
    def base(self) -> float:
        """y of the highest line."""
        return min(line.base for line in (*self.caption, *self.body))

    @property
    def page(self) -> int:
        """The page it stands on."""
        return self.caption[0].page


def take_floats(columns: Columns, metrics: Metrics) -> tuple[list[Float], list[Line]]:
    """Finds a page's floats.

    Returns:
        The floats, and the lines that belong to none.
    """
    lines = columns.page.lines
    floats = _captions(columns, metrics)
    if not floats:
        return [], lines
    taken = {id(line) for found in floats for line in found.caption}
    rest = [line for line in lines if id(line) not in taken]
    for found in floats:
        if found.kind != "algorithm":
            body = _body(found, columns, rest, floats, metrics)
            if body:
                gone = {id(line) for line in body}
                rest = [line for line in rest if id(line) not in gone]
                found.body = rows_of(sorted(body, key=_BY_BASE))
    return floats, rest


def _captions(columns: Columns, metrics: Metrics) -> list[Float]:
    floats: list[Float] = []
    lines = columns.page.lines
    taken: set[int] = set()
    for place, line in enumerate(lines):
        text = line.text
        if text[0] not in _CAPTION_LETTERS or text[:3].upper() not in _CAPTION_STARTS:
            continue
        if id(line) in taken:
            continue
        match = _CAPTION.match(line.text)
        if match is None or not _starts_caption(lines, place, match, columns, metrics):
            continue
        own = _caption_lines(lines, place, columns)
        taken.update(id(part) for part in own)
        word = match["kind"].lower()
        kind = "table" if "tab" in word else "algorithm" if "algo" in word else "figure"
        floats.append(Float(kind, match["number"], own, _side(own, columns)))
    return floats


def _side(caption: list[Line], columns: Columns) -> int:
    sides = {part.side for part in caption}
    if len(sides) != 1 or columns.gutter is None:
        return WIDE
    centre = (min(part.x0 for part in caption) + max(part.x1 for part in caption)) / 2
    if abs(centre - columns.gutter) < 0.05 * columns.page.width:
        return WIDE  # a short caption in the middle of the page
    return sides.pop()


def _starts_caption(
    lines: list[Line], place: int, match: re.Match[str], columns: Columns, metrics: Metrics
) -> bool:
    """Tells a caption from a sentence that happens to begin its line with "Table 3"."""
    line = lines[place]
    end = match["end"].strip()
    number = match["number"]
    if _ROMAN_ONLY.match(number) and not match["kind"].isupper() and end not in (":", "."):
        return False
    if match.end() == len(line.text) and match["kind"].isupper():
        return True  # IEEE: "TABLE II" over its caption
    above = lines[place - 1] if place else None
    follows_on = (
        above is not None
        and above.side == line.side
        and 0 < line.base - above.base < 1.25 * metrics.pitch
        and abs(above.size - line.size) < 0.4
        and above.block == line.block
        and line.x0 - above.x0 < 3
        and above.x1 - above.x0 > 0.55 * columns.width(above.side)
    )
    if end in (":", "|", "–", "—"):
        return not follows_on or above is None or len(above.text) < 25
    if follows_on:
        return False
    if end == ".":
        return True
    if end == "" and match.end() == len(line.text):
        return line.bold or len(line.text) < 16
    return line.size < metrics.size - 0.4 or line.bold or (above is not None and end == "")


def _caption_lines(lines: list[Line], place: int, columns: Columns) -> list[Line]:
    """The caption's first line and those that go on below it."""
    own = [lines[place]]
    for number, line in enumerate(lines[place + 1 :], place + 1):
        last = own[-1]
        step = line.base - last.base
        if abs(step) < 2 and -1 < line.x0 - last.x1 < 30 and line.block == last.block:
            own.append(line)
            continue
        height = max(last.size, 7.0)
        if (
            not 0 < step < 1.6 * height
            or (abs(line.size - own[0].size) > 0.8 and min(line.size, own[0].size) >= 7)
            or line.x0 > own[0].x1
            or line.x1 < min(part.x0 for part in own)
            or (line.block != last.block and not _goes_on(own, line, step))
            or _CAPTION.match(line.text)
            or _begins_cells(lines, number)
        ):
            break
        own.append(line)
    return own


def _begins_cells(lines: list[Line], place: int) -> bool:
    """Whether a line is the first cell of a table: it and the row below have gaps between cells."""
    first = _cells_from(lines, place)
    return first > 1 and _cells_from(lines, place + first) > 1


def _cells_from(lines: list[Line], place: int) -> int:
    """How many short lines stand side by side, with wide gaps between them, from a place on."""
    cells = 0
    last: Line | None = None
    for line in lines[place : place + 12]:
        if last is not None and (
            abs(line.base - last.base) > 2 or line.side != last.side or line.x0 < last.x1 + 10
        ):
            break
        if len(line.text) > _LONGEST_CELL:
            return 0
        cells, last = cells + 1, line
    return cells


def _goes_on(own: list[Line], line: Line, step: float) -> bool:
    """Whether a line in another of MuPDF's blocks still belongs to the caption."""
    last = own[-1]
    if len(own) == 1 and len(last.text) < 16:
        return True
    steps = [below.base - above.base for above, below in itertools.pairwise(own)]
    usual = min((value for value in steps if value > 2), default=1.25 * last.size)
    reaches = last.x1 > max(part.x1 for part in own) - 12
    return step < 1.12 * usual and reaches and last.text[-1] not in ".!?"


def _body(
    found: Float, columns: Columns, rest: list[Line], floats: list[Float], metrics: Metrics
) -> list[Line]:
    """The lines above or below a caption that are no running text."""
    in_reach = [
        line
        for line in rest
        if found.side == WIDE or columns.gutter is None or line.side == found.side
    ]
    barriers = [
        other
        for other in floats
        if (other is not found and (found.side in (WIDE, other.side)))
        or (other is not found and other.side == WIDE)
    ]
    above = _grow(found, in_reach, barriers, columns, metrics, up=True)
    if found.kind == "figure":
        return above
    below = _grow(found, in_reach, barriers, columns, metrics, up=False)
    gaps = (
        (min(line.y0 for line in found.caption) - max((x.y1 for x in above), default=-999.0)),
        (min((x.y0 for x in below), default=9999.0) - max(line.y1 for line in found.caption)),
    )
    nearest_first = (above, below) if gaps[0] < gaps[1] else (below, above)
    return next((body for body in nearest_first if _is_tabular(body)), nearest_first[0])


def _is_tabular(lines: list[Line]) -> bool:
    rows = rows_of(sorted(lines, key=_BY_BASE))
    return sum(len(row.cells) >= 2 for row in rows) >= 2


def _grow(
    found: Float,
    lines: list[Line],
    barriers: list[Float],
    columns: Columns,
    metrics: Metrics,
    *,
    up: bool,
) -> list[Line]:
    """Goes away from the caption row by row until running text or another float begins."""
    if up:
        edge = min(line.y0 for line in found.caption)
        beyond = [line for line in lines if line.base <= edge + 2]
        limit = max(
            (part.base for other in barriers for part in other.caption if part.base < edge),
            default=-1.0,
        )
        beyond = [line for line in beyond if line.base > limit]
    else:
        edge = max(line.y1 for line in found.caption)
        beyond = [line for line in lines if line.y1 >= edge + 2 and line.base > edge]
        limit = min(
            (part.base for other in barriers for part in other.caption if part.base > edge),
            default=1e9,
        )
        beyond = [line for line in beyond if line.base < limit]
    rows = _Rows(beyond, up=up)
    width = columns.width(found.side)
    body: list[Line] = []
    place = -1
    while (row := rows.at(place := place + 1)) is not None:
        gap = edge - row.y1 if up else row.y0 - edge
        if gap > _LARGEST_GAP and (found.kind == "table" or not up):
            break
        if found.kind == "table" and body and gap > _GAP_IN_TABLE and len(row.cells) < 2:
            break
        if _NUMBERED_HEADING.match(row.text) and len(row.cells) <= 2 and gap > 5:
            break
        if found.side == WIDE and _has_column_of_prose(row, columns, metrics):
            break
        if _is_prose(row, width, metrics) and not _within_table(rows, place, width, metrics):
            while up and body and _is_tail(row, body[-1], metrics):
                body.pop()
            break
        body.append(row)
        edge = min(edge, row.y0) if up else max(edge, row.y1)
    return [cell for row in body for cell in (row.cells or [row])]


class _Rows:
    """The rows above or below a caption, outwards, made only as far as they are looked at.

    Where base lines are further apart than those of any one row, what lies beyond is left alone.
    """

    def __init__(self, lines: list[Line], *, up: bool) -> None:
        self._lines = sorted(lines, key=_BY_BASE)
        self._up = up
        self._apart = 0.35 * max([line.size for line in lines], default=0.0)
        self._done = 0  # lines, counted from the caption
        self._rows: list[Line] = []

    def at(self, place: int) -> Line | None:
        """The row at a place, counted from the caption, or None beyond the last."""
        while place >= len(self._rows) and self._done < len(self._lines):
            self._make_more()
        return self._rows[place] if place < len(self._rows) else None

    def _make_more(self) -> None:
        lines, apart = self._lines, self._apart
        if self._up:
            end = start = len(lines) - self._done
            start -= 1
            while start > 0 and lines[start].base - lines[start - 1].base <= apart:
                start -= 1
        else:
            start = self._done
            end = start + 1
            while end < len(lines) and lines[end].base - lines[end - 1].base <= apart:
                end += 1
        self._done += end - start
        rows = rows_of(lines[start:end])
        self._rows += rows[::-1] if self._up else rows


def _has_column_of_prose(row: Line, columns: Columns, metrics: Metrics) -> bool:
    """Whether text of the two columns stands in a row below or above a wide float."""
    if columns.gutter is None:
        return False
    cells = row.cells or [row]
    for side in (LEFT, RIGHT):
        own = rows_of([cell for cell in cells if cell.side == side])
        if any(_is_prose(part, columns.width(side), metrics) for part in own):
            return True
    return False


def _is_prose(row: Line, width: float, metrics: Metrics) -> bool:
    """A line of running text, a list item or a heading."""
    if row.bold and row.size >= metrics.size - 0.3 and re.match(r"^(?:\d|[A-Z]\b)", row.text):
        parts = row.cells or [row]
        if len(parts) <= 2 and re.match(r"^(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\.?\s+[A-Z]", row.text):
            return True
    if abs(row.size - metrics.size) > 0.65:
        heading = row.bold or _TOP_HEADING.match(row.text)
        return bool(row.size > metrics.size + 0.65 and heading and _is_of_text(row.font, metrics))
    if not _is_of_text(row.font, metrics):
        return False
    if len(row.cells) > 1 and any(
        right.x0 - left.x1 > 14 for left, right in zip(row.cells, row.cells[1:], strict=False)
    ):
        return False
    if row.x1 - row.x0 >= 0.72 * width:
        return True
    return bool(_BULLET.match(row.text)) and row.x1 - row.x0 > 0.5 * width


def _is_of_text(font: str, metrics: Metrics) -> bool:
    """Whether a font belongs with the running text's, rather than to a picture."""
    own, text = font.rpartition("+")[2], metrics.font.rpartition("+")[2]
    return own[:5] == text[:5] or bool(_TEXT_FAMILY.match(own))


def _within_table(rows: _Rows, place: int, width: float, metrics: Metrics) -> bool:
    """One full line between rows of cells (a table's subtitle or long cell) is not yet text."""
    if rows.at(place + 1) is None:
        return False
    following = (rows.at(place + 1), rows.at(place + 2))
    return all(
        row is None or (len(row.cells) >= 3 and not _is_prose(row, width, metrics))
        for row in following
    )


def _is_tail(above: Line, row: Line, metrics: Metrics) -> bool:
    """Whether ``row`` is the short last line of the paragraph that ``above`` belongs to."""
    return (
        not row.cells
        and 0 < row.base - above.base < 1.25 * metrics.pitch
        and abs(row.size - above.size) < 0.65
        and abs(row.x0 - above.x0) < 3
    )
