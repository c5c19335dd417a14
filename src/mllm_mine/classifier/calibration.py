"""Turns scores into probabilities, and probabilities into decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_PRIOR_PAPERS = 10.0
_COMMON_SHARE = 0.75
_ROUNDS = 200
_STILL = 1e-10  # a step so small changes nothing


def logistic_weights(scores: Floats, truth: Bools, ridge: float) -> Floats:
    """Weights and bias of a logistic regression, by Newton's method with halved steps.

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
    loss = _log_loss(design, target, penalty, found)
    for _ in range(_ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -500, 500)))
        gradient = design.T @ (probability - target) + penalty * found
        spread = probability * (1 - probability)
        curvature = (design * spread[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        last = loss
        while (loss := _log_loss(design, target, penalty, found - step)) > last:
            step /= 2  # a full step may go too far where few records decide
            if np.abs(step).max() < _STILL:
                return found
        found = found - step
        if np.abs(step).max() < _STILL:
            break
    return found


def _log_loss(design: Floats, target: Floats, penalty: Floats, weights: Floats) -> float:
    """What logistic regression makes least: the log loss and the penalty."""
    import numpy as np

    margin = design @ weights
    loss = (np.logaddexp(0.0, margin) - target * margin).sum()
    return float(loss + (penalty * weights**2).sum() / 2)


def best_thresholds(probability: Floats, truth: Bools) -> Floats:
    """For each column a threshold for a good F1 on papers of later months.

    A column's best threshold in the sample is partly chance. It is drawn towards its expectation,
    half of the best F1 (Lipton, Elkan and Naryanaswamy, 2014), which counts for ten papers that
    carry the label; and three quarters of the way towards the threshold that is best for all
    columns together, which lasts better when the field moves on.
    """
    import numpy as np

    common, _ = _best(probability.ravel(), truth.ravel())
    thresholds = np.empty(probability.shape[1])
    for output in range(probability.shape[1]):
        sample, f1 = _best(probability[:, output], truth[:, output])
        positives = float(truth[:, output].sum())
        share = positives / (positives + _PRIOR_PAPERS)
        own = share * sample + (1 - share) * f1 / 2
        thresholds[output] = (1 - _COMMON_SHARE) * own + _COMMON_SHARE * common
    return np.clip(thresholds, 0.02, 0.98)


def _best(probability: Floats, truth: Bools) -> tuple[float, float]:
    """The threshold with the best F1, and that F1."""
    import numpy as np

    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + max(hits[-1], 1))
    best = int(np.argmax(f1))
    after = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float(ranked[best] + after) / 2, float(f1[best])
