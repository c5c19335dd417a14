"""How often the model is right, from papers that chance alone put before the reader."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index import Index


@dataclass(frozen=True, slots=True)
class HonestEstimate:
    """What the randomly drawn papers say.

    Attributes:
        papers: drawn at random and judged.
        scope_right: of those with a decision on scope (``scoped``), on how many the model agreed.
        whole_right: on how many the reader changed no label that was shown.
    """

    papers: int
    scoped: int
    scope_right: int
    whole_right: int

    @property
    def text(self) -> str:
        """The estimate in one sentence, with 95 % intervals."""
        parts = [f"every label on {_share(self.whole_right, self.papers)}"]
        if self.scoped:
            parts.insert(0, f"scope on {_share(self.scope_right, self.scoped)}")
        return (
            f"Of {self.papers} papers drawn at random so far, the model had {' and '.join(parts)}."
        )


def honest_estimate(index: Index) -> HonestEstimate | None:
    """Compares decisions on randomly drawn papers with what the model said at the time.

    Returns:
        None while no such paper was judged.
    """
    said_by_paper = index.to_review.random_decisions()
    if not said_by_paper:
        return None
    scoped = [said[SCOPE] for said in said_by_paper.values() if SCOPE in said]
    whole = [
        all(agreed for label, agreed in said.items() if label != SCOPE)
        for said in said_by_paper.values()
    ]
    return HonestEstimate(len(whole), len(scoped), sum(scoped), sum(whole))


def wilson_interval(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927); good for small numbers, too."""
    if of == 0:
        return 0.0, 1.0
    z = 1.959964
    share = right / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _share(right: int, of: int) -> str:
    low, high = wilson_interval(right, of)
    return f"{right} of {of} right ({low:.0%} to {high:.0%})"
