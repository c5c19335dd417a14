"""The stopping rule, against chances worked out by hand and by drawing."""

from __future__ import annotations

import random

import pytest

from mllm_mine.review.stopping import StoppingRule


def test_nothing_found_is_no_reason_to_stop() -> None:
    assert not StoppingRule().may_stop([False] * 50, unread=50)


def test_nothing_left_is_a_reason_to_stop() -> None:
    assert StoppingRule().may_stop([True], unread=0)


def test_the_chance_is_that_of_missing_one_paper_in_the_rest() -> None:
    # One found at once, and then none in 9 of 18 papers. Two would be relevant if the recall
    # were missed, and the second stays unread in all nine with chance 1/2 (lift 1), 1/8 (lift 3).
    hits = [True] + [False] * 9
    assert StoppingRule(lift=1).chance_of_too_early(hits, unread=9) == pytest.approx(0.5)
    assert StoppingRule(lift=3).chance_of_too_early(hits, unread=9) == pytest.approx(0.125)


def test_more_papers_without_a_find_make_stopping_safer() -> None:
    hits = [True] * 20
    rule = StoppingRule()
    chances = [
        rule.chance_of_too_early(hits + [False] * more, 1000 - more) for more in (10, 50, 200)
    ]
    assert chances == sorted(chances, reverse=True)
    assert not rule.may_stop(hits, unread=1000)


def test_a_blind_order_is_rarely_stopped_too_early() -> None:
    """Papers in random order, so that a rule with lift 1 must keep its promise."""
    draw = random.Random(7)
    rule = StoppingRule(recall=0.9, confidence=0.95, lift=1)
    early = 0
    for _ in range(100):
        hits = [True] * 40 + [False] * 360
        draw.shuffle(hits)
        stopped = rule.stops_after(hits)
        early += sum(hits[:stopped]) < 0.9 * 40
    assert early <= 10  # the least over many samples is a little bold; 5 would be the promise
