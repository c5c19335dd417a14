"""Trains a model anew with labels by hand, and holds it against the one in use.

Both are judged on the same papers, none of which has taught the model that judges it: by
cross-validation over the papers labelled by hand, in which the model in use, too, is made again
without the papers held out where these had taught it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.adaptation import Adaptation, OwnLabels, own_labels
from mllm_mine.classifier.labelled import text_hash
from mllm_mine.classifier.metrics import LabelScores, label_scores, micro_f1
from mllm_mine.classifier.model import Model
from mllm_mine.classifier.records import LabelledRecord, Record
from mllm_mine.errors import TrainingError
from mllm_mine.progress import Progress, Silent
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.index.hand_labelled import HandLabelledPaper

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""How far a label may move the weights; cross-validation chooses."""
FEWEST_PAPERS = 10
FOLDS = 5
_SEED = 20240405
_TAUGHT_BY = "taught_by"


@dataclass(frozen=True)
class HeldOutScores:
    """How a model did on papers it had not learned from.

    Attributes:
        labels: of the outputs that occur among the decisions.
        micro_f1: over all decisions together.
        log_loss: mean of −ln(probability of what the reader said) a decision; less is better.
    """

    labels: tuple[LabelScores, ...]
    micro_f1: float
    log_loss: float

    def as_record(self) -> dict[str, Any]:
        """The scores as plain data."""
        return {
            "micro_f1": round(self.micro_f1, 4),
            "log_loss": round(self.log_loss, 4),
            "labels": {
                score.label: {
                    "precision": score.precision,
                    "recall": score.recall,
                    "f1": score.f1,
                    "support": score.support,
                }
                for score in self.labels
            },
        }


@dataclass(frozen=True)
class Retraining:
    """A model trained anew, beside the one in use.

    Attributes:
        model: the new model, which learned from all papers.
        in_use: id of the model in use.
        papers, decisions: that taught it.
        held_out: papers on which both were compared; those that trained the starting point, or
            the model in use for good, are not among them.
        strength: chosen by cross-validation, or None for a model of own labels alone.
        left_out: labels with too few examples for a model of own labels alone.
    """

    model: Model
    in_use: str
    papers: int
    decisions: int
    held_out: int
    new: HeldOutScores
    current: HeldOutScores
    strength: float | None
    left_out: dict[str, int]

    @property
    def better(self) -> bool:
        """Whether the new model errs less: better probabilities, and no worse decisions."""
        return (
            self.held_out > 0
            and self.new.log_loss < self.current.log_loss
            and self.new.micro_f1 >= self.current.micro_f1
        )


def retrain(
    papers: Sequence[HandLabelledPaper],
    start: Model,
    in_use: Model,
    *,
    own_labels_only: bool = False,
    progress: Progress | None = None,
) -> Retraining:
    """Learns from papers labelled by hand, and compares with the model in use.

    Args:
        start: the configured or bundled model, from whose weights learning begins.
        in_use: the model that classifies now; it may have learned from the same labels.
        own_labels_only: train a model from these labels alone instead.

    Raises:
        TrainingError: too few papers are labelled.
    """
    import numpy as np

    if len(papers) < FEWEST_PAPERS:
        raise TrainingError(
            f"learning from labels by hand takes at least {FEWEST_PAPERS} papers, and the index "
            f"has {len(papers)}; 'mine review' asks for the most telling ones"
        )
    progress = progress or Silent()
    known = [
        (Record(paper.arxiv_id, paper.title, paper.abstract), paper.decisions, paper.whole)
        for paper in papers
    ]
    labels = own_labels(known, start.outputs)
    adaptation = Adaptation(start, labels)
    folds = np.random.default_rng(_SEED).permutation(len(papers)) % FOLDS
    everything = np.arange(len(papers))
    left_out: dict[str, int] = {}
    strength = None
    if own_labels_only:
        from mllm_mine.classifier.training import train

        progress.start("training on own labels", FOLDS + 1)
        training = train(_records(papers), start.taxonomy)
        model, left_out = training.model, training.left_out
        fresh = _held_out(folds, _own_model(papers, start, progress))
    else:
        progress.start("learning from your labels", len(STRENGTHS))
        strength, fresh = _best_strength(adaptation, folds, progress)
        taught_by = {
            "start": start.id,
            "strength": strength,
            "ids": [paper.arxiv_id for paper in papers],
        }
        model = adaptation.corrected(everything, strength, {_TAUGHT_BY: taught_by})
    progress.finish()
    present = _held_out(folds, _present_model(adaptation, in_use))
    fair = ~_has_seen(start, papers) & ~_has_seen(in_use, papers)
    return Retraining(
        model=model,
        in_use=in_use.id,
        papers=len(papers),
        decisions=int(labels.known.sum()),
        held_out=int(fair.sum()),
        new=_scores(start, labels, fresh, fair),
        current=_scores(start, labels, present, fair),
        strength=strength,
        left_out=left_out,
    )


def log_loss(labels: OwnLabels, probability: Floats) -> float:
    """Mean of −ln(probability of what the reader said) over the decisions."""
    import numpy as np

    likely = np.where(labels.truth, probability, 1.0 - probability)[labels.known]
    return float(-np.log(np.clip(likely, 1e-6, 1.0)).mean()) if likely.size else 0.0


Judge = Callable[["Ints", "Ints"], "Floats"]
"""Gives probabilities of papers (second) after learning from others (first)."""


def _held_out(folds: Ints, judge: Judge) -> Floats:
    """Every paper's probabilities by a model that did not learn from it."""
    import numpy as np

    parts = []
    for fold in range(FOLDS):
        of = np.flatnonzero(folds == fold)
        parts.append((of, judge(np.flatnonzero(folds != fold), of)))
    found = np.zeros((len(folds), parts[0][1].shape[1]))
    for of, probability in parts:
        found[of] = probability
    return found


def _best_strength(adaptation: Adaptation, folds: Ints, progress: Progress) -> tuple[float, Floats]:
    """The strength with the least held-out log loss, and its held-out probabilities."""
    tried = []
    for strength in STRENGTHS:

        def judge(taught_by: Ints, of: Ints, strength: float = strength) -> Floats:
            return adaptation.probabilities(taught_by, strength, of)

        probability = _held_out(folds, judge)
        tried.append((log_loss(adaptation.labels, probability), strength, probability))
        progress.advance()
    _, strength, probability = min(tried, key=lambda each: each[:2])
    return strength, probability


def _present_model(adaptation: Adaptation, in_use: Model) -> Judge:
    """The model in use, made again without the papers held out if they had taught it."""
    import numpy as np

    start, records = adaptation.model, adaptation.labels.records
    taught_by = in_use.manifest.get(_TAUGHT_BY)
    if taught_by and taught_by.get("start") == start.id:
        ids = set(taught_by["ids"])
        among = np.array([record.id in ids for record in records])
        strength = float(taught_by["strength"])
        return lambda rest, of: adaptation.probabilities(rest[among[rest]], strength, of)
    probability = _aligned(in_use, start.outputs, in_use.probabilities(records))
    return lambda rest, of: probability[of]


def _own_model(papers: Sequence[HandLabelledPaper], start: Model, progress: Progress) -> Judge:
    """A model of own labels alone."""
    from mllm_mine.classifier.training import train

    records = _records(papers)

    def judge(taught_by: Ints, of: Ints) -> Floats:
        model = train([records[place] for place in taught_by], start.taxonomy).model
        progress.advance()
        held_out = [records[place] for place in of]
        return _aligned(model, start.outputs, model.probabilities(held_out))

    return judge


def _aligned(model: Model, outputs: Sequence[str], probability: Floats) -> Floats:
    """A model's probabilities in another order of outputs; 0 for those it does not know."""
    import numpy as np

    column = {output: place for place, output in enumerate(model.outputs)}
    parts = [
        probability[:, column[output]] if output in column else np.zeros(len(probability))
        for output in outputs
    ]
    return np.column_stack(parts)


def _records(papers: Sequence[HandLabelledPaper]) -> list[LabelledRecord]:
    """Labelled records; a label that nobody decided counts as refused, for want of a model."""
    return [
        LabelledRecord(
            id=paper.arxiv_id,
            title=paper.title,
            abstract=paper.abstract,
            in_scope=paper.decisions.get(SCOPE),
            labels=tuple(
                label for label, value in paper.decisions.items() if value and label != SCOPE
            ),
        )
        for paper in papers
    ]


def _has_seen(model: Model, papers: Sequence[HandLabelledPaper]) -> Bools:
    """Which papers trained a model for good, so that it cannot be judged by them."""
    import numpy as np

    ids = set(model.manifest.get("ids", ()))
    hashes = set(model.manifest.get("hashes", ()))
    return np.array(
        [record.id in ids or text_hash(record) in hashes for record in _records(papers)]
    )


def _scores(model: Model, labels: OwnLabels, probability: Floats, fair: Bools) -> HeldOutScores:
    """Scores over the decisions on some papers; what nobody decided counts for nothing."""
    part = labels.part(fair)
    if not len(part):
        return HeldOutScores((), 0.0, 0.0)
    assigned = model.assigned(probability[fair]) & part.known
    truth = part.truth & part.known
    scores = label_scores(labels.outputs, truth, assigned, probability[fair])
    shown = tuple(score for score in scores if score.support or score.assigned)
    return HeldOutScores(shown, micro_f1(truth, assigned), log_loss(part, probability[fair]))
