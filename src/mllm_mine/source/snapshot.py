"""Turns records of arXiv's metadata snapshot, and plain JSON records, into papers."""

from __future__ import annotations

from typing import Any

from mllm_mine.errors import InputFileError
from mllm_mine.paper import Paper, parse_paper_id
from mllm_mine.source.cleaning import (
    TITLE_LIMIT,
    clean_date,
    clean_names,
    clean_text,
    says_withdrawn,
    split_authors,
)

Record = dict[str, Any]


def paper_from_snapshot(record: Record) -> Paper:
    """A paper from a record of the snapshot that arXiv publishes of all its metadata.

    The newest of ``versions`` is the paper's version, whatever their order; the first gives
    ``published``. The snapshot has no field for withdrawals, so the comment and abstract tell.

    Raises:
        InputFileError: the id is none, or there is no title or abstract.
    """
    numbered = _versions(record.get("versions"))
    newest = max(numbered, default=1)
    abstract = _required(record, "abstract")
    comment = _text(record, "comments")
    return Paper(
        arxiv_id=_id(record)[0],
        version=newest,
        title=_title(record),
        abstract=abstract,
        authors=_parsed_authors(record.get("authors_parsed")) or _authors(record),
        **_categories(record),
        published=numbered.get(1, ""),
        updated=numbered.get(newest) or _date(record, "update_date"),
        comment=comment,
        journal_ref=_text(record, "journal-ref"),
        doi=_text(record, "doi"),
        withdrawn=says_withdrawn(comment, abstract),
    )


def paper_from_json(record: Record) -> Paper:
    """A paper from a plain record: ``id``, ``title``, ``abstract`` and what else it knows.

    Authors may be a list of names or one line; categories a list or separated by spaces; the id
    may be another library's, and may carry a version (or ``version`` gives it).

    Raises:
        InputFileError: the id is none, or there is no title or abstract.
    """
    arxiv_id, in_id = _id(record)
    abstract = _required(record, "abstract")
    comment = _text(record, "comment") or _text(record, "comments")
    return Paper(
        arxiv_id=arxiv_id,
        version=in_id or _version_number(record.get("version")) or 1,
        title=_title(record),
        abstract=abstract,
        authors=_authors(record),
        **_categories(record),
        published=_date(record, "published"),
        updated=_date(record, "updated"),
        comment=comment,
        journal_ref=_text(record, "journal_ref") or _text(record, "journal-ref"),
        doi=_text(record, "doi"),
        withdrawn=record.get("withdrawn") is True or says_withdrawn(comment, abstract),
    )


def _id(record: Record) -> tuple[str, int | None]:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, float):
        raise InputFileError(f"the id {value!r} is a number, which loses zeros; put it in quotes")
    if not isinstance(value, str) or not value.strip():
        raise InputFileError("it has no id")
    return parse_paper_id(value)


def _title(record: Record) -> str:
    return _required(record, "title", TITLE_LIMIT)


def _required(record: Record, key: str, limit: int | None = None) -> str:
    value = record.get(key)
    if value is None:
        raise InputFileError(f"it has no {key}")
    if not isinstance(value, str):
        raise InputFileError(f"its {key} is {_kind(value)}, not text")
    text = clean_text(value) if limit is None else clean_text(value, limit)
    if not text and key == "title":
        raise InputFileError("its title is empty")
    return text


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return clean_text(value) if isinstance(value, str) else ""


def _date(record: Record, key: str) -> str:
    value = record.get(key)
    return clean_date(value) if isinstance(value, str) else ""


def _kind(value: object) -> str:
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    return "true or false" if isinstance(value, bool) else "a number"


def _versions(value: object) -> dict[int, str]:
    """Dates by version number."""
    found: dict[int, str] = {}
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            number = _version_number(entry.get("version"))
            created = entry.get("created")
            if number:
                found[number] = clean_date(created) if isinstance(created, str) else ""
    return found


def _version_number(value: object) -> int:
    if isinstance(value, str):
        digits = value.strip().removeprefix("v")
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else 0
    return value if isinstance(value, int) and 0 < value < 10_000 else 0


def _parsed_authors(value: object) -> tuple[str, ...]:
    """Names from ``[last, first, suffix]`` lists."""
    names = []
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, list):
            last, first, suffix, *_ = (*map(_string, entry[:3]), "", "", "")
            names.append(f"{first} {last} {suffix}")
    return clean_names(names)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _authors(record: Record) -> tuple[str, ...]:
    value = record.get("authors")
    if isinstance(value, str):
        return split_authors(value)
    entries = value if isinstance(value, list) else []
    names = (entry.get("name") if isinstance(entry, dict) else entry for entry in entries)
    return clean_names(map(_string, names))


def _categories(record: Record) -> dict[str, Any]:
    value = record.get("categories")
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    terms = [term for term in value if isinstance(term, str)] if isinstance(value, list) else []
    # Some copies of the snapshot keep all categories in a list of one string.
    known = tuple(dict.fromkeys(part for term in terms[:100] for part in _term(term).split()))
    primary = record.get("primary_category")
    first = _term(primary) if isinstance(primary, str) else ""
    return {"categories": known, "primary_category": first or (known[0] if known else "")}


def _term(text: str) -> str:
    return clean_text(text, 100)
