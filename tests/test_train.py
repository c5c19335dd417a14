"""``mine train``: any field, the same bytes again, and warnings instead of failures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import baking
from mllm_mine.classifier import load_model


def test_the_same_file_gives_the_same_bytes(baking_model: Path, tmp_path: Path) -> None:
    done = baking.mine(
        tmp_path, "train", baking.LABELLED, "--taxonomy", baking.TAXONOMY, "--output", "again.model"
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "again.model").read_bytes() == baking_model.read_bytes()


def test_it_prints_cross_validated_scores_as_text_and_json(tmp_path: Path) -> None:
    arguments = ["train", baking.LABELLED, "--taxonomy", baking.TAXONOMY, "--output", "m.model"]
    text = baking.mine(tmp_path, *arguments).stdout.decode()
    assert "micro F1" in text and "recipe-parsing" in text
    found = json.loads(baking.mine(tmp_path, *arguments, "--json").stdout)
    scores = found["cross_validation"]
    assert scores["papers"] == 72
    assert scores["micro_f1"] > 0.9 and scores["scope_f1"] > 0.9
    assert {row["label"]: row["support"] for row in scores["labels"]} == {
        "in_scope": 54,
        "imitation": 36,
        "video-imitation": 18,
        "recipe-parsing": 18,
        "bread": 30,
        "cake": 24,
    }
    assert load_model(tmp_path / "m.model").manifest["scores"] == scores


def test_a_label_with_too_few_examples_is_named_and_left_out(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    cakes = [paper for paper in papers if "cake" in paper["labels"]]
    few = [paper for paper in papers if paper not in cakes] + cakes[:3]
    source = baking.write_lines(tmp_path / "few.jsonl", few)
    done = baking.mine(
        tmp_path, "train", source, "--taxonomy", baking.TAXONOMY, "--output", "few.model"
    )
    assert done.returncode == 0
    assert "cake has too few examples (3) and is left out" in done.stderr.decode()
    assert "cake" not in load_model(tmp_path / "few.model").labels


def test_a_field_without_scope_has_none(tmp_path: Path) -> None:
    text = baking.TAXONOMY.read_text("utf-8")
    start, end = text.index("[scope]"), text.index("# One column of the report")
    (tmp_path / "plain.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    papers = [
        {key: paper[key] for key in ("id", "title", "abstract", "labels")}
        for paper in baking.labelled_papers()
    ]
    source = baking.write_lines(tmp_path / "plain.jsonl", papers)
    done = baking.mine(
        tmp_path, "train", source, "--taxonomy", "plain.toml", "--output", "plain.model"
    )
    assert done.returncode == 0, done.stderr.decode()
    result = baking.mine(tmp_path, "classify", "--model", "plain.model", "--input", source)
    first = json.loads(result.stdout.splitlines()[0])
    assert first["in_scope"] is None and first["p_in_scope"] is None
    assert first["labels"] == ["imitation", "video-imitation", "bread"]


def test_a_dimension_with_one_label_for_every_paper_always_gets_one(tmp_path: Path) -> None:
    papers = [
        {**paper, "labels": [label for label in paper["labels"] if label in ("bread", "cake")]}
        for paper in baking.labelled_papers()
        if paper["in_scope"]
    ]
    source = baking.write_lines(tmp_path / "single.jsonl", papers)
    strange = baking.write_lines(
        tmp_path / "strange.jsonl", [{"id": "1", "title": "Quantum gravity", "abstract": "Loops."}]
    )
    arguments = ["--taxonomy", baking.TAXONOMY, "--output", "single.model"]
    assert baking.mine(tmp_path, "train", source, *arguments).returncode == 0
    result = baking.mine(tmp_path, "classify", "--model", "single.model", "--input", strange)
    assert len(json.loads(result.stdout)["labels"]) == 1


def test_no_paper_is_given_another_label_for_one_that_was_not_learned(tmp_path: Path) -> None:
    text = baking.TAXONOMY.read_text("utf-8")
    pie = '[[label]]\nid = "pie"\ndimension = "product"\ntitle = "Pie"\ndefinition = "Pies."\n'
    (tmp_path / "pie.toml").write_text(f"{text}\n{pie}", encoding="utf-8")
    papers = [
        {**paper, "labels": [label for label in paper["labels"] if label in ("bread", "cake")]}
        for paper in baking.labelled_papers()
        if paper["in_scope"]
    ]
    for paper in papers[:3]:
        paper["labels"] = ["pie"]
    source = baking.write_lines(tmp_path / "pie.jsonl", papers)
    arguments = ["--taxonomy", "pie.toml", "--output", "pie.model"]
    done = baking.mine(tmp_path, "train", source, *arguments)
    assert "pie has too few examples (3)" in done.stderr.decode()
    assert load_model(tmp_path / "pie.model").exclusive == ()


def test_unknown_labels_and_keys_are_no_error(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    papers[0]["labels"].append("croissants")
    papers[1]["surprise"] = {"nested": [1, 2]}
    papers[2]["evidence"] = {"bread": [[5, 99999], "nowhere", None, [3]], "x": 7}
    source = baking.write_lines(tmp_path / "odd.jsonl", papers)
    done = baking.mine(
        tmp_path, "train", source, "--taxonomy", baking.TAXONOMY, "--output", "odd.model"
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "'croissants', given 1 time;" in done.stderr.decode()


def test_what_cannot_be_trained_is_said_in_one_line(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    cases = {
        "not JSON": ["nonsense"],
        "'labels'": [{"id": "1", "title": "a", "abstract": "b"}],
        "'title'": [{"id": "1", "abstract": "b", "labels": []}],
        "no labelled paper": [],
        "none of the": papers[:4],
    }
    for message, rows in cases.items():
        source = baking.write_lines(tmp_path / "bad.jsonl", rows)
        done = baking.mine(
            tmp_path, "train", source, "--taxonomy", baking.TAXONOMY, "--output", "bad.model"
        )
        assert done.returncode == 1
        assert done.stderr.decode().count("\n") == 1
        assert message in done.stderr.decode()
        assert not (tmp_path / "bad.model").exists()


def test_a_paper_given_twice_counts_once_and_the_last_one_wins(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    correction = [{**papers[0], "labels": ["cake"]}]
    first = baking.write_lines(tmp_path / "first.jsonl", papers)
    second = baking.write_lines(tmp_path / "second.jsonl", correction)
    done = baking.mine(
        tmp_path, "train", first, second, "--taxonomy", baking.TAXONOMY, "--output", "m.model",
        "--json",
    )  # fmt: skip
    support = {
        row["label"]: row["support"]
        for row in json.loads(done.stdout)["cross_validation"]["labels"]
    }
    assert support["cake"] == 25 and support["bread"] == 29


def test_labels_may_stand_apart_from_the_papers(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    whole = baking.write_lines(tmp_path / "whole.jsonl", papers)
    texts = [{key: paper[key] for key in ("id", "title", "abstract")} for paper in papers]
    labels = [
        {key: value for key, value in paper.items() if key not in ("title", "abstract")}
        for paper in papers
    ]
    spare = {"id": "9999.00001", "title": "Never read", "abstract": "Nobody labelled this."}
    texts_file = baking.write_lines(tmp_path / "texts.jsonl", [*texts, spare])
    labels_file = baking.write_lines(tmp_path / "labels.jsonl", labels)
    for name, files in (("one", [whole]), ("two", [labels_file, texts_file])):
        done = baking.mine(
            tmp_path, "train", *files, "--taxonomy", baking.TAXONOMY, "--output", f"{name}.model"
        )
        assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "one.model").read_bytes() == (tmp_path / "two.model").read_bytes()

    done = baking.mine(
        tmp_path, "train", labels_file, "--taxonomy", baking.TAXONOMY, "--output", "none.model"
    )
    assert done.returncode == 1
    assert f"labels.jsonl, line 1 has labels of {papers[0]['id']}" in done.stderr.decode()

    out_of_scope = {"id": papers[0]["id"], "in_scope": False}  # nothing a person wrote is dropped
    labels_file = baking.write_lines(tmp_path / "labels.jsonl", [labels[1], out_of_scope])
    done = baking.mine(
        tmp_path, "train", labels_file, texts_file, "--taxonomy", baking.TAXONOMY, "--output", "no"
    )
    assert done.returncode == 1
    assert "labels.jsonl, line 2 must have 'labels'" in done.stderr.decode()


def test_what_is_odd_about_the_papers_is_said(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    rows = [
        *papers[:-1],
        {key: value for key, value in papers[-1].items() if key != "in_scope"},
        {**papers[0], "labels": ["cake"]},
        {**papers[1], "labels": papers[1]["labels"][::-1]},
    ]
    source = baking.write_lines(tmp_path / "odd.jsonl", rows)
    done = baking.mine(
        tmp_path, "train", source, "--taxonomy", baking.TAXONOMY, "--output", "m.model"
    )
    assert done.stderr.decode().splitlines() == [
        f"mine: 1 paper labelled anew by a later line, which counts: {papers[0]['id']}",
        f"mine: in_scope is left out: 1 of 72 papers do not say it: {papers[-1]['id']}; add it, or "
        "take [scope] out of the taxonomy: no paper can be filed as in scope",
    ]
    assert not load_model(tmp_path / "m.model").has_scope


def test_a_label_of_every_paper_is_not_said_to_be_rare(tmp_path: Path) -> None:
    papers = [{**paper, "in_scope": True} for paper in baking.labelled_papers()]
    source = baking.write_lines(tmp_path / "all.jsonl", papers)
    done = baking.mine(
        tmp_path, "train", source, "--taxonomy", baking.TAXONOMY, "--output", "m.model"
    )
    assert "in_scope is left out: 72 of 72 papers are given it" in done.stderr.decode()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("folder", "it is a folder"),
        ("papers.jsonl/m.model", "is no folder"),
        ("papers.jsonl", "the model would take the place of papers.jsonl"),
        ("./field.toml", "the model would take the place of field.toml"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_training(
    tmp_path: Path, output: str, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "papers.jsonl").write_text("not even labelled papers", "utf-8")
    (tmp_path / "field.toml").write_bytes(baking.TAXONOMY.read_bytes())
    before = sorted(tmp_path.iterdir())
    done = baking.mine(
        tmp_path, "train", "papers.jsonl", "--taxonomy", "field.toml", "--output", output
    )
    assert done.returncode != 0 and said in done.stderr.decode()
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "papers.jsonl").read_text("utf-8") == "not even labelled papers"


@pytest.mark.parametrize("command", [("train",), ("evaluate",), ("labels", "import")])
def test_a_line_nested_too_deeply_is_said_in_one_line(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    nested = "[" * 100_000 + "]" * 100_000
    source = baking.write_lines(tmp_path / "deep.jsonl", ['{"id": "1", "labels": ' + nested + "}"])
    if command[0] == "labels":
        assert baking.mine(tmp_path, "init").returncode == 0
    done = baking.mine(tmp_path, *command, source)
    assert done.returncode == 1
    assert "line 1" in done.stderr.decode() and "nested too deeply" in done.stderr.decode()
    assert "unexpected" not in done.stderr.decode() and done.stderr.count(b"\n") == 1


def test_halves_of_surrogate_pairs_do_not_stop_it(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    for paper in papers[::2]:
        paper["abstract"] += " A tail \ud83c of \udfff bread\ud800x \U0001f35e."
    papers[0]["id"], papers[0]["labels"] = "half \ud800", ["bread", "half\udc00"]
    lines = [json.dumps(paper) for paper in papers]
    assert "\\ud83c of" in lines[0]
    source = baking.write_lines(tmp_path / "half.jsonl", lines)
    arguments = ["--taxonomy", baking.TAXONOMY, "--output", "half.model"]
    done = baking.mine(tmp_path, "train", source, *arguments)
    assert done.returncode == 0, done.stderr.decode()
    assert load_model(tmp_path / "half.model").manifest["ids"][0] == "half \ufffd"
    arguments = ["--model", "half.model", "--include-trained"]
    assert baking.mine(tmp_path, "evaluate", source, *arguments).returncode == 0
