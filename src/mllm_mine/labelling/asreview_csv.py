"""Reads the CSV that ASReview exports: one row a record, ``included`` 1 or 0."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from mllm_mine.errors import InputFileError
from mllm_mine.labelling.entry import Entry

INCLUDED_COLUMNS = (
    *("included", "asreview_label", "label_included", "included_label"),
    *("final_included", "included_final", "included_flag"),
)
"""Names under which ASReview and its data sets keep the decision, the usual one first."""

_TITLES = ("title", "primary_title")
_IDS = ("arxiv_id", "doi", "url", "urls", "id")


def read(file: TextIO, name: str) -> Iterator[Entry]:
    """Reads the records that a reviewer has decided about.

    Args:
        file: opened with ``newline=""``.

    Raises:
        InputFileError: there is no such column, or a value in it is neither 1 nor 0.
    """
    rows = csv.DictReader(file)
    columns = {column.strip().lower(): column for column in rows.fieldnames or ()}
    decision = next((columns[each] for each in INCLUDED_COLUMNS if each in columns), None)
    if decision is None:
        raise InputFileError(f"{name} has no column 'included', as ASReview's CSV has")
    try:
        for row in rows:
            where = f"{name}, line {rows.line_num}"
            yield Entry(
                where=where,
                title=next((row[columns[each]] for each in _TITLES if each in columns), "") or "",
                texts=tuple(row[columns[each]] or "" for each in _IDS if each in columns),
                included=_decided(row[decision] or "", where),
            )
    except csv.Error as error:
        raise InputFileError(f"{name}, line {rows.line_num}: not valid CSV: {error}") from error


def _decided(text: str, where: str) -> bool | None:
    value = text.strip().lower().removesuffix(".0")
    if value in ("1", "true", "yes"):
        return True
    if value in ("0", "false", "no"):
        return False
    if value in ("", "-1", "nan"):  # not read by anybody
        return None
    raise InputFileError(f"{where}: 'included' must be 1, 0 or empty, not {text!r}")
