"""Trends: papers by label and month, shares, growth, and which label of a dimension grows fastest.

Intervals are about chance in small counts. They say nothing of labels that the model gave
wrongly.
"""

from __future__ import annotations

import calendar
import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isinf
from typing import TYPE_CHECKING, Any

from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import day_or_moment, label_ids
from mllm_mine.index.monthly_counts import monthly_counts
from mllm_mine.reports.intervals import (
    Estimate,
    errors_beyond_chance,
    growth,
    rate,
    share,
    standard_errors_apart,
)

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.taxonomy import Label

DEFAULT_MONTHS = 24
"""So many months are shown unless a date is given."""
DEFAULT_WINDOW = 6
"""Growth compares so many months with as many before them."""
CSV_COLUMNS = (
    *("month", "whole", "label", "papers", "in_scope", "share", "share_low", "share_high"),
    *("smoothed_papers", "smoothed_low", "smoothed_high"),
)

_FEWEST_PAPERS = 10  # of a label on both sides of a comparison, to be compared
_SMOOTHED_OVER = 1  # months before and after that a month is smoothed with
_SLACK_DAYS = 1  # a month that lacks a day at its end is still whole: nobody submits on some days


@dataclass(frozen=True, slots=True)
class LabelTrend:
    """One label through the months.

    Attributes:
        counts: papers, one for each month.
        smoothed: papers a month over the month and its neighbours, months not there whole left
            out; None where nothing is left.
        share: of the papers in scope in the recent months.
        growth: papers in the recent months against the months before, as a factor.
        share_growth: the same of the label's share: growth beyond that of the field.
    """

    label: str
    dimension: str
    counts: tuple[int, ...]
    smoothed: tuple[Estimate | None, ...]
    recent: int
    before: int
    share: Estimate | None
    growth: Estimate | None
    share_growth: Estimate | None


@dataclass(frozen=True, slots=True)
class Fastest:
    """Which label of a dimension grows fastest; children are left to the labels above them.

    Attributes:
        label: the one with the highest growth, "" when too little was counted.
        told: whether it grows, and faster than each other label, beyond chance.
        rivals: the labels from which chance does not tell it.
        rare: labels with so few papers that nothing can be said; they are not compared.
    """

    dimension: str
    label: str
    told: bool
    rivals: tuple[str, ...]
    rare: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """The months, and everything by label.

    Attributes:
        months: without a hole, as ``2025-01``.
        whole: for each month, whether all its days are in the index.
        window: how many months growth compares; 0 when there are too few.
        recent, before: first and last month of each side of the comparison.
        field: all papers in scope.
    """

    months: tuple[str, ...]
    whole: tuple[bool, ...]
    window: int
    recent: tuple[str, str] | None
    before: tuple[str, str] | None
    field: LabelTrend
    labels: tuple[LabelTrend, ...]
    fastest: tuple[Fastest, ...]


def trends(
    index: Index,
    *,
    since: str = "",
    until: str = "",
    labels: Sequence[str] = (),
    window: int = DEFAULT_WINDOW,
) -> Trends:
    """Counts papers in scope by month and label, and compares.

    Args:
        since, until: dates as in a filter; without ``since`` two years up to the newest paper.
        labels: ids of labels or groups; all when empty.
        window: months on each side of the comparison; fewer when the index holds fewer.

    Raises:
        ConfigurationError: an unknown label, a wrong date or window.
    """
    if window < 1:
        raise ConfigurationError(f"growth compares at least one month, not {window}")
    taxonomy = index.taxonomy
    wanted = {label for name in labels for label in label_ids(name, taxonomy)}
    if since:
        day_or_moment(since)
    counted = monthly_counts(index, since, until)
    months = _months(counted.oldest[:7], counted.newest[:7])
    whole = [True] * len(months)
    if months:
        whole[0] = int(counted.oldest[8:10]) <= 1 + _SLACK_DAYS
        last = calendar.monthrange(int(months[-1][:4]), int(months[-1][5:]))[1]
        whole[-1] = whole[-1] and int(counted.newest[8:10]) >= last - _SLACK_DAYS
    if not since:
        months, whole = months[-DEFAULT_MONTHS:], whole[-DEFAULT_MONTHS:]
    places = [place for place, each in enumerate(whole) if each]
    window = min(window, len(places) // 2)
    recent, before = (places[-window:], places[-2 * window : -window]) if window else ([], [])
    field_counts = [counted.papers.get(month, 0) for month in months]
    compare = _Comparison(recent, before, whole, field_counts)
    found = [
        compare.trend(
            label.id, label.dimension, [counted.labels[label.id].get(m, 0) for m in months]
        )
        for label in taxonomy.labels
        if not wanted or label.id in wanted
    ]
    return Trends(
        months=tuple(months),
        whole=tuple(whole),
        window=window,
        recent=(months[recent[0]], months[recent[-1]]) if recent else None,
        before=(months[before[0]], months[before[-1]]) if before else None,
        field=compare.trend("", "", field_counts),
        labels=tuple(found),
        fastest=tuple(
            _fastest(dimension.id, rivals)
            for dimension in taxonomy.dimensions
            if len(rivals := _top(found, taxonomy.in_dimension(dimension.id))) > 1
        ),
    )


def _top(found: Sequence[LabelTrend], labels: Sequence[Label]) -> list[LabelTrend]:
    """Of these labels those that are not counted with another one, above them, already."""
    present = {each.label for each in found}
    top = {label.id for label in labels if label.parent not in present}
    return [each for each in found if each.label in top]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The two sides that growth compares, as places of months."""

    recent: Sequence[int]
    before: Sequence[int]
    whole: Sequence[bool]
    field: Sequence[int]

    def trend(self, label: str, dimension: str, counts: Sequence[int]) -> LabelTrend:
        recent, before = self._sum(counts, self.recent), self._sum(counts, self.before)
        all_recent, all_before = (
            self._sum(self.field, self.recent),
            self._sum(self.field, self.before),
        )
        return LabelTrend(
            label=label,
            dimension=dimension,
            counts=tuple(counts),
            smoothed=tuple(self._smoothed(counts, place) for place in range(len(counts))),
            recent=recent,
            before=before,
            share=share(recent, all_recent),
            growth=growth(recent, before, len(self.recent), len(self.before)),
            share_growth=growth(recent, before, all_recent, all_before),
        )

    def _smoothed(self, counts: Sequence[int], place: int) -> Estimate | None:
        near = range(max(0, place - _SMOOTHED_OVER), min(len(counts), place + _SMOOTHED_OVER + 1))
        chosen = [each for each in near if self.whole[each]]
        return rate(self._sum(counts, chosen), len(chosen))

    @staticmethod
    def _sum(counts: Sequence[int], places: Sequence[int]) -> int:
        return sum(counts[place] for place in places)


def _fastest(dimension: str, labels: Sequence[LabelTrend]) -> Fastest:
    counted = [each for each in labels if each.recent + each.before >= _FEWEST_PAPERS]
    rare = tuple(each.label for each in labels if each not in counted)
    if not counted:
        return Fastest(dimension, "", False, (), rare)
    first = max(counted, key=lambda each: (each.recent + 0.5) / (each.before + 0.5))
    others = [each for each in counted if each is not first]
    enough = errors_beyond_chance(len(others))
    rivals = tuple(
        other.label
        for other in others
        if standard_errors_apart((first.recent, first.before), (other.recent, other.before))
        < enough
    )
    grows = first.growth is not None and first.growth.low > 1
    return Fastest(dimension, first.label, grows and not rivals, rivals, rare)


def _months(first: str, last: str) -> list[str]:
    """All months from one to another, both included; none when there is no first."""
    if not first:
        return []
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last)]
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(numbers[0], numbers[1] + 1)]


def as_document(found: Trends) -> dict[str, Any]:
    """The trends as plain data; an interval without an upper end has null there."""
    return {key: _finite(value) for key, value in asdict(found).items()}


def as_csv(found: Trends) -> str:
    """One row for each label and month; the rows of all papers in scope have no label."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for trend in (found.field, *found.labels):
        for place, month in enumerate(found.months):
            of_all = share(trend.counts[place], found.field.counts[place])
            row = [month, str(found.whole[place]).lower(), trend.label]
            row += [str(trend.counts[place]), str(found.field.counts[place])]
            writer.writerow([*row, *_cells(of_all), *_cells(trend.smoothed[place])])
    return file.getvalue()


def _cells(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return ["", "", ""]
    return [f"{value:.4f}" for value in (estimate.value, estimate.low, estimate.high)]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float):
        return None if isinf(value) else round(value, 4)
    return value
