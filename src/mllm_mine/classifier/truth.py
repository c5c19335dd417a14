"""The right answers of labelled records as an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def truth_of(
    records: Sequence[LabelledRecord], taxonomy: Taxonomy, outputs: Sequence[str]
) -> NDArray[np.bool_]:
    """The right answers, shape (records, outputs), with what the labels imply."""
    import numpy as np

    rows = []
    for record in records:
        known = set(taxonomy.with_ancestors(record.labels))
        rows.append([record.in_scope is True if o == SCOPE else o in known for o in outputs])
    return np.array(rows, bool).reshape(len(records), len(outputs))
