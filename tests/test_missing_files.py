"""A file that is not there: wrong usage, said in one line, and nothing is made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Mine


@pytest.mark.parametrize(
    "command",
    [
        ["fetch", "--from", "none.file"],
        ["labels", "import", "none.file"],
        ["train", "none.file"],
        ["train", "--taxonomy", "none.file", "some.jsonl"],
        ["evaluate", "none.file"],
        ["evaluate", "some.jsonl", "--model", "none.file"],
        ["simulate", "none.file", "--target", "sft"],
        ["simulate", "none.csv", "--target", "included"],
        ["classify", "--input", "none.file", "--output", "-"],
        ["classify", "--input", "some.jsonl", "--output", "-", "--model", "none.file"],
        ["text", "none.file"],
    ],
    ids=" ".join,
)
def test_a_missing_file_is_wrong_usage(mine: Mine, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "some.jsonl").write_text(
        '{"id": "9912.00001", "title": "A", "abstract": "B", "labels": []}\n'
    )
    before = sorted(path.name for path in tmp_path.iterdir())
    done = mine(*command)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert "there is no" in done.err and "none." in done.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == [
        name for name in before if name != "home"
    ]
