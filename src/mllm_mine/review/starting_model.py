"""A model trained on other papers, as the reader's first guess of what is relevant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError
from mllm_mine.review.learner import standardised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.classifier.model import Model
    from mllm_mine.classifier.records import LabelledRecord

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StartingModel:
    """One output of a model.

    Attributes:
        output: the label id, or ``in_scope``.
    """

    model: Model
    output: str

    def opinion(self, records: Sequence[LabelledRecord]) -> Floats:
        """The model's standardised scores, shape (records,)."""
        column = self.model.outputs.index(self.output)
        return standardised(self.model.decision_function(records)[:, column])

    def seen_in_training(self, records: Sequence[LabelledRecord]) -> int:
        """How many of the records trained the model, by id or by text."""
        from mllm_mine.classifier.labelled import text_hash

        ids = set(self.model.manifest.get("ids", ()))
        hashes = set(self.model.manifest.get("hashes", ()))
        return sum(record.id in ids or text_hash(record) in hashes for record in records)


def load_starting_model(path: str | Path, target: str) -> StartingModel:
    """Loads the model to start from; ``builtin`` stands for the bundled one.

    Raises:
        ModelError: the file is no model.
        ConfigurationError: the model does not know the target.
    """
    from mllm_mine.classifier.model_file import load_model

    model = load_model(None if str(path) == "builtin" else path)
    if target not in model.outputs:
        raise ConfigurationError(
            f"the model {model.id} does not know {target!r}; start from nothing, or from a "
            "model that was trained with it"
        )
    return StartingModel(model, target)


def opinion_weight(relevant_read: int) -> float:
    """What a model's opinion counts for beside what was learned from the papers read.

    It weighs as much as the learner alone at the start, and less with each relevant paper.
    """
    return 3.0 / (1.0 + relevant_read / 50.0)
