"""Fits the mixture of several models' scores: logistic regression, and a network beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.classifier.calibration import logistic_weights
from mllm_mine.classifier.linear import Mixture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_BATCH = 128
_FIRST_MOMENT, _SECOND_MOMENT = 0.9, 0.99
_LEAST_RATE = 0.05  # of the first one, in the last step


@dataclass(frozen=True)
class MixtureRecipe:
    """How a mixture is fitted. The defaults are those of the bundled model.

    Attributes:
        ridge: of the logistic regression.
        min_papers: with fewer records there is no network.
        networks: so many are averaged, each begun with other random numbers.
        units: of each network.
        passes: over the records.
        rate: of the steps at the beginning; it falls evenly.
        decay: what a weight loses in a step, in shares of the rate.
        dropout: share of the units that sit out a step (Srivastava et al., 2014).
    """

    ridge: float = 1.0
    min_papers: int = 2000
    networks: int = 4
    units: int = 64
    passes: int = 30
    rate: float = 3e-3
    decay: float = 0.3
    dropout: float = 0.3


def fit_mixture(
    scores: Sequence[Floats], truth: Bools, plain: Sequence[int], recipe: MixtureRecipe, seed: int
) -> Mixture:
    """Fits the mixture to scores of records that their models had not seen.

    Logistic regression weighs the scores that the models give an output. The network sees every
    output's scores beside it and learns what the regression misses, such as that a data set to
    train on is rarer among papers that survey. It has one hidden layer of rectified linear units
    and is trained by Adam with decoupled weight decay (Loshchilov and Hutter, 2019) to the least
    log loss. The same input gives the same mixture.

    Args:
        scores: of each model, shape (records, outputs).
        truth: shape (records, outputs).
        plain: outputs that are left to logistic regression.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the order of sums must not depend on the machine's cores
        own, bias = _regression(scores, truth, recipe.ridge)
        every = np.column_stack(scores)
        odds = sum(part * weight for part, weight in zip(scores, own, strict=True)) + bias
        networks = recipe.networks if len(truth) >= recipe.min_papers else 0
        middle, spread = every.mean(axis=0), every.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        inputs = (every - middle) / spread
        parts = [
            _network(inputs, odds, truth, recipe, np.random.default_rng([seed, number]))
            for number in range(networks)
        ]
    if not parts:
        units = np.zeros((every.shape[1], 0)), np.zeros(0), np.zeros((0, truth.shape[1]))
        return Mixture(own, bias, *units)
    hidden = np.column_stack([part.hidden for part in parts]) / spread[:, None]
    share = np.mean([part.share for part in parts], axis=0)
    added = np.mean([part.bias for part in parts], axis=0)
    onwards = np.vstack([part.onwards for part in parts]) / networks
    share[plain], added[plain], onwards[:, plain] = 1.0, 0.0, 0.0
    return Mixture(
        own=own * share,
        bias=bias * share + added,
        hidden=hidden,
        hidden_bias=np.concatenate([part.hidden_bias for part in parts]) - middle @ hidden,
        onwards=onwards,
    )


def mixed_out_of_fold(
    scores: Sequence[Floats],
    truth: Bools,
    plain: Sequence[int],
    folds: Ints,
    recipe: MixtureRecipe,
    seed: int,
) -> Floats:
    """Log-odds of each record by a mixture that was fitted without it, shape (records, outputs)."""
    import numpy as np

    odds = np.zeros(truth.shape)
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        taught = [part[~held] for part in scores]
        mixture = fit_mixture(taught, truth[~held], plain, recipe, seed)
        odds[held] = mixture.log_odds(np.column_stack([part[held] for part in scores]))
    return odds


def _regression(scores: Sequence[Floats], truth: Bools, ridge: float) -> tuple[Floats, Floats]:
    """Weights, shape (models, outputs), and biases, shape (outputs,), of own scores."""
    import numpy as np

    own, bias = np.zeros((len(scores), truth.shape[1])), np.zeros(truth.shape[1])
    for output in range(truth.shape[1]):
        beside = np.column_stack([part[:, output] for part in scores])
        *weights, bias[output] = logistic_weights(beside, truth[:, output], ridge)
        own[:, output] = weights
    return own, bias


@dataclass(frozen=True)
class _Network:
    """Log-odds = odds · share + max(0, inputs · hidden + hidden_bias) · onwards + bias."""

    hidden: Floats
    hidden_bias: Floats
    onwards: Floats
    bias: Floats
    share: Floats


def _network(
    inputs: Floats, odds: Floats, truth: Bools, recipe: MixtureRecipe, random: np.random.Generator
) -> _Network:
    import numpy as np

    records, width = inputs.shape
    outputs = truth.shape[1]
    weights: list[Floats] = [
        random.standard_normal((width, recipe.units)) / np.sqrt(width),
        np.zeros(recipe.units),
        random.standard_normal((recipe.units, outputs)) * 0.02,
        np.zeros(outputs),
        np.ones(outputs),
    ]
    first = [np.zeros_like(part) for part in weights]
    second = [np.zeros_like(part) for part in weights]
    batches = -(-records // _BATCH)
    steps = recipe.passes * batches
    for step in range(steps):
        if step % batches == 0:
            order = random.permutation(records)
        rows = order[step % batches * _BATCH :][:_BATCH]
        slopes = _slopes(weights, inputs[rows], odds[rows], truth[rows], recipe.dropout, random)
        rate = recipe.rate * (1 - (1 - _LEAST_RATE) * step / steps)
        for place, slope in enumerate(slopes):
            first[place] += (1 - _FIRST_MOMENT) * (slope - first[place])
            second[place] += (1 - _SECOND_MOMENT) * (slope**2 - second[place])
            size = np.sqrt(second[place] / (1 - _SECOND_MOMENT ** (step + 1))) + 1e-8
            if weights[place].ndim == 2:
                weights[place] *= 1 - rate * recipe.decay
            weights[place] -= rate * first[place] / (1 - _FIRST_MOMENT ** (step + 1)) / size
    return _Network(*weights)


def _slopes(
    weights: Sequence[Floats],
    inputs: Floats,
    odds: Floats,
    truth: Bools,
    dropout: float,
    random: np.random.Generator,
) -> list[Floats]:
    """The slopes of the mean log loss along each of the weights."""
    import numpy as np

    hidden, hidden_bias, onwards, bias, share = weights
    sums = inputs @ hidden + hidden_bias
    stays = (random.random(sums.shape) >= dropout) / (1 - dropout)
    units = np.maximum(sums, 0.0) * stays
    found = odds * share + units @ onwards + bias
    pull = (1.0 / (1.0 + np.exp(-np.clip(found, -30.0, 30.0))) - truth) / len(truth)
    back = (pull @ onwards.T) * stays * (sums > 0)
    return [
        inputs.T @ back,
        back.sum(axis=0),
        units.T @ pull,
        pull.sum(axis=0),
        (pull * odds).sum(axis=0),
    ]
