"""Cuts the rows of a column into paragraphs, and knits those that go on in the next column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mllm_mine.fulltext.layout import Metrics, Run
from mllm_mine.fulltext.pdf import Line

_BULLET = re.compile(
    r"^(?:[•◦▪‣∙●○■□➢✓✔✗–—*·-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]|\[\d{1,3}\]|Q\d{1,2}[:.])\s"
)
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？؟।።][\"'”’)\]»]*\d{0,2}$")
_CONTINUES = re.compile(r"^[^\W\dA-Z_]|^[(\[,;)%]|^\d")
_INDENT = (4.0, 42.0)  # points by which a first line stands in


@dataclass(slots=True)
class Block:
    """A paragraph, heading, float or footnote in reading order.

    Attributes:
        kind: ``text``, ``heading``, ``footnote``, ``caption``, ``table`` or ``algorithm``.
        rows: its lines; a paragraph that was knitted has rows of several columns.
        opens: whether it is the first of its column, and so may go on from the one before.
        ends_full: whether its last line reaches the right margin.
        indented: whether its first line stands in.
    """

    kind: str
    rows: list[Line]
    page: int
    opens: bool = False
    ends_full: bool = False
    indented: bool = False
    text: str = ""
    label: str = ""
    number: str = ""
    level: int = 0
    breaks: list[int] = field(default_factory=list)

    @property
    def first(self) -> Line:
        """Its first row."""
        return self.rows[0]


def paragraphs_of(run: Run, metrics: Metrics, heading_rows: dict[int, int]) -> list[Block]:
    """The paragraphs and headings of a run, in order.

    Args:
        heading_rows: by id of a row that is part of a heading, the heading's number; rows of one
            heading share it.
    """
    blocks: list[Block] = []
    current: list[Line] = []
    heading = -1

    def close() -> None:
        if not current:
            return
        first, last = current[0], current[-1]
        blocks.append(
            Block(
                "heading" if heading >= 0 else "text",
                list(current),
                run.page,
                opens=not blocks,
                ends_full=last.x1 > run.right - 0.06 * run.width,
                indented=_INDENT[0] < first.x0 - run.left < _INDENT[1],
            )
        )
        current.clear()

    for row in run.rows:
        mark = heading_rows.get(id(row), -1)
        if mark != heading or (mark < 0 and current and breaks_between(current, row, run, metrics)):
            close()
            heading = mark
        current.append(row)
    close()
    return blocks


def breaks_between(current: list[Line], row: Line, run: Run, metrics: Metrics) -> bool:
    """Whether a new paragraph begins with ``row``, given the rows of the one before."""
    last = current[-1]
    step = row.base - last.base
    pitch = metrics.pitch * max(last.size, 7.0) / metrics.size
    if step > 1.42 * pitch:
        mid_sentence = (
            last.x1 > run.right - 0.1 * run.width
            and not _ends_sentence(last.text)
            and step < 2.1 * pitch
            and row.x0 < run.left + 3
            and row.text[0].islower()
        )
        if not mid_sentence:
            return True
    if step < -0.5 * pitch:
        return True  # beside or above: another piece of the page
    if min(row.size, last.size) >= 7 and abs(row.size - last.size) > 1.3:
        return True
    if _BULLET.match(row.text) and (
        _ends_sentence(last.text) or row.x0 < current[0].x0 + 3 or last.x1 < run.right - 20
    ):
        return not _is_wrapped_number(row, last, run)
    return _breaks_by_indent(current, row, run) or _breaks_by_short_line(last, row, run)


def _ends_sentence(text: str) -> bool:
    return bool(_ENDS_SENTENCE.search(text[-8:]))


def _is_wrapped_number(row: Line, last: Line, run: Run) -> bool:
    """A line of a sentence that happens to begin with "2." or "- "."""
    return (
        last.x1 > run.right - 0.04 * run.width
        and not _ends_sentence(last.text)
        and abs(row.x0 - last.x0) < 2
    )


def _breaks_by_indent(current: list[Line], row: Line, run: Run) -> bool:
    first, last = current[0], current[-1]
    low, high = _INDENT
    if len(current) == 1:
        if first.x0 + low < row.x0 < first.x0 + high:
            hangs = bool(_BULLET.match(first.text))
            return not hangs and abs(first.x0 - run.left) < 3 and _ends(first, run)
        return row.x0 < first.x0 - low and first.x0 - run.left > high
    edge = current[1].x0
    if edge + low < row.x0 < edge + high:
        return _ends(last, run) or abs(row.x0 - first.x0) < 1.5
    return row.x0 < edge - low and _ends(last, run)


def _ends(line: Line, run: Run) -> bool:
    return bool(_ends_sentence(line.text)) or line.x1 < run.right - 0.12 * run.width


def _breaks_by_short_line(last: Line, row: Line, run: Run) -> bool:
    room = run.right - last.x1
    if room < 0.12 * run.width:
        return False
    if _ends_sentence(last.text):
        return not row.text[0].islower()
    return room > 0.45 * run.width and row.text[0].isupper() and abs(row.x0 - last.x0) < 3


def knit(blocks: list[Block]) -> list[Block]:
    """Joins paragraphs that go on in the next column or page.

    Floats and footnotes between the two halves move behind the paragraph.
    """
    knitted: list[Block] = []
    open_text: Block | None = None
    for block in blocks:
        if block.kind == "heading":
            open_text = None
        elif block.kind == "text":
            if open_text is not None and block.opens and _goes_on(open_text, block):
                open_text.breaks.append(len(open_text.rows))
                open_text.rows.extend(block.rows)
                open_text.ends_full = block.ends_full
                continue
            open_text = block
        knitted.append(block)
    return knitted


def _goes_on(before: Block, block: Block) -> bool:
    last, first = before.rows[-1], block.rows[0]
    if min(last.size, first.size) >= 7 and abs(last.size - first.size) > 0.8:
        return False
    if _BULLET.match(first.text):
        return False
    if last.text[-1] == "-":
        return True
    if _ends_sentence(last.text):
        return bool(first.text[0].islower()) and before.ends_full
    if first.text[0].islower() or _CONTINUES.match(first.text):
        return True
    return before.ends_full and not block.indented
