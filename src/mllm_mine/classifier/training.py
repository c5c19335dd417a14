"""Trains a model from labelled records; the same input gives the same bytes."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.calibration import best_thresholds
from mllm_mine.classifier.examples import UNKNOWN, marks_of, truth_of
from mllm_mine.classifier.features import Views, known_share, sentences_of, views_of
from mllm_mine.classifier.fitting import Fitted, as_matrix, fit_out_of_fold, fit_whole
from mllm_mine.classifier.labelled import text_hash
from mllm_mine.classifier.linear import in_steps, pooled
from mllm_mine.classifier.metrics import summary
from mllm_mine.classifier.mixing import MixtureRecipe, fit_mixture, mixed_out_of_fold
from mllm_mine.classifier.model import Model, expected_errors
from mllm_mine.classifier.model_file import model_id
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.classifier.tokens import tokenise
from mllm_mine.classifier.vocabulary import Vocabulary, fit_vocabulary
from mllm_mine.errors import TrainingError
from mllm_mine.paper import submission_month
from mllm_mine.progress import Progress, Silent
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Marks = NDArray[np.int8]


_LEAST_DOUBT = 0.5  # fewer expected errors than this are no reason to trouble a person


@dataclass(frozen=True)
class Recipe:
    """How a model is made. The defaults are those of the bundled one.

    Attributes:
        min_papers: in how many records a word or neighbours must occur.
        min_pair_papers: in how many records a cue's pair or a class must occur.
        min_share: share of many records in which a word must occur; pairs as much oftener.
        title_weight: length of a title's row beside a document's, which is one.
        document_penalty, word_penalty, sentence_penalty, reason_penalty: C of the linear support
            vector machines.
        sharpness: of the pooling of sentences.
        mixture: how the scores are mixed.
        folds: of the cross-validation that the mixture and the thresholds come from.
        recent_months: the mixture and the thresholds come from the records of so many months up
            to the newest one, if these are ``mixture.min_papers`` or more.
        min_examples: an output with fewer examples is left out.
        min_marked: an output with fewer marked sentences is judged by the document alone.
        review_share: share of the records, those with most expected errors, that is uncertain.
        strange_share: share of the records, those with fewest known words, that is unfamiliar.
        seed: of the folds and the solver.
    """

    min_papers: int = 3
    min_pair_papers: int = 5
    min_share: float = 1 / 4500
    title_weight: float = 0.5
    document_penalty: float = 0.6
    word_penalty: float = 0.4
    sentence_penalty: float = 0.3
    reason_penalty: float = 0.3
    sharpness: float = 1.0
    mixture: MixtureRecipe = field(default_factory=MixtureRecipe)
    folds: int = 5
    recent_months: int = 24
    min_examples: int = 8
    min_marked: int = 20
    review_share: float = 0.25
    strange_share: float = 0.01
    seed: int = 20240405

    def least_papers(self, records: int) -> tuple[int, int]:
        """In how many of so many records a word must occur, and a cue's pair or a class."""
        scale = max(1.0, records * self.min_share / self.min_papers)
        return round(scale * self.min_papers), round(scale * self.min_pair_papers)


@dataclass(frozen=True)
class Training:
    """A trained model and how it did in cross-validation.

    Attributes:
        scores: as :func:`mllm_mine.classifier.metrics.summary` gives them, of the records that
            the thresholds come from; each was scored by a model that had not seen it.
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
    """Fits a model: terms, weights of documents and sentences, mixture, thresholds.

    Whatever is fitted to scores is fitted to those of records that the models had not seen, and
    thresholds and doubts to log-odds of a mixture that had not seen the record either. The
    terms' weights come from all records; how often a label is meant by them comes from recent
    ones, since that changes with the field and with how papers were gathered.

    Raises:
        TrainingError: no label has enough examples, or the records hold no words.
    """
    import numpy as np
    from scipy.sparse import diags, hstack

    recipe = recipe or Recipe()
    progress = progress or Silent()
    outputs, left_out = _outputs(records, taxonomy, recipe)
    truth = truth_of(records, taxonomy, outputs)
    marks = marks_of(records, truth, outputs)
    taught = np.flatnonzero((marks == 1).sum(axis=0) >= recipe.min_marked)
    folds = fold_numbers(truth, recipe)

    vocabulary = fit_vocabulary(
        map(_tokens, records), taxonomy.word_classes, *recipe.least_papers(len(records))
    )
    if not len(vocabulary):
        raise TrainingError("the records hold no words that occur twice; label more papers")
    views = views_of(vocabulary, records)
    titles = as_matrix(views.titles) * recipe.title_weight
    matrix = hstack([as_matrix(views.documents), titles], format="csr")
    rounds = (recipe.folds + 1) * (2 * len(outputs) + len(taught)) + len(outputs)
    progress.start("training", rounds)
    answers, seed = truth.astype(np.int8), recipe.seed
    documents = fit_out_of_fold(matrix, answers, folds, recipe.document_penalty, seed, progress)
    words = fit_out_of_fold(
        matrix @ diags(np.tile(vocabulary.kinds == 0, 2).astype(float)),
        answers,
        folds,
        recipe.word_penalty,
        seed,
        progress,
    )
    sentences = _fit_sentences(
        as_matrix(views.sentences), marks, taught, views.starts, folds, recipe, progress
    )
    owners = np.repeat(np.arange(len(records)), np.diff(views.starts))
    within = np.where(truth[owners], marks, np.int8(UNKNOWN))
    reasons = fit_whole(
        as_matrix(views.sentences), within, recipe.reason_penalty, recipe.seed, progress
    )
    progress.finish()

    by_sentence = pooled(sentences.scores, views.starts, recipe.sharpness)
    recent = recent_records(records, recipe)
    scores = tuple(part[recent] for part in (documents.scores, words.scores, by_sentence))
    truth, folds = truth[recent], folds[recent]
    plain = [column for column, output in enumerate(outputs) if output == SCOPE]
    mixture = fit_mixture(scores, truth, plain, recipe.mixture, seed)
    log_odds = mixed_out_of_fold(scores, truth, plain, folds, recipe.mixture, seed)
    by_document = np.hstack([documents.weights, words.weights])
    terms = len(vocabulary)
    model = Model(
        id="",
        taxonomy=taxonomy,
        outputs=outputs,
        exclusive=_exclusive(records, taxonomy, outputs),
        vocabulary=vocabulary,
        document=in_steps(by_document[:terms]),
        title=in_steps(by_document[terms:] * recipe.title_weight),
        sentence=in_steps(sentences.weights),
        reason=in_steps(reasons),
        sharpness=recipe.sharpness,
        mixture=mixture.with_biases(np.concatenate([documents.bias, words.bias, sentences.bias])),
        threshold=np.full(len(outputs), 0.5),
        doubt=_LEAST_DOUBT,
        familiarity=_familiarity(vocabulary, views, len(records), recipe),
    )
    probability = model.as_probabilities(log_odds)
    model = replace(model, threshold=best_thresholds(probability, truth))
    assigned = model.assigned(probability)
    errors = expected_errors(probability, assigned).sum(axis=1)
    doubt = float(np.quantile(errors, 1 - recipe.review_share))
    model = replace(model, doubt=max(doubt, _LEAST_DOUBT))
    results = summary(outputs, truth, assigned, probability)
    model = replace(model, manifest_json=_manifest(records, recipe, results))
    return Training(replace(model, id=model_id(model)), results, left_out)


def _tokens(record: LabelledRecord) -> list[list[str]]:
    """The tokens of each of a record's sentences."""
    return [tokenise(sentence) for sentence in sentences_of(record)]


def _fit_sentences(
    matrix: Any,
    marks: Marks,
    taught: Ints,
    starts: Ints,
    folds: Ints,
    recipe: Recipe,
    progress: Progress,
) -> Fitted:
    """Fits the sentence model for the outputs that have marks; the others' weights are nought."""
    import numpy as np

    fitted = Fitted(
        np.zeros((matrix.shape[1], marks.shape[1])),
        np.zeros(marks.shape[1]),
        np.zeros(marks.shape),
    )
    if len(taught):
        owners = np.repeat(np.arange(len(folds)), np.diff(starts))
        part = fit_out_of_fold(
            matrix,
            marks[:, taught],
            folds[owners],
            recipe.sentence_penalty,
            recipe.seed,
            progress,
            owners,
        )
        fitted.weights[:, taught] = part.weights
        fitted.bias[taught] = part.bias
        fitted.scores[:, taught] = part.scores
    return fitted


def _familiarity(vocabulary: Vocabulary, views: Views, papers: int, recipe: Recipe) -> float:
    """The share of known words that all but the strangest records have.

    A record's own words must not count as known because of itself, so that terms which it takes
    to be a term are left aside.
    """
    import numpy as np

    frequency = (1 + papers) / np.exp(vocabulary.idf - 1.0) - 1.0
    elsewhere = np.rint(frequency) - 1 >= recipe.least_papers(papers)[0]
    return float(np.quantile(known_share(vocabulary, views, elsewhere), recipe.strange_share))


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
    """Dimensions of which every record carries exactly one label, so that the best one wins.

    Where one of these labels could not be learned, a record of it would be given another.
    """
    found = []
    for dimension in taxonomy.dimensions:
        ids = {label.id for label in taxonomy.in_dimension(dimension.id)}
        flat = all(not taxonomy.by_id[label].parent for label in ids)
        carried = [ids.intersection(record.labels) for record in records]
        single = all(len(labels) == 1 for labels in carried)
        if flat and single and set().union(*carried) <= set(outputs):
            found.append(dimension.id)
    return tuple(found)


def recent_records(records: Sequence[LabelledRecord], recipe: Recipe) -> Ints:
    """The records of the last months, told by their arXiv ids, or all where these are too few.

    Returns:
        Their places, ascending, shape (at most records,).
    """
    import numpy as np

    month = np.array([_months(submission_month(record.id)) for record in records])
    recent = np.flatnonzero(month > month.max() - recipe.recent_months)
    return recent if len(recent) >= recipe.mixture.min_papers else np.arange(len(records))


def _months(month: str) -> int:
    """Months from the year nought to one such as ``2025-03``; 0 for none."""
    return 12 * int(month[:4]) + int(month[5:7]) if month else 0


def fold_numbers(truth: Bools, recipe: Recipe) -> Ints:
    """A fold for each record, rare labels spread evenly (Sechidis et al., 2011, simplified)."""
    import numpy as np

    generator = np.random.default_rng(recipe.seed)
    folds = np.full(len(truth), -1)
    for output in np.argsort(truth.sum(axis=0), kind="stable"):
        members = np.flatnonzero(truth[:, output] & (folds < 0))
        shuffled = generator.permutation(members)
        first = generator.integers(recipe.folds)
        folds[shuffled] = (np.arange(len(shuffled)) + first) % recipe.folds
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
