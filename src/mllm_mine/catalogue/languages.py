"""Languages as papers name them: by name, by code, by number or as a group."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty"
)
_GROUP = re.compile(
    rf"\b(?:all |the |these |other )?(?:\d{{1,4}}\+?|{_NUMBER_WORDS}|several|many|multiple|all)"
    r"(?: (?!(?:more|other|additional)\b)[\w-]+){0,3}? "
    r"(?:languages|language pairs|directions)\b"
    r"|\b(?:very )?(?:lower|low|mid|medium|higher|high|under)(?:- and (?:very-)?(?:low|high))?-"
    r"(?:resourced?|represented)(?: [\w-]+){0,2}? languages?(?: pairs?)?\b"
    r"|\b(?:African|Indic|Indian|European|Asian|Southeast Asian|Nordic|Slavic|Turkic|Semitic|"
    r"Dravidian|Philippine|Iberian|non-English|non-Latin(?: script)?|unseen)"
    r"(?: [\w-]+){0,2}? languages\b"
    r"|\b(?:multilingual|translated)(?= (?-i:[A-Z]))",
    re.I,
)
_ARROW = (
    r"(?:-to-|\s?(?:→|->|\$?\\(?:left)?(?:right)?arrow\$?|\$\\leftrightarrow\$|↔|⇔|⇒)\s?|[-–—/])"
)
_CODED = re.compile(r"\b[a-z]{3}_[A-Z][a-z]{3}\b")


@dataclass(frozen=True, slots=True)
class LanguageMention:
    """Words of a text that name languages, and where they stand."""

    written: str
    start: int
    end: int


@cache
def _by_name() -> dict[str, str]:
    """Names in lower case, to the code that stands for the language."""
    return {row["name"].casefold(): _id(row["codes"]) for row in _rows()}


@cache
def _by_code() -> dict[str, str]:
    return {code: _id(row["codes"]) for row in reversed(_rows()) for code in row["codes"].split()}


@cache
def _rows() -> list[dict[str, str]]:
    text = files("mllm_mine.catalogue").joinpath("languages.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _id(codes: str) -> str:
    """The first code of three letters, else the first."""
    return next((code for code in codes.split() if len(code) == 3), codes.split()[0])


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted((row["name"] for row in _rows()), key=len, reverse=True)
    either = "|".join(map(re.escape, names))
    short = "|".join(sorted({code.capitalize() for code in _by_code() if len(code) == 2}))
    return re.compile(
        rf"(?<![\w-])(?:(?:{either})(?:{_ARROW}(?:{either}))*"
        rf"|(?:{short}|XX){_ARROW}(?:{short}|XX))(?![\w-])"
    )


def find_languages(text: str) -> Iterator[LanguageMention]:
    """Languages that a running text names, in order; bare codes are too short to tell there."""
    found = [
        LanguageMention(match[0], match.start(), match.end())
        for pattern in (_pattern(), _CODED)
        for match in pattern.finditer(text)
    ]
    found += [
        LanguageMention(match[0], match.start(), match.end()) for match in _GROUP.finditer(text)
    ]
    end = 0
    for mention in sorted(found, key=lambda each: (each.start, -each.end)):
        if mention.start >= end:
            end = mention.end
            yield mention


def language_ids(written: str) -> frozenset[str]:
    """Codes of the languages that some words name: ``Hindi``, ``hi; sw``, ``En-De``."""
    ids: set[str] = set()
    for part in re.split(r"[;,]\s+", written):
        words = _words(part)
        if is_language(part):
            ids.update(_by_code().get(word) or _by_name()[word] for word in words)
        else:
            ids.update(_by_name()[word] for word in words if word in _by_name())
    return frozenset(ids)


def is_language(cell: str) -> bool:
    """Whether a table's cell is a language, or a pair of languages, and nothing else."""
    words = _words(cell)
    return 0 < len(words) < 4 and all(word in _by_code() or word in _by_name() for word in words)


def _words(cell: str) -> list[str]:
    folded = cell.strip().casefold()
    if folded in _by_name():
        return [folded]
    cut = re.sub(r"_[a-z]{4}\b", "", folded)  # eng_Latn
    return [word for word in re.split(r"[\W_]+|\bto\b", cut) if word]
