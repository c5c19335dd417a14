"""The recall curve and its figures, against values worked out by hand."""

from __future__ import annotations

import pytest

from mllm_mine.review.recall import RecallCurve

CURVE = RecallCurve((True, False, True, True, False, False, True, False, False, False))


def test_counts_what_is_read_until_a_share_is_found() -> None:
    assert CURVE.relevant == 4
    assert CURVE.read_for(0.5) == 3
    assert CURVE.read_for(0.75) == 4
    assert CURVE.read_for(0.95) == 7  # 3.8 papers of 4 means all four
    assert CURVE.read_for(1.0) == 7


def test_a_share_that_is_met_exactly_needs_no_paper_more() -> None:
    hits = RecallCurve((True,) * 19 + (False,) * 5 + (True,))
    assert hits.read_for(0.95) == 19


def test_recall_after_reading_and_work_saved() -> None:
    assert CURVE.recall_after(0) == 0
    assert CURVE.recall_after(3) == 0.5
    assert CURVE.recall_after(10) == 1
    assert CURVE.work_saved(0.95) == pytest.approx((10 - 7) / 10 - 0.05)


def test_time_to_discovery_is_the_mean_place_of_a_find() -> None:
    assert CURVE.time_to_discovery() == pytest.approx((1 + 3 + 4 + 7) / 4 / 10)


def test_nothing_to_find_is_found_at_once() -> None:
    nothing = RecallCurve((False, False))
    assert nothing.read_for(0.95) == 0
    assert nothing.recall_after(0) == 1
    assert nothing.time_to_discovery() == 0
    assert RecallCurve(()).work_saved(0.95) == 0
