"""Footnotes: small print at the foot of a column."""

from __future__ import annotations

import re

from mllm_mine.fulltext.layout import Metrics, Run
from mllm_mine.fulltext.pdf import Line

_SMALLER = 0.6  # points below the running text's size
_MARK = re.compile(r"^(\d{1,3}|[*∗†‡§¶‖♠♣♥♦♡♢⋆★]+|[a-z](?=[A-Z]))\s?(?=\S)")
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
    starts = [place for place in range(start, len(rows)) if _begins_note(rows[place], metrics, run)]
    if not starts:
        # Affiliations and notices of the first page need no mark, if they stand apart.
        apart = rows[start].y0 - rows[start - 1].y1 > 0.3 * metrics.size
        if not (first_page and apart and len(rows) - start <= 12):
            return []
        starts = [start]
    if starts[0] != start and not first_page:
        start = starts[0]
    elif starts[0] != start:
        starts.insert(0, start)
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


def _is_small(row: Line, metrics: Metrics) -> bool:
    if row.size < 7.0 and row.size < metrics.size - 2:
        return True  # begins with a raised mark
    return row.size <= metrics.size - _SMALLER


def _begins_note(row: Line, metrics: Metrics, run: Run) -> bool:
    match = _MARK.match(row.text)
    if match is None:
        return False
    if row.size < 0.72 * metrics.size:
        return True  # the mark is raised, and so smaller than the note
    if not match[1][0].isdecimal():
        return True
    first = row.cells[0] if row.cells else row
    return first.size < 0.72 * metrics.size
