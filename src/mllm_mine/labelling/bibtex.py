"""Reads BibTeX far enough to know which paper an entry means and its keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from mllm_mine.errors import InputFileError
from mllm_mine.labelling.entry import Entry, stated_year

_START = re.compile(r"@\s*(\w+)\s*[{(]\s*", re.ASCII)
_FIELD = re.compile(r"\s*([\w-]+)\s*=\s*", re.ASCII)
_NOT_ENTRIES = frozenset(("comment", "string", "preamble"))
_TEX = re.compile(r"\\[a-zA-Z]+\s*|\\.|[{}~]")


def read(file: TextIO, name: str) -> Iterator[Entry]:
    """Reads one entry for each ``@article{…}``; ``keywords`` become terms.

    Raises:
        InputFileError: the file has no entry, or one does not end.
    """
    text = file.read()
    at, found = 0, False
    while match := _START.search(text, at):
        kind, at = match[1].lower(), match.end()
        line = text.count("\n", 0, match.start()) + 1
        where = f"{name}, line {line}"
        if kind in _NOT_ENTRIES:
            continue
        comma = text.find(",", at)
        if comma < 0:
            raise InputFileError(f"{where}: the entry does not end")
        key = text[at:comma].strip()
        fields, at = _fields(text, comma + 1, where)
        found = True
        keywords = re.split(r"[,;]", fields.get("keywords", fields.get("keyword", "")))
        yield Entry(
            where=f"{where} ({key})",
            title=_TEX.sub("", fields.get("title", "")).strip(),
            texts=tuple(
                fields[each]
                for each in ("eprint", "arxiv", "doi", "url", "journal", "note", "howpublished")
                if each in fields
            ),
            terms=tuple(_TEX.sub("", word).strip() for word in keywords if word.strip()),
            line=line,
            year=stated_year(fields.get("year", fields.get("date", ""))),
        )
    if not found:
        raise InputFileError(f"{name} holds no BibTeX entry")


def _fields(text: str, at: int, where: str) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    while match := _FIELD.match(text, at):
        value, at = _value(text, match.end(), where)
        fields[match[1].lower()] = " ".join(value.split())
        while at < len(text) and (text[at].isspace() or text[at] == ","):
            at += 1
    return fields, at


def _value(text: str, at: int, where: str) -> tuple[str, int]:
    """A value: ``{…}``, ``"…"``, a number or a name, joined by ``#``."""
    parts = []
    while True:
        if at < len(text) and text[at] in '{"':
            end = _end_of_group(text, at, where)
            parts.append(text[at + 1 : end])
            at = end + 1
        else:
            match = re.compile(r"[^,}#\s]*").match(text, at)
            assert match is not None  # it may match nothing, but always matches
            parts.append(match[0])
            at = match.end()
        joined = re.compile(r"\s*#\s*").match(text, at)
        if joined is None:
            return "".join(parts), at
        at = joined.end()


def _end_of_group(text: str, start: int, where: str) -> int:
    depth = 0
    for place in range(start + 1, len(text)):
        character = text[place]
        if text[place - 1] == "\\":
            continue
        if character == "{":
            depth += 1
        elif character == "}" and (depth or text[start] == "{"):
            if not depth:
                return place
            depth -= 1
        elif character == '"' and text[start] == '"' and not depth:
            return place
    raise InputFileError(f"{where}: a field of the entry does not end; count the braces")
