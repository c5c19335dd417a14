"""Replays labelled papers as if a person reviewed them in our order, and says what it saves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.errors import ConfigurationError
from mllm_mine.progress import Progress, Silent
from mllm_mine.review.labelled_csv import read_labelled_csv
from mllm_mine.review.learner import ActiveLearner
from mllm_mine.review.recall import RecallCurve
from mllm_mine.review.starting_model import (
    StartingModel,
    load_starting_model,
    opinion_weight,
)
from mllm_mine.review.stopping import StoppingRule
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.classifier.records import LabelledRecord

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

PAPERS_A_ROUND = 50
"""A round grows by one paper for every so many that were read."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay: the papers known at the start, and the order in which the rest was read.

    Attributes:
        priors: ids of the papers known at the start, relevant ones first.
        order: ids in the order of reading, without the priors.
        curve: what was found along that order.
        stopped_after: papers read when the stopping rule first allowed to stop.
    """

    seed: int
    priors: tuple[str, ...]
    order: tuple[str, ...]
    curve: RecallCurve
    stopped_after: int

    def as_record(self) -> dict[str, Any]:
        """The figures of this replay; shares are of the papers that were not known before."""
        papers = max(self.curve.papers, 1)
        return {
            "seed": self.seed,
            "read_for_95": round(self.curve.read_for(0.95) / papers, 5),
            "wss_95": round(self.curve.work_saved(0.95), 5),
            "recall_at_10pct": round(self.curve.recall_after(round(0.1 * papers)), 5),
            "stopped_at": round(self.stopped_after / papers, 5),
            "recall_at_stop": round(self.curve.recall_after(self.stopped_after), 5),
            "time_to_discovery": round(self.curve.time_to_discovery(), 5),
            "priors": list(self.priors),
        }


@dataclass(frozen=True, slots=True)
class Simulation:
    """Replays of labelled papers for one target.

    Attributes:
        papers, relevant: all that are labelled, those known at the start included.
        start: id of the model whose opinion the order began with, or "" for none.
        seen_in_training: how many of the papers that model was trained on.
    """

    target: str
    papers: int
    relevant: int
    rule: StoppingRule
    replays: tuple[Replay, ...]
    start: str = ""
    seen_in_training: int = 0

    def as_record(self) -> dict[str, Any]:
        """The simulation as plain data."""
        return {
            "n": self.papers,
            "relevant": self.relevant,
            "target": self.target,
            "start": self.start or None,
            "seen_in_training": self.seen_in_training,
            "stopping": {
                "recall": self.rule.recall,
                "confidence": self.rule.confidence,
                "assumption": self.rule.assumption,
                "stopped_too_early": self.stopped_too_early,
            },
            "runs": [replay.as_record() for replay in self.replays],
        }

    @property
    def stopped_too_early(self) -> int:
        """In how many replays the rule stopped before its recall was reached."""
        return sum(
            replay.curve.recall_after(replay.stopped_after) < self.rule.recall - 1e-9
            for replay in self.replays
        )


def simulate(
    records: Sequence[LabelledRecord],
    taxonomy: Taxonomy,
    target: str,
    seeds: Iterable[int],
    *,
    relevant_priors: int = 1,
    other_priors: int = 10,
    rule: StoppingRule | None = None,
    start: StartingModel | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Replays the reading of labelled papers for one target, once for each seed.

    The replay knows the labels of ``relevant_priors`` relevant and ``other_priors`` other
    papers, drawn by the seed; they are neither read nor counted as found. Of the papers read it
    learns only whether they carry the target, no other label.

    Raises:
        ConfigurationError: no paper has the target, or they are too few for the priors.
    """
    progress = progress or Silent()
    relevant = relevance(records, taxonomy, target)
    if relevant.sum() <= relevant_priors or (~relevant).sum() < other_priors:
        raise ConfigurationError(
            f"{target}: {int(relevant.sum())} relevant and {int((~relevant).sum())} other papers "
            f"are too few to start from {relevant_priors} relevant and {other_priors} others; "
            "lower --prior-relevant or --prior-other, or choose a target with more papers"
        )
    seeds = tuple(dict.fromkeys(seeds))
    progress.start("reading terms")
    learner = ActiveLearner.for_texts([(record.title, record.abstract) for record in records])
    opinion = None if start is None else start.opinion(records)
    rule = rule or StoppingRule()
    replays = []
    for seed in seeds:
        known = _draw_priors(relevant, relevant_priors, other_priors, seed)
        progress.start(f"replaying {target}, seed {seed}", len(records) - len(known))
        order = read_in_order(learner, relevant, known, seed, opinion, progress)
        hits = tuple(bool(hit) for hit in relevant[order])
        replays.append(
            Replay(
                seed=seed,
                priors=tuple(records[place].id for place in known),
                order=tuple(records[place].id for place in order),
                curve=RecallCurve(hits),
                stopped_after=rule.stops_after(hits),
            )
        )
    progress.finish()
    return Simulation(
        target=target,
        papers=len(records),
        relevant=int(relevant.sum()),
        rule=rule,
        replays=tuple(replays),
        start=start.model.id if start else "",
        seen_in_training=start.seen_in_training(records) if start else 0,
    )


def read_in_order(
    learner: ActiveLearner,
    relevant: Bools,
    known: Ints,
    seed: int,
    opinion: Floats | None = None,
    progress: Progress | None = None,
) -> Ints:
    """Places of the papers in the order in which a reader of our queue reads them.

    Rounds of one paper at first, growing with what has been read, the learner trained anew
    before each; once nothing relevant is left, the rest follows by the last order.

    Args:
        known: places of the papers known at the start.
        opinion: standardised scores of a model to start from, shape (papers,), or None.
    """
    import numpy as np

    progress = progress or Silent()
    random = np.random.default_rng(seed)
    read, unread = known, np.setdiff1d(np.arange(len(relevant)), known)
    while len(unread):
        scores = learner.scores(read, relevant[read], random)
        if opinion is not None:
            scores = scores + opinion_weight(int(relevant[read].sum())) * opinion
        ranked = unread[np.argsort(-scores[unread], kind="stable")]
        size = 1 + (len(read) - len(known)) // PAPERS_A_ROUND
        if not relevant[unread].any():
            size = len(ranked)
        read = np.concatenate([read, ranked[:size]])
        unread = np.setdiff1d(unread, ranked[:size])
        progress.advance(min(size, len(ranked)))
    return read[len(known) :]


def simulate_files(
    paths: Sequence[str],
    taxonomy: Taxonomy,
    target: str,
    seeds: Iterable[int],
    *,
    start: Path | None = None,
    **options: Any,
) -> Simulation:
    """Reads labelled papers, and perhaps a model to start from, and replays their reading.

    Args:
        paths: labelled JSON Lines, of which some may hold the labels and others the papers; or
            one ``.csv`` with a column of 0 and 1 for each label.
        start: a model file (``builtin`` for the bundled one), or None to start from nothing.
        options: as for :func:`simulate`.

    Raises:
        InputFileError, ModelError, ConfigurationError: as their messages say.
    """
    from mllm_mine.classifier.labelled import read_labelled

    tables = [path for path in paths if path.lower().endswith(".csv")]
    if tables and len(paths) > 1:
        # Each has its own columns of labels, and may have line numbers for ids.
        raise ConfigurationError(
            f"{tables[0]} is CSV and must stand alone; put the tables into one, or give JSON Lines"
        )
    records = read_labelled_csv(tables[0]) if tables else read_labelled(paths, taxonomy).records
    model = None if start is None else load_starting_model(start, target)
    return simulate(records, taxonomy, target, seeds, start=model, **options)


def relevance(records: Sequence[LabelledRecord], taxonomy: Taxonomy, target: str) -> Bools:
    """For each record whether it carries the target; a child brings its parent.

    Raises:
        ConfigurationError: no record carries the target.
    """
    import numpy as np

    def carries(record: LabelledRecord) -> bool:
        if target == SCOPE:
            return bool(record.in_scope)
        return target in record.labels or any(
            target in taxonomy.ancestors(label) for label in record.labels
        )

    found = np.array([carries(record) for record in records], dtype=bool)
    if not found.any():
        known = sorted({label for record in records for label in record.labels})
        raise ConfigurationError(
            f"no labelled paper carries {target!r}; they have {', '.join([SCOPE, *known])}"
        )
    return found


def _draw_priors(relevant: Bools, relevant_priors: int, other_priors: int, seed: int) -> Ints:
    """Places of the papers known at the start, relevant ones first; the seed decides."""
    import numpy as np

    random = np.random.default_rng(seed)
    return np.concatenate(
        [
            random.choice(np.flatnonzero(relevant), relevant_priors, replace=False),
            random.choice(np.flatnonzero(~relevant), other_priors, replace=False),
        ]
    )
