"""Learns from the papers read so far which of the others are likeliest to be relevant.

A linear support vector machine over word TF-IDF, trained anew in every round. The papers read
are those the machine itself chose, so they are all alike; a sample of the unread ones stands
in as weak examples of what is not relevant, because most of them are not (Cormack and
Grossman, "Autonomy and reliability of continuous active learning for technology-assisted
review", arXiv:1504.06868).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.errors import InputFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

STAND_INS = 500
"""How many unread papers stand in as examples of what is not relevant."""
STAND_IN_WEIGHT = 0.2
"""What one of them weighs against a paper that was read and found not relevant."""
BALANCE = 9.8
"""The relevant papers together weigh so many times as much as all others, as in ASReview."""
PENALTY = 0.11
"""C of the machine (inverse strength of regularisation) at the start, as in ASReview."""
EXAMPLES_TO_DOUBLE = 30
"""So many relevant papers read add C once more: with more examples, words may decide more."""
LARGEST_PENALTY = 0.88
"""Where C stops growing."""


@dataclass(frozen=True)
class ActiveLearner:
    """The words of a set of papers, from which any target can be learned.

    Attributes:
        words: TF-IDF of words and pairs of words, a sparse matrix of shape (papers, terms).
    """

    words: Any

    @classmethod
    def for_texts(cls, texts: Iterable[tuple[str, str]]) -> ActiveLearner:
        """Reads titles and abstracts; nothing is known yet of what is wanted.

        Raises:
            InputFileError: the texts hold no words.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        try:
            return cls(vectoriser.fit_transform(f"{title} {abstract}" for title, abstract in texts))
        except ValueError as error:
            raise InputFileError(
                "the papers' titles and abstracts hold no words; check the file"
            ) from error

    def scores(self, read: Ints, relevant: Bools, random: np.random.Generator) -> Floats:
        """How likely each paper is to be relevant, mean 0 and deviation 1, shape (papers,).

        Args:
            read: places of the papers read so far; at least one relevant and one other.
            relevant: for each of them, whether it was relevant.
        """
        import numpy as np
        from sklearn.svm import LinearSVC

        unread = np.setdiff1d(np.arange(self.words.shape[0]), read)
        stand_ins = random.choice(unread, min(STAND_INS, len(unread)), replace=False)
        answers = np.concatenate([relevant, np.zeros(len(stand_ins), dtype=bool)])
        weights = np.ones(len(answers))
        weights[len(read) :] = STAND_IN_WEIGHT
        weights[answers] *= BALANCE * weights[~answers].sum() / answers.sum()
        weights *= len(weights) / weights.sum()
        penalty = min(LARGEST_PENALTY, PENALTY * (1 + relevant.sum() / EXAMPLES_TO_DOUBLE))
        machine = LinearSVC(C=penalty, tol=1e-2, random_state=0)
        machine.fit(self.words[np.concatenate([read, stand_ins])], answers, weights)
        scores: Floats = self.words @ machine.coef_[0]
        return standardised(scores)


def standardised(scores: Floats) -> Floats:
    """Scores with mean 0 and standard deviation 1."""
    spread = float(scores.std())
    centred: Floats = (scores - scores.mean()) / (spread if spread > 0 else 1.0)
    return centred
