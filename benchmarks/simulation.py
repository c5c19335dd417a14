"""How much reading: our order beside ASReview's, on the same papers, priors and seeds.

    python benchmarks/simulation.py LABELLED.jsonl --target hallucination --seed 1 --seed 2

Reads labelled JSON Lines (``id, title, abstract, in_scope, labels``), lets both replay the
reading from the same known papers, and prints for each target and seed the share of papers
read until 95 % of the relevant ones are found, and the ratio ours / theirs (below 1 is less
reading). ASReview runs with its default model and reads one paper a round. It is not needed:
without it (``pip install 'asreview>=3,<4'``) only our column is printed. With ``--start MODEL``
a third column shows our order when it begins with a model's opinion; the model must have been
trained on other papers.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from mllm_mine.classifier.labelled import read_labelled
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.review.simulation import Replay, relevance, simulate
from mllm_mine.review.starting_model import load_starting_model
from mllm_mine.taxonomy import SCOPE, builtin_taxonomy, load_taxonomy


class FoundEnough:
    """Tells ASReview to stop when so many relevant papers are known."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted

    def stop(self, results: Any, data: Any) -> bool:
        return bool(results["label"].sum() >= self.wanted)


class AsReview:
    """ASReview's default model over the same texts; its features are computed once."""

    def __init__(self, records: Sequence[LabelledRecord]) -> None:
        import pandas
        from asreview.models.models import get_ai_config

        self.settings = get_ai_config()
        texts = [(record.title, record.abstract) for record in records]
        frame = pandas.DataFrame(texts, columns=["title", "abstract"])
        self.features = self._cycle().transform(frame).tocsr()

    def _cycle(self) -> Any:
        from asreview.learner import ActiveLearningCycle

        return ActiveLearningCycle.from_meta(self.settings["value"])

    def read_for_95(self, relevant: Any, known: Sequence[int], seed: int) -> float:
        """Share of the papers not known at the start that is read for 95 % of the relevant."""
        from asreview.simulation.simulate import Simulate

        np.random.seed(seed)
        at_start = int(relevant[list(known)].sum())
        wanted = at_start + math.ceil(0.95 * (int(relevant.sum()) - at_start) - 1e-9)
        replay = Simulate(
            self.features,
            relevant.astype(int),
            [self._cycle()],
            stopper=FoundEnough(wanted),
            skip_transform=True,
            print_progress=False,
        )
        replay.label(list(known))
        replay.review()
        return (len(replay._results) - len(known)) / (len(relevant) - len(known))


def main() -> None:
    """Runs both for every target and seed."""
    arguments = _arguments()
    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else builtin_taxonomy()
    records = read_labelled(arguments.files, taxonomy).records
    place_of = {record.id: place for place, record in enumerate(records)}
    theirs = _asreview(records)
    print(
        f"{'target':<24}{'relevant':>9}{'seed':>6}{'ASReview':>10}{'ours':>8}{'ratio':>7}"
        + (f"{'started':>9}{'ratio':>7}" if arguments.start else "")
    )
    logs: list[float] = []
    for target in arguments.target or (SCOPE, *taxonomy.label_ids):
        relevant = relevance(records, taxonomy, target)
        for seed in arguments.seed or [1]:
            ours = simulate(records, taxonomy, target, [seed]).replays[0]
            known = [place_of[paper] for paper in ours.priors]
            reference = theirs.read_for_95(relevant, known, seed) if theirs else math.nan
            row = f"{target:<24}{int(relevant.sum()):>9}{seed:>6}{reference:>10.3f}"
            row += f"{_share(ours):>8.3f}{_share(ours) / reference:>7.2f}"
            if arguments.start:
                start = load_starting_model(arguments.start, target)
                begun = simulate(records, taxonomy, target, [seed], start=start).replays[0]
                row += f"{_share(begun):>9.3f}{_share(begun) / reference:>7.2f}"
            print(row, flush=True)
            logs.append(math.log(_share(ours) / reference))
    if theirs:
        less = sum(value < 0 for value in logs)
        print(
            f"\ngeometric mean of the ratios {math.exp(sum(logs) / len(logs)):.3f}; "
            f"less reading in {less} of {len(logs)}"
        )


def _share(replay: Replay) -> float:
    return replay.curve.read_for(0.95) / replay.curve.papers


def _asreview(records: Sequence[LabelledRecord]) -> AsReview | None:
    try:
        version = metadata.version("asreview")
    except metadata.PackageNotFoundError:
        print("asreview is not installed; showing our column only", file=sys.stderr)
        return None
    began = time.perf_counter()
    found = AsReview(records)
    took = time.perf_counter() - began
    print(f"ASReview {version}, {found.settings['label']}; features in {took:.1f} s")
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="LABELLED")
    parser.add_argument("--target", action="append", help="repeatable; default: every label")
    parser.add_argument("--seed", action="append", type=int, help="repeatable; default: 1")
    parser.add_argument("--taxonomy", type=Path)
    parser.add_argument("--start", type=Path, help="a model trained on other papers")
    return parser.parse_args()


if __name__ == "__main__":
    main()
