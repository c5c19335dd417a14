"""Joins the lines of a paragraph: words broken at line ends, scripts without spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST_WORD = re.compile(r"([^\W_]+(?:-[^\W_]+)*)-$")
_FIRST_WORD = re.compile(r"([^\W_]+)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*$|\S+\.(?:org|com|edu|net|io|ai)/\S*$")

# Word parts that stand alone elsewhere in a paper, but mostly are the start of a broken word.
_RARELY_COMPOUND = frozenset(
    [
        "a",
        "ac",
        "ad",
        "al",
        "an",
        "ap",
        "ar",
        "as",
        "at",
        "be",
        "but",
        "can",
        "co",
        "com",
        "con",
        "de",
        "di",
        "do",
        "en",
        "ex",
        "for",
        "fore",
        "had",
        "her",
        "his",
        "how",
        "im",
        "in",
        "is",
        "it",
        "me",
        "mo",
        "no",
        "of",
        "on",
        "or",
        "our",
        "out",
        "over",
        "pa",
        "per",
        "pro",
        "re",
        "sa",
        "so",
        "sub",
        "sur",
        "tar",
        "the",
        "to",
        "un",
        "under",
        "up",
        "us",
        "we",
        "who",
        "with",
    ]
)
# First parts that English keeps apart with a hyphen before almost any word.
_COMPOUND_FIRST = frozenset(
    [
        "all",
        "best",
        "case",
        "cross",
        "cutting",
        "data",
        "domain",
        "down",
        "end",
        "ever",
        "few",
        "fine",
        "first",
        "five",
        "four",
        "free",
        "full",
        "hand",
        "high",
        "human",
        "in-context",
        "instruction",
        "inter-annotator",
        "knowledge",
        "language",
        "large",
        "left",
        "less",
        "long",
        "low",
        "machine",
        "many",
        "mid",
        "model",
        "multi-task",
        "narrow",
        "near",
        "neural",
        "new",
        "non-autoregressive",
        "old",
        "one",
        "open",
        "pair",
        "plug",
        "post-training",
        "question",
        "real",
        "right",
        "rule",
        "second",
        "self",
        "semi",
        "shared",
        "short",
        "single",
        "small",
        "so-called",
        "state",
        "task",
        "text",
        "three",
        "time",
        "token",
        "top",
        "twenty",
        "two",
        "user",
        "vision",
        "vs",
        "well",
        "zero",
    ]
)
_CONTINUOUS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)
"""Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese."""


class Vocabulary:
    """The words of one document, which tell how its broken words are spelt."""

    def __init__(self, lines: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        for line in lines:
            words = _WORD.findall(line.lower())
            if words and line[-1] in "-\u00ad":
                words.pop()  # the start of a broken word
            counts.update(words)
        self._counts = counts

    def count(self, word: str) -> int:
        """How often a word stands unbroken in the document, in whatever case."""
        return self._counts[word.lower()]


def join_lines(lines: Iterable[str], vocabulary: Vocabulary) -> str:
    """One paragraph from its lines."""
    joined = ""
    for line in lines:
        joined = join_two(joined, line, vocabulary) if joined else line
    return joined


def join_two(before: str, after: str, vocabulary: Vocabulary) -> str:
    """Two consecutive lines as one text."""
    if not before or not after:
        return before or after
    last = before[-1]
    if last == "\u00ad":
        return before[:-1] + after
    if last == "-":
        return _join_at_hyphen(before, after, vocabulary)
    if last in "–—/" or (_CONTINUOUS.match(last) and _CONTINUOUS.match(after)):
        spaced = last in "–—" and before[-2:-1] == " "
        return f"{before} {after}" if spaced else before + after
    if _ADDRESS.search(before) and _goes_on_as_address(before, after):
        return before + after
    return f"{before} {after}"


def _join_at_hyphen(before: str, after: str, vocabulary: Vocabulary) -> str:
    stem = _LAST_WORD.search(before)
    rest = _FIRST_WORD.match(after)
    if _ADDRESS.search(before):
        return before + after
    if stem is None or rest is None:
        # "pre- and post-training" hangs; "(low-" "resource)" does not.
        return before + after if rest and before[-2:-1] != " " else f"{before} {after}"
    first, second = stem[1], rest[1]
    if second.lower() in ("and", "or", "to") and vocabulary.count(first + second) == 0:
        return f"{before} {after}"  # "pre-" "and post-training"
    if keeps_hyphen(first, second, vocabulary):
        return before + after
    return before[:-1] + after


def keeps_hyphen(first: str, second: str, vocabulary: Vocabulary) -> bool:
    """Whether ``first-`` at a line's end and ``second`` below are a compound with a hyphen.

    The document's own spelling decides where it has one; otherwise both parts must be words.
    """
    start = first.rsplit("-", 1)[-1]
    whole, compound = vocabulary.count(first + second), vocabulary.count(f"{first}-{second}")
    if start != first:
        whole = max(whole, vocabulary.count(start + second))
        compound = max(compound, vocabulary.count(f"{start}-{second}"))
    if whole != compound:
        return compound > whole
    if not start.isalpha() or not second.isalpha():
        return True  # GPT-3, 3-gram
    if second[0].isupper():
        return True  # Multi-Head; DetectGPT is found whole elsewhere
    lowered = start.lower()
    if lowered in _COMPOUND_FIRST:
        return True
    if lowered in _RARELY_COMPOUND or len(second) < 3 or len(start) < 3:
        return False
    if start.isupper() and len(start) > 1:
        return True  # NLP-related
    return vocabulary.count(start) > 0 and vocabulary.count(second) > 0


def _goes_on_as_address(before: str, after: str) -> bool:
    """Addresses are broken after a slash or dot, or before a part that is no word."""
    head = after.split(" ", 1)[0]
    if before[-1] in "/_=&?%.#" and before[-1] != ".":
        return True
    return ("/" in head or "_" in head) and not head.startswith(("http", "(", "www"))
