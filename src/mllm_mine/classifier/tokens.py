"""Splits text into tokens, and abstracts into sentences."""

from __future__ import annotations

import re
import unicodedata

_TOKEN = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9\u0080-\uffff])")
ABBREVIATIONS = (
    *("e.g", "i.e", "cf", "vs", "etc", "al", "Fig", "Figs", "Eq", "Sec", "Tab", "No"),
    *("Dr", "Prof", "approx", "resp", "ca", "w.r.t", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
)
"""What a full stop may follow without ending a sentence; at most six letters."""

_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(map(re.escape, ABBREVIATIONS))})\.$")


def tokenise(text: str) -> list[str]:
    """The tokens of a text: runs of letters and digits of any script, in lower case.

    Hyphens and apostrophes divide, so that ``code-switching`` and ``code switching`` are one.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _TOKEN.findall(text.lower())


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """``[start, end)`` of each sentence of a text, without surrounding white space."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text, max(start, match.start() - 8), match.start() + 1):
            continue
        spans.append(_stripped(text, start, match.end()))
        start = match.end()
    spans.append(_stripped(text, start, len(text)))
    return [span for span in spans if span[0] < span[1]]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
