"""Files papers into a taxonomy with a linear TF-IDF model, and says why.

Importing this package is cheap; NumPy is loaded with the first model, scikit-learn only to train.
Whole files are classified by ``mllm_mine.classifier.bulk``.
"""

from mllm_mine.classifier.in_use import model_in_use
from mllm_mine.classifier.indexed import explain_paper, explainer
from mllm_mine.classifier.model import Model
from mllm_mine.classifier.model_file import load_model, save_model
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
    "Prediction",
    "Record",
    "classify_pending",
    "explain_paper",
    "explainer",
    "load_model",
    "model_in_use",
    "save_model",
]
