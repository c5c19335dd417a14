"""Classifies the papers of an index that are new, changed, or were labelled by another model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.classifier.model_file import ModelFile
from mllm_mine.classifier.records import Prediction, Record
from mllm_mine.index.predictions import PendingPaper
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.progress import Progress

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model
    from mllm_mine.index import Index
    from mllm_mine.index.runs import Run

_BATCH = 1024

NOTHING_TO_READ = "neither title nor abstract has a word in it"


@dataclass
class ClassifySummary:
    """What a classification did.

    Attributes:
        waiting: papers still queued when the time was up.
    """

    classified: int = 0
    in_scope: int = 0
    uncertain: int = 0
    unfamiliar: int = 0
    failed: int = 0
    waiting: int = 0


def classify_pending(
    index: Index,
    model: Model | ModelFile,
    run: Run,
    progress: Progress,
    *,
    every: bool = False,
    seconds: float | None = None,
) -> ClassifySummary:
    """Labels the papers that wait for it, and no others; saved batch by batch.

    The model's taxonomy becomes the index's. A paper without a word is recorded as failed.

    Args:
        model: of a file, the model is built only if papers wait for it.
        every: label all papers again.
        seconds: stop after about this long; the rest stays queued.

    Raises:
        ModelError: the file holds no sound model.
    """
    index.use_taxonomy(model.taxonomy)
    index.predictions.use_model(model.id, every=every)
    summary = ClassifySummary(waiting=index.predictions.pending())
    if summary.waiting:
        progress.start("classify", summary.waiting)
        built = model.model if isinstance(model, ModelFile) else model
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            batch = index.predictions.next_batch(_BATCH)
            if not batch:
                break
            results = _classified(built, batch)
            index.predictions.store(model.id, results)
            _count(summary, results, run)
            progress.advance(len(batch))
        summary.waiting = index.predictions.pending()
    progress.finish()
    run.add(
        classified=summary.classified,
        in_scope=summary.in_scope,
        uncertain=summary.uncertain,
        unfamiliar=summary.unfamiliar,
    )
    return summary


def is_readable(record: Record) -> bool:
    """Whether a record has a word that could be classified."""
    return any(map(str.isalpha, record.abstract)) or any(map(str.isalpha, record.title))


def _classified(model: Model, batch: Sequence[PendingPaper]) -> list[StoredPrediction]:
    records = [Record(paper.arxiv_id, paper.title, paper.abstract) for paper in batch]
    readable = [record for record in records if is_readable(record)]
    predictions = {prediction.id: prediction for prediction in model.predict(readable)}
    return [_stored(paper, predictions.get(paper.arxiv_id)) for paper in batch]


def _stored(paper: PendingPaper, prediction: Prediction | None) -> StoredPrediction:
    if prediction is None:
        return StoredPrediction(
            arxiv_id=paper.arxiv_id,
            version=paper.version,
            in_scope=None,
            p_in_scope=None,
            probabilities={},
            labels=frozenset(),
            uncertain=True,
            unfamiliar=True,
            used_text=False,
            error=NOTHING_TO_READ,
        )
    return StoredPrediction(
        arxiv_id=paper.arxiv_id,
        version=paper.version,
        in_scope=prediction.in_scope,
        p_in_scope=prediction.p_in_scope,
        probabilities=prediction.scores,
        labels=frozenset(prediction.labels),
        uncertain=prediction.uncertain,
        unfamiliar=prediction.unfamiliar,
        used_text=False,
    )


def _count(summary: ClassifySummary, results: Sequence[StoredPrediction], run: Run) -> None:
    for result in results:
        if result.error:
            summary.failed += 1
            run.fail(result.arxiv_id, result.error)
            continue
        summary.classified += 1
        summary.in_scope += result.in_scope is True
        summary.uncertain += result.uncertain
        summary.unfamiliar += result.unfamiliar
