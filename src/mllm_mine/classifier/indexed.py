"""Explains the labels of papers that are in the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mllm_mine.classifier.in_use import model_in_use
from mllm_mine.classifier.records import Explanation, LabelExplanation, Record

if TYPE_CHECKING:
    from pathlib import Path

    from mllm_mine.classifier.model import Model
    from mllm_mine.index import Index


def explain_paper(
    index: Index, arxiv_id: str, model: str | Path | None = None
) -> Explanation | None:
    """Why a model files a paper as it does, from what it reads of the paper.

    Args:
        model: the configured model's file, used unless the index has adopted another; the
            bundled one when left out. It need not be the one that gave
            the labels that the index holds; compare ``prediction.model``.

    Returns:
        None when the index does not hold the paper.

    Raises:
        ModelError: the model cannot be loaded.
    """
    record = _record(index, arxiv_id)
    return None if record is None else model_in_use(index, model).explain(record)


def explainer(
    index: Index, model: Model
) -> Callable[[str, Sequence[str]], dict[str, LabelExplanation]]:
    """A function that tells why the model gave some labels to a paper of the index.

    Returns:
        The function, of the paper's id and the labels (``in_scope`` for scope); it gives the
        reasons by label, without labels and papers that are not known.
    """

    def explain(arxiv_id: str, labels: Sequence[str]) -> dict[str, LabelExplanation]:
        record = _record(index, arxiv_id)
        return {} if record is None else model.explain(record, labels).labels

    return explain


def _record(index: Index, arxiv_id: str) -> Record | None:
    """What the model reads of a paper, or None when the index does not hold it."""
    paper = index.predictions.what_is_classified(arxiv_id)
    if paper is None:
        return None
    return Record(paper.arxiv_id, paper.title, paper.abstract)
