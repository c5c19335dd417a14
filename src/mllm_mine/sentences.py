"""Splits text into sentences and says where each begins."""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“(])|\n\n")
# What ends in a full stop and goes on: "et al. (2020)", "vs. GPT-4", "Fig. 3", "e.g. Hindi".
_ABBREVIATION = re.compile(
    r"(?:\b(?:al|vs|e\.g|i\.e|cf|resp|approx|avg|Figs?|Tabs?|Secs?|Eqs?|App|Nos?|ca|St|Dr|Prof|"
    r"w\.r\.t)|\b[A-Z])\.$"
)


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a text, each with its offset; white space within is folded."""
    start = 0
    for match in _END.finditer(text):
        if match[0] != "\n\n" and _ABBREVIATION.search(
            text, max(start, match.start() - 8), match.start()
        ):
            continue
        yield from _folded(text, start, match.start())
        start = match.end()
    yield from _folded(text, start, len(text))


def _folded(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    if sentence := " ".join(text[start:end].split()):
        yield start, sentence
