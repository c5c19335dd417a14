"""Reads RIS, the format that reviewing tools and reference managers exchange."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from mllm_mine.errors import InputFileError
from mllm_mine.labelling.entry import Entry, stated_year

_LINE = re.compile(r"^([A-Z][A-Z0-9])  -(?: (.*))?$")
_DECISIONS = {"asreview_relevant": True, "asreview_irrelevant": False}


def read(file: TextIO, name: str) -> Iterator[Entry]:
    """Reads one entry for each reference.

    Keywords (``KW``) become terms; ASReview's notes (``N1``) tell inclusion.

    Raises:
        InputFileError: the file has no reference.
    """
    fields: dict[str, list[str]] = {}
    tag, start, found = "", 0, False
    for number, line in enumerate(file, 1):
        match = _LINE.match(line.rstrip("\r\n "))
        if match is None:
            if tag and line.strip() and fields.get(tag):  # a long field goes on below
                fields[tag][-1] += " " + line.strip()
            continue
        tag, value = match[1], (match[2] or "").strip()
        if tag == "TY":
            fields, start = {}, number
        if tag == "ER":
            found = True
            yield _entry(fields, f"{name}, line {start}", start)
            fields, tag = {}, ""
        else:
            fields.setdefault(tag, []).append(value)
    if not found:
        raise InputFileError(f"{name} holds no reference in RIS format ('TY  - ' to 'ER  - ')")


def _entry(fields: dict[str, list[str]], where: str, line: int) -> Entry:
    def values(*tags: str) -> tuple[str, ...]:
        return tuple(value for tag in tags for value in fields.get(tag, ()))

    notes = (word.lower() for note in values("N1") for word in re.split(r"[\s,;]+", note))
    decisions = [_DECISIONS[word] for word in notes if word in _DECISIONS]
    terms = (term.strip() for value in values("KW") for term in re.split(r"[;\n]", value))
    return Entry(
        where=where,
        title=next(iter(values("TI", "T1")), ""),
        texts=values("DO", "UR", "L1", "L2", "M1", "M3", "AN", "ID", "N1"),
        terms=tuple(term for term in terms if term),
        included=decisions[-1] if decisions else None,
        line=line,
        year=stated_year(next(iter(values("PY", "Y1", "DA")), "")),
    )
