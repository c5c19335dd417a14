"""Files papers into a taxonomy with a linear TF-IDF model, and says why.

Importing this package is cheap; NumPy is loaded with the first model, scikit-learn only to train.
Whole files are classified by ``mllm_mine.classifier.bulk``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.lazy_imports import importer

if TYPE_CHECKING:
    from mllm_mine.classifier.in_use import model_file_in_use, model_in_use
    from mllm_mine.classifier.indexed import explain_paper, explainer
    from mllm_mine.classifier.model import Model
    from mllm_mine.classifier.model_file import ModelFile, load_model, open_model, save_model
    from mllm_mine.classifier.pending import ClassifySummary, classify_pending
    from mllm_mine.classifier.records import (
        Explanation,
        LabelExplanation,
        LabelledRecord,
        Prediction,
        Record,
    )

__all__ = [
    "ClassifySummary",
    "Explanation",
    "LabelExplanation",
    "LabelledRecord",
    "Model",
    "ModelFile",
    "Prediction",
    "Record",
    "classify_pending",
    "explain_paper",
    "explainer",
    "load_model",
    "model_file_in_use",
    "model_in_use",
    "open_model",
    "save_model",
]

__getattr__ = importer(
    __name__,
    {
        "ClassifySummary": "pending",
        "Explanation": "records",
        "LabelExplanation": "records",
        "LabelledRecord": "records",
        "Model": "model",
        "ModelFile": "model_file",
        "Prediction": "records",
        "Record": "records",
        "classify_pending": "pending",
        "explain_paper": "indexed",
        "explainer": "indexed",
        "load_model": "model_file",
        "model_file_in_use": "in_use",
        "model_in_use": "in_use",
        "open_model": "model_file",
        "save_model": "model_file",
    },
)
