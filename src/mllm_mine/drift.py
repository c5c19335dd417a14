"""Warns when the field's words move away from the model.

Nobody needs to label anything to see it: the probabilities are calibrated, so how sure the
model is of its decisions says how often they are right, and when it grows less sure of the
newer months, it errs more there (the difference of confidences of Guillory et al., "Predicting
with confidence on unseen distributions", ICCV 2021). For each label the months are split where
the mean sureness before and after differs most; the split counts when chance does not explain
it and the expected F1 has fallen noticeably. Papers that trained the model are left out, since
it is surer of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from mllm_mine.index.monthly_confidence import (
    DRIFT_SETTING,
    MonthOfLabel,
    doubts_since,
    months_of_labels,
)

if TYPE_CHECKING:
    from mllm_mine.classifier import Model
    from mllm_mine.index import Index

MONTHS = 36
"""So many months are looked at, up to that of the newest paper."""
FEWEST_DECISIONS = 60
"""Before a split and after it; below, chance rules."""
FARTHEST_BY_CHANCE = 4.0
"""Standard errors between before and after that chance explains among all labels and splits."""
SMALLEST_DROP = 0.03
"""Of expected F1; a smaller one is not worth a warning."""
RARER = 0.5
"""A label has grown rare when its share falls to this part of what it was, or less."""
FEWEST_FOUND = 10
"""Papers with the label before a split, and to be expected after it."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A label that the model has grown less sure of, or that has grown rare.

    Attributes:
        kind: ``unsure`` or ``rare``.
        since: the first month of the new words, as ``2025-01``.
        before, after: F1 that the model's own probabilities lead one to expect, or the share of
            papers with the label.
        papers: decisions on the label since then.
        excess: how many of them are wrong beyond what was usual before, as the probabilities say.
        to_review: how many papers a reader must look at to put so many right.
    """

    kind: str
    label: str
    since: str
    before: float
    after: float
    papers: int
    excess: float
    to_review: int = 0

    @property
    def text(self) -> str:
        """The warning in a few words."""
        if self.kind == "rare":
            return (
                f"{self.label}: since {self.since} on {self.after:.1%} of papers, before on "
                f"{self.before:.1%}; looking at any {self.to_review} tells whether only its "
                f"words moved (mine review --since {self.since}-01)"
            )
        return (
            f"{self.label}: since {self.since} expected F1 {self.after:.2f}, before "
            f"{self.before:.2f}; {self.to_review} reviewed papers would mend it "
            f"(mine review --label {self.label} --since {self.since}-01)"
        )


def find_drift(months: Sequence[MonthOfLabel]) -> list[Drift]:
    """The labels whose newer months differ, worst first.

    Args:
        months: by label and month.
    """
    by_label: dict[str, list[MonthOfLabel]] = {}
    for month in months:
        by_label.setdefault(month.label, []).append(month)
    found = []
    for label in by_label:
        drift = _worst_split(by_label[label]) or _rarer_since(by_label[label])
        if drift is not None:
            found.append(drift)
    return sorted(found, key=lambda drift: (drift.kind == "rare", drift.after - drift.before))


def watch_drift(index: Index, model: Model) -> list[Drift]:
    """Looks for drift in the index and keeps the outcome for ``mine status``."""
    newest = index.papers.newest_date()
    found = []
    if len(newest) >= len("2025-01"):
        manifest = model.manifest
        trained = [*manifest.get("ids", ()), *manifest.get("taught_by", {}).get("ids", ())]
        months = months_of_labels(index, _months_before(newest[:7], MONTHS), trained)
        found = [
            drift if drift.kind == "rare" else _with_papers_to_mend(index, drift)
            for drift in find_drift(months)
        ]
    index.set_setting(DRIFT_SETTING, json.dumps([asdict(drift) for drift in found]))
    return found


def kept_drift(index: Index) -> list[Drift]:
    """The outcome of the last look."""
    rows: list[dict[str, Any]] = json.loads(index.setting(DRIFT_SETTING) or "[]")
    return [Drift(**row) for row in rows]


def papers_to_mend(excess: float, doubts: Sequence[float]) -> int:
    """How many papers a reader must look at so that no more decisions are wrong than before.

    The most doubtful come first, as in ``mine review``; what the model learns from them beyond
    that is not counted on.

    Args:
        excess: decisions to put right.
        doubts: chances that the decisions are wrong, greatest first.
    """
    mended = 0.0
    for number, doubt in enumerate(doubts, 1):
        mended += doubt
        if mended >= excess:
            return number
    return len(doubts)


def _with_papers_to_mend(index: Index, drift: Drift) -> Drift:
    doubts = doubts_since(index, drift.label, drift.since)
    return replace(drift, to_review=papers_to_mend(drift.excess, doubts))


def _rarer_since(months: Sequence[MonthOfLabel]) -> Drift | None:
    """The split before which a label was much more frequent, if chance does not explain it."""
    worst: tuple[float, int] | None = None
    for place in range(1, len(months)):
        before, after = _sum(months[:place]), _sum(months[place:])
        expected = before.chance / max(before.papers, 1) * after.papers
        if before.chance < FEWEST_FOUND or expected < FEWEST_FOUND:
            continue
        # Both counts vary by chance, as numbers of rare events do (Poisson).
        error = sqrt(expected + expected * expected / before.chance)
        distance = (expected - after.chance) / error
        if after.chance <= RARER * expected and (worst is None or distance > worst[0]):
            worst = distance, place
    if worst is None or worst[0] < FARTHEST_BY_CHANCE:
        return None
    before, after = _sum(months[: worst[1]]), _sum(months[worst[1] :])
    share = before.chance / before.papers
    return Drift(
        kind="rare",
        label=after.label,
        since=after.month,
        before=round(share, 4),
        after=round(after.chance / after.papers, 4),
        papers=after.papers,
        excess=0.0,
        to_review=ceil(3 / share),  # none among so many is a sign at 95 % (the rule of three)
    )


def _worst_split(months: Sequence[MonthOfLabel]) -> Drift | None:
    worst: tuple[float, int] | None = None
    for place in range(1, len(months)):
        before, after = _sum(months[:place]), _sum(months[place:])
        if min(before.decisions, after.decisions) < FEWEST_DECISIONS:
            continue
        distance = _standard_errors(before, after)
        if worst is None or distance > worst[0]:
            worst = distance, place
    if worst is None or worst[0] < FARTHEST_BY_CHANCE:
        return None
    before, after = _sum(months[: worst[1]]), _sum(months[worst[1] :])
    drop = expected_f1(before) - expected_f1(after)
    if drop < SMALLEST_DROP:
        return None
    return Drift(
        kind="unsure",
        label=after.label,
        since=after.month,
        before=round(expected_f1(before), 4),
        after=round(expected_f1(after), 4),
        papers=after.decisions,
        excess=round(_excess(before, after), 2),
    )


def expected_f1(month: MonthOfLabel) -> float:
    """F1 of the assigned label if every probability is right; 1 when there is nothing to find."""
    whole = month.assigned + month.chance
    return 2 * month.assigned_chance / whole if whole else 1.0


def _excess(before: MonthOfLabel, after: MonthOfLabel) -> float:
    """Wrong decisions after a split beyond the rate before it."""
    usual = 1 - before.sureness / before.decisions
    return max(0.0, after.decisions - after.sureness - usual * after.decisions)


def _sum(months: Sequence[MonthOfLabel]) -> MonthOfLabel:
    """Several months as one, under the name of the first."""
    return MonthOfLabel(
        label=months[0].label,
        month=months[0].month,
        decisions=sum(month.decisions for month in months),
        sureness=sum(month.sureness for month in months),
        squares=sum(month.squares for month in months),
        assigned=sum(month.assigned for month in months),
        assigned_chance=sum(month.assigned_chance for month in months),
        chance=sum(month.chance for month in months),
        papers=sum(month.papers for month in months),
    )


def _standard_errors(before: MonthOfLabel, after: MonthOfLabel) -> float:
    """By how many standard errors mean sureness has fallen (Welch's t)."""

    def mean_and_error(month: MonthOfLabel) -> tuple[float, float]:
        mean = month.sureness / month.decisions
        variance = max(month.squares / month.decisions - mean * mean, 0.0)
        return mean, variance / month.decisions

    mean_before, error_before = mean_and_error(before)
    mean_after, error_after = mean_and_error(after)
    error = sqrt(error_before + error_after)
    return (mean_before - mean_after) / error if error else 0.0


def _months_before(month: str, months: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 - (months - 1)
    return f"{number // 12:04}-{number % 12 + 1:02}"
