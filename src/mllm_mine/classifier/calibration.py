"""Turns scores into probabilities, and probabilities into decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_PRIOR_PAPERS = 10.0


def platt_scaling(scores: Floats, truth: Bools) -> tuple[Floats, Floats]:
    """Slope and intercept of a logistic curve for each column, by Newton's method.

    The targets are smoothed as Platt proposed (1999; Lin, Lin and Weng, 2007), so that a rare
    label never becomes certain.

    Args:
        scores, truth: shape (records, outputs); the scores from models that did not see the
            record.
    """
    import numpy as np

    slope = np.empty(scores.shape[1])
    intercept = np.empty(scores.shape[1])
    for output in range(scores.shape[1]):
        slope[output], intercept[output] = _logistic_curve(scores[:, output], truth[:, output])
    return slope, intercept


def _logistic_curve(score: Floats, truth: Bools) -> tuple[float, float]:
    import numpy as np

    positives = float(truth.sum())
    negatives = len(truth) - positives
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([score, np.ones_like(score)])
    parameters = np.array([1.0, np.log((positives + 1) / (negatives + 1))])
    for _ in range(100):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ parameters, -500, 500)))
        gradient = design.T @ (probability - target)
        spread = probability * (1 - probability)
        curvature = (design * spread[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        largest = np.abs(step).max()
        parameters = parameters - step * min(1.0, 5.0 / max(largest, 1e-12))
        if largest < 1e-9:
            break
    return float(parameters[0]), float(parameters[1])


def best_thresholds(probability: Floats, truth: Bools) -> Floats:
    """For each column the threshold with the best F1, drawn towards F1's expectation where rare.

    For calibrated probabilities F1 is best at half of the best F1 itself (Lipton, Elkan and
    Naryanaswamy, 2014). A rare label's best threshold in the sample is mostly chance, so it
    counts for as many papers as carry the label, and the theoretical one for ten.
    """
    import numpy as np

    thresholds = np.empty(probability.shape[1])
    for output in range(probability.shape[1]):
        order = np.argsort(-probability[:, output], kind="stable")
        ranked = probability[order, output]
        hits = np.cumsum(truth[order, output])
        positives = hits[-1]
        f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + max(positives, 1))
        best = int(np.argmax(f1))
        after = ranked[best + 1] if best + 1 < len(ranked) else 0.0
        sample, theory = (ranked[best] + after) / 2, f1[best] / 2
        share = positives / (positives + _PRIOR_PAPERS)
        thresholds[output] = share * sample + (1 - share) * theory
    return np.clip(thresholds, 0.02, 0.98)
