"""What people type to search, as an FTS5 expression that is never a syntax error."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mllm_mine.errors import ConfigurationError

_PART = re.compile(r'(?P<exclude>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand side by side; often a single one.

    Attributes:
        text: as it was typed.
        prefix: the last word need only begin so.
    """

    text: str
    prefix: bool = False

    @property
    def expression(self) -> str:
        """The phrase for FTS5. All is quoted, so no character has a meaning of its own."""
        return '"' + self.text.replace('"', " ") + '"' + ("*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Query:
    """A search: papers that hold all the phrases of an alternative, and none that is excluded."""

    alternatives: tuple[tuple[Phrase, ...], ...]
    excluded: tuple[Phrase, ...] = ()

    @property
    def expression(self) -> str:
        """The query for FTS5."""
        wanted = " OR ".join(
            "(" + " AND ".join(phrase.expression for phrase in phrases) + ")"
            for phrases in self.alternatives
        )
        excluded = " OR ".join(phrase.expression for phrase in self.excluded)
        return f"(({wanted}) NOT ({excluded}))" if excluded else f"({wanted})"

    @property
    def wanted(self) -> list[Phrase]:
        """The phrases of all alternatives, each once."""
        return list(dict.fromkeys(phrase for each in self.alternatives for phrase in each))


def parse_query(words: str) -> Query:
    """Reads words, ``"phrases"``, ``prefixes*``, ``-excluded`` and ``OR``.

    Raises:
        ConfigurationError: when there is no word to look for.
    """
    alternatives: list[list[Phrase]] = [[]]
    excluded: list[Phrase] = []
    for part in _PART.finditer(words.replace("\0", " ")):
        if part["word"] == "OR" and alternatives[-1]:
            alternatives.append([])
            continue
        text = part["phrase"] if part["phrase"] is not None else part["word"]
        if not any(character.isalnum() for character in text):
            continue
        phrase = Phrase(text.rstrip("*"), prefix=text.endswith("*"))
        (excluded if part["exclude"] else alternatives[-1]).append(phrase)
    wanted = tuple(tuple(phrases) for phrases in alternatives if phrases)
    if not wanted:
        raise ConfigurationError(
            f"there is no word to search for in {words!r}; give at least one, as in "
            "'mine search low-resource tokenizer -speech'"
        )
    return Query(wanted, tuple(excluded))


def match_expression(words: str) -> str:
    """What people type as an FTS5 expression, see :func:`parse_query`."""
    return parse_query(words).expression
