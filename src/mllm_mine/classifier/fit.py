"""Where a taxonomy no longer fits the papers that are filed into it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.evaluation import unseen
from mllm_mine.classifier.examples import truth_of
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.paper import submission_month
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.classifier.model import Model

    Bools = NDArray[np.bool_]

_TOGETHER = 0.9
_FEWEST = 5  # papers that a pair of labels or a month must have to be spoken of
_CLEAR = 2.576  # standard errors: a difference that chance brings once in a hundred times


def taxonomy_fit(
    model: Model, records: Sequence[LabelledRecord], *, include_trained: bool = False
) -> dict[str, Any]:
    """A report, as plain data, on papers without label, inseparable labels and drift.

    Returns:
        ``in_scope_without_label``: by the reader and by the model. ``together``: labels of which
        one comes with the other in at least 90 % of its papers (a child's parent aside).
        ``months``: precision of each label by month. ``dated_months``: how many months the
        papers' ids tell. ``drift``: labels whose precision differs between the
        earlier and the later half of the months, beyond chance (1 % two-sided).

    Raises:
        ConfigurationError: every paper trained the model.
    """
    known, records = unseen(model, records, include_trained=include_trained)
    truth = truth_of(records, model.taxonomy, model.outputs)
    assigned = model.assigned(model.probabilities(records))
    labels = [column for column, output in enumerate(model.outputs) if output != SCOPE]
    said = [record.in_scope is True or not model.has_scope for record in records]
    found = assigned[:, model.outputs.index(SCOPE)].tolist() if model.has_scope else said
    # What the reader said counts whether or not the model learned the label.
    carried = truth_of(records, model.taxonomy, model.taxonomy.label_ids)
    months = [submission_month(record.id) for record in records]
    return {
        "model": model.id,
        "papers": len(records),
        "in_scope_without_label": {
            "labelled": _without_label(records, said, carried),
            "predicted": _without_label(records, found, assigned[:, labels]),
        },
        "together": _together(model.taxonomy, carried),
        "months": _by_month(model, months, truth, assigned),
        "dated_months": len(set(months) - {""}),
        "drift": _drift(model, months, truth, assigned),
        "trained_on": {"count": len(known), "scored": include_trained, "ids": known},
    }


def _without_label(
    records: Sequence[LabelledRecord], inside: Sequence[bool], given: Bools
) -> dict[str, Any]:
    """The papers in scope that carry no label; ``given``: shape (records, labels)."""
    papers = [
        {"id": record.id, "title": record.title}
        for record, within, labels in zip(records, inside, given, strict=True)
        if within and not labels.any()
    ]
    return {"count": len(papers), "papers": papers}


def _together(taxonomy: Taxonomy, carried: Bools) -> list[dict[str, Any]]:
    found = []
    for one, label in enumerate(taxonomy.label_ids):
        papers = int(carried[:, one].sum())
        if papers < _FEWEST:
            continue
        for two, other in enumerate(taxonomy.label_ids):
            if other == label or other in taxonomy.ancestors(label):
                continue
            share = float(carried[carried[:, one], two].mean())
            if share >= _TOGETHER:
                found.append({"label": label, "with": other, "share": share, "papers": papers})
    return found


def _by_month(
    model: Model, months: Sequence[str], truth: Bools, assigned: Bools
) -> list[dict[str, Any]]:
    import numpy as np

    rows = []
    for month in sorted(set(months) - {""}):
        inside = np.array([each == month for each in months])
        for column, label in enumerate(model.outputs):
            given = assigned[inside, column]
            if given.sum() >= _FEWEST:
                right = int((given & truth[inside, column]).sum())
                rows.append(
                    {
                        "month": month,
                        "label": label,
                        "assigned": int(given.sum()),
                        "precision": right / int(given.sum()),
                    }
                )
    return rows


def _drift(
    model: Model, months: Sequence[str], truth: Bools, assigned: Bools
) -> list[dict[str, Any]]:
    """A test of two proportions for each label, the months split where half of the papers lie."""
    import numpy as np

    dated = sorted(month for month in months if month)
    if not dated:
        return []
    until = dated[(len(dated) - 1) // 2]
    early = np.array([bool(month) and month <= until for month in months])
    late = np.array([month > until for month in months])
    found = []
    for column, label in enumerate(model.outputs):
        halves = []
        for half in (early, late):
            given = assigned[half, column]
            halves.append((int((given & truth[half, column]).sum()), int(given.sum())))
        (right_before, before), (right_after, after) = halves
        if min(before, after) < _FEWEST:
            continue
        pooled = (right_before + right_after) / (before + after)
        error = math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / after))
        difference = right_after / after - right_before / before
        if error and abs(difference) > _CLEAR * error:
            found.append(
                {
                    "label": label,
                    "until": until,
                    "before": right_before / before,
                    "after": right_after / after,
                }
            )
    return found
