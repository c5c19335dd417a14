"""Explains the labels of a paper that is in the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.classifier.in_use import model_in_use
from mllm_mine.classifier.records import Explanation, Record

if TYPE_CHECKING:
    from pathlib import Path

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
    paper = index.predictions.what_is_classified(arxiv_id)
    if paper is None:
        return None
    record = Record(paper.arxiv_id, paper.title, paper.abstract, paper.text)
    return model_in_use(index, model).explain(record)
