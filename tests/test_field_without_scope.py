"""A field without scope, each paper of which carries one label: nothing speaks of scope there."""

from __future__ import annotations

from pathlib import Path

import pytest

import baking
from command_line import Mine, clean_environment, runner
from terminal import Terminal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey with a model of such a field and two papers that it has filed."""
    folder = tmp_path_factory.mktemp("plain")
    text = baking.TAXONOMY.read_text("utf-8")
    start, end = text.index("[scope]"), text.index("# One column of the report")
    (folder / "plain.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    products = [
        {**paper, "labels": [label for label in paper["labels"] if label in ("bread", "cake")]}
        for paper in baking.labelled_papers()
        if paper["in_scope"]
    ]
    baking.write_lines(folder / "labelled.jsonl", products)
    papers = [
        {"id": "9912.00901", "title": "Rye bread loaves", "abstract": "Dough for bread and rolls."},
        {"id": "9912.00902", "title": "Quantum gravity", "abstract": "Loops of space."},
    ]
    baking.write_lines(folder / "papers.jsonl", papers)
    (folder / "mine.toml").write_text(
        '[classify]\nmodel = "plain.model"\ntaxonomy = "plain.toml"\n', encoding="utf-8"
    )
    for arguments in (
        ("train", "labelled.jsonl", "--output", "plain.model"),
        ("fetch", "--from", "papers.jsonl"),
    ):
        done = baking.mine(folder, *arguments)
        assert done.returncode == 0, done.stderr.decode()
    done = baking.mine(folder, "classify")
    assert done.stdout.decode().startswith("classified 2 papers with baking-")
    assert "scope" not in done.stdout.decode()
    return folder


@pytest.fixture
def mine(folder: Path, tmp_path: Path) -> Mine:
    """Runs ``mine`` in the survey."""
    return runner(folder, clean_environment(tmp_path / "home"))


def test_show_says_why_the_one_label_was_given(mine: Mine) -> None:
    sure, strange = mine("show", "9912.00901").out, mine("show", "9912.00902").out
    assert "bread" in sure and "Labels     " in strange
    for page in (sure, strange):
        assert "scope" not in page.lower() and "not classified" not in page
        assert page.count(", the likeliest of those of which each paper gets one\n") == 1
        assert "comes with" not in page and "given from" not in page


def test_lists_on_a_terminal_do_not_call_its_papers_unclassified(
    folder: Path, tmp_path: Path
) -> None:
    with Terminal(["list"], folder, clean_environment(tmp_path / "home")) as screen:
        assert screen.wait() == 0
        assert "Quantum gravity" in screen.text and "not classified" not in screen.text


def test_papers_that_no_model_has_seen_are_still_called_so(mine: Mine, tmp_path: Path) -> None:
    papers = baking.write_lines(
        tmp_path / "new.jsonl", [{"id": "9912.00903", "title": "Ovens", "abstract": "Hot ovens."}]
    )
    db = tmp_path / "new.db"
    assert mine("--db", db, "fetch", "--from", papers).code == 0
    assert "not classified yet" in mine("--db", db, "show", "9912.00903").out


def test_a_label_by_hand_is_answered_without_scope(mine: Mine) -> None:
    assert mine("label", "9912.00902", "+cake").out.startswith("9912.00902: ")
    found = mine("show", "9912.00902", "--json").json
    assert found["in_scope"] is None
    assert "cake" in [given["label"] for given in found["labels"]]


def test_trends_gaps_and_review_do_not_speak_of_scope(
    folder: Path, mine: Mine, tmp_path: Path
) -> None:
    for command in ("trends", "gaps"):
        done = mine(command)
        assert done.code == 0 and "scope" not in done.out, done.out
    with Terminal(["review"], folder, clean_environment(tmp_path / "home")) as screen:
        screen.expect("q quit")
        screen.press("?")
        screen.expect("save the labels as they stand")
        assert "scope" not in screen.text
        screen.press("q")
