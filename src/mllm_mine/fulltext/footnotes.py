"""Footnotes: small print at the foot of a column."""

from __future__ import annotations

import re

from mllm_mine.fulltext.joining import Vocabulary
from mllm_mine.fulltext.layout import Metrics, Run
from mllm_mine.fulltext.pdf import Line

_SMALLER = 0.6  # points below the running text's size
_MARK = re.compile(r"^(\d{1,3}|[*∗†‡§¶‖♠♣♥♦♡♢⋆★]+|[a-z](?=[A-Z]))\s?(?=\S)")
# Looked for by the number: to try every word of a text takes many times as long.
_CALL = re.compile(r"\d{1,2}(?=[\s,;:)]|\.(?!\d)|$)")
_CALLED_AFTER = re.compile(r"([^\W\d_]*[a-z])([.,;:!?)”’\"]{0,2})$")
_LONGEST_WORD = 50
_MOST_UNMARKED = 8  # rows
_ELSEWHERE = re.compile(r"^(?:Table|Figure|Fig\.|Algorithm|\[\d+\]|References\b)")


def take_footnotes(run: Run, metrics: Metrics, *, first_page: bool) -> list[list[Line]]:
    """Cuts the footnotes off the end of a column.

    Returns:
        The rows of each footnote, in order; the run keeps the rest.
    """
    rows = run.rows
    start = len(rows)
    while start > 0 and _is_small(rows[start - 1], metrics):
        start -= 1
    if start == 0 or start == len(rows):
        return []
    starts = [place for place in range(start, len(rows)) if _begins_note(rows[place], metrics)]
    unmarked = (starts[0] if starts else len(rows)) - start
    apart = rows[start].y0 - rows[start - 1].y1 > 0.3 * metrics.size
    if first_page and apart and 0 < unmarked <= _MOST_UNMARKED:
        starts.insert(0, start)  # affiliations and notices of the first page need no mark
    if not starts:
        return []
    start = starts[0]
    if _ELSEWHERE.match(rows[start].text):
        return []
    bounds = [*starts, len(rows)]
    notes = [rows[bounds[place] : bounds[place + 1]] for place in range(len(starts))]
    del rows[start:]
    return notes


def mark_of(text: str) -> tuple[str, str]:
    """Splits a footnote into its mark ("" without one) and its words."""
    match = _MARK.match(text)
    return (match[1], text[match.end() :].strip()) if match else ("", text)


def without_marks(text: str, marks: frozenset[str], vocabulary: Vocabulary) -> str:
    """Running text without the raised numbers that call its footnotes.

    Args:
        marks: of the footnotes that stand on the text's pages; only these are taken off.
    """

    def taken_off(match: re.Match[str]) -> str:
        number, start = match[0], match.start()
        if number not in marks:
            return number
        before = _CALLED_AFTER.search(text[max(0, start - _LONGEST_WORD) : start])
        if before is None or (not before[2] and vocabulary.count(before[1] + number) >= 2):
            return number  # Qwen2 is a name
        return ""

    return _CALL.sub(taken_off, text) if marks else text


def _is_small(row: Line, metrics: Metrics) -> bool:
    # A line's height says little when it holds a raised mark; the mark itself tells enough.
    return row.size <= metrics.size - _SMALLER or _is_raised(row, metrics)


def _is_raised(row: Line, metrics: Metrics) -> bool:
    first = row.cells[0] if row.cells else row
    return first.lead < 0.72 * metrics.size and first.lead <= first.size - 1


def _begins_note(row: Line, metrics: Metrics) -> bool:
    match = _MARK.match(row.text)
    if match is None:
        return False
    return _is_raised(row, metrics) or not match[1][0].isdecimal()
