"""Resources: what papers release and use, by links, introductions and names."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.resources.mentions import find_mentions


def told(text: str) -> set[tuple[str, str, str]]:
    return {(found.name, found.kind, found.role) for found in find_mentions(text)}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Our code and data are available at https://github.com/rye-lab/DoughBench.git.",
            {("DoughBench", "code", "released"), ("DoughBench", "dataset", "released")},
        ),
        (
            "The model is released at \\url{https://huggingface.co/rye-lab/crumb-7b}.",
            {("crumb-7b", "model", "released")},
        ),
        (
            "We train on https://huggingface.co/datasets/rye-lab/loaves for a day.",
            {("loaves", "dataset", "used")},
        ),
        (
            "A ranking is at https://huggingface.co/spaces/rye-lab/bread-leaderboard today.",
            {("bread-leaderboard", "leaderboard", "mentioned")},
        ),
        (
            "The dataset is available at https://zenodo.org/records/99999999.",
            {("Zenodo 99999999", "dataset", "released")},
        ),
        (
            "We introduce CrumbQA, a multilingual benchmark for evaluating bakers' models.",
            {("CrumbQA", "benchmark", "released")},
        ),
        (
            "We build a parallel corpus named RyeSet, from old recipes.",
            {("RyeSet", "dataset", "released")},
        ),
        ("We propose KneadNet, a graph model for bread.", set()),
        ("We introduce KneadNet, a framework for language models.", set()),
        (
            "The code we used to train our models is available at github.com/rye-lab/oven.",
            {("oven", "code", "released")},
        ),
        ("The code is available at https://github.com/... soon.", set()),
        ("The data are at https://huggingface.co/datasets/ and https://zenodo.org/.", set()),
        ("After Bloom's taxonomy, we evaluate on bread.", set()),
        (
            r"The data is at \href{https://github.com/r/Loaf}{https://github.com/r/Loaf}.",
            {("Loaf", "dataset", "mentioned")},
        ),
        ("See https://github.com/rye-lab for more.", set()),
        ("We evaluate our baker on XNLI.", {("XNLI", "benchmark", "used")}),
        ("Roots of bread and opus numbers are no data, nor is oscar.", set()),
        ("The OSCAR is a film prize.", set()),
        ("We pre-train on the OSCAR corpus.", {("OSCAR", "dataset", "used")}),
    ],
)
def test_what_a_sentence_tells(sentence: str, expected: set[tuple[str, str, str]]) -> None:
    assert told(sentence) == expected


@pytest.mark.parametrize("written", ["mC4", "MC4", "CC-100", "CC100"])
def test_spellings_are_one_name_in_the_survey_s_group(written: str) -> None:
    (found,) = find_mentions(f"We train our model on {written} alone.")
    assert found.name == ("mC4" if "4" in written else "CC-100")
    assert (found.stage, found.origin) == ("Multilingual Pretraining Data", "Web Crawling")
    assert found.url.startswith("https://huggingface.co/datasets/")


def test_a_new_data_set_is_grouped_by_what_its_sentence_says() -> None:
    (found,) = find_mentions(
        "We release DoughInstruct, an instruction dataset written by hand by native speakers."
    )
    assert (found.stage, found.origin) == ("Multilingual SFT Data", "Manual Creation")


def test_the_role_that_says_most_wins_and_keeps_its_sentence() -> None:
    found = find_mentions(
        "Others evaluate on XNLI. In this work, we release LoafSet, a dataset of bread.\n\n"
        "We fine-tune with the data of https://github.com/rye-lab/LoafSet today."
    )
    roles = {mention.name: (mention.role, mention.url) for mention in found}
    assert roles["LoafSet"] == ("released", "https://github.com/rye-lab/LoafSet")
    assert next(m for m in found if m.name == "LoafSet").evidence.startswith("In this work")


def add_words(path: Path, arxiv_id: str, words: str, day: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE papers SET abstract = ?, last_changed = ? WHERE arxiv_id = ?",
            (words, day, arxiv_id),
        )


def test_resources_of_the_index_are_filtered_and_follow_changes(
    mine: Mine, index_path: Path, index: Index
) -> None:
    release = "We introduce CrumbQA, a benchmark for bread. It is at https://github.com/r/CrumbQA."
    add_words(index_path, "9912.00001", release, "2099-12-08")
    add_words(index_path, "9912.00003", "We evaluate on xnli and XNLI. We use MC4.", "2099-12-08")
    add_words(index_path, "9912.00004", "Out of scope: we evaluate on MMLU.", "2099-12-08")
    index.fulltexts.save(
        "9912.00002",
        1,
        status="ok",
        reason="",
        text="We train on mC4.\n\nReferences\n\nA. We use FineWeb. 2099.",
        structure={"sections": [{"heading": "References", "start": 18, "end": 60}]},
        pages=1,
        extractor="test",
        seconds=0.1,
    )
    found = {each["name"]: each for each in mine("resources", "--json").json}
    assert set(found) == {"CrumbQA", "XNLI", "mC4"}
    assert [row["arxiv_id"] for row in found["mC4"]["papers"]] == ["9912.00003", "9912.00002"]
    assert found["mC4"]["papers"][0]["evidence"] == "We use MC4."
    assert found["CrumbQA"]["released_by"] == ["9912.00001"]
    assert {each["name"] for each in mine("resources", "--released", "--json").json} == {"CrumbQA"}
    lines = mine("resources", "--kind", "benchmark", "--label", "rlhf").out.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["CrumbQA", "benchmark"]]
    assert mine("resources", "--since", "2099-12-03", "--kind", "dataset", "--json").json
    add_words(index_path, "9912.00001", "We changed our mind.", "2099-12-09")
    assert {each["name"] for each in mine("resources", "--json").json} == {"XNLI", "mC4"}


def test_an_unknown_kind_is_named(mine: Mine, index_path: Path) -> None:
    done = mine("resources", "--kind", "bread")
    assert done.code == 2
    assert "bread" in done.err and "leaderboard" in done.err
