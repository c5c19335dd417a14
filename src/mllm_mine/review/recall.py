"""How much reading found how much: the recall curve of one order of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil


@dataclass(frozen=True)
class RecallCurve:
    """What a reader found, paper by paper; papers known from the start are not in it.

    Attributes:
        hits: for each paper in the order of reading, whether it was relevant.
    """

    hits: tuple[bool, ...]

    @property
    def papers(self) -> int:
        """How many papers there were to read."""
        return len(self.hits)

    @property
    def relevant(self) -> int:
        """How many of them were relevant."""
        return sum(self.hits)

    @property
    def found(self) -> list[int]:
        """Relevant papers found after reading 1, 2, … papers."""
        return list(accumulate(map(int, self.hits)))

    def read_for(self, recall: float) -> int:
        """Papers to read until a share of the relevant ones is found; 0 when there are none."""
        wanted = ceil(recall * self.relevant - 1e-9)
        if wanted == 0:
            return 0
        return self.found.index(wanted) + 1

    def recall_after(self, papers: int) -> float:
        """Share of the relevant papers found after reading so many; 1 when there are none."""
        return sum(self.hits[:papers]) / self.relevant if self.relevant else 1.0

    def work_saved(self, recall: float) -> float:
        """Work saved over sampling at a level of recall: between recall − 1 and recall.

        WSS@r = (papers not read when recall r is reached) / papers − (1 − r), after Cohen,
        Hersh, Peterson and Yen, "Reducing workload in systematic review preparation using
        automated citation classification", JAMIA 13 (2006).
        """
        if not self.papers:
            return 0.0
        return (self.papers - self.read_for(recall)) / self.papers - (1.0 - recall)

    def time_to_discovery(self) -> float:
        """Mean share of the papers that is read before a relevant one is found.

        The average time to discovery of Ferdinands et al., "Performance of active learning
        models for screening prioritization in systematic reviews", Systematic Reviews 12 (2023).
        """
        if not self.relevant:
            return 0.0
        places = [place for place, hit in enumerate(self.hits, 1) if hit]
        return sum(places) / len(places) / self.papers

    def points(self, shares: Sequence[float]) -> list[tuple[float, float]]:
        """The curve at given shares of the papers: (share read, recall)."""
        return [(share, self.recall_after(round(share * self.papers))) for share in shares]
