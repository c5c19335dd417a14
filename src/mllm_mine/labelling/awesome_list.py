"""Reads an awesome-list: a Markdown README whose sections hold papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from mllm_mine.labelling.entry import Entry

SECTION_JOIN = " / "
"""Stands between a section and its sub-section in a term."""

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)]|\|)\s+(.*)$")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)[^)]*\)")
_BARE_LINK = re.compile(r"https?://[^\s)\]>\"]+")
_BOLD = re.compile(r"(?:\*\*|__)(.+?)(?:\*\*|__)")
_DECORATION = re.compile(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>|[`*_]|:[a-z_]+:")
_SHORT_LINKS = frozenset(
    ("paper", "pdf", "arxiv", "abs", "link", "code", "github", "page", "project", "data", "html")
)


def read(file: TextIO, name: str) -> Iterator[Entry]:
    """Reads one entry for each list item or table row that links to something.

    The terms of an entry are its section by itself, and under each section above it.
    """
    sections: list[tuple[int, str]] = []
    fenced = False
    for number, line in enumerate(file, 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if fenced:
            continue
        if heading := _HEADING.match(line.rstrip()):
            level = len(heading[1])
            sections = [each for each in sections if each[0] < level]
            sections.append((level, section_name(heading[2])))
            continue
        item = _ITEM.match(line.rstrip())
        links = [link for _, link in _LINK.findall(line)] + _BARE_LINK.findall(line)
        links = [link for link in links if not link.startswith("#")]
        if item and links and sections:
            yield Entry(
                where=f"{name}, line {number}",
                title=_title(item[1]),
                texts=tuple(dict.fromkeys(links)),
                terms=_terms([text for _, text in sections]),
                line=number,
            )


def section_name(heading: str) -> str:
    """A heading as words, without links, pictures, emoji and numbers."""
    plain = _DECORATION.sub("", _LINK.sub(r"\1", heading))
    plain = "".join(each for each in plain if each.isalnum() or each in " -/&+.,:'()")
    return " ".join(re.sub(r"^[\d.\s]+", "", plain).split()).strip(" :-")


def _terms(sections: list[str]) -> tuple[str, ...]:
    """``A``, ``B`` below it: the path, and the section alone."""
    below_title = sections[1:] or sections  # the first heading is the list's own title
    return tuple(
        SECTION_JOIN.join(below_title[start:]) for start in range(len(below_title)) if below_title
    )


def _title(item: str) -> str:
    if bold := _BOLD.search(item):
        return _DECORATION.sub("", _LINK.sub(r"\1", bold[1])).strip(' ."“”')
    for text, _ in _LINK.findall(item):
        plain = _DECORATION.sub("", text).strip(' .[]"“”')
        if plain.lower() not in _SHORT_LINKS and len(plain.split()) > 2:
            return plain
    plain = _DECORATION.sub("", _LINK.sub("", item))
    return re.split(r"\s[\[(|]|\.\s", plain)[0].strip(' .|"“”')
