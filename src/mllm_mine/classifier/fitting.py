"""Fits linear weights with scikit-learn, out of fold and on everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.examples import UNKNOWN
from mllm_mine.classifier.sparse import SparseRows
from mllm_mine.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Marks = NDArray[np.int8]

_WORTH_WORKERS = 20_000_000  # entries times outputs; below, starting processes costs more
_OUTPUTS_A_JOB = 7
_CARRIES, _CARRIES_NOT = 0.3, -0.5  # scores of a sentence, in margins, that settle its mark


@dataclass(frozen=True)
class Fitted:
    """Linear weights, and scores of each row by weights that were fitted without it.

    Attributes:
        weights: shape (columns, outputs). bias: shape (outputs,).
        scores: shape (rows, outputs).
    """

    weights: Floats
    bias: Floats
    scores: Floats


def as_matrix(rows: SparseRows) -> Any:
    """The rows as a SciPy matrix."""
    from scipy.sparse import csr_matrix

    return csr_matrix((rows.values, rows.columns, rows.starts), (len(rows), rows.width))


def fit_out_of_fold(
    matrix: Any,
    marks: Marks,
    folds: Ints,
    penalty: float,
    seed: int,
    progress: Progress,
    owners: Ints | None = None,
) -> Fitted:
    """Fits a linear support vector machine for each output, once a fold and once on everything.

    Args:
        matrix: shape (rows, columns), SciPy CSR.
        marks: shape (rows, outputs): 1, 0, or negative for rows that teach an output nothing.
        folds: shape (rows,); rows of one fold are scored by weights of the others.
        penalty: C, the inverse strength of regularisation.
        owners: shape (rows,); the paper of each sentence. With it, sentences whose mark is
            unknown are guessed by a first fit and join a second (Yarowsky, 1995).
    """
    import numpy as np
    from joblib import Parallel, delayed

    outputs = marks.shape[1]
    rounds = [*range(int(folds.max()) + 1), -1]  # -1 holds nothing out
    groups = np.array_split(np.arange(outputs), max(1, -(-outputs // _OUTPUTS_A_JOB)))
    jobs = [(held, group) for held in rounds for group in groups]
    weights, bias = np.zeros((matrix.shape[1], outputs)), np.zeros(outputs)
    scores = np.zeros(marks.shape)
    # Processes, not threads: the solver's random numbers are one stream for a whole process.
    workers = -1 if matrix.nnz * outputs > _WORTH_WORKERS else 1
    results = Parallel(n_jobs=workers, return_as="generator")(
        delayed(_fit)(matrix, marks, folds != held, group, penalty, seed, owners)
        for held, group in jobs
    )
    for (held, group), (weight, offset) in zip(jobs, results, strict=True):
        if held < 0:
            weights[:, group], bias[group] = weight, offset
        else:
            rows = np.flatnonzero(folds == held)
            scores[np.ix_(rows, group)] = matrix[rows] @ weight + offset
        progress.advance(len(group))
    return Fitted(weights, bias, scores)


def fit_whole(matrix: Any, marks: Marks, penalty: float, seed: int, progress: Progress) -> Floats:
    """Weights of a linear support vector machine for each output, shape (columns, outputs)."""
    import numpy as np

    every, outputs = np.ones(len(marks), bool), np.arange(marks.shape[1])
    weights, _ = _fit(matrix, marks, every, outputs, penalty, seed, None)
    progress.advance(len(outputs))
    return weights


def _fit(
    matrix: Any,
    marks: Marks,
    taught: Bools,
    outputs: Ints,
    penalty: float,
    seed: int,
    owners: Ints | None,
) -> tuple[Floats, Floats]:
    """Weights and bias of some outputs; nought for one that has no example for or against."""
    import numpy as np

    weights, bias = np.zeros((matrix.shape[1], len(outputs))), np.zeros(len(outputs))
    for place, output in enumerate(outputs):
        answers = np.where(taught, marks[:, output], UNKNOWN)
        if len(np.unique(answers[answers >= 0])) < 2:
            continue
        machine = _machine(matrix, answers, penalty, seed)
        unknown = np.flatnonzero(taught & (marks[:, output] < 0))
        if owners is not None and len(unknown):
            scores = machine.decision_function(matrix[unknown])
            answers[unknown] = _guessed(scores, owners[unknown])
            machine = _machine(matrix, answers, penalty, seed)
        weights[:, place], bias[place] = machine.coef_[0], machine.intercept_[0]
    return weights, bias


def _machine(matrix: Any, answers: Marks, penalty: float, seed: int) -> Any:
    import numpy as np
    from sklearn.svm import LinearSVC

    rows = np.flatnonzero(answers >= 0)
    return LinearSVC(C=penalty, tol=1e-3, random_state=seed).fit(matrix[rows], answers[rows])


def _guessed(scores: Floats, owners: Ints) -> Marks:
    """Marks for a right paper's unmarked sentences: its best one carries the output, and any
    that scores well; a poor one does not, and those between stay unknown."""
    import numpy as np

    papers, paper = np.unique(owners, return_inverse=True)
    best = np.full(len(papers), -np.inf)
    np.maximum.at(best, paper, scores)
    carries = (scores >= best[paper]) | (scores > _CARRIES)
    return np.where(carries, 1, np.where(scores < _CARRIES_NOT, 0, UNKNOWN)).astype(np.int8)
