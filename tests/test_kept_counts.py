"""Counts and sums that are kept up batch by batch are those that counting anew gives."""

from __future__ import annotations

import random
from dataclasses import astuple
from pathlib import Path

import pytest

from mllm_mine.index import Index, monthly_sums, tallies
from mllm_mine.index.monthly_confidence import months_of_labels
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper

LABELS = ("rlhf", "safety", "benchmark")


def paper(number: int, version: int = 1) -> Paper:
    return Paper(
        arxiv_id=f"9912.{number:05}",
        version=version,
        title=f"Invented paper {number}",
        abstract="An abstract.",
        published=f"2099-{1 + number % 4:02}-05T12:00:00Z" if number % 9 else "",
    )


def opinion(draw: random.Random, number: int) -> StoredPrediction:
    chances = {label: round(draw.random(), 3) for label in LABELS}
    chance = draw.random()
    return StoredPrediction(
        arxiv_id=f"9912.{number:05}",
        version=1,
        in_scope=chance > 0.4,
        p_in_scope=chance,
        probabilities=chances,
        labels=frozenset(label for label in LABELS if chances[label] > 0.5),
        uncertain=draw.random() < 0.2,
        unfamiliar=draw.random() < 0.1,
        used_text=False,
        error="no words" if number == 13 else "",
    )


def test_after_papers_are_classified_and_classified_again(tmp_path: Path) -> None:
    draw = random.Random(5)
    with Index.open(tmp_path / "mine.db", create=True) as index:
        index.papers.upsert_many((paper(number) for number in range(60)), "jsonl")
        for model in ("mllm-one", "mllm-two"):
            for numbers in (range(25), range(20, 60), range(5)):
                index.predictions.store(model, [opinion(draw, number) for number in numbers])
                counted = tallies.count(index.connection)
                assert +tallies.tally(index.connection) == +counted
                assert counted["classified", ""] > 0
                kept = monthly_sums.sums(index.connection)
                summed = monthly_sums.summed(index.connection)
                assert kept.keys() == summed.keys()
                for place, each in summed.items():
                    assert astuple(kept[place]) == pytest.approx(astuple(each))


def test_an_index_that_kept_nothing_yet_begins_with_what_is_there(tmp_path: Path) -> None:
    draw = random.Random(6)
    with Index.open(tmp_path / "mine.db", create=True) as index:
        index.papers.upsert_many((paper(number) for number in range(30)), "jsonl")
        index.predictions.store("mllm-one", [opinion(draw, number) for number in range(20)])
        tallies.forget(index.connection)
        monthly_sums.forget(index.connection)
        index.predictions.store("mllm-one", [opinion(draw, number) for number in range(18, 30)])
        assert tallies.tally(index.connection)["classified", ""] == 30
        assert tallies.are_right(index.connection)
        assert monthly_sums.are_right(index.connection)


def test_months_leave_out_what_the_model_was_trained_on(tmp_path: Path) -> None:
    draw = random.Random(7)
    with Index.open(tmp_path / "mine.db", create=True) as index:
        index.papers.upsert_many((paper(number) for number in range(40)), "jsonl")
        opinions = [opinion(draw, number) for number in range(40)]
        index.predictions.store("mllm-one", opinions)
        trained = [f"9912.{number:05}" for number in (1, 2, 5, 13, 18, 77)]
        months = months_of_labels(index, "2099-02", trained)
    # A paper without a date counts for the month of its id.
    assert {month.month for month in months} == {"2099-02", "2099-03", "2099-04", "2099-12"}
    assert [(month.label, month.month) for month in months] == sorted(
        (month.label, month.month) for month in months
    )
    one = next(month for month in months if (month.label, month.month) == ("rlhf", "2099-02"))
    those = [
        each
        for number, each in enumerate(opinions)
        if number % 4 == 1 and number % 9 and each.arxiv_id not in trained and not each.error
    ]
    chances = [each.probabilities["rlhf"] for each in those if each.probabilities["rlhf"] >= 0.05]
    assert one.papers == len(those)
    assert one.decisions == len(chances)
    assert one.chance == pytest.approx(sum(chances))
    assert one.sureness == pytest.approx(sum(max(chance, 1 - chance) for chance in chances))
