"""How well the classifier files the survey's own papers; benchmarks/scoring.py says how fast.

    python benchmarks/classifier.py PAPERS.csv [--model FILE]

Reads a list of papers (columns ``arxiv_id``, ``title``, ``section``, and ``abstract`` where there
is one) filed by hand, and prints how often the model ranks the right alignment family first, and
the label-ranking average precision of the sections. Such a list is for evaluation; no model of
ours has seen it.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from mllm_mine.classifier import Model, Record, load_model

TUNING, FROZEN = "parameter-tuning", "parameter-frozen"
UNION = "finetuning"  # this section of the survey's list is the union of sft and rlhf


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
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("papers", type=Path)
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    survey(load_model(arguments.model), arguments.papers)


if __name__ == "__main__":
    main()
