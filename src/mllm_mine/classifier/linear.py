"""Linear scores of rows of terms, their pooling over sentences, and their mixture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mllm_mine.classifier.sparse import SparseRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_ONE_CORE = 262_144  # multiplications up to which OpenBLAS keeps to one core; more wait in vain


@dataclass(frozen=True)
class Weights:
    """Weights of columns for outputs, kept as small integers.

    Attributes:
        steps: shape (columns, outputs), int8.
        step_size: what one step is worth, shape (outputs,).
    """

    steps: NDArray[np.int8]
    step_size: Floats

    def scores(self, rows: SparseRows) -> Floats:
        """The linear scores of rows, shape (rows, outputs)."""
        return rows.dot(self.steps) * self.step_size

    def of(self, columns: Ints) -> Floats:
        """The weights of some columns, shape (columns, outputs)."""
        weights: Floats = self.steps[columns] * self.step_size
        return weights


def in_steps(weights: Floats) -> Weights:
    """Rounds weights to 255 steps an output.

    Rows have length one, so that this moves a score by about a hundredth of the margin.
    """
    import numpy as np

    largest = np.abs(weights).max(axis=0, initial=0.0)
    step_size = np.where(largest > 0, largest / 127, 1.0)
    return Weights(np.rint(weights / step_size).astype(np.int8), step_size)


@dataclass(frozen=True)
class Mixture:
    """How the scores of several linear models become log-odds of the outputs.

    log-odds = Σ over models of the output's own score · ``own`` + ``bias``
    + max(0, scores · ``hidden`` + ``hidden_bias``) · ``onwards``

    The first line is logistic regression. The second lets the outputs inform each other: a
    network of rectified linear units, of which those above nought are linear for the record at
    hand, so that the whole is (:meth:`linear_at`).

    Attributes:
        own: shape (models, outputs). bias: shape (outputs,).
        hidden: shape (models · outputs, units). hidden_bias: shape (units,).
        onwards: shape (units, outputs).
    """

    own: Floats
    bias: Floats
    hidden: Floats
    hidden_bias: Floats
    onwards: Floats

    def log_odds(self, scores: Floats) -> Floats:
        """Log-odds, shape (records, outputs).

        Args:
            scores: one model's outputs after another's, shape (records, models · outputs).
        """
        import numpy as np

        models, outputs = self.own.shape
        found: Floats = (scores.reshape(-1, models, outputs) * self.own).sum(axis=1) + self.bias
        rows = max(1, _ONE_CORE // max(1, self.hidden.size))
        for at in range(0, len(scores) if self.hidden.size else 0, rows):
            units = np.maximum(scores[at : at + rows] @ self.hidden + self.hidden_bias, 0.0)
            found[at : at + rows] += units @ self.onwards
        return found

    def linear_at(self, scores: Floats) -> tuple[Floats, Floats]:
        """The slopes, shape (models · outputs, outputs), and the constant, shape (outputs,), with
        which the log-odds of one record are ``scores · slopes + constant``.

        Args:
            scores: shape (models · outputs,).
        """
        import numpy as np

        active = scores @ self.hidden + self.hidden_bias > 0
        slopes = self.hidden[:, active] @ self.onwards[active]
        models, outputs = self.own.shape
        slopes[np.arange(models * outputs), np.tile(np.arange(outputs), models)] += self.own.ravel()
        return slopes, self.bias + self.hidden_bias[active] @ self.onwards[active]

    def with_biases(self, biases: Floats) -> Mixture:
        """The mixture of scores that lack their own biases of shape (models · outputs,).

        A bias that all sentences share leaves their shares as they are, and so moves the pooled
        score by itself.
        """
        bias = self.bias + (biases.reshape(self.own.shape) * self.own).sum(axis=0)
        return replace(self, bias=bias, hidden_bias=self.hidden_bias + biases @ self.hidden)


def sentence_shares(scores: Floats, starts: Ints, sharpness: float) -> Floats:
    """How much each sentence counts for each output of its record; they sum to one a record.

    The shares are a softmax of ``sharpness`` times the scores, so that the sentences that speak
    for an output count most (attention pooling; Ilse, Tomczak and Welling, 2018).

    Args:
        scores: shape (sentences, outputs).
        starts: shape (records + 1,); where each record's sentences begin.
    """
    import numpy as np

    owner = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    top = np.full((len(starts) - 1, scores.shape[1]), -np.inf)
    filled = np.flatnonzero(np.diff(starts))
    top[filled] = np.maximum.reduceat(scores, starts[filled], axis=0)
    shares: Floats = np.exp(sharpness * (scores - top[owner]))
    shares /= summed(shares, starts)[owner]
    return shares


def summed(values: Floats, starts: Ints) -> Floats:
    """Sums of each record's sentences, shape (records, outputs)."""
    import numpy as np

    total = np.zeros((len(starts) - 1, values.shape[1]))
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        total[filled] = np.add.reduceat(values, starts[filled], axis=0)
    return total


def pooled(scores: Floats, starts: Ints, sharpness: float) -> Floats:
    """Scores of records from those of their sentences, shape (records, outputs)."""
    return summed(sentence_shares(scores, starts, sharpness) * scores, starts)
