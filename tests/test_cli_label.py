"""`mine label`: signs, notes, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index


def test_plus_and_minus_in_any_form_of_the_id(mine: Mine, index_path: Path) -> None:
    result = mine(
        "label", "https://arxiv.org/abs/9912.00002v1", "+rlhf", "-hallucination", "-finetuning"
    )
    assert result.code == 0, result.err
    assert result.out == "9912.00002 in scope: rlhf (by hand)\n"
    with Index.open(index_path) as index:
        said = {word.label: word.value for word in index.labels.history("9912.00002")}
        assert said == {"rlhf": True, "hallucination": False, "finetuning": False}


def test_labels_whose_first_letter_looks_like_an_option(mine: Mine, index_path: Path) -> None:
    for label in ("hallucination", "safety", "sft-data", "in_scope", "benchmark", "pretraining"):
        result = mine("label", "9912.00001", f"-{label}")
        assert result.code == 0, result.err
    document = mine("show", "9912.00001", "--json").json
    assert document["in_scope"] is False
    assert [word["label"] for word in document["history"]][:2] == ["hallucination", "safety"]


def test_several_papers_with_note_and_author(mine: Mine, index_path: Path) -> None:
    result = mine(
        *("label", "9912.00001", "9912.00004", "+survey"),
        *("--note", "=a 'note', with \"quotes\"", "--author", "Ana", "--json"),
    )
    assert [paper["arxiv_id"] for paper in result.json] == ["9912.00001", "9912.00004"]
    assert {"label": "survey", "probability": 1.0, "by_hand": True} in result.json[0]["labels"]
    history = mine("show", "9912.00004", "--json").json["history"]
    assert history[0]["note"] == "=a 'note', with \"quotes\""
    assert history[0]["author"] == "Ana"


def test_the_author_is_the_user_unless_told(mine: Mine, index_path: Path) -> None:
    mine("label", "9912.00001", "+survey")
    mine("label", "9912.00001", "+model", env={"MINE_AUTHOR": "bo"})
    history = mine("show", "9912.00001", "--json").json["history"]
    assert [word["author"] for word in history] == ["tester", "bo"]


@pytest.mark.parametrize("back", [["~rlhf"], ["--clear", "rlhf"]])
def test_taking_back(mine: Mine, index_path: Path, back: list[str]) -> None:
    mine("label", "9912.00001", "-rlhf")
    result = mine("label", "9912.00001", *back)
    assert result.out == "9912.00001 in scope: rlhf, safety\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9912.00001"], "say what to change"),
        (["+rlhf"], "name a paper"),
        (["9912.00001", "+rlfh"], "did you mean rlhf"),
        (["9912.00001", "+rlhf", "-rlhf"], "named twice"),
        (["9912.00001", "+full-parameter", "-finetuning"], "belongs to finetuning"),
        (["9912.00001", "+"], "no label ''"),
    ],
)
def test_mistakes_are_bad_usage(mine: Mine, index_path: Path, words: list[str], said: str) -> None:
    result = mine("label", *words)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1


def test_one_unknown_paper_and_none_is_labelled(mine: Mine, index_path: Path) -> None:
    result = mine("label", "9912.00001", "9912.99999", "+survey")
    assert result.code == 1
    assert "9912.99999" in result.err
    assert "mine fetch --ids 9912.99999" in result.err
    assert mine("show", "9912.00001", "--json").json["history"] == []
    assert mine("label", "../../etc/passwd", "+survey").code == 1
