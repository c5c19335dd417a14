"""Reads a CSV of ids or titles: with a header of the usual names, or one of them a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from mllm_mine.errors import InputFileError
from mllm_mine.labelling.entry import Entry, stated_year
from mllm_mine.paper import is_arxiv_id

_COLUMNS = {
    "title": ("title", "name", "paper", "paper_title", "primary_title"),
    "section": ("section", "category", "label", "labels", "topic", "keywords"),
    "year": ("year", "date", "published"),
}
_IDS = ("arxiv_id", "arxiv", "id", "eprint", "paper_id", "doi", "url", "link", "pdf", "code")
FIELDS = {name: field for field, names in _COLUMNS.items() for name in names} | {
    **dict.fromkeys(("arxiv_id", "arxiv", "id", "eprint", "paper_id"), "arxiv_id"),
    **dict.fromkeys(("url", "link"), "url"),
    "doi": "doi",
    "pdf": "pdf",
    "code": "code",
    **dict.fromkeys(("authors", "author"), "authors"),
    **dict.fromkeys(("venue", "journal"), "venue"),
}
"""What a column holds, by its name in lower case with underscores."""


def read(file: TextIO, name: str) -> Iterator[Entry]:
    """Reads one entry a row; without a known header, each line is an id, a link or a title.

    Args:
        file: opened with ``newline=""``.

    Raises:
        InputFileError: a line is no CSV.
    """
    text = file.read()
    header = header_of(text)
    if header is None:
        for number, line in enumerate(text.splitlines(), 1):
            if plain := line.strip().strip('"').strip():
                entry = Entry(f"{name}, line {number}", "", (plain,), line=number)
                named = bool(entry.arxiv_id or entry.doi or plain.startswith("http"))
                yield entry if named else Entry(entry.where, plain, line=number)
        return
    rows = csv.reader(text.splitlines(keepends=True), dialect_of(text))
    try:
        next(rows)
        begins = rows.line_num + 1
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _entry(dict(zip(header, row, strict=False)), name, begins)
            begins = rows.line_num + 1
    except csv.Error as error:
        raise InputFileError(f"{name}, line {rows.line_num}: not valid CSV: {error}") from error


def header_of(text: str) -> list[str] | None:
    """The names of the columns as :data:`FIELDS` knows them, or None when there is no header."""
    first = next(csv.reader(text.splitlines()[:1], dialect_of(text)), [])
    names = [cell.strip().lstrip("\ufeff").lower().replace(" ", "_") for cell in first]
    known = {FIELDS.get(each) for each in names}
    return names if known & {"title", "arxiv_id", "url"} else None


def dialect_of(text: str) -> type[csv.Dialect]:
    """Commas, or tabs where the first line has one."""
    first = text.partition("\n")[0]
    return csv.excel_tab if "\t" in first else csv.excel


def _entry(row: dict[str, str], name: str, line: int) -> Entry:
    def cell(field: str) -> str:
        return next((row[each].strip() for each in _COLUMNS[field] if row.get(each)), "")

    texts = [row[each].strip() for each in _IDS if row.get(each, "").strip()]
    section = cell("section")
    claimed = row.get("arxiv_id", "").strip()
    if claimed and not is_arxiv_id(claimed) and "/" not in claimed:
        texts.append(f"arXiv:{claimed}")  # said to be one, whatever it looks like
    return Entry(
        where=f"{name}, line {line}",
        title=cell("title"),
        texts=tuple(texts),
        terms=(section,) if section else (),
        line=line,
        year=stated_year(cell("year")),
    )
