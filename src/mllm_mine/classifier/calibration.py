"""Turns scores into probabilities, and probabilities into decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_PRIOR_PAPERS = 50.0


def logistic_weights(scores: Floats, truth: Bools, ridge: float) -> Floats:
    """Weights and bias of a logistic regression, by Newton's method.

    With one score this is Platt's scaling. The targets are smoothed as Platt proposed (1999;
    Lin, Lin and Weng, 2007), so that a rare label never becomes certain.

    Args:
        scores: shape (records, scores), from models that did not see the record.
        truth: shape (records,).
        ridge: strength of the penalty on the weights' squares; the bias is free.

    Returns:
        Shape (scores + 1,); the bias is last.
    """
    import numpy as np

    positives = float(truth.sum())
    negatives = len(truth) - positives
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([scores, np.ones(len(scores))])
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-9
    found = np.zeros(design.shape[1])
    found[-1] = np.log((positives + 1) / (negatives + 1))
    for _ in range(200):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -500, 500)))
        gradient = design.T @ (probability - target) + penalty * found
        spread = probability * (1 - probability)
        curvature = (design * spread[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        largest = float(np.abs(step).max())
        found = found - step * min(1.0, 3.0 / max(largest, 1e-12))
        if largest < 1e-10:
            break
    return found


def best_thresholds(probability: Floats, truth: Bools) -> Floats:
    """For each column the threshold with the best F1, drawn towards F1's expectation where rare.

    For calibrated probabilities F1 is best at half of the best F1 itself (Lipton, Elkan and
    Naryanaswamy, 2014). A rare label's best threshold in the sample is mostly chance, so it
    counts for as many papers as carry the label, and the theoretical one for fifty.
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
