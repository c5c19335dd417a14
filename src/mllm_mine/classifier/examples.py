"""Labelled records as arrays: what is right for each record and for each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.classifier.tokens import sentence_spans
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Marks = NDArray[np.int8]

UNKNOWN = -1
"""The mark of a sentence of which nobody said whether it carries an output."""


def truth_of(
    records: Sequence[LabelledRecord], taxonomy: Taxonomy, outputs: Sequence[str]
) -> Bools:
    """The right answers, shape (records, outputs), with what the labels imply."""
    import numpy as np

    rows = []
    for record in records:
        known = set(taxonomy.with_ancestors(record.labels))
        rows.append([record.in_scope is True if o == SCOPE else o in known for o in outputs])
    return np.array(rows, bool).reshape(len(records), len(outputs))


def marks_of(records: Sequence[LabelledRecord], truth: Bools, outputs: Sequence[str]) -> Marks:
    """Which sentences carry each output, shape (sentences, outputs): 1, 0, or UNKNOWN.

    No sentence of a record carries an output that is wrong for it. Of a right one, the marked
    sentences do and the others do not; without marks all are unknown. Sentences are those of
    :func:`mllm_mine.classifier.features.views_of`, in its order.
    """
    import numpy as np

    blocks = []
    for record, right in zip(records, truth, strict=True):
        spans = sentence_spans(record.abstract)
        places = [(0, 0), *spans] if record.title.strip() else spans
        block = np.zeros((len(places), len(outputs)), np.int8)
        for column in np.flatnonzero(right).tolist():
            marks = record.evidence.get(outputs[column])
            block[:, column] = [
                UNKNOWN if not marks else any(_same(place, mark) for mark in marks)
                for place in places
            ]
        blocks.append(block)
    return np.concatenate([np.zeros((0, len(outputs)), np.int8), *blocks])


def _same(place: tuple[int, int], mark: tuple[int, int]) -> bool:
    """Whether a mark means a sentence: the title, or more than half of the shorter one."""
    if mark == (0, 0) or place == (0, 0):
        return mark == place
    overlap = min(place[1], mark[1]) - max(place[0], mark[0])
    return overlap > 0.5 * min(place[1] - place[0], mark[1] - mark[0])
