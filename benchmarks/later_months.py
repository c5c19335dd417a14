"""How well labels are given to papers of later months than any in training, side by side.

    python benchmarks/later_months.py LABELLED.jsonl … [--since 2026-02] [--keep|--model FILE]

Trains on the papers before the month ``--since`` (told by arXiv ids; papers of other libraries
count as early), those of the further files included, and scores the papers of that month and
later ones that stand in the first file. In one run: our recipe, a linear support vector machine
over words and neighbours with thresholds by cross-validation, and scikit-learn's defaults.
``--keep`` saves our model, ``--model`` takes a saved one instead of training. The last column is
the ratio of micro F1 to that of the machine over words. The first sentences are those of rightly
given labels whose sentences a reader marked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.svm import LinearSVC

from mllm_mine.classifier import Model, load_model
from mllm_mine.classifier.calibration import best_thresholds
from mllm_mine.classifier.evaluation import evaluate
from mllm_mine.classifier.examples import marks_of, truth_of
from mllm_mine.classifier.explanation import explain_each
from mllm_mine.classifier.features import sentences_of
from mllm_mine.classifier.labelled import read_labelled
from mllm_mine.classifier.lines import open_lines
from mllm_mine.classifier.model_file import save_model
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.classifier.training import Recipe, fold_numbers, train
from mllm_mine.paper import submission_month
from mllm_mine.taxonomy import SCOPE, builtin_taxonomy

Records = Sequence[LabelledRecord]
TAXONOMY = builtin_taxonomy()


def texts(records: Records) -> list[str]:
    """Title and abstract as one text."""
    return [f"{record.title} {record.abstract}" for record in records]


def machine_over_words(
    taught: Records, later: Records, outputs: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the later papers and decisions, thresholds chosen on the other folds."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    rows, new_rows = vectorizer.fit_transform(texts(taught)), vectorizer.transform(texts(later))
    truth = truth_of(taught, TAXONOMY, outputs)
    folds = fold_numbers(truth, Recipe())
    held_out, scores = np.zeros(truth.shape), np.zeros((len(later), len(outputs)))
    for column in range(len(outputs)):
        answers = truth[:, column]
        for fold in range(int(folds.max()) + 1):
            machine = LinearSVC(C=0.5).fit(rows[folds != fold], answers[folds != fold])
            held_out[folds == fold, column] = machine.decision_function(rows[folds == fold])
        scores[:, column] = LinearSVC(C=0.5).fit(rows, answers).decision_function(new_rows)
    squeezed = 1.0 / (1.0 + np.exp(-held_out))
    return scores, 1.0 / (1.0 + np.exp(-scores)) >= best_thresholds(squeezed, truth)


def defaults(
    taught: Records, later: Records, outputs: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """The same of scikit-learn's defaults, decided at one half."""
    vectorizer = TfidfVectorizer()
    rows, new_rows = vectorizer.fit_transform(texts(taught)), vectorizer.transform(texts(later))
    truth = truth_of(taught, TAXONOMY, outputs)
    machines = (LogisticRegression(max_iter=1000).fit(rows, answers) for answers in truth.T)
    scores = np.column_stack([machine.predict_proba(new_rows)[:, 1] for machine in machines])
    return scores, scores >= 0.5


def first_sentences(model: Model, later: Records, assigned: np.ndarray) -> Iterator[bool]:
    """Whether the first sentence given for each rightly given label is a marked one."""
    marked = [record for record in later if record.evidence]
    truth = truth_of(later, TAXONOMY, model.outputs)
    right = [
        [output for output, yes in zip(model.outputs, row, strict=True) if yes and output != SCOPE]
        for record, row in zip(later, truth & assigned, strict=True)
        if record.evidence
    ]
    for record, labels, found in zip(
        marked, right, explain_each(model, marked, right), strict=True
    ):
        sentences = sentences_of(record)
        marks = marks_of([record], truth_of([record], TAXONOMY, model.outputs), model.outputs)
        for label in labels:
            if label in record.evidence:
                place = sentences.index(found.labels[label].sentences[0])
                yield bool(marks[place, model.outputs.index(label)] == 1)


def row(
    name: str,
    outputs: Sequence[str],
    truth: np.ndarray,
    scores: np.ndarray,
    assigned: np.ndarray,
) -> tuple[str, float]:
    """A line of the table, and its micro F1 over all labels."""

    def micro(columns: list[int]) -> float:
        yes, right = assigned[:, columns], truth[:, columns]
        return float(2 * (yes & right).sum() / max(1, yes.sum() + right.sum()))

    labels = [column for column, output in enumerate(outputs) if output != SCOPE]
    top = [column for column in labels if not TAXONOMY.by_id[outputs[column]].parent]
    cells = [micro([outputs.index(SCOPE)])]
    for columns in (labels, top):
        cells += [micro(columns), float(np.mean([micro([column]) for column in columns]))]
    cells.append(
        float(np.mean([average_precision_score(truth[:, c], scores[:, c]) for c in labels]))
    )
    return f"{name:28} " + " ".join(f"{cell:9.3f}" for cell in cells), cells[1]


def main() -> None:
    """Prints a line for each model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("labelled", nargs="+")
    parser.add_argument("--since", default="2026-02", help="first month that is not learned from")
    parser.add_argument("--keep", type=Path, help="where our model goes")
    parser.add_argument("--model", type=Path, help="ours, trained before")
    arguments = parser.parse_args()
    records = read_labelled(arguments.labelled, TAXONOMY).records
    first = {json.loads(line)["id"] for _, line in open_lines(arguments.labelled[0])}
    taught = [record for record in records if submission_month(record.id) < arguments.since]
    later = [
        record
        for record in records
        if submission_month(record.id) >= arguments.since and record.id in first
    ]
    print(f"{len(taught):,} papers to learn from, {len(later):,} later ones")
    ours = load_model(arguments.model) if arguments.model else train(taught, TAXONOMY).model
    if arguments.keep:
        save_model(ours, arguments.keep)
    truth = truth_of(later, TAXONOMY, ours.outputs)
    probability = ours.probabilities(later)
    assigned = ours.assigned(probability)
    rows = {
        "scikit-learn's defaults": defaults(taught, later, ours.outputs),
        "linear machine over words": machine_over_words(taught, later, ours.outputs),
        "ours": (probability, assigned),
    }
    lines = {name: row(name, ours.outputs, truth, *found) for name, found in rows.items()}
    heads = ("scope", "micro 25", "macro 25", "micro 21", "macro 21", "mean AP", "ratio")
    print(f"{'':28} " + " ".join(f"{head:>9}" for head in heads))
    for line, score in lines.values():
        print(f"{line} {score / lines['linear machine over words'][1]:9.2f}")
    hits = list(first_sentences(ours, later, assigned))
    print(f"first sentence marked: {np.mean(hits):.3f} ({sum(hits)} of {len(hits)})")
    print(json.dumps(evaluate(ours, later)["intervals"]))


if __name__ == "__main__":
    main()
