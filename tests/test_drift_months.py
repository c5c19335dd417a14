"""The warning that the field's words move away from the model."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.classifier import Model, load_model
from mllm_mine.drift import Drift, expected_f1, find_drift, kept_drift, papers_to_mend, watch_drift
from mllm_mine.index import Index
from mllm_mine.index.monthly_confidence import MonthOfLabel
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper

MONTHS = [f"2099-{month:02}" for month in range(1, 11)]


def month_of(label: str, month: str, chances: list[float]) -> MonthOfLabel:
    sure = [max(chance, 1 - chance) for chance in chances]
    given = [chance for chance in chances if chance >= 0.5]
    return MonthOfLabel(
        label=label,
        month=month,
        decisions=len(chances),
        sureness=sum(sure),
        squares=sum(value * value for value in sure),
        assigned=len(given),
        assigned_chance=sum(given),
        chance=sum(chances),
        papers=100,
    )


def history(draw: random.Random, label: str, moved_since: str = "9999") -> list[MonthOfLabel]:
    """Months of 40 decisions, sure ones before a month and half-hearted ones from it on."""

    def chances(month: str) -> list[float]:
        sure = [draw.choice([draw.uniform(0.85, 1), draw.uniform(0.05, 0.15)]) for _ in range(40)]
        unsure = [draw.uniform(0.3, 0.75) for _ in range(40)]
        return [
            unsure[place] if month >= moved_since and place % 2 else sure[place]
            for place in range(40)
        ]

    return [month_of(label, month, chances(month)) for month in MONTHS]


def test_a_label_whose_words_move_is_named_with_its_month() -> None:
    draw = random.Random(1)
    months = history(draw, "rlhf", moved_since="2099-07") + history(draw, "safety")
    (found,) = find_drift(months)
    assert found.label == "rlhf"
    assert found.since == "2099-07"
    assert found.before > found.after + 0.05
    assert found.papers == 4 * 40
    # 20 of 40 decisions a month went from about 0.08 doubt to about 0.4.
    assert 15 < found.excess < 35


def test_chance_raises_no_alarm() -> None:
    alarms = sum(
        bool(find_drift([month for n in range(26) for month in history(draw, f"label-{n}")]))
        for draw in map(random.Random, range(20))
    )
    assert alarms == 0


def test_a_few_new_papers_are_not_yet_a_drift() -> None:
    draw = random.Random(2)
    months = history(draw, "rlhf")
    months[-1] = month_of("rlhf", MONTHS[-1], [0.5] * 10)
    assert find_drift(months) == []


def test_a_label_that_the_model_no_longer_sees_is_named_as_rare() -> None:
    draw = random.Random(4)
    months = [
        month_of(
            "rlhf", month, [draw.uniform(0.9, 1) for _ in range(14 if month < "2099-08" else 1)]
        )
        for month in MONTHS
    ]
    (found,) = find_drift(months)
    assert (found.kind, found.label, found.since) == ("rare", "rlhf", "2099-08")
    assert found.before == pytest.approx(0.133, abs=0.005)
    assert found.to_review == 23  # at 13.3 %, none among 23 papers has a chance of 5 %
    assert "looking at any 23" in found.text


def test_a_label_that_fades_slowly_is_no_drift() -> None:
    draw = random.Random(4)
    months = [
        month_of("rlhf", month, [draw.uniform(0.9, 1) for _ in range(40 - place)])
        for place, month in enumerate(MONTHS)
    ]
    assert find_drift(months) == []


def test_papers_to_mend_are_the_most_doubtful_that_hold_the_excess() -> None:
    assert papers_to_mend(1.0, [0.5, 0.4, 0.3, 0.1]) == 3
    assert papers_to_mend(0.0, [0.5]) == 1
    assert papers_to_mend(9.0, [0.5, 0.5]) == 2


def test_expected_f1_is_that_of_the_probabilities() -> None:
    # Of 2 given, 1.5 are right; 2 are there in all: precision 0.75, recall 0.75.
    assert expected_f1(month_of("rlhf", "2099-01", [0.9, 0.6, 0.3, 0.2])) == pytest.approx(0.75)
    assert expected_f1(month_of("rlhf", "2099-01", [])) == 1


@pytest.fixture
def drifted(tmp_path: Path) -> Path:
    """An index of ten months in which the model grows unsure of rlhf from July on."""
    draw = random.Random(5)
    path = tmp_path / "mine.db"
    with Index.open(path, create=True) as index:
        papers, predictions = [], []
        for place, month in enumerate(MONTHS):
            for number in range(30):
                arxiv_id = f"99{place + 1:02}.{number + 1:05}"
                papers.append(
                    Paper(arxiv_id, 1, "Invented", "Words.", published=f"{month}-03T00:00:00Z")
                )
                unsure = month >= "2099-07" and number % 2 == 0
                chance = draw.uniform(0.4, 0.6) if unsure else draw.uniform(0.9, 1)
                predictions.append(
                    StoredPrediction(
                        arxiv_id=arxiv_id,
                        version=1,
                        in_scope=True,
                        p_in_scope=0.97,
                        probabilities={"rlhf": chance, "benchmark": draw.uniform(0.9, 1)},
                        labels=frozenset({"rlhf", "benchmark"}),
                        uncertain=False,
                        unfamiliar=False,
                        used_text=False,
                    )
                )
        index.papers.upsert_many(papers, "jsonl")
        index.predictions.store("mllm-test", predictions)
    return path


def test_the_index_is_watched_and_status_says_it(
    drifted: Path, mine: Mine, baking_model: Path
) -> None:
    model: Model = load_model(baking_model)  # none of these papers is in its training set
    with Index.open(drifted) as index:
        (found,) = watch_drift(index, model)
        assert (found.label, found.since) == ("rlhf", "2099-07")
        assert found.excess / 0.5 <= found.to_review <= 60  # 60 papers are in doubt
        assert kept_drift(index) == [found]
    shown = mine("--db", drifted, "status")
    assert "rlhf: since 2099-07 expected F1" in shown.out
    assert "reviewed papers would mend it" in shown.out
    assert mine("--db", drifted, "status", "--json").json["drift"][0]["label"] == "rlhf"


def test_papers_that_trained_the_model_are_left_out(drifted: Path) -> None:
    from mllm_mine.index.monthly_confidence import months_of_labels

    with Index.open(drifted) as index:
        whole = months_of_labels(index, "2099-01")
        rest = months_of_labels(index, "2099-01", ["9901.00001", "9901.00002"])
    assert sum(month.decisions for month in whole if month.label == "rlhf") == 300
    assert sum(month.decisions for month in rest if month.label == "rlhf") == 298


def test_the_line_of_a_night_names_the_worst(drifted: Path) -> None:
    from mllm_mine.commands.update import summary_line
    from mllm_mine.index.news import News
    from mllm_mine.pipeline import UpdateSummary

    drift = (
        Drift("unsure", "sft", "2099-07", 0.9, 0.7, 120, 9.0, 40),
        Drift("unsure", "model", "2099-08", 0.9, 0.8, 90, 4.0, 20),
    )
    summary = UpdateSummary(1, "2099-10-01", News(3, 2, {}), {}, [], [], 0, drift)
    assert "drift in sft since 2099-07 and 1 more label (mine status)" in summary_line(summary)
