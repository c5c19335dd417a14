"""How fast the classifier scores, and how it files the survey's own papers.

    python benchmarks/classifier.py speed PAPERS.jsonl [--model FILE]
    python benchmarks/classifier.py survey PAPERS.csv [--model FILE]

``speed`` scores the papers (JSON Lines with id, title, abstract; benchmarks/generate.py makes
some) with the model, and with a stock scikit-learn pipeline of the same terms and as many
outputs, in one process each, and prints both and their ratio.

``survey`` reads a list of papers (columns ``arxiv_id``, ``title``, ``section``, and ``abstract``
where there is one) filed by hand, and prints how often the model ranks the right alignment
family first, and the label-ranking average precision of the sections. Such a list is for
evaluation; no model of ours has seen it.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np

from mllm_mine.classifier import Model, Record, load_model
from mllm_mine.classifier.bulk.records import as_record
from mllm_mine.classifier.lines import open_lines

TUNING, FROZEN = "parameter-tuning", "parameter-frozen"
UNION = "finetuning"  # this section of the survey's list is the union of sft and rlhf


def speed(model: Model, path: Path) -> None:
    """Abstracts a second of processor time, ours and scikit-learn's."""
    records = [
        record
        for number, line in open_lines(path)
        if isinstance(record := as_record(json.loads(line), str(number)), Record)
    ]
    stock = stock_pipeline(model)
    texts = [f"{record.title} {record.abstract}" for record in records]
    model.predict(records[:256])
    started = time.process_time()
    model.predict(records)
    ours = len(records) / (time.process_time() - started)
    started = time.process_time()
    stock(texts)
    theirs = len(records) / (time.process_time() - started)
    print(f"mine, titles, abstracts and sentences: {ours:,.0f} abstracts a second")
    print(f"scikit-learn, titles and abstracts as one text: {theirs:,.0f} abstracts a second")
    print(f"ratio {ours / theirs:.1f}")


def stock_pipeline(model: Model):  # type: ignore[no-untyped-def]
    """TfidfVectorizer and LinearSVC.decision_function with the model's terms."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, vocabulary=model.vocabulary.terms
    )
    vectorizer.idf_ = model.vocabulary.idf
    machine = LinearSVC()
    machine.classes_ = np.arange(len(model.outputs))
    weights = model.document.of(np.arange(len(model.vocabulary)))
    machine.coef_ = weights[:, : len(model.outputs)].T
    machine.intercept_ = np.zeros(len(model.outputs))
    return lambda texts: machine.decision_function(vectorizer.transform(texts))


def survey(model: Model, path: Path) -> None:
    """Family accuracy and label-ranking average precision on a list filed by hand."""
    from sklearn.metrics import label_ranking_average_precision_score

    labels = [label for label in model.taxonomy.labels if label.group in (TUNING, FROZEN)]
    sections: dict[str, set[str]] = {}
    records: dict[str, Record] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["arxiv_id"] or row["title"]
            records[name] = Record(name, row["title"], row.get("abstract") or "")
            sections.setdefault(name, set()).add(row["section"])
    ids = [label.id for label in labels if not label.parent]
    columns = [model.outputs.index(label) for label in ids]
    probability = model.probabilities(list(records.values()))[:, columns]
    group = np.array([model.taxonomy.by_id[label].group for label in ids])
    tuning = probability[:, group == TUNING].max(axis=1)
    frozen = probability[:, group == FROZEN].max(axis=1)
    right = []
    for name, more in zip(records, tuning > frozen, strict=True):
        families = {model.taxonomy.by_id[section].group for section in sections[name]}
        right.append((TUNING if more else FROZEN) in families)
    ranked = [place for place, label in enumerate(ids) if label != UNION]
    truth = np.array([[ids[place] in sections[name] for place in ranked] for name in records])
    filed = truth.any(axis=1)
    score = label_ranking_average_precision_score(truth[filed], probability[filed][:, ranked])
    print(f"{len(records)} papers, {sum(bool(r.abstract) for r in records.values())} with abstract")
    print(f"family right: {np.mean(right):.3f}")
    print(f"label-ranking average precision: {score:.3f}")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=("speed", "survey"))
    parser.add_argument("papers", type=Path)
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    measure = speed if arguments.what == "speed" else survey
    measure(load_model(arguments.model), arguments.papers)


if __name__ == "__main__":
    main()
