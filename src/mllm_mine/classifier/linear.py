"""Linear scores of rows of terms, their pooling over sentences, and their mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.classifier.sparse import SparseRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


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
    """How scores of documents and sentences become log-odds of the outputs.

    log-odds = document score · ``document`` + pooled sentence score · ``sentence`` + ``bias``

    Attributes:
        document, sentence, bias: shape (outputs,).
    """

    document: Floats
    sentence: Floats
    bias: Floats

    def log_odds(self, document: Floats, sentence: Floats) -> Floats:
        """Log-odds, shape (records, outputs)."""
        return document * self.document + sentence * self.sentence + self.bias

    def with_biases(self, document: Floats, sentence: Floats) -> Mixture:
        """The mixture of scores that lack their own biases of shape (outputs,).

        A bias that all sentences share leaves their shares as they are, and so moves the pooled
        score by itself.
        """
        bias = document * self.document + sentence * self.sentence + self.bias
        return Mixture(self.document, self.sentence, bias)


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
