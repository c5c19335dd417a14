"""Which parts of the classifier help: each row of the table adds something to the model.

    python benchmarks/ablation.py LABELLED.jsonl … [--before 2602]

Cross-validates on the papers whose arXiv month lies before ``--before`` (all, when it is left
out; ids of other libraries count as early). As in training, mixture and thresholds come from the
recent papers among them, of the other folds, and the recent papers are scored. Prints a Markdown
table of F1 over scope, micro and macro F1 over labels, mean average precision, and how often the
first sentence given for a rightly assigned label is one that a reader marked.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import hstack

from mllm_mine.classifier.calibration import best_thresholds
from mllm_mine.classifier.examples import marks_of, truth_of
from mllm_mine.classifier.features import Views, sentences_of, views_of
from mllm_mine.classifier.fitting import as_matrix, fit_out_of_fold
from mllm_mine.classifier.labelled import read_labelled
from mllm_mine.classifier.linear import pooled
from mllm_mine.classifier.metrics import summary
from mllm_mine.classifier.mixing import mixed_out_of_fold
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.classifier.tokens import tokenise
from mllm_mine.classifier.training import Recipe, fold_numbers, recent_records
from mllm_mine.classifier.vocabulary import Vocabulary, fit_vocabulary
from mllm_mine.progress import Silent
from mllm_mine.taxonomy import SCOPE, builtin_taxonomy

RECIPE = Recipe()


@dataclass(frozen=True)
class Variant:
    """What a row of the table uses: kinds of terms, title, models, and the network."""

    name: str
    kinds: tuple[int, ...] = (0, 1, 2)
    title: bool = True
    document: bool = True
    words: bool = False
    sentence: bool = True
    network: bool = False


VARIANTS = (
    Variant("words and neighbours", (0,), title=False, sentence=False),
    Variant("… and the title by itself", (0,), sentence=False),
    Variant("… and cues", (0, 1), sentence=False),
    Variant("… and word classes: the document model", sentence=False),
    Variant("the sentence model alone", document=False),
    Variant("both, mixed by logistic regression"),
    Variant("… and a document model of words alone", words=True),
    Variant("… and a network in the mixture: the bundled recipe", words=True, network=True),
)


@dataclass(frozen=True)
class Data:
    """Everything that the variants share."""

    records: list[LabelledRecord]
    outputs: tuple[str, ...]
    truth: np.ndarray
    marks: np.ndarray
    recent: np.ndarray
    folds: np.ndarray
    vocabulary: Vocabulary
    views: Views


def load(paths: list[str], before: str) -> Data:
    """Reads the papers and their features."""
    taxonomy = builtin_taxonomy()
    records = [
        record
        for record in read_labelled(paths, taxonomy).records
        if not before or not record.id[:4].isdigit() or record.id[:4] < before
    ]
    outputs = (SCOPE, *taxonomy.label_ids)
    truth = truth_of(records, taxonomy, outputs)
    tokens = ([tokenise(text) for text in sentences_of(record)] for record in records)
    vocabulary = fit_vocabulary(tokens, taxonomy.word_classes, *RECIPE.least_papers(len(records)))
    return Data(
        records,
        outputs,
        truth,
        marks_of(records, truth, outputs),
        recent_records(records, RECIPE),
        fold_numbers(truth, RECIPE),
        vocabulary,
        views_of(vocabulary, records),
    )


def columns(data: Data, matrix: object, variant: Variant) -> object:
    """The matrix with the columns of other kinds emptied."""
    from scipy.sparse import diags

    kept = np.isin(data.vocabulary.kinds, variant.kinds).astype(float)
    places = np.ones(matrix.shape[1] - len(kept))
    return (matrix @ diags(np.concatenate([kept, places]))).tocsr()


def document_scores(data: Data, variant: Variant, penalty: float) -> np.ndarray:
    """The document model's scores by other folds, shape (papers, outputs)."""
    parts = [columns(data, as_matrix(data.views.documents), variant)]
    if variant.title:
        titles = columns(data, as_matrix(data.views.titles), variant)
        parts.append(titles * RECIPE.title_weight)
    matrix = hstack(parts, format="csr")
    marks = data.truth.astype(np.int8)
    return fit_out_of_fold(matrix, marks, data.folds, penalty, RECIPE.seed, Silent()).scores


def sentence_scores(data: Data) -> np.ndarray:
    """The sentence model's scores by other folds, shape (sentences, outputs)."""
    owners = np.repeat(np.arange(len(data.folds)), np.diff(data.views.starts))
    matrix, penalty = as_matrix(data.views.sentences), RECIPE.sentence_penalty
    return fit_out_of_fold(
        matrix, data.marks, data.folds[owners], penalty, RECIPE.seed, Silent(), owners
    ).scores


def row(
    data: Data, variant: Variant, documents: np.ndarray, words: np.ndarray, sentences: np.ndarray
) -> str:
    """The variant's line of the table, from the scores of its models by other folds."""
    by_sentence = pooled(sentences, data.views.starts, RECIPE.sharpness)
    parts = {"document": documents, "words": words, "sentence": by_sentence}
    recent, folds, truth = data.recent, data.folds[data.recent], data.truth[data.recent]
    scores = [part[recent] for name, part in parts.items() if getattr(variant, name)]
    recipe = replace(RECIPE.mixture, networks=RECIPE.mixture.networks if variant.network else 0)
    plain = [data.outputs.index(SCOPE)]
    odds = mixed_out_of_fold(scores, truth, plain, folds, recipe, RECIPE.seed)
    probability = 1 / (1 + np.exp(-odds))
    assigned = np.zeros(truth.shape, bool)
    for fold in range(RECIPE.folds):
        held = folds == fold
        assigned[held] = probability[held] >= best_thresholds(probability[~held], truth[~held])
    found = summary(data.outputs, truth, assigned, probability)
    keys = ("scope_f1", "micro_f1", "macro_f1", "mean_average_precision")
    figures = " | ".join(f"{found[key]:.3f}" for key in keys)
    reason = f"{first_sentence(data, sentences, assigned):.3f}" if variant.sentence else "-"
    return f"| {variant.name} | {figures} | {reason} |"


def first_sentence(data: Data, sentences: np.ndarray, assigned: np.ndarray) -> float:
    """The share of rightly assigned labels whose best sentence a reader marked."""
    right = []
    for number, paper in enumerate(data.recent):
        start, end = data.views.starts[paper : paper + 2]
        for output in np.flatnonzero(assigned[number] & data.truth[paper]):
            marks = data.marks[start:end, output]
            if output and (marks == 1).any():
                right.append(marks[sentences[start:end, output].argmax()] == 1)
    return float(np.mean(right))


def main() -> None:
    """Reads the command line and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("labelled", nargs="+")
    parser.add_argument("--before", default="", help="first month left out, as in arXiv ids")
    arguments = parser.parse_args()
    data = load(arguments.labelled, arguments.before)
    print(f"{len(data.records):,} papers, {len(data.recent):,} of them recent")
    print("| model | scope F1 | micro F1 | macro F1 | mean AP | first sentence right |")
    print("| --- | --- | --- | --- | --- | --- |")
    sentences = sentence_scores(data)
    words = document_scores(data, Variant("words", (0,)), RECIPE.word_penalty)
    documents = np.zeros(data.truth.shape)
    for variant in VARIANTS:
        if variant.document and not variant.sentence:  # later rows take those of the fourth
            documents = document_scores(data, variant, RECIPE.document_penalty)
        print(row(data, variant, documents, words, sentences), flush=True)


if __name__ == "__main__":
    main()
