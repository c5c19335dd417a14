"""Intervals for shares, counts and their growth that stay honest when the numbers are small."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, sqrt
from statistics import NormalDist

LEVEL = 0.95
"""Of many such intervals, this share holds the true value."""

_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the interval around it; ``high`` may be infinite."""

    value: float
    low: float
    high: float


def share(part: int, whole: int) -> Estimate | None:
    """The share of ``part`` in ``whole`` with Wilson's score interval; None of nothing.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    recommended for small numbers by Brown, Cai and DasGupta (2001), "Interval estimation for a
    binomial proportion", Statistical Science 16(2). It holds the true share as often as said on
    average over shares, though not for each share.
    """
    if not whole:
        return None
    value, spread = part / whole, _Z * _Z / whole
    centre = (value + spread / 2) / (1 + spread)
    margin = _Z * sqrt(value * (1 - value) / whole + spread / (4 * whole)) / (1 + spread)
    low = 0.0 if part == 0 else centre - margin
    high = 1.0 if part == whole else centre + margin
    return Estimate(value, low, high)


def rate(count: int, months: int) -> Estimate | None:
    """Papers a month with the score interval for a Poisson rate; None of no month.

    Brown, Cai and DasGupta (2003), "Interval estimation in exponential families", Statistica
    Sinica 13.
    """
    if not months:
        return None
    centre, margin = count + _Z * _Z / 2, _Z * sqrt(count + _Z * _Z / 4)
    low = 0.0 if count == 0 else (centre - margin) / months
    return Estimate(count / months, low, (centre + margin) / months)


def growth(recent: int, before: int, recent_size: float, before_size: float) -> Estimate | None:
    """How many times as high a rate is as it was; None when nothing was counted at all.

    Given the sum of two Poisson counts, one of them is binomial, and its share tells the ratio of
    the rates (Przyborowski and Wilenski, 1940, Biometrika 31); the interval is :func:`share`'s,
    carried over.

    Args:
        recent_size, before_size: what the counts are held against: months, or all papers.
    """
    of_all = share(recent, recent + before)
    if of_all is None or not recent_size or not before_size:
        return None

    def ratio(part: float) -> float:
        return inf if part >= 1 else part / (1 - part) * before_size / recent_size

    return Estimate(ratio(of_all.value), ratio(of_all.low), ratio(of_all.high))


def standard_errors_apart(one: tuple[int, int], other: tuple[int, int]) -> float:
    """By how many standard errors one label grows faster than another.

    The log ratio of their growths (Woolf, 1955) with a half added to each count, so that zeros do
    no harm (Haldane, 1956; Anscombe, 1956). Papers that carry both labels make the true error
    smaller, so the test errs on the side of caution.

    Args:
        one, other: the recent count and the one before.
    """
    halves = [count + 0.5 for count in (*one, *other)]
    ratio = log(halves[0] / halves[1]) - log(halves[2] / halves[3])
    return ratio / sqrt(sum(1 / count for count in halves))


def errors_beyond_chance(comparisons: int) -> float:
    """How many standard errors chance does not explain among so many comparisons (Bonferroni)."""
    return NormalDist().inv_cdf(1 - (1 - LEVEL) / (2 * max(comparisons, 1)))
