"""Reads labelled papers from JSON Lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mllm_mine.classifier.lines import open_lines
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.errors import InputFileError
from mllm_mine.taxonomy import SCOPE, Taxonomy


@dataclass(frozen=True)
class LabelledFile:
    """What was read, and the label ids in it that the taxonomy does not have."""

    records: tuple[LabelledRecord, ...]
    unknown_labels: dict[str, int]


def read_labelled(paths: Iterable[str | Path], taxonomy: Taxonomy) -> LabelledFile:
    """Reads labelled JSON Lines (plain, ``.gz`` or ``.zst``; ``-`` is stdin).

    A paper that stands in several files, or twice in one, counts once: the last one wins.

    Raises:
        InputFileError: naming the file and the line that is wrong and what it should hold.
    """
    found: dict[str, LabelledRecord] = {}
    unknown: dict[str, int] = {}
    for path in paths:
        for number, line in open_lines(path):
            if not line.strip():
                continue
            record = _labelled_record(line, f"{path}, line {number}")
            for label in record.labels:
                if label not in taxonomy.by_id:
                    unknown[label] = unknown.get(label, 0) + 1
            found.pop(record.id, None)
            found[record.id] = record
    if not found:
        raise InputFileError(
            "there is no labelled paper to read; each line needs "
            '{"id", "title", "abstract", "in_scope", "labels"}'
        )
    return LabelledFile(tuple(found.values()), unknown)


def text_hash(record: LabelledRecord) -> str:
    """A fingerprint of what a model reads of a paper, to tell it from others by content."""
    content = f"{record.title}\n{record.abstract}".casefold().split()
    return hashlib.sha256(" ".join(content).encode()).hexdigest()[:12]


def _labelled_record(line: str, where: str) -> LabelledRecord:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise InputFileError(f"{where} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise InputFileError(f"{where} must be a JSON object, one a line")
    for key in ("id", "title", "abstract"):
        if not isinstance(data.get(key), str) or (key == "id" and not data[key]):
            raise InputFileError(f"{where} must have the text {key!r}")
    labels = data.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InputFileError(f"{where} must have 'labels', a list of label ids (it may be empty)")
    scope = data.get(SCOPE)
    if scope not in (None, True, False):
        raise InputFileError(f"{where}: 'in_scope' must be true or false")
    return LabelledRecord(
        id=data["id"],
        title=data["title"],
        abstract=data["abstract"],
        text=data["text"] if isinstance(data.get("text"), str) else "",
        in_scope=scope,
        labels=tuple(dict.fromkeys(labels)),
        evidence=_evidence(data.get("evidence"), data["abstract"]),
    )


def _evidence(marks: Any, abstract: str) -> dict[str, tuple[tuple[int, int], ...]]:
    """Marked sentences, as far as they make sense; unknown shapes are ignored, not an error."""
    if not isinstance(marks, dict):
        return {}
    return {
        str(label): tuple(_spans(entries, abstract))
        for label, entries in marks.items()
        if isinstance(entries, list)
    }


def _spans(entries: list[Any], abstract: str) -> Iterator[tuple[int, int]]:
    for entry in entries:
        if entry == "title":
            yield (0, 0)
        elif (
            isinstance(entry, list)
            and len(entry) == 2
            and all(isinstance(offset, int) for offset in entry)
            and 0 <= entry[0] < entry[1] <= len(abstract)
        ):
            yield (entry[0], entry[1])
