"""Reading goes on while other processes write, and sees the index as of one moment."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter

WRITER = """
import sys, time
from mllm_mine.index import Index
from mllm_mine.paper import Paper
with Index.open(sys.argv[1]) as index:
    print("ready", flush=True)
    number, end = 100, time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        with index.transaction() as connection:
            for _ in range(20):
                number += 1
                index.papers.upsert(Paper(f"9912.{number:05}", 1, "A title", "An abstract"), "api")
            time.sleep(0.2)  # holds the write lock for a while
"""


def test_commands_read_while_another_process_writes(mine: Mine, index_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, index_path, "60"], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        try:
            for command in (
                *(["status"], ["list", "--all"], ["search", "title"], ["show", "9912.00001"]),
                *(["report", "--all"], ["labels", "export"], ["label", "9912.00001", "+survey"]),
            ):
                result = mine(*command)
                assert result.code == 0, result.err
                assert "locked" not in result.err
            assert writer.poll() is None
        finally:
            writer.kill()


def test_a_long_report_sees_one_moment(index: Index) -> None:
    papers = index.reading.papers(PaperFilter())
    first = next(papers)
    with Index.open(index.path) as other:
        other.labels.give("9912.00001", {"rlhf": False})
        with other.transaction() as connection:
            connection.execute("UPDATE papers SET title = 'changed'")
            connection.execute("DELETE FROM predictions")
    rest = list(papers)
    assert "changed" not in {paper.paper.title for paper in (first, *rest)}
    assert [label.label for label in rest[-1].labels] == ["rlhf", "safety"]
    assert [label.label for label in list(index.reading.papers(PaperFilter()))[-1].labels] == []


def test_two_people_label_at_once(index_path: Path, environment: dict[str, str]) -> None:
    started = time.monotonic()
    labellers = [
        subprocess.Popen(
            [sys.executable, "-m", "mllm_mine", "label", "9912.00001", f"+{label}"],
            cwd=index_path.parent,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for label in ("survey", "model", "benchmark", "sft")
    ]
    for labeller in labellers:
        _, errors = labeller.communicate(timeout=60)
        assert labeller.returncode == 0, errors
    assert time.monotonic() - started < 60
    with Index.open(index_path) as index:
        assert {word.label for word in index.labels.history("9912.00001")} == {
            *("survey", "model", "benchmark", "sft")
        }
