"""The order in which a page is read: its columns, the rows in each, and what spans them.

A gutter is the upright strip that fewest lines cross; lines that do cross it (titles, wide
floats) cut the page into bands, and each band is read column by column. This is the cut that
the recursive XY-cut (Nagy, Seth and Viswanathan, 1992) makes on a page of two columns, found
from lines rather than pixels.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import attrgetter
from statistics import median

from mllm_mine.fulltext.pdf import WIDE, Line, Page
from mllm_mine.fulltext.rows import rows_of

LEFT, RIGHT = 0, 1

_by_base = attrgetter("base", "x0")

_FIRST_WORDS = re.compile(
    r"^(?:A ?bstract|A ?BSTRACT|(?:1\.?|I\.)?\s*I ?ntroduction|(?:1\.?|I\.)?\s*I ?NTRODUCTION)\b"
)
_STRIP = 3.0  # points: the width of the strips in which a gutter is looked for
_LEAST_BESIDE = 4  # lines of text beside a figure
_LEAST_LINES = 3  # on each side of a gutter


@dataclass(slots=True)
class Metrics:
    """What is typical of the document.

    Attributes:
        size: of the running text, in points.
        font: of the running text.
        pitch: from base line to base line.
        gutter: x of the gutter on most pages, or None for one column.
    """

    size: float = 10.0
    font: str = ""
    pitch: float = 12.0
    gutter: float | None = None


@dataclass(slots=True)
class Run:
    """Rows that are read one after the other: one column of one band."""

    rows: list[Line]
    left: float = 0.0
    right: float = 0.0
    column: int = WIDE
    page: int = 0

    @property
    def width(self) -> float:
        """Of the column."""
        return self.right - self.left


@dataclass(slots=True)
class Columns:
    """A page's lines by column, before they are put in order."""

    page: Page
    gutter: float | None
    widths: dict[int, float] = field(default_factory=dict)

    def width(self, side: int) -> float:
        """The width of a column's text, or of the whole page's."""
        if side not in self.widths:
            lines = self.page.lines
            if self.gutter is not None and side != WIDE:
                lines = [line for line in lines if line.side == side]
            left = min((line.x0 for line in lines), default=0.0)
            self.widths[side] = max((line.x1 for line in lines), default=0.0) - left
        return self.widths[side]


def measure(pages: list[Page]) -> Metrics:
    """Finds what is typical of the document from all of its lines."""
    letters: dict[tuple[str, float], int] = {}  # by type
    for page in pages:
        for line in page.lines:
            kind = line.font, line.size
            letters[kind] = letters.get(kind, 0) + len(line.text)
    if not letters:
        return Metrics()
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    for (font, exact), count in letters.items():
        sizes[round(exact * 2) / 2] += count
        fonts[font] += count
    # Sizes are read to half a point; neighbours are the same type, seen with rounding.
    size = max(sizes, key=lambda value: sizes[value] + sizes.get(value - 0.5, 0) * 0.5)
    least, most = 0.8 * size, 2.5 * size
    steps = Counter(
        [
            round(step * 2) / 2
            for page in pages
            for above, below in pairwise(page.lines)
            if least < (step := below.base - above.base) < most and above.block == below.block
        ]
    )
    pitch = steps.most_common(1)[0][0] if steps else size * 1.2
    metrics = Metrics(size, fonts.most_common(1)[0][0], pitch)
    _size_by_height(pages, metrics)
    return metrics


def find_gutters(pages: list[Page], metrics: Metrics) -> None:
    """Looks for two columns on each page, and says whether the document has two."""
    full_pages = 0
    gutters: list[float] = []
    for page in pages:
        page.gutter = find_gutter(page.lines, page.width)
        if len(page.lines) >= 20:
            full_pages += 1
            if page.gutter is not None:
                gutters.append(page.gutter)
    if gutters and len(gutters) * 5 >= full_pages * 2:
        metrics.gutter = median(gutters)


def _size_by_height(pages: list[Page], metrics: Metrics) -> None:
    """Lines that begin with a raised mark or small capitals get the size of their other glyphs."""
    heights = [
        (line.y1 - line.y0) / line.size
        for page in pages
        for line in page.lines
        if abs(line.size - metrics.size) < 0.6 and line.font == metrics.font
    ]
    if not heights:
        return
    ratio = median(heights)
    small = metrics.size - 1
    for page in pages:
        for line in page.lines:
            if line.size < small:
                by_height = min((line.y1 - line.y0) / ratio, metrics.size)
                if by_height > line.size * 1.15:
                    line.size = round(by_height * 4) / 4


def find_gutter(lines: list[Line], width: float) -> float | None:
    """x of the strip that separates two columns of text, or None."""
    start, strips = 0.3 * width, int(0.4 * width / _STRIP)
    change = [0] * (strips + 2)
    least = 0.12 * width
    texts = [line for line in lines if line.x1 - line.x0 > least]
    for line in texts:
        first = int((line.x0 - start) / _STRIP) if line.x0 > start else 0
        last = int((line.x1 - start) / _STRIP)
        if last > strips:
            last = strips
        if last >= first:
            change[first] += 1
            change[last + 1] -= 1
    covered = list(accumulate(change[: strips + 1]))
    fewest = min(covered)
    middle = strips / 2
    best = min(
        (place for place, count in enumerate(covered) if count == fewest),
        key=lambda place: abs(place - middle),
    )
    low = high = best
    while low > 0 and covered[low - 1] == fewest:
        low -= 1
    while high < strips and covered[high + 1] == fewest:
        high += 1
    gutter = start + (low + high + 1) / 2 * _STRIP
    left = sum(line.x1 <= gutter + 2 for line in texts)
    right = sum(line.x0 >= gutter - 2 for line in texts)
    if min(left, right) < _LEAST_LINES or left + right < len(texts) * 0.4:
        return None
    if min(left, right) * 12 < max(left, right) and min(left, right) < 8:
        return None
    return gutter


def split_columns(page: Page, metrics: Metrics) -> Columns:
    """Says of each line on a page which column it belongs to."""
    gutter = page.gutter
    if gutter is None and metrics.gutter is not None and _fits(page, metrics.gutter):
        gutter = metrics.gutter
    if gutter is not None and metrics.gutter is None and not _is_clear(page, gutter):
        gutter = None  # a lone page in a paper of one column: text beside a figure, a table
    if gutter is None and page.gutter is not None:
        return _text_beside_float(page, page.gutter, metrics)
    columns = Columns(page, gutter)
    if gutter is None:
        return columns
    reach = 0.06 * page.width
    for line in page.lines:
        over_left, over_right = gutter - line.x0, line.x1 - gutter
        if over_left > reach and over_right > reach:
            line.side = WIDE
        else:
            line.side = LEFT if over_left >= over_right else RIGHT
    if page.number == 1:
        _widen_front_matter(columns)
    return columns


def _text_beside_float(page: Page, gutter: float, metrics: Metrics) -> Columns:
    """A page of one column where text runs beside a figure: two columns for that stretch only."""
    columns = Columns(page, gutter)
    found = False
    stretch: list[Line] = []
    for line in [*sorted(page.lines, key=_by_base), None]:
        if line is not None and (line.x1 <= gutter + 4 or line.x0 >= gutter - 4):
            stretch.append(line)
            continue
        left = [x for x in stretch if x.x1 <= gutter + 4]
        right = [x for x in stretch if x.x0 >= gutter - 4]
        if any(_is_column_of_text(lines, metrics) for lines in (left, right)) and (
            min(len(left), len(right)) >= _LEAST_BESIDE
        ):
            found = True
            for x in left:
                x.side = LEFT
            for x in right:
                x.side = RIGHT
        stretch = []
    if not found:
        columns.gutter = None
    return columns


def _is_column_of_text(lines: list[Line], metrics: Metrics) -> bool:
    """Whether lines are mostly of the text's size and equally long."""
    if len(lines) < _LEAST_BESIDE:
        return False
    widest = max(line.x1 - line.x0 for line in lines)
    full = [line for line in lines if line.x1 - line.x0 > 0.85 * widest]
    of_text = [line for line in full if abs(line.size - metrics.size) < 0.6]
    return len(of_text) >= 4 and len(of_text) * 2 >= len(lines) and widest > 12 * metrics.size


def _is_clear(page: Page, gutter: float) -> bool:
    """Whether nearly nothing crosses a gutter with a good deal of text on both sides."""
    texts = [line for line in page.lines if line.x1 - line.x0 > 0.25 * page.width]
    left = sum(line.x1 <= gutter for line in texts)
    right = sum(line.x0 >= gutter for line in texts)
    return min(left, right) >= 12 and (left + right) * 8 >= len(texts) * 7


def _fits(page: Page, gutter: float) -> bool:
    """Whether the document's gutter cuts through few lines of a page with little text."""
    crossing = sum(line.x0 < gutter - 8 and line.x1 > gutter + 8 for line in page.lines)
    return crossing * 3 <= len(page.lines)


def _widen_front_matter(columns: Columns) -> None:
    """Names and affiliations above the two columns of the first page are one wide block."""
    page, gutter = columns.page, columns.gutter
    assert gutter is not None
    least = 0.28 * page.width
    tops = [
        min(
            (
                line.y0
                for line in page.lines
                if line.side == side and line.x1 - line.x0 > least and not line.bold
            ),
            default=page.height,
        )
        for side in (LEFT, RIGHT)
    ]
    starts = [line.y0 for line in page.lines if _FIRST_WORDS.match(line.text)]
    top = min([*tops, *starts])
    for line in page.lines:
        if line.y1 < top and line.y0 < 0.5 * page.height:
            line.side = WIDE


def runs_in_order(columns: Columns, lines: list[Line]) -> list[Run]:
    """The rows of a page in the order they are read.

    Args:
        lines: those of the page's lines that are to be ordered.
    """
    number = columns.page.number
    if columns.gutter is None:
        rows = rows_of(_drawn_order_or_downwards(lines))
        runs = [Run(rows, page=number)] if rows else []
    else:
        runs = _bands(lines, number)
    _set_margins(runs)
    return runs


def _bands(lines: list[Line], number: int) -> list[Run]:
    downwards = sorted(lines, key=_by_base)
    wide = rows_of([line for line in downwards if line.side == WIDE])
    narrow = [line for line in downwards if line.side != WIDE]
    runs: list[Run] = []
    done = 0
    for row in wide:
        end = done
        while end < len(narrow) and narrow[end].base < row.base:
            end += 1
        runs.extend(_columns_of_band(narrow[done:end], number))
        done = end
        if runs and runs[-1].column == WIDE:
            runs[-1].rows.append(row)
        else:
            runs.append(Run([row], page=number))
    runs.extend(_columns_of_band(narrow[done:], number))
    return runs


def _columns_of_band(band: list[Line], number: int) -> list[Run]:
    found: list[Run] = []
    if not band:
        return found
    for side in (LEFT, RIGHT):
        rows = rows_of([line for line in band if line.side == side])
        if rows:
            found.append(Run(rows, column=side, page=number))
    return found


def _set_margins(runs: list[Run]) -> None:
    """Margins of a column are those of all its rows on the page, in whatever band."""
    for side in (LEFT, RIGHT, WIDE):
        of_side = [run for run in runs if run.column == side]
        rows = [row for run in of_side for row in run.rows]
        if not rows:
            continue
        lefts = Counter(round(row.x0) for row in rows)
        most = max(lefts.values())
        left = min(place for place, count in lefts.items() if count * 3 >= most)
        rights = sorted(row.x1 for row in rows)
        for run in of_side:
            run.left, run.right = float(left), rights[int((len(rights) - 1) * 0.9)]


def _drawn_order_or_downwards(lines: list[Line]) -> list[Line]:
    """One column is mostly drawn in reading order, the text beside a figure included.

    What was drawn out of turn is put in its place by height, unless that would mix lines which
    stand side by side.
    """
    piece = 0
    pieces: dict[int, int] = {}
    for place, line in enumerate(lines):
        if place and line.base < lines[place - 1].base - 0.5 * line.size:
            piece += 1
        pieces[id(line)] = piece
    if piece == 0:
        return lines
    downwards = sorted(lines, key=_by_base)
    mixed = sum(
        pieces[id(above)] != pieces[id(below)]
        and below.y0 < above.y1 - 0.4 * above.size
        and (below.x0 > above.x1 or below.x1 < above.x0)
        for above, below in pairwise(downwards)
    )
    return lines if mixed > 2 and piece <= len(lines) // 8 else downwards
