"""What people type to search, as an FTS5 expression that is never a syntax error."""

from __future__ import annotations

import re

from mllm_mine.errors import ConfigurationError

_PART = re.compile(r'(?P<exclude>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


def match_expression(words: str) -> str:
    """Turns words, ``"phrases"``, ``prefixes*``, ``-excluded`` and ``OR`` into FTS5.

    Everything is quoted, so no character of the user's has a meaning of its own in FTS5.

    Raises:
        ConfigurationError: when there is no word to look for.
    """
    alternatives: list[list[str]] = [[]]
    excluded: list[str] = []
    for part in _PART.finditer(words.replace("\0", " ")):
        if part["word"] == "OR" and alternatives[-1]:
            alternatives.append([])
            continue
        term = _quoted(part["phrase"] if part["phrase"] is not None else part["word"])
        if not term:
            continue
        if part["exclude"]:
            excluded.append(term)
        else:
            alternatives[-1].append(term)
    wanted = " OR ".join("(" + " AND ".join(terms) + ")" for terms in alternatives if terms)
    if not wanted:
        raise ConfigurationError(
            f"there is no word to search for in {words!r}; give at least one, as in "
            "'mine search low-resource tokenizer -speech'"
        )
    return f"({wanted})" + "".join(f" NOT {term}" for term in excluded)


def _quoted(text: str) -> str:
    if not any(character.isalnum() for character in text):
        return ""
    prefix = "*" if text.endswith("*") else ""
    return '"' + text.rstrip("*").replace('"', " ") + '"' + prefix
