"""Trains a model from labelled records; the same input gives the same bytes."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.calibration import best_thresholds, platt_scaling
from mllm_mine.classifier.features import Block, BlockSettings, fit_block, tokens_of_field
from mllm_mine.classifier.labelled import text_hash
from mllm_mine.classifier.metrics import summary
from mllm_mine.classifier.model import Decision, Model
from mllm_mine.classifier.model_file import model_id
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.classifier.truth import truth_of
from mllm_mine.errors import TrainingError
from mllm_mine.progress import Progress, Silent
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_WORTH_WORKERS = 20_000_000  # features times outputs; below, starting processes costs more
_OUTPUT_GROUPS = 2  # jobs a fold, so that all processors have work to the end


@dataclass(frozen=True)
class Recipe:
    """How a model is made. The defaults are those of the bundled one.

    Attributes:
        blocks: the features.
        penalty: C of the linear support vector machine (inverse strength of regularisation).
        folds: of the cross-validation that calibration and thresholds come from.
        min_examples: a label with fewer examples is left out.
        seed: of the folds and the solver.
    """

    blocks: tuple[BlockSettings, ...] = (
        BlockSettings("word", "all", "word", 1, 2, 2),
        BlockSettings("char", "all", "char", 3, 5, 3),
    )
    penalty: float = 0.5
    folds: int = 5
    min_examples: int = 8
    seed: int = 20240405


@dataclass(frozen=True)
class Training:
    """A trained model and how it did in cross-validation.

    Attributes:
        scores: cross-validated, as :func:`mllm_mine.classifier.metrics.summary` gives them; each
            record was scored by a model that had not seen it.
        left_out: labels with too few examples, with their number.
    """

    model: Model
    scores: dict[str, Any]
    left_out: dict[str, int] = field(default_factory=dict)


def train(
    records: Sequence[LabelledRecord],
    taxonomy: Taxonomy,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
) -> Training:
    """Fits a model: features, linear weights, calibration, thresholds.

    Raises:
        TrainingError: no label has enough examples, or the records cannot train the taxonomy.
    """
    import numpy as np

    recipe = recipe or Recipe()
    progress = progress or Silent()
    outputs, left_out = _outputs(records, taxonomy, recipe)
    truth = truth_of(records, taxonomy, outputs)
    blocks, matrix = _features(records, recipe, progress)
    scores, weights, bias = _fit(matrix, truth, recipe, progress)
    steps, step_size = in_steps(weights)
    slope, intercept = platt_scaling(scores, truth)
    untitled = Model(
        id="",
        taxonomy=taxonomy,
        outputs=outputs,
        exclusive=_exclusive(records, taxonomy, outputs),
        blocks=blocks,
        steps=steps,
        step_size=step_size,
        bias=bias,
        decision=Decision(slope, intercept, np.full(len(outputs), 0.5)),
    )
    probability = untitled.calibrated(scores)
    threshold = best_thresholds(probability, truth)
    decided = replace(untitled, decision=Decision(slope, intercept, threshold))
    results = summary(outputs, truth, decided.assigned(probability), probability)
    model = replace(decided, manifest_json=_manifest(records, recipe, results))
    return Training(replace(model, id=model_id(model)), results, left_out)


def _outputs(
    records: Sequence[LabelledRecord], taxonomy: Taxonomy, recipe: Recipe
) -> tuple[tuple[str, ...], dict[str, int]]:
    """What can be learned, and the labels that have too few examples for or against."""
    wanted = list(taxonomy.label_ids)
    if taxonomy.scope is not None and all(record.in_scope is not None for record in records):
        wanted.insert(0, SCOPE)
    positives = truth_of(records, taxonomy, wanted).sum(axis=0)
    learnable, left_out = [], {}
    for output, count in zip(wanted, positives.tolist(), strict=True):
        if min(count, len(records) - count) >= recipe.min_examples:
            learnable.append(output)
        else:
            left_out[output] = int(count)
    if not learnable:
        raise TrainingError(
            f"none of the {len(wanted)} labels has {recipe.min_examples} examples among the "
            f"{len(records)} records; label more papers, or check that the label ids are those "
            f"of the taxonomy {taxonomy.id!r}"
        )
    return tuple(learnable), left_out


def _exclusive(
    records: Sequence[LabelledRecord], taxonomy: Taxonomy, outputs: tuple[str, ...]
) -> tuple[str, ...]:
    """Dimensions of which every record carries exactly one label, so that the best one wins."""
    found = []
    for dimension in taxonomy.dimensions:
        ids = {label.id for label in taxonomy.in_dimension(dimension.id)}
        flat = all(not taxonomy.by_id[label].parent for label in ids)
        single = all(len(ids.intersection(record.labels)) == 1 for record in records)
        if flat and single and ids.intersection(outputs):
            found.append(dimension.id)
    return tuple(found)


def _features(
    records: Sequence[LabelledRecord], recipe: Recipe, progress: Progress
) -> tuple[tuple[Block, ...], Any]:
    """The fitted blocks, and their rows side by side as a SciPy matrix."""
    from scipy.sparse import csr_matrix, hstack

    progress.start("reading words", len(recipe.blocks))
    blocks, parts = [], []
    for settings in recipe.blocks:
        documents = tokens_of_field(records, settings.field)
        block = fit_block(settings, documents)
        if not len(block):
            continue
        rows = block.transform(documents)
        parts.append(
            csr_matrix((rows.values, rows.columns, rows.starts), (len(records), rows.width))
        )
        blocks.append(block)
        progress.advance()
    progress.finish()
    if not blocks:
        raise TrainingError("the records hold no words that occur twice; label more papers")
    return tuple(blocks), hstack(parts, format="csr")


def _fit(
    matrix: Any, truth: Bools, recipe: Recipe, progress: Progress
) -> tuple[Floats, Floats, Floats]:
    """Out-of-fold scores, and the weights and bias fitted on everything."""
    import numpy as np
    from joblib import Parallel, delayed

    folds = fold_numbers(truth, recipe)
    everything = np.arange(len(truth))
    trained_on = [everything[folds != fold] for fold in range(recipe.folds)] + [everything]
    groups = np.array_split(np.arange(truth.shape[1]), _OUTPUT_GROUPS)
    jobs = [(rows, outputs) for rows in trained_on for outputs in groups if len(outputs)]
    scores = np.zeros(truth.shape)
    weights = np.zeros((matrix.shape[1], truth.shape[1]))
    bias = np.zeros(truth.shape[1])
    progress.start("training", len(jobs))
    # Processes, not threads: the solver's random numbers are one stream for a whole process.
    workers = -1 if matrix.nnz * truth.shape[1] > _WORTH_WORKERS else 1
    fitted = Parallel(n_jobs=workers, return_as="generator")(
        delayed(_fit_outputs)(matrix, truth, rows, outputs, recipe) for rows, outputs in jobs
    )
    for (rows, outputs), (weight, offset) in zip(jobs, fitted, strict=True):
        held = np.setdiff1d(everything, rows)
        if len(held):
            scores[np.ix_(held, outputs)] = matrix[held] @ weight + offset
        else:
            weights[:, outputs], bias[outputs] = weight, offset
        progress.advance()
    progress.finish()
    return scores, weights, bias


def _fit_outputs(
    matrix: Any, truth: Bools, rows: Ints, outputs: Ints, recipe: Recipe
) -> tuple[Floats, Floats]:
    """Weights and bias of some outputs, each from a linear support vector machine."""
    import numpy as np
    from sklearn.svm import LinearSVC

    part = matrix[rows]
    weights, bias = [], []
    for output in outputs:
        machine = LinearSVC(C=recipe.penalty, random_state=recipe.seed)
        machine.fit(part, truth[rows, output])
        weights.append(machine.coef_[0])
        bias.append(machine.intercept_[0])
    return np.column_stack(weights), np.array(bias)


def in_steps(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Weights rounded to 255 steps an output, and the size of a step.

    Rows of features have length one a block, so the rounding moves a score by about a hundredth
    of the margin, and the file stays small.
    """
    import numpy as np

    step_size = np.abs(weights).max(axis=0) / 127
    step_size = np.where(step_size > 0, step_size, 1.0)
    return np.rint(weights / step_size).astype(np.int8), step_size


def fold_numbers(truth: Bools, recipe: Recipe) -> Ints:
    """A fold for each record, rare labels spread evenly (Sechidis et al., 2011, simplified)."""
    import numpy as np

    generator = np.random.default_rng(recipe.seed)
    folds = np.full(len(truth), -1)
    for output in np.argsort(truth.sum(axis=0), kind="stable"):
        members = np.flatnonzero(truth[:, output] & (folds < 0))
        shuffled = generator.permutation(members)
        folds[shuffled] = (
            np.arange(len(shuffled)) + generator.integers(recipe.folds)
        ) % recipe.folds
    rest = generator.permutation(np.flatnonzero(folds < 0))
    folds[rest] = np.arange(len(rest)) % recipe.folds
    return folds


def _manifest(records: Sequence[LabelledRecord], recipe: Recipe, scores: dict[str, Any]) -> bytes:
    """What went in, with which tools; no time and no place, so that it can be repeated."""
    import numpy
    import scipy
    import sklearn

    from mllm_mine import __version__

    manifest = {
        "ids": [record.id for record in records],
        "hashes": [text_hash(record) for record in records],
        "recipe": asdict(recipe),
        "seed": recipe.seed,
        "scores": scores,
        "tools": {
            "mllm-mine": __version__,
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
    }
    return json.dumps(manifest, ensure_ascii=False, sort_keys=True).encode()
