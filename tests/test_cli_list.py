"""`mine list`: filters, order, and its three forms of output."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index

NEWEST_FIRST_IN_SCOPE = ["9912.00005", "9912.00003", "9912.00002", "9912.00001"]


def ids(result) -> list[str]:
    assert result.code == 0, result.err
    return [paper["arxiv_id"] for paper in result.lines]


def test_newest_papers_in_scope_come_first(mine: Mine, index_path: Path) -> None:
    assert ids(mine("list", "--json")) == NEWEST_FIRST_IN_SCOPE


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--all"], [f"9912.0000{number}" for number in (6, 5, 4, 3, 2, 1)]),
        (["--label", "rlhf"], ["9912.00001"]),
        (["--label", "finetuning"], ["9912.00002"]),
        (["--label", "parameter-tuning"], ["9912.00002", "9912.00001"]),
        (["--label", "rlhf", "--label", "safety"], ["9912.00001"]),
        (["--label", "rlhf", "--label", "benchmark"], []),
        (["--since", "2099-12-03"], ["9912.00005", "9912.00003"]),
        (["--until", "2099-12-02"], ["9912.00002", "9912.00001"]),
        (["--since", "2099-12-02", "--until", "2099-12-02"], ["9912.00002"]),
        (["--since", "4d"], ["9912.00005", "9912.00003"]),
        (["--uncertain"], ["9912.00003"]),
        (["--unfamiliar"], ["9912.00005"]),
        (["--hand"], []),
        (["--limit", "1"], ["9912.00005"]),
        (["--limit", "0"], NEWEST_FIRST_IN_SCOPE),
    ],
)
def test_filters(mine: Mine, index_path: Path, options: list[str], expected: list[str]) -> None:
    assert ids(mine("list", "--json", *options, env={"MINE_NOW": "2099-12-07T08:00:00Z"})) == (
        expected
    )


def test_a_person_overrules_the_model_in_every_filter(mine: Mine, index: Index) -> None:
    index.labels.give("9912.00003", {"in_scope": False, "safety": True}, author="ana")
    assert ids(mine("list", "--json")) == ["9912.00005", "9912.00002", "9912.00001"]
    assert ids(mine("list", "--json", "--all", "--label", "safety")) == ["9912.00003", "9912.00001"]
    assert ids(mine("list", "--json", "--hand")) == ["9912.00003"]
    assert ids(mine("list", "--json", "--uncertain")) == []  # a person has looked


def test_lines_in_a_pipe_are_plain_and_whole(mine: Mine, index: Index, index_path: Path) -> None:
    with index.transaction() as connection:
        connection.execute(
            "UPDATE papers SET title = ? WHERE arxiv_id = '9912.00001'",
            ("tab\there \x1b[31mred\x1b[0m " + "long " * 60,),
        )
    result = mine("list", "--limit", "4")
    rows = [line.split("\t") for line in result.out.splitlines()]
    assert [row[0] for row in rows] == NEWEST_FIRST_IN_SCOPE
    assert rows[0] == ["9912.00005", "2099-12-05", "in", "", "A withdrawn paper on tokenizers"]
    assert rows[1][3] == "code-switching, benchmark"
    assert len(rows[3]) == 5
    assert rows[3][4].count("long") == 60
    assert "\x1b" not in result.out


def test_it_says_when_there_are_more_and_when_there_are_none(mine: Mine, index_path: Path) -> None:
    assert "--limit 0 shows all" in mine("list", "--limit", "1").err
    assert mine("list", "--limit", "4").err == ""
    none = mine("list", "--label", "rlhf", "--since", "2099-12-30")
    assert (none.code, none.out) == (0, "")
    assert "no paper to list" in none.err
    assert mine("list", "--since", "2099-12-30", "--json").err == ""


def test_an_unknown_label_names_the_nearest(mine: Mine, index_path: Path) -> None:
    result = mine("list", "--label", "saftey")
    assert result.code == 2
    assert "'saftey'" in result.err
    assert "safety" in result.err


@pytest.mark.parametrize("date", ["yesterday", "2099-13-01", "d", "99999999999d"])
def test_a_bad_date_is_bad_usage(mine: Mine, index_path: Path, date: str) -> None:
    result = mine("list", "--since", date)
    assert result.code == 2
    assert date in result.err
    assert "Traceback" not in result.err


def test_a_reader_that_has_seen_enough_is_no_error(
    index_path: Path, environment: dict[str, str]
) -> None:
    with Index.open(index_path) as index, index.transaction() as connection:
        connection.execute("UPDATE papers SET title = ?", ("x" * 200_000,))
    done = subprocess.run(
        f"{sys.executable} -m mllm_mine list --all --limit 0 | head -c 10",
        shell=True,
        cwd=index_path.parent,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == b""


def terminal_output(arguments: list[str], cwd: Path, environment: dict[str, str]) -> str:
    """What `mine` writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "mllm_mine", *arguments],
        cwd=cwd,
        env={**environment, "TERM": "xterm-256color", "COLUMNS": "80"},
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            ready, _, _ = select.select([ours], [], [], 60)
            try:
                part = os.read(ours, 65536) if ready else b""
            except OSError:  # Linux says so when the other side is closed
                part = b""
            if not part:
                break
            written += part
        process.wait(60)
    os.close(ours)
    return written.decode()


def test_a_table_on_a_terminal(index_path: Path, environment: dict[str, str]) -> None:
    shown = terminal_output(["list"], index_path.parent, environment)
    assert "\x1b[" in shown
    assert "rlhf" in shown and "0.91" in shown
    assert "uncertain" in shown and "withdrawn" in shown
    plain = terminal_output(["list"], index_path.parent, {**environment, "NO_COLOR": "1"})
    assert "\x1b[3" not in plain
    assert all(len(re.sub(r"\x1b\[\d*m", "", line)) <= 80 for line in plain.splitlines())
