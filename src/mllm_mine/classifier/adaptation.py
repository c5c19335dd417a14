"""Lets a trained model learn from labels by hand without the papers it was first trained on.

The texts that trained a bundled model are not shipped, so it cannot be trained again together
with a reader's labels. Its weights are the starting point instead: for each output a
correction is learned by logistic regression on top of the model's own log-odds,

    log-odds(paper) = the model's log-odds(paper) + correction · features(paper),

with the size of the correction penalised. This is maximum-a-posteriori adaptation with a
Gaussian prior around the old weights (Chelba and Acero, "Adaptation of maximum entropy
capitalizer: little data can help a lot", Computer Speech & Language 20, 2006; the same idea
for support vector machines is Yang, Yan and Hauptmann's adaptive SVM, 2007): without labels
nothing moves, with few of them words that the labels contradict move a little, and what a
reader never spoke about stays as it was. A label that nobody decided on a paper takes the
model's own probability as its target, and so holds the correction back instead of pulling.

The features are those of the model's document view: a word it has never seen teaches nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.features import views_of
from mllm_mine.classifier.model import Model
from mllm_mine.classifier.model_file import model_id
from mllm_mine.classifier.records import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_ROUNDS = 200  # of the solver; it stops earlier when nothing moves


@dataclass(frozen=True)
class OwnLabels:
    """Papers labelled by hand.

    Attributes:
        records: what a model reads of them.
        outputs: label ids, and ``in_scope``, in the order of the columns.
        truth, known: shape (records, outputs); ``truth`` counts only where ``known``.
    """

    records: tuple[Record, ...]
    outputs: tuple[str, ...]
    truth: Bools
    known: Bools

    def __len__(self) -> int:
        return len(self.records)

    def part(self, rows: Ints | Bools) -> OwnLabels:
        """Some of the papers."""
        import numpy as np

        places = np.arange(len(self))[rows]
        records = tuple(self.records[place] for place in places)
        return OwnLabels(records, self.outputs, self.truth[rows], self.known[rows])


def own_labels(
    papers: Sequence[tuple[Record, Mapping[str, bool], bool]], outputs: Sequence[str]
) -> OwnLabels:
    """Gathers labels by hand as arrays.

    Args:
        papers: each with its decisions, and whether a label without one is a label refused.
    """
    import numpy as np

    shape = (len(papers), len(outputs))
    truth, known = np.zeros(shape, bool), np.zeros(shape, bool)
    for row, (_, decisions, whole) in enumerate(papers):
        for column, output in enumerate(outputs):
            truth[row, column] = decisions.get(output, False)
            known[row, column] = whole or output in decisions
    return OwnLabels(tuple(record for record, _, _ in papers), tuple(outputs), truth, known)


class Adaptation:
    """A model and labels by hand, with what is needed to correct the one by the other.

    Attributes:
        model: the starting point.
        labels: over the model's outputs.
        log_odds: the model's, shape (papers, outputs).
    """

    def __init__(self, model: Model, labels: OwnLabels) -> None:
        import numpy as np
        from scipy.sparse import csr_matrix, hstack

        self.model = model
        self.labels = labels
        self.log_odds = model.decision_function(labels.records)
        rows = views_of(model.vocabulary, labels.records).documents
        known = csr_matrix((rows.values, rows.columns, rows.starts), (len(labels), rows.width))
        ones = csr_matrix(np.ones((len(labels), 1)))  # the bias, penalised like any weight
        self._features = hstack([known, ones], format="csr")
        self._likeness: Floats = (self._features @ self._features.T).toarray()

    def probabilities(self, taught_by: Ints, strength: float, of: Ints) -> Floats:
        """Probabilities of papers ``of`` after learning from papers ``taught_by``.

        Args:
            strength: how far a label may move the weights (C, inverse of the penalty).

        Returns:
            Shape (len(of), outputs); a parent's is at least a child's.
        """
        import numpy as np

        duals = self._duals(taught_by, strength)
        moved = self.log_odds[of] + self._likeness[np.ix_(of, taught_by)] @ duals
        return self.model.as_probabilities(moved)

    def corrected(self, taught_by: Ints, strength: float, manifest: Mapping[str, Any]) -> Model:
        """The model after learning from papers ``taught_by``.

        Args:
            manifest: what to add to the model's account of its training.
        """
        correction = self._features[taught_by].T @ self._duals(taught_by, strength)
        account = {**self.model.manifest, **manifest}
        untitled = replace(
            self.model.corrected(correction[:-1], correction[-1]),
            id="",
            manifest_json=json.dumps(account, ensure_ascii=False, sort_keys=True).encode(),
        )
        return replace(untitled, id=model_id(untitled))

    def _duals(self, rows: Ints, strength: float) -> Floats:
        """What each paper adds to each output's correction, shape (rows, outputs).

        By the representer theorem the correction is a sum of the papers' features. In the
        coordinates of the Cholesky factor of their likeness the problem is plain penalised
        logistic regression, solved for all outputs at once.
        """
        import numpy as np
        from scipy.linalg import cholesky, solve_triangular
        from scipy.optimize import minimize

        if not len(rows):
            return np.zeros((0, len(self.labels.outputs)))
        start = self.log_odds[rows]
        said = 1.0 / (1.0 + np.exp(-start))
        target = np.where(self.labels.known[rows], self.labels.truth[rows], said)
        likeness = self._likeness[np.ix_(rows, rows)]
        factor = cholesky(likeness + 1e-6 * np.eye(len(rows)), lower=True)
        shape = target.shape

        def loss(flat: Floats) -> tuple[float, Floats]:
            weights = flat.reshape(shape)
            margin = start + factor @ weights
            value = (np.logaddexp(0.0, margin) - target * margin).sum()
            pull = 1.0 / (1.0 + np.exp(-np.clip(margin, -500, 500))) - target
            gradient = factor.T @ pull + weights / strength
            return float(value + (weights**2).sum() / (2 * strength)), gradient.ravel()

        solved = minimize(
            loss, np.zeros(target.size), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS}
        )
        duals: Floats = solve_triangular(factor, solved.x.reshape(shape), lower=True, trans="T")
        return duals
