"""Lets the index's model learn from its labels by hand, and adopts what is better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mllm_mine.classifier import load_model, model_in_use, save_model
from mllm_mine.classifier.model_file import model_bytes
from mllm_mine.classifier.retraining import Retraining, retrain
from mllm_mine.errors import ConfigurationError
from mllm_mine.index.hand_labelled import hand_labelled_papers

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.progress import Progress

Adopt = Literal["always", "if-better", "never"]


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of a retraining.

    Attributes:
        adopted: whether the new model is the one in use now.
    """

    retraining: Retraining
    adopted: bool


def teach(
    index: Index,
    configured: str | Path,
    *,
    adopt: Adopt = "never",
    own_labels_only: bool = False,
    output: Path | None = None,
    progress: Progress | None = None,
) -> Taught:
    """Trains a model with the labels by hand of the index, compares it, and perhaps adopts it.

    Args:
        configured: the model of the settings to start from; the bundled one when empty.
        output: also write the new model to this file.

    Raises:
        TrainingError: too few papers are labelled.
        ModelError, DiskError: a model cannot be read or written.
    """
    papers = hand_labelled_papers(index)
    start = load_model(configured or None)
    if start.taxonomy.text != index.taxonomy.text:
        raise ConfigurationError(
            f"the model {start.id} has another taxonomy than the index; run 'mine classify' with "
            "it first, or train one from labelled files with --taxonomy"
        )
    retraining = retrain(
        papers,
        start,
        model_in_use(index, configured),
        own_labels_only=own_labels_only,
        progress=progress,
    )
    if output is not None:
        save_model(retraining.model, output)
    wanted = adopt == "always" or (adopt == "if-better" and retraining.better)
    if wanted:
        content = model_bytes(retraining.model)
        index.models.adopt(retraining.model.id, content, retraining.papers)
    return Taught(retraining, wanted)


def restore(index: Index, configured: str | Path) -> str:
    """Brings back the model that was in use before the adopted one; returns its id.

    Raises:
        ConfigurationError: none was adopted.
    """
    if index.models.restore() is None:
        raise ConfigurationError(
            "no retrained model is adopted, so there is none to put back; the configured or "
            "bundled one is in use"
        )
    return model_in_use(index, configured).id
