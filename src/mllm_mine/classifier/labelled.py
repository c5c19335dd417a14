"""Reads labelled papers from JSON Lines."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mllm_mine.classifier.lines import open_lines
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.errors import InputFileError
from mllm_mine.taxonomy import SCOPE, Taxonomy
from mllm_mine.wording import json_fault

_HALF_OF_PAIR = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps beside its other half
_LABELS_HOLD = "a list of label ids (it may be empty)"


@dataclass(frozen=True)
class LabelledFile:
    """What was read.

    Attributes:
        unknown_labels: label ids that the taxonomy does not have, with how often they are given.
        relabelled: ids of papers of which a later line says something else than an earlier one.
    """

    records: tuple[LabelledRecord, ...]
    unknown_labels: dict[str, int]
    relabelled: tuple[str, ...] = ()

    @property
    def scope_unsaid(self) -> tuple[str, ...]:
        """Ids of the papers that do not say whether they are in scope."""
        return tuple(record.id for record in self.records if record.in_scope is None)


def read_labelled(paths: Iterable[str | Path], taxonomy: Taxonomy) -> LabelledFile:
    """Reads labelled JSON Lines (plain, ``.gz`` or ``.zst``; ``-`` is stdin).

    A paper that stands in several files, or twice in one, counts once: the last labels win.
    Labels may stand apart from the papers: a line with an id and labels, but neither title nor
    abstract, takes these from another line of that id, be it labelled or not.

    Raises:
        InputFileError: naming the file and the line that is wrong and what it should hold.
    """
    texts: dict[str, tuple[str, str, str]] = {}
    labels: dict[str, tuple[dict[str, Any], str]] = {}
    relabelled: dict[str, None] = {}
    unlabelled, apart = "", False
    for path in paths:
        for number, line in open_lines(path):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            values = _values(line, where)
            if "title" in values or "abstract" in values:
                texts[values["id"]] = _texts(values, where)
            elif "labels" in values:
                apart = True
            else:
                raise InputFileError(f"{where} must have 'labels', {_LABELS_HOLD}")
            if "labels" in values:
                before = labels.pop(values["id"], None)
                if before and _differ(before[0], values):
                    relabelled[values["id"]] = None
                labels[values["id"]] = values, where
            elif not unlabelled:
                unlabelled = where
    if unlabelled and not apart:  # where labels stand apart, other lines only bring the texts
        raise InputFileError(f"{unlabelled} must have 'labels', {_LABELS_HOLD}")
    if not labels:
        raise InputFileError(
            "there is no labelled paper to read; each line needs "
            '{"id", "title", "abstract", "in_scope", "labels"}'
        )
    unknown: dict[str, int] = {}
    records = []
    for paper, (values, where) in labels.items():
        if paper not in texts:
            raise InputFileError(
                f"{where} has labels of {paper} without its title and abstract, and no other "
                "line has these; name the file that holds the paper as well"
            )
        record = _labelled_record(values, texts[paper], where)
        for label in record.labels:
            if label not in taxonomy.by_id:
                unknown[label] = unknown.get(label, 0) + 1
        records.append(record)
    return LabelledFile(tuple(records), unknown, tuple(relabelled))


def text_hash(record: LabelledRecord) -> str:
    """A fingerprint of what a model reads of a paper, to tell it from others by content."""
    content = f"{record.title}\n{record.abstract}".casefold().split()
    return hashlib.sha256(" ".join(content).encode()).hexdigest()[:12]


def _differ(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Whether two lines of one paper label it differently, whatever the order of the labels."""

    def said(values: dict[str, Any]) -> tuple[Any, list[str]]:
        labels = values["labels"] if isinstance(values["labels"], list) else []
        return values.get(SCOPE), sorted(map(str, labels))

    return said(one) != said(two)


def _values(line: str, where: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
        if _HALF_ESCAPED.search(line):
            # Half of a surrogate pair is no character, and can be written nowhere. What takes its
            # place is as long as it was, so that offsets into the abstract stay right.
            values = json.loads(_HALF_OF_PAIR.sub("\ufffd", json.dumps(values, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise InputFileError(f"{where} is not JSON: {json_fault(error)}") from error
    if not isinstance(values, dict):
        raise InputFileError(f"{where} must be a JSON object, one a line")
    if not isinstance(values.get("id"), str) or not values["id"]:
        raise InputFileError(f"{where} must have the text 'id'")
    return values


def _texts(values: dict[str, Any], where: str) -> tuple[str, str, str]:
    """Title, abstract and full text."""
    for key in ("title", "abstract"):
        if not isinstance(values.get(key), str):
            raise InputFileError(f"{where} must have the text {key!r}")
    text = values.get("text")
    return values["title"], values["abstract"], text if isinstance(text, str) else ""


def _labelled_record(
    values: dict[str, Any], texts: tuple[str, str, str], where: str
) -> LabelledRecord:
    labels = values["labels"]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InputFileError(f"{where} must have 'labels', {_LABELS_HOLD}")
    scope = values.get(SCOPE)
    if scope not in (None, True, False):
        raise InputFileError(f"{where}: 'in_scope' must be true or false")
    title, abstract, text = texts
    return LabelledRecord(
        id=values["id"],
        title=title,
        abstract=abstract,
        text=text,
        in_scope=scope,
        labels=tuple(dict.fromkeys(labels)),
        evidence=_evidence(values.get("evidence"), abstract),
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
