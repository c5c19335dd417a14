"""Reads labelled papers from CSV as reviewing tools exchange them (ASReview, SYNERGY)."""

from __future__ import annotations

import csv
from pathlib import Path

from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.errors import InputFileError
from mllm_mine.input_path import require_file
from mllm_mine.taxonomy import SCOPE

_IDS = ("id", "arxiv_id", "record_id", "openalex_id", "doi")
_ANSWERS = {
    "1": True,
    "0": False,
    "true": True,
    "false": False,
    "yes": True,
    "no": False,
    "": False,
}
_LARGEST_CELL = 16 * 1024 * 1024


def read_labelled_csv(path: str | Path) -> tuple[LabelledRecord, ...]:
    """Reads a table with a header row: ``title``, ``abstract``, and columns of 0 and 1.

    Each column whose cells are all 0 or 1 (or true/false, yes/no, empty) is a label of that name,
    such as ASReview's ``included``; ``in_scope`` is scope. Without a column of ids
    (``id``, ``record_id``, ``doi`` …) the line numbers stand for them.

    Raises:
        ConfigurationError: there is no such file.
        InputFileError: it cannot be read, or has no title or no column of labels.
    """
    require_file(path)
    csv.field_size_limit(_LARGEST_CELL)
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = [
                {(name or "").strip().lower(): value or "" for name, value in row.items() if name}
                for row in csv.DictReader(file)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputFileError(f"cannot read {path} as CSV in UTF-8: {error}") from error
    if not rows or "title" not in rows[0]:
        raise InputFileError(f"{path} must have a header row with 'title', and papers below it")
    labels = [
        name
        for name in rows[0]
        if name not in ("title", "abstract", *_IDS)
        and all(row.get(name, "").strip().lower() in _ANSWERS for row in rows)
        and any(row.get(name, "").strip() for row in rows)
    ]
    if not labels:
        raise InputFileError(
            f"{path} has no column of 0 and 1 to take as a label, such as 'included'"
        )
    id_column = next((name for name in _IDS if name in rows[0]), "")
    return tuple(
        LabelledRecord(
            id=row.get(id_column, "").strip() or f"line {number}",
            title=row["title"],
            abstract=row.get("abstract", ""),
            in_scope=_answer(row, SCOPE) if SCOPE in labels else None,
            labels=tuple(name for name in labels if name != SCOPE and _answer(row, name)),
        )
        for number, row in enumerate(rows, 2)
    )


def _answer(row: dict[str, str], name: str) -> bool:
    return _ANSWERS[row.get(name, "").strip().lower()]
