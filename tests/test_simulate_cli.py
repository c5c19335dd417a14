"""``mine simulate``: replaying a labelled file as if a person reviewed it."""

from __future__ import annotations

import csv
import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import baking
from command_line import Mine
from mllm_mine.classifier.labelled import read_labelled
from mllm_mine.review.simulation import simulate
from mllm_mine.taxonomy import builtin_taxonomy

TOPIC = ("glacier", "moraine", "crevasse", "firn", "icefall", "serac", "meltwater", "cirque")
OTHER = ("harbour", "lantern", "orchard", "violin", "cobbler", "saddle", "pepper", "tunnel")
COMMON = ("model", "data", "method", "results", "language", "study", "evaluation", "training")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """200 invented papers, 20 of them on glaciers; two of these use few of the topic's words."""
    draw = random.Random(3)
    rows: list[dict[str, Any]] = []
    for number in range(200):
        relevant = number % 10 == 0
        words = draw.choices(COMMON, k=12) + draw.choices(OTHER, k=6)
        if relevant:
            words += draw.choices(TOPIC, k=2 if number % 100 == 0 else 6)
        draw.shuffle(words)
        rows.append(
            {
                "id": f"9912.{number:05}",
                "title": " ".join(words[:4]),
                "abstract": " ".join(words[4:]),
                "in_scope": relevant or draw.random() < 0.3,
                "labels": ["survey"] if relevant else draw.choice([[], ["safety"]]),
            }
        )
    return baking.write_lines(tmp_path / "labelled.jsonl", rows)


def test_the_record_is_that_of_the_contract(mine: Mine, labelled: Path) -> None:
    done = mine(
        *("simulate", labelled, "--target", "survey", "--seed", "1", "--seed", "2", "--json")
    )
    assert done.code == 0, done.err
    assert done.err == ""
    outcome = done.json
    assert (outcome["n"], outcome["relevant"]) == (200, 20)
    assert [run["seed"] for run in outcome["runs"]] == [1, 2]
    for run in outcome["runs"]:
        for name in ("read_for_95", "recall_at_10pct", "stopped_at", "recall_at_stop"):
            assert 0 <= run[name] <= 1, name
        assert run["wss_95"] == pytest.approx(0.95 - run["read_for_95"], abs=1e-4)
        assert len(run["priors"]) == 11
    assert mine(
        *("simulate", labelled, "--target", "survey", "--seed", "2", "--seed", "1", "--json")
    ).json["runs"] == list(reversed(outcome["runs"]))


def test_reading_in_our_order_finds_nearly_all_after_a_fraction(mine: Mine, labelled: Path) -> None:
    runs = mine("simulate", labelled, "--target", "survey", "--json").json["runs"]
    assert runs[0]["read_for_95"] < 0.3  # at random: 0.95
    assert runs[0]["recall_at_10pct"] > 0.6
    assert runs[0]["stopped_at"] < 1
    assert runs[0]["recall_at_stop"] >= 0.95


def test_priors_are_neither_read_nor_counted(labelled: Path) -> None:
    taxonomy = builtin_taxonomy()
    records = read_labelled([labelled], taxonomy).records
    replay = simulate(records, taxonomy, "survey", [5]).replays[0]
    assert len(replay.priors) == 11
    assert len(replay.order) == 189
    assert not set(replay.priors) & set(replay.order)
    assert replay.curve.relevant == 19
    assert (
        sum(record.labels == ("survey",) for record in records if record.id in replay.priors) == 1
    )


def test_the_order_learns_from_the_target_alone(labelled: Path) -> None:
    taxonomy = builtin_taxonomy()
    records = read_labelled([labelled], taxonomy).records
    order = simulate(records, taxonomy, "survey", [1]).replays[0].order
    bare = read_labelled([labelled], taxonomy).records
    stripped = [
        type(record)(
            id=record.id,
            title=record.title,
            abstract=record.abstract,
            labels=tuple(label for label in record.labels if label == "survey"),
        )
        for record in bare
    ]
    assert simulate(stripped, taxonomy, "survey", [1]).replays[0].order == order


def test_scope_is_a_target_and_a_child_brings_its_parent(mine: Mine, tmp_path: Path) -> None:
    rows = [
        {
            "id": f"9912.{number:05}",
            "title": f"Paper {number} on {'icy' if number < 20 else 'dry'} things",
            "abstract": "Words.",
            "in_scope": number < 30,
            "labels": ["continual"] if number < 20 else [],
        }
        for number in range(60)
    ]
    file = baking.write_lines(tmp_path / "few.jsonl", rows)
    assert mine("simulate", file, "--target", "in_scope", "--json").json["relevant"] == 30
    assert mine("simulate", file, "--target", "pretraining", "--json").json["relevant"] == 20


def test_people_see_figures_a_curve_and_the_assumption(
    mine: Mine, labelled: Path, tmp_path: Path
) -> None:
    done = mine("simulate", labelled, "--target", "survey", "--plot", "curve.svg")
    assert done.code == 0, done.err
    assert "known at the start: 11 papers, not counted" in done.out
    assert "Stopped too early in 0 of 1 replays" in done.out
    assert "The rule assumes that" in done.out
    assert all(len(line) <= 100 for line in done.out.splitlines())
    root = ET.parse(tmp_path / "curve.svg").getroot()
    assert root.tag.endswith("svg")
    assert len(root.findall("{*}circle")) == 1


def test_a_model_trained_on_the_file_is_told_apart(
    mine: Mine, baking_model: Path, tmp_path: Path
) -> None:
    command = ("simulate", baking.LABELLED, "--target", "bread", "--json")
    nothing = mine(*command).json
    started = mine(*command, "--start", baking_model).json
    assert nothing["start"] is None and nothing["seen_in_training"] == 0
    assert started["seen_in_training"] == 72
    assert started["runs"][0]["read_for_95"] <= nothing["runs"][0]["read_for_95"]
    assert started["runs"][0]["priors"] == nothing["runs"][0]["priors"]


def test_a_table_of_asreview_is_read_as_the_same_papers(
    mine: Mine, labelled: Path, tmp_path: Path
) -> None:
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "Title", "Abstract", "included", "notes"])
        for line in labelled.read_text("utf-8").splitlines():
            paper = json.loads(line)
            included = int("survey" in paper["labels"])
            writer.writerow([paper["id"], paper["title"], paper["abstract"], included, "free"])
    table = mine("simulate", "table.csv", "--target", "included", "--json")
    assert table.code == 0, table.err
    assert (
        table.json["runs"]
        == mine("simulate", labelled, "--target", "survey", "--json").json["runs"]
    )
    (tmp_path / "bare.csv").write_text("title,abstract\nA,B\n")
    assert "no column of 0 and 1" in mine("simulate", "bare.csv", "--target", "included").err


def test_papers_of_several_files_and_labels_apart_are_read_as_one_file(
    mine: Mine, labelled: Path, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in labelled.read_text("utf-8").splitlines()]
    first = baking.write_lines(tmp_path / "first.jsonl", rows[:120])
    second = baking.write_lines(tmp_path / "second.jsonl", rows[120:])
    texts = [{key: row[key] for key in ("id", "title", "abstract")} for row in rows]
    papers = baking.write_lines(tmp_path / "papers.jsonl", texts)
    given = [{key: row[key] for key in ("id", "in_scope", "labels")} for row in rows]
    apart = baking.write_lines(tmp_path / "labels.jsonl", given)
    options = ("--target", "survey", "--json")
    whole = mine("simulate", labelled, *options).json
    assert (whole["n"], whole["relevant"]) == (200, 20)
    for files in ((first, second), (papers, apart), (labelled, apart)):
        done = mine("simulate", *files, *options)
        assert done.code == 0, done.err
        assert done.json == whole
    alone = mine("simulate", apart, *options)
    assert (alone.code, len(alone.err.splitlines())) == (1, 1)
    assert "name the file that holds the paper as well" in alone.err


def test_a_table_stands_alone(mine: Mine, labelled: Path) -> None:
    done = mine("simulate", labelled, "more.csv", "--target", "survey")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "more.csv is CSV and must stand alone" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "rlhf"), "no labelled paper carries 'rlhf'"),
        (("--target", "survey", "--prior-relevant", "20"), "too few to start from"),
        (("--target", "survey", "--start", "missing.model"), "there is no model missing.model"),
    ],
)
def test_mistakes_are_one_line(
    mine: Mine, labelled: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = mine("simulate", labelled, *arguments)
    assert done.code in (1, 2)
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""
