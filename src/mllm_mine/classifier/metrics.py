"""Scores of predictions against the right answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelScores:
    """How one output did. Ratios are None where nothing was there to divide by."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    support: int
    assigned: int


def label_scores(
    outputs: Sequence[str], truth: Bools, assigned: Bools, probability: Floats
) -> list[LabelScores]:
    """Precision, recall, F1, average precision and support of each output."""
    found = []
    for column, output in enumerate(outputs):
        right = int((truth[:, column] & assigned[:, column]).sum())
        support, given = int(truth[:, column].sum()), int(assigned[:, column].sum())
        found.append(
            LabelScores(
                output,
                right / given if given else None,
                right / support if support else None,
                2 * right / (support + given) if support + given else None,
                average_precision(truth[:, column], probability[:, column]),
                support,
                given,
            )
        )
    return found


def micro_f1(truth: Bools, assigned: Bools) -> float:
    """F1 over all decisions together; 0 when nothing was right or given."""
    total = int(truth.sum()) + int(assigned.sum())
    return 2 * int((truth & assigned).sum()) / total if total else 0.0


def macro_f1(scores: Sequence[LabelScores]) -> float:
    """Mean F1 of the labels that occur, ``in_scope`` not among them."""
    values = [score.f1 or 0.0 for score in scores if score.label != SCOPE and score.support]
    return sum(values) / len(values) if values else 0.0


def average_precision(truth: Bools, probability: Floats) -> float | None:
    """Mean precision at each right paper of the ranking, ties last; None without any."""
    import numpy as np

    if not truth.any():
        return None
    # Among equal probabilities the wrong ones come first: a constant ranking earns nothing.
    order = np.lexsort((truth, -probability))
    hits = truth[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def expected_calibration_error(truth: Bools, probability: Floats, bins: int = 10) -> float:
    """Mean gap between probability and frequency, weighted by the decisions in each bin.

    All labels' decisions are pooled (Naeini, Cooper and Hauskrecht, 2015).
    """
    return sum(
        row.count * abs(row.mean_probability - row.frequency)
        for row in reliability(truth, probability, bins)
    ) / max(truth.size, 1)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Decisions whose probability lies between two bounds, and how many of them were right."""

    lower: float
    upper: float
    count: int
    mean_probability: float
    frequency: float


def reliability(truth: Bools, probability: Floats, bins: int = 10) -> list[ReliabilityBin]:
    """The reliability table over pooled decisions; empty bins are left out."""
    import numpy as np

    place = np.minimum((probability * bins).astype(int), bins - 1)
    table = []
    for number in range(bins):
        inside = place == number
        if inside.any():
            table.append(
                ReliabilityBin(
                    number / bins,
                    (number + 1) / bins,
                    int(inside.sum()),
                    float(probability[inside].mean()),
                    float(truth[inside].mean()),
                )
            )
    return table


def summary(
    outputs: Sequence[str], truth: Bools, assigned: Bools, probability: Floats
) -> dict[str, Any]:
    """All scores as plain data: ``micro_f1``, ``macro_f1``, ``labels`` and more.

    Micro and macro F1 and the mean average precision are over labels; scope stands apart.
    """
    scores = label_scores(outputs, truth, assigned, probability)
    columns = [column for column, output in enumerate(outputs) if output != SCOPE]
    ranked = [score.average_precision for score in scores if score.label != SCOPE]
    known = [value for value in ranked if value is not None]
    scope = next((score.f1 for score in scores if score.label == SCOPE), None)
    return {
        "papers": len(truth),
        "scope_f1": scope,
        "micro_f1": micro_f1(truth[:, columns], assigned[:, columns]),
        "macro_f1": macro_f1(scores),
        "mean_average_precision": sum(known) / len(known) if known else None,
        "calibration_error": expected_calibration_error(truth, probability),
        "labels": [asdict(score) for score in scores],
    }
