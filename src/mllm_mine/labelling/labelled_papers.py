"""Reads labelled papers, the JSON Lines that ``mine train`` and ``mine evaluate`` read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import TextIO

from mllm_mine.errors import InputFileError
from mllm_mine.labelling.entry import Entry
from mllm_mine.labelling.json_lines import read_objects
from mllm_mine.taxonomy import SCOPE, Taxonomy


def holds_labelled_papers(first_line: str) -> bool:
    """Whether a file of JSON Lines that begins so holds papers rather than single labels."""
    try:
        values = json.loads(first_line)
    except (ValueError, RecursionError):
        return False
    return isinstance(values, dict) and isinstance(values.get("labels"), list)


def read(file: TextIO, name: str, taxonomy: Taxonomy) -> Iterator[Entry]:
    """Reads papers whose labels are all decided: one that is not in the list is not carried.

    Scope is decided where ``in_scope`` is true or false.

    Raises:
        InputFileError: naming the line that cannot be read, or the label that does not exist.
    """
    for where, values in read_objects(file, name):
        if not isinstance(values.get("labels"), list):
            raise InputFileError(f"{where}: a labelled paper needs id, title and a list of labels")
        labels = {str(label) for label in values["labels"]}
        if unknown := labels.difference(taxonomy.label_ids):
            raise InputFileError(
                f"{where}: no label {min(unknown)!r} in the taxonomy; mine taxonomy lists them"
            )
        yield Entry(
            where=where,
            title=str(values.get("title") or ""),
            texts=(str(values.get("id") or ""),),
            decided=_decided(labels, values.get(SCOPE), taxonomy),
        )


def _decided(labels: Collection[str], scope: object, taxonomy: Taxonomy) -> dict[str, bool | None]:
    carried = {*labels, *(each for label in labels for each in taxonomy.ancestors(label))}
    decided: dict[str, bool | None] = {label: label in carried for label in taxonomy.label_ids}
    if isinstance(scope, bool):
        decided[SCOPE] = scope
    return decided
