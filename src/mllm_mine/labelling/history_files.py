"""The history of labels by hand as CSV or JSON Lines, written and read without loss."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import BinaryIO, TextIO

from mllm_mine.clock import iso, parse_iso
from mllm_mine.errors import InputFileError
from mllm_mine.index.labels import COLUMNS, HandLabel, cleaned
from mllm_mine.labelling.json_lines import read_objects
from mllm_mine.paper import parse_paper_id

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_REQUIRED = ("arxiv_id", "label", "value")
_VALUES = {
    **dict.fromkeys(("1", "true", "yes"), True),
    **dict.fromkeys(("0", "false", "no"), False),
    "": None,
}


def write_csv(labels: Iterable[HandLabel], file: BinaryIO) -> int:
    """Writes one row a label: ``value`` is 1, 0, or empty for a label that was taken back.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which
    :func:`read_csv` takes away again.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for label in labels:
        writer.writerow(_cell(getattr(label, column)) for column in COLUMNS)
        count += 1
    text.flush()
    text.detach()
    return count


def write_json_lines(labels: Iterable[HandLabel], file: BinaryIO) -> int:
    """Writes one object a label: ``value`` is true, false, or null for one taken back."""
    count = 0
    for label in labels:
        file.write((json.dumps(asdict(label), ensure_ascii=False) + "\n").encode())
        count += 1
    return count


def read_csv(file: TextIO, name: str) -> Iterator[HandLabel]:
    """Reads labels from CSV with at least the columns ``arxiv_id``, ``label`` and ``value``.

    Args:
        file: opened with ``newline=""``.
        name: stands for the file in messages.

    Raises:
        InputFileError: naming the line that cannot be read.
    """
    rows = csv.DictReader(file)
    missing = [column for column in _REQUIRED if column not in (rows.fieldnames or ())]
    if missing:
        raise InputFileError(
            f"{name} has no column {missing[0]!r}; labels need {', '.join(_REQUIRED)}"
        )
    try:
        for row in rows:
            values: dict[str, object] = {
                key: _bared(row[key] or "") for key in COLUMNS if key in row
            }
            yield _label(values, f"{name}, line {rows.line_num}")
    except csv.Error as error:
        raise InputFileError(f"{name}, line {rows.line_num}: not valid CSV: {error}") from error


def read_json_lines(file: TextIO, name: str) -> Iterator[HandLabel]:
    """Reads labels from JSON Lines with at least ``arxiv_id``, ``label`` and ``value``.

    Raises:
        InputFileError: naming the line that cannot be read.
    """
    for where, values in read_objects(file, name):
        if any(key not in values for key in _REQUIRED):
            raise InputFileError(f"{where}: a label needs {', '.join(_REQUIRED)}")
        yield _label(values, where)


def _label(values: dict[str, object], where: str) -> HandLabel:
    try:
        value = values["value"]
        if value is not None and not isinstance(value, bool):
            value = _VALUES[str(value).strip().lower()]
        arxiv_id = parse_paper_id(str(values["arxiv_id"])).arxiv_id
        version, probability = values.get("version"), values.get("probability")
        labelled_at = str(values.get("labelled_at") or "")
        return HandLabel(
            arxiv_id=arxiv_id,
            label=str(values["label"]).strip(),
            value=value,
            author=cleaned(str(values.get("author") or "")),
            labelled_at=iso(parse_iso(labelled_at)) if labelled_at else "",
            tool=cleaned(str(values.get("tool") or "")),
            version=None if version in (None, "") else int(str(version)),
            model_id=cleaned(str(values.get("model_id") or "")),
            probability=None if probability in (None, "") else float(str(probability)),
            note=cleaned(str(values.get("note") or "")),
        )
    except KeyError:
        raise InputFileError(
            f"{where}: value must be 1, 0 or empty, not {values['value']!r}"
        ) from None
    except ValueError as error:
        raise InputFileError(f"{where}: {error}") from error
    except InputFileError as error:
        raise InputFileError(f"{where}: {error}") from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    text = str(value)
    return "'" + text if _FORMULA.match(text) else text


def _bared(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
