"""The model that classifies an index: the one adopted there, else the configured or bundled one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.classifier.model_file import ModelFile, open_model

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model
    from mllm_mine.index import Index


def model_file_in_use(index: Index, configured: str | Path | None = None) -> ModelFile:
    """Opens the file of the model that an index has adopted after retraining, if there is one.

    Args:
        configured: the model file of the settings; the bundled model when empty.

    Raises:
        ModelError: the model is missing or damaged.
    """
    content = index.models.adopted()
    if content is not None:
        return ModelFile(content, f"the adopted model {index.models.adopted_id}")
    return open_model(configured or None)


def model_in_use(index: Index, configured: str | Path | None = None) -> Model:
    """Loads the model of :func:`model_file_in_use`.

    Raises:
        ModelError: the model is missing or damaged.
    """
    return model_file_in_use(index, configured).model
