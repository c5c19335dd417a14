"""Words of scripts that are written from right to left, in the order in which they are read.

MuPDF puts the letters of each Arabic or Hebrew word in logical order, but takes the words in the
order in which the PDF draws them, which in an English line is often from left to right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

LEFTWARDS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""A letter of Hebrew, Arabic, Syriac, Thaana or N'Ko."""


_NO_SPACE_BEHIND = re.compile(f"({LEFTWARDS.pattern})(?=[A-Za-z])")


def line_in_order(text: str, characters: Callable[[], Iterable[tuple[str, float]]]) -> str:
    """A line that holds words from right to left, as it is read.

    Args:
        characters: gives those of the line as :func:`words_in_order` takes them.
    """
    if sum(bool(LEFTWARDS.search(word)) for word in text.split()) > 1:
        text = words_in_order(characters())
    # A space that ends such words is turned round with them, and is lost at their beginning.
    return _NO_SPACE_BEHIND.sub(r"\1 ", text)


def words_in_order(characters: Iterable[tuple[str, float]]) -> str:
    """A line with each run of words from right to left as it is read.

    Args:
        characters: of the line as MuPDF gives them, each with the x of its origin.
    """
    words: list[tuple[str, float]] = []
    letters = ""
    places: list[float] = []
    for character, place in [*characters, (" ", 0.0)]:
        if character.isspace():
            if letters:
                words.append((letters, sum(places) / len(places)))
            letters, places = "", []
        else:
            letters += character
            places.append(place)
    ordered: list[str] = []
    start = 0
    while start < len(words):
        end = start + 1
        if LEFTWARDS.search(words[start][0]):
            end = _end_of_run(words, start)
        run = words[start:end]
        if len(run) > 1 and _drawn_rightwards(run):
            run.reverse()
        ordered += [word for word, _ in run]
        start = end
    return " ".join(ordered)


def _end_of_run(words: Sequence[tuple[str, float]], start: int) -> int:
    """Where a run of words from right to left ends; numbers between them belong to it."""
    end = start + 1
    for place in range(start + 1, len(words)):
        word = words[place][0]
        if LEFTWARDS.search(word):
            end = place + 1
        elif any(letter.isalpha() for letter in word):
            break
    return end


def _drawn_rightwards(run: Sequence[tuple[str, float]]) -> bool:
    places = [place for _, place in run]
    return all(left < right for left, right in pairwise(places))
