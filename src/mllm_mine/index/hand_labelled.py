"""Papers labelled by hand, as a model learns from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.to_review import REVIEW_TOOL
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


@dataclass(frozen=True, slots=True)
class HandLabelledPaper:
    """A paper of the index with what was said of it by hand.

    Attributes:
        decisions: by label id (or ``in_scope``), with what they imply.
        whole: whether a reader saw the paper with all proposed labels and let it stand, so that
            a label without a decision is one the paper does not carry.
    """

    arxiv_id: str
    title: str
    abstract: str
    decisions: dict[str, bool]
    whole: bool
    labelled_at: str


def hand_labelled_papers(index: Index) -> list[HandLabelledPaper]:
    """Every paper of the index with a label by hand in force, by id."""
    decisions: dict[str, dict[str, bool]] = {}
    for row in index.connection.execute(
        "SELECT arxiv_id, label, value FROM hand_decisions WHERE value IS NOT NULL"
    ):
        decisions.setdefault(row["arxiv_id"], {})[row["label"]] = bool(row["value"])
    has_scope = index.taxonomy.scope is not None
    seen_whole = "hand.label = ? AND hand.value = 1" if has_scope else "hand.label <> ?"
    rows = index.connection.execute(
        f"""SELECT papers.arxiv_id, title, abstract, max(hand.labelled_at) AS labelled_at,
            max(hand.tool LIKE '{REVIEW_TOOL}%' AND {seen_whole}) AS whole
        FROM papers JOIN hand_labels AS hand USING (arxiv_id)
        GROUP BY papers.arxiv_id ORDER BY papers.arxiv_id""",
        (SCOPE,),
    )
    return [
        HandLabelledPaper(
            arxiv_id=row["arxiv_id"],
            title=row["title"],
            abstract=row["abstract"],
            decisions=decisions.get(row["arxiv_id"], {}),
            whole=bool(row["whole"]),
            labelled_at=row["labelled_at"],
        )
        for row in rows
    ]
