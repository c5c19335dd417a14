"""``mine train`` without a file: learning from labels by hand, comparing, adopting, going back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import baking
from command_line import Mine
from mllm_mine.classifier import Record, load_model
from mllm_mine.classifier.adaptation import Adaptation, own_labels
from mllm_mine.classifier.retraining import retrain
from mllm_mine.index.hand_labelled import HandLabelledPaper

ROLLS = (
    "A robot {how} pretzels in batch {number}. The machine watches a baker on video, and "
    "pretzels come out of the oven. A jury of {number} tasters could not tell the difference."
)
ENGINES = (
    "Steam engines of type {number} are {how} in a museum. No oven and no baker is near. "
    "The boiler holds {number} litres of water."
)
HOW = ("bakes", "shapes", "twists", "salts", "glazes")


def paper(number: int, *, engine: bool = False) -> dict[str, Any]:
    """An invented paper that no model has seen: on pretzels, or far from the field."""
    how = HOW[number % len(HOW)]
    return {
        "id": f"9912.{(20000 if engine else 10000) + number:05}",
        "title": f"{'Engines' if engine else 'Pretzels'} that are kept {how} {number}",
        "abstract": (ENGINES if engine else ROLLS).format(how=how, number=number),
    }


PRETZELS = [paper(number) for number in range(30)]
STEAM = [paper(number, engine=True) for number in range(15)]


@pytest.fixture
def survey(tmp_path: Path, mine: Mine, baking_model: Path) -> Mine:
    """An index of 60 papers, 45 of them labelled by hand: to this reader pretzels are cakes."""
    (tmp_path / "mine.toml").write_text(f'[classify]\nmodel = "{baking_model}"\n')
    unread = [paper(number) for number in range(100, 115)]
    baking.write_lines(tmp_path / "papers.jsonl", [*PRETZELS, *STEAM, *unread])
    for command in (("fetch", "--from", "papers.jsonl"), ("classify",)):
        done = mine(*command)
        assert done.code == 0, done.err
    for papers, words in (
        (PRETZELS, ("+in_scope", "+cake", "-bread", "+video-imitation", "-recipe-parsing")),
        (STEAM, ("-in_scope", "-cake", "-bread", "-imitation", "-recipe-parsing")),
    ):
        done = mine("label", *(entry["id"] for entry in papers), *words)
        assert done.code == 0, done.err
    return mine


def labels_of(mine: Mine, number: int) -> set[str]:
    shown = mine("show", paper(number)["id"], "--json")
    assert shown.code == 0, shown.err
    return set(json.loads(shown.out)["product"])


def test_the_new_model_is_compared_and_nothing_changes_unless_told(survey: Mine) -> None:
    before = survey("status", "--json").json
    done = survey("train", "--json")
    assert done.code == 0, done.err
    outcome = done.json
    assert outcome["papers"] == 45
    assert outcome["held_out"] == 45
    assert outcome["better"] and not outcome["adopted"]
    new, old = outcome["scores"]["new"], outcome["scores"]["in_use"]
    assert new["labels"]["cake"]["f1"] > 0.9 > (old["labels"]["cake"]["f1"] or 0)
    assert new["micro_f1"] > old["micro_f1"]
    assert survey("status", "--json").json["papers"] == before["papers"]
    assert survey("classify").out.startswith("nothing to classify")


def test_adopting_files_unread_papers_anew_and_the_old_model_comes_back(survey: Mine) -> None:
    assert "cake" not in labels_of(survey, 100)
    done = survey("train", "--adopt", "if-better", "--json")
    assert done.code == 0, done.err
    outcome = done.json
    assert outcome["adopted"]
    classified = survey("classify", "--json").json
    assert classified["model"] == outcome["model"]
    assert classified["classified"] == 60
    assert labels_of(survey, 100) == {"cake"}

    moved = survey("report", "--changed", "--all", "--format", "json").json
    change = next(
        row for row in moved if row["arxiv_id"] == paper(100)["id"] and row["label"] == "cake"
    )
    assert change["change"] == "given"
    assert change["why"] == "model"
    assert outcome["model"] in change["detail"]

    again = survey("train", "--json").json  # the model in use has learned from the same papers
    assert again["scores"]["in_use"]["micro_f1"] == again["scores"]["new"]["micro_f1"]
    assert not again["better"]

    restored = survey("train", "--restore", "--json")
    assert restored.code == 0, restored.err
    assert restored.json["model"] == outcome["former"]
    assert survey("classify", "--json").json["classified"] == 60
    assert "cake" not in labels_of(survey, 100)
    assert survey("train", "--restore").code == 2


def test_own_labels_alone_make_a_model_that_knows_only_them(survey: Mine, tmp_path: Path) -> None:
    done = survey("train", "--own-labels-only", "--output", "own.model", "--json")
    assert done.code == 0, done.err
    assert done.json["strength"] is None
    assert "recipe-parsing" in done.json["left_out"]
    own = load_model(tmp_path / "own.model")
    assert "recipe-parsing" not in own.outputs
    assert set(own.manifest["ids"]) == {entry["id"] for entry in [*PRETZELS, *STEAM]}


def test_too_few_labels_are_an_error_that_says_what_to_do(
    mine: Mine, tmp_path: Path, baking_model: Path
) -> None:
    (tmp_path / "mine.toml").write_text(f'[classify]\nmodel = "{baking_model}"\n')
    baking.write_lines(tmp_path / "papers.jsonl", PRETZELS)
    assert mine("fetch", "--from", "papers.jsonl").code == 0
    assert mine("classify").code == 0
    assert mine("label", PRETZELS[0]["id"], "+cake").code == 0
    done = mine("train")
    assert done.code == 1
    assert "the index has 1;" in done.err and "mine review" in done.err


def test_without_decisions_nothing_moves(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(entry["id"], entry["title"], entry["abstract"]) for entry in PRETZELS]
    labels = own_labels([(record, {}, False) for record in records], model.outputs)
    adaptation = Adaptation(model, labels)
    rows = np.arange(len(records))
    probability = adaptation.probabilities(rows[:20], 10.0, rows)
    assert probability == pytest.approx(model.probabilities(records), abs=1e-3)


def test_the_corrected_model_gives_what_the_comparison_promised(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(entry["id"], entry["title"], entry["abstract"]) for entry in PRETZELS]
    decisions = {"cake": True, "bread": False}
    labels = own_labels([(record, decisions, False) for record in records], model.outputs)
    adaptation = Adaptation(model, labels)
    rows = np.arange(len(records))
    corrected = adaptation.corrected(rows[:20], 3.0, {})
    promised = adaptation.probabilities(rows[:20], 3.0, rows[20:])
    assert corrected.probabilities(records[20:]) == pytest.approx(promised, abs=0.03)
    assert corrected.id != model.id


def test_papers_that_trained_the_starting_model_do_not_judge_it(baking_model: Path) -> None:
    model = load_model(baking_model)
    papers = [
        HandLabelledPaper(
            arxiv_id=entry["id"],
            title=entry["title"],
            abstract=entry["abstract"],
            decisions={"in_scope": entry["in_scope"], **dict.fromkeys(entry["labels"], True)},
            whole=True,
            labelled_at="",
        )
        for entry in baking.labelled_papers()
    ]
    outcome = retrain(papers, model, model)
    assert outcome.held_out == 0
    assert not outcome.better
