"""When may a reader stop? When the rest is unlikely to hold more than was agreed to miss.

The test is the one of M. W. Callaghan and F. Müller-Hansen, "Statistical stopping criteria for
automated screening in systematic reviews", Systematic Reviews 9:273 (2020), in its form for
papers read by rank: the last papers read are taken as if they had been drawn at random from
all papers that were unread before them. If more relevant papers were left than the wanted
recall allows, how likely would be so few finds among them? When that is unlikely enough for
any number of last papers, the reader may stop.

Assumption: a paper still unread is no likelier to be relevant than those read last. It holds
as far as the order puts the likelier papers first; it fails when a group of relevant papers is
unlike all that were found (another word for the same thing), and then the rule stops too early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DRAWS = 150  # so many numbers of last papers are looked at
_LOOKS = 250  # so many times a reader asks whether to stop

ASSUMPTION = "papers still unread are no likelier to be relevant than those read last"


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """Stop when missing the wanted recall would be this unlikely.

    Attributes:
        recall: share of all relevant papers that a reader wants to have found.
        confidence: 1 minus the chance that is accepted of stopping with less.
    """

    recall: float = 0.95
    confidence: float = 0.95

    def chance_of_too_early(self, hits: Sequence[bool], unread: int) -> float:
        """The chance of finding so little lately if too much were still to be found.

        Args:
            hits: for each paper read, in order, whether it was relevant; papers known before
                the reading began are not among them.
            unread: how many papers are left.

        Returns:
            A p-value between 0 and 1: the smallest over all numbers of last papers.
        """
        import numpy as np

        if unread == 0:
            return 0.0
        found = np.concatenate([[0], np.cumsum(np.asarray(hits, dtype=np.int64))])
        total = int(found[-1])
        if total == 0:
            return 1.0
        before = np.unique(np.linspace(0, len(hits) - 1, _DRAWS, dtype=np.int64))
        drawn = len(hits) - before
        left = drawn + unread
        too_many = floor(total / self.recall + 1e-9) + 1  # so many relevant ones miss the recall
        relevant_left = np.minimum(too_many - found[before], left)
        finds = total - found[before]
        fewer_than_expected = finds < drawn * relevant_left / left  # the others are near 1
        log_factorial = _log_factorials(len(hits) + unread)
        cases = np.column_stack([finds, left, relevant_left, drawn])[fewer_than_expected]
        chances = [_hypergeometric_cdf(case, log_factorial) for case in cases.tolist()]
        return min([1.0, *chances])

    def may_stop(self, hits: Sequence[bool], unread: int) -> bool:
        """Whether a reader who has seen these papers may stop."""
        return self.chance_of_too_early(hits, unread) < 1.0 - self.confidence

    def stops_after(self, hits: Sequence[bool]) -> int:
        """How many of these papers the rule lets a reader read who asks now and then."""
        step = max(1, len(hits) // _LOOKS)
        for read in range(step, len(hits), step):
            if self.may_stop(hits[:read], len(hits) - read):
                return read
        return len(hits)


@lru_cache(maxsize=4)
def _log_factorials(largest: int) -> Floats:
    """ln n! for n from 0 to ``largest``."""
    import numpy as np

    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, largest + 1)))])


def _hypergeometric_cdf(case: Sequence[int], log_factorial: Floats) -> float:
    """Chance of so few relevant papers among some that are drawn without putting back.

    Args:
        case: relevant papers drawn, papers, relevant papers among them, papers drawn.
    """
    import numpy as np

    finds, papers, relevant, drawn = case
    hit = np.arange(max(0, drawn + relevant - papers), min(finds, relevant, drawn) + 1)
    other, missed = papers - relevant, drawn - hit
    log_chance = (
        log_factorial[relevant]
        - log_factorial[hit]
        - log_factorial[relevant - hit]
        + log_factorial[other]
        - log_factorial[missed]
        - log_factorial[other - missed]
        - log_factorial[papers]
        + log_factorial[drawn]
        + log_factorial[papers - drawn]
    )
    return float(np.exp(log_chance).sum())
