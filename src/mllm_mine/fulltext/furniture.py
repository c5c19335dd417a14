"""Takes off what is printed on pages but is no part of the paper.

Running heads and feet, page numbers, arXiv's stamp in the margin, notices of the publisher, and
the line numbers of review copies.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict

from mllm_mine.fulltext.pdf import Line, Page

_STAMP = re.compile(
    r"^\s*arXiv:\s?(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\s+\[[\w.-]+\]"
)
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—|•·.]*(?:page\s*)?(?:[A-Z]?\d{1,5}|[ivxlc]{1,7})(?:\s*(?:/|of)\s*\d{1,4})?"
    r"[\s\-–—|•·.]*$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"^.{0,60}©\s?\d{4}|^(?:Proceedings of (?:the|Machine)|Proceedings\b.*\b(?:20|19)\d\d"
    r"|Copyright\b|©"
    r"|\(c\) (?:19|20)"
    r"|Preprint\b.{0,60}$|Under review\b.{0,80}$|Published as a conference paper\b"
    r"|Permission to make digital|\d+(?:st|nd|rd|th) (?:Annual )?(?:Conference|Workshop|Meeting|"
    r"International)\b|ar[Xx]iv preprint|This work is licensed under"
    r"|Licensed under (?:a )?Creative|Manuscript (?:received|submitted)|XXX-X-|97[89]-\d-"
    r"|(?:Findings|Transactions) of the Association\b|Confidential\b.{0,60}copy"
    r"|Accepted (?:at|to|by|for) .{0,80}$|To appear in\b)",
)
# A page that arXiv appends for picture files that the paper does not use.
_LEFT_OVER = re.compile(r"^This figure .{1,90} is available in .{1,9} format from:")
_EDGE_SHARE = 0.11  # of the page's height at top and bottom where heads and feet stand
_HEAD_SHARE = 0.14  # the same for heads that are told by standing on one height on most pages
_LEAST_GAP = 5.0  # points between a head or foot and the text
_DIGITS = re.compile(r"\d+")
_LEAST_LINE_NUMBERS = 8


def remove_furniture(pages: list[Page], body_size: float) -> None:
    """Removes heads, feet, stamps and line numbers from the pages' lines, in place."""
    for page in pages:
        tall = [line for line in page.lines if line.y1 - line.y0 > 2.0 * (line.x1 - line.x0)]
        if tall:
            _upright(page)
            page.lines = [line for line in page.lines if not _rotated(line)]
        page.lines = [line for line in page.lines if not _is_stamp(line)]
        if page.lines and _LEFT_OVER.match(page.lines[0].text):
            page.lines = []
        _remove_line_numbers(page)
    _remove_repeated(pages)
    _remove_heads_by_place(pages)
    if pages:
        _remove_notices(pages[0], body_size)
    for page in pages:
        _remove_page_number(page)


def _rotated(line: Line) -> bool:
    return line.y1 - line.y0 > 2.0 * (line.x1 - line.x0) and len(line.text) >= 4


def _is_stamp(line: Line) -> bool:
    return line.text[:5] == "arXiv" and bool(_STAMP.match(line.text))


def _upright(page: Page) -> None:
    """Turns a page whose text runs up or down (a table in landscape) the right way."""
    turned = [line for line in page.lines if _rotated(line)]
    if sum(len(line.text) for line in turned) * 2 <= sum(len(line.text) for line in page.lines):
        return
    upwards = sum(line.base > (line.y0 + line.y1) / 2 for line in turned) * 2 > len(turned)
    for line in page.lines:
        x0, y0, x1, y1 = line.x0, line.y0, line.x1, line.y1
        if upwards:
            line.x0, line.x1, line.y0, line.y1 = page.height - y1, page.height - y0, x0, x1
        else:
            line.x0, line.x1, line.y0, line.y1 = y0, y1, page.width - x1, page.width - x0
        line.base = line.y1
    page.width, page.height = page.height, page.width


def _remove_line_numbers(page: Page) -> None:
    """Numbers of lines stand in a margin, one below the other, and count upwards."""
    numbers = [line for line in page.lines if line.text.isdecimal() and len(line.text) <= 4]
    if len(numbers) < _LEAST_LINE_NUMBERS:
        return
    removed: set[int] = set()
    for edge in ("x1", "x0"):
        groups: dict[int, list[Line]] = defaultdict(list)
        for line in numbers:
            if id(line) not in removed:
                groups[round(getattr(line, edge) / 4)].append(line)
        for place in sorted(groups):
            group = groups[place] + groups.get(place + 1, [])
            if len(group) >= _LEAST_LINE_NUMBERS and _counts_upwards(group):
                left = min(line.x0 for line in group) - 1
                right = max(line.x1 for line in group) + 1
                crossing = sum(
                    line.x0 < left and line.x1 > right and len(line.text) > 10
                    for line in page.lines
                )
                if crossing * 4 <= len(group):
                    removed.update(id(line) for line in group)
    if removed:
        page.lines = [line for line in page.lines if id(line) not in removed]


def _counts_upwards(group: list[Line]) -> bool:
    ordered = sorted(group, key=lambda line: line.base)
    values = [int(line.text) for line in ordered]
    steps = Counter(after - before for before, after in itertools.pairwise(values))
    step, times = steps.most_common(1)[0]
    return step in (1, 5) and times * 5 >= (len(values) - 1) * 4


def _edges(page: Page) -> tuple[float, float]:
    return page.height * _EDGE_SHARE, page.height * (1 - _EDGE_SHARE)


def _remove_repeated(pages: list[Page]) -> None:
    """Lines at the top or bottom that come back, numbers aside, on three or more pages."""
    if len(pages) < 2:
        return
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    candidates: list[tuple[Line, str, int]] = []
    for page in pages:
        top, bottom = _edges(page)
        edges = [line for line in page.lines if line.y1 < top or line.y0 > bottom]
        if not edges:
            continue
        apart = {id(line) for line in _edge_lines(page)}
        for line in edges:
            key = _DIGITS.sub("#", line.text)
            place = round(line.base / 4)
            candidates.append((line, key, place))
            if id(line) in apart:
                seen[key, place].add(page.number)
    wanted = 2 if len(pages) <= 4 else 3
    removed: set[int] = set()
    for line, key, place in candidates:
        found: set[int] = set()
        for near in (place - 1, place, place + 1):
            found |= seen.get((key, near), set())
        if len(found) >= wanted and len(key) > 1:
            removed.add(id(line))
    for page in pages:
        page.lines = [line for line in page.lines if id(line) not in removed]


def _edge_lines(page: Page) -> list[Line]:
    """Lines at the top and bottom of a page that stand apart from its text."""
    top, bottom = _edges(page)
    found: list[Line] = []
    head: list[Line] = []
    reached = 0.0
    high = [line for line in page.lines if line.y0 < 2 * top]
    for line in sorted(high, key=lambda line: line.y0):
        if head and line.y0 - reached >= _LEAST_GAP:
            found += head
            head = []
        if line.y1 >= top:
            break
        head.append(line)
        reached = max(reached, line.y1)
    foot: list[Line] = []
    reached = page.height
    low = [line for line in page.lines if line.y1 > 2 * bottom - page.height]
    for line in sorted(low, key=lambda line: -line.y1):
        if foot and reached - line.y1 >= _LEAST_GAP:
            found += foot
            foot = []
        if line.y0 <= bottom:
            break
        foot.append(line)
        reached = min(reached, line.y0)
    return found


def _remove_heads_by_place(pages: list[Page]) -> None:
    """Heads that change (the section's name): one row apart from the text, always at one height."""
    if len(pages) < 5:
        return
    heads: dict[int, list[Line]] = {}
    places: Counter[int] = Counter()
    for page in pages:
        top = page.height * _HEAD_SHARE
        lines = page.lines
        if not lines:
            continue
        first = min([line.base for line in lines])
        row = [line for line in lines if line.base - first < 3]
        if any(line.y1 > top for line in row) or sum(len(line.text) for line in row) > 110:
            continue
        below = [line.y0 for line in lines if line.base - first >= 3]
        size = row[0].size
        if below and min(below) - max(line.y1 for line in row) > 0.9 * size:
            heads[page.number] = row
            places[round(first / 3)] += 1
    if not places:
        return
    place = places.most_common(1)[0][0]
    chosen = {
        number: row for number, row in heads.items() if abs(round(row[0].base / 3) - place) <= 1
    }
    if len(chosen) * 10 >= len(pages) * 6:
        for page in pages:
            gone = {id(line) for line in chosen.get(page.number, ())}
            page.lines = [line for line in page.lines if id(line) not in gone]


def _remove_page_number(page: Page) -> None:
    """A number alone in the lowest or highest row."""
    for pick, sign in ((max, 1), (min, -1)):
        if not page.lines:
            return
        edge = pick([line.base for line in page.lines])
        low, high = edge - 3, edge + 3
        row = [line for line in page.lines if low < line.base < high]
        if len(row) != 1 or not _PAGE_NUMBER.match(row[0].text):
            continue
        number, share = row[0], _EDGE_SHARE
        rest = [line for line in page.lines if line is not number]
        if sign > 0:
            gap = number.y0 - max([line.y1 for line in rest], default=0.0)
        else:
            gap = min([line.y0 for line in rest], default=page.height) - number.y1
        if gap > 1.3 * number.size:
            share = 0.2  # wide margins: well apart from the text is enough
        outside = (
            number.y0 > page.height * (1 - share) if sign > 0 else number.y1 < page.height * share
        )
        if outside:
            page.lines.remove(number)


def _remove_notices(page: Page, body_size: float) -> None:
    """The publisher's notice at the edges of the first page, with the lines that belong to it."""
    kept: list[Line] = []
    notice_block = None
    for line in page.lines:
        small = line.size <= body_size + 0.3
        at_edge = line.y0 > page.height * 0.78 or line.y1 < page.height * 0.09
        if small and at_edge and _NOTICE.match(line.text):
            notice_block = line.block
            continue
        if notice_block is not None and line.block == notice_block and small:
            continue
        kept.append(line)
    page.lines = kept
