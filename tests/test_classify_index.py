"""``mine classify`` over an index: what is new or changed, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import baking
from mllm_mine.classifier import Model, classify_pending, load_model
from mllm_mine.index import Index
from mllm_mine.index.runs import Run
from mllm_mine.paper import Paper
from mllm_mine.progress import Silent


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "mine.db", create=True) as opened:
        papers = [
            Paper(arxiv_id=p["id"], version=1, title=p["title"], abstract=p["abstract"])
            for p in baking.labelled_papers()
        ]
        opened.papers.upsert_many(papers, "jsonl")
        yield opened


@pytest.fixture
def model(baking_model: Path) -> Model:
    return load_model(baking_model)


def classify(index: Index, model: Model, **options: object) -> tuple[int, Run]:
    run = Run(1)
    return classify_pending(index, model, run, Silent(), **options).classified, run  # type: ignore[arg-type]


def test_every_paper_is_labelled_once(index: Index, model: Model) -> None:
    assert classify(index, model)[0] == 72
    assert classify(index, model)[0] == 0
    labels = {
        row["label"]
        for row in index.predictions.of("9912.00101")
        if row["assigned"] and row["model_id"] == model.id
    }
    assert labels == {"in_scope", "imitation", "video-imitation", "bread"}
    row = index.connection.execute(
        "SELECT method, product, in_scope FROM classified WHERE arxiv_id = '9912.00101'"
    ).fetchone()
    assert tuple(row) == ("imitation; video-imitation", "bread", 1)


def test_only_new_and_changed_papers_are_labelled_again(index: Index, model: Model) -> None:
    classify(index, model)
    old = index.papers.get("9912.00101")
    assert old is not None
    index.papers.upsert(old, "jsonl")  # as it was
    assert classify(index, model)[0] == 0
    cake = "Icing is spread evenly over layer cakes with icing. The batter is folded."
    index.papers.upsert(dataclasses.replace(old, version=2, title="Cake", abstract=cake), "jsonl")
    index.papers.upsert(dataclasses.replace(old, arxiv_id="9912.09999"), "jsonl")
    assert classify(index, model)[0] == 2
    labels = {row["label"] for row in index.predictions.of("9912.00101") if row["assigned"]}
    assert "cake" in labels and "bread" not in labels
    seen = index.predictions.classification("9912.00101")
    assert seen is not None and seen["version"] == 2


def test_another_model_labels_every_paper_again(index: Index, model: Model) -> None:
    classify(index, model)
    other = dataclasses.replace(model, id="baking-other")
    assert classify(index, other)[0] == 72
    assert {row["model_id"] for row in index.predictions.of("9912.00101")} == {"baking-other"}
    assert classify(index, other)[0] == 0
    assert classify(index, other, every=True)[0] == 72


def test_time_up_leaves_the_rest_for_later(index: Index, model: Model) -> None:
    assert classify(index, model, seconds=0)[0] == 0
    assert index.predictions.pending() == 72
    assert classify(index, model)[0] == 72


def test_a_paper_without_words_fails_by_name_and_is_not_tried_for_ever(
    index: Index, model: Model
) -> None:
    index.papers.upsert(Paper(arxiv_id="9912.08888", version=1, title="", abstract="…"), "jsonl")
    count, run = classify(index, model)
    assert count == 72
    assert [subject for subject, _ in run.failures] == ["9912.08888"]
    count, run = classify(index, model)
    assert (count, run.failures) == (0, [])


def test_labels_far_from_assigned_are_not_kept(index: Index, model: Model) -> None:
    classify(index, model)
    rows = index.connection.execute("SELECT * FROM predictions WHERE label <> 'in_scope'")
    for row in rows:
        assert row["assigned"] or row["probability"] >= 0.05


def test_the_command_says_what_it_did_and_records_a_run(tmp_path: Path, baking_model: Path) -> None:
    lines = baking.write_lines(tmp_path / "papers.jsonl", baking.labelled_papers())
    with Index.open(tmp_path / "mine.db", create=True) as index:
        for paper in map(json.loads, lines.read_text("utf-8").splitlines()):
            index.papers.upsert(Paper(paper["id"], 1, paper["title"], paper["abstract"]), "jsonl")
    first = baking.mine(tmp_path, "classify", "--model", baking_model)
    assert first.returncode == 0, first.stderr.decode()
    assert first.stdout.decode().startswith("classified 72 papers with baking-")
    again = baking.mine(tmp_path, "classify", "--model", baking_model, "--json")
    assert json.loads(again.stdout)["classified"] == 0
    with Index.open(tmp_path / "mine.db") as index:
        newest = index.runs.latest(2)
        assert [run["command"] for run in newest] == ["classify", "classify"]
        assert newest[1]["counts"]["classified"] == 72
