"""After an import of many papers, all in scope are read for resources and results.

That takes long, so it says how far it is, can be stopped at any moment, and goes on where it was.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper
from mllm_mine.progress import Silent
from mllm_mine.resources import read_pending
from mllm_mine.results import read_pending_results

PAPERS = 900


def paper(number: int) -> Paper:
    sentences = [
        f"We release KettleBench{number % 7}, a benchmark of boiling, at "
        f"https://github.com/invented-kettles/bench{number % 7}.",
        "Our model reaches an accuracy of 71.2 on MMLU, against 65.1 for the base model.",
    ]
    return Paper(
        arxiv_id=f"9912.{number:05}",
        version=1,
        title=f"Invented kettles, number {number}",
        abstract=" ".join(sentences * 6),
        published="2099-12-01T12:00:00Z",
    )


def in_scope(number: int) -> StoredPrediction:
    return StoredPrediction(
        arxiv_id=f"9912.{number:05}",
        version=1,
        in_scope=number % 3 != 0,
        p_in_scope=0.9 if number % 3 else 0.1,
        probabilities={},
        labels=frozenset(),
        uncertain=False,
        unfamiliar=False,
        used_text=False,
    )


def imported(path: Path, papers: int = PAPERS) -> Index:
    index = Index.open(path, create=True)
    index.papers.upsert_many((paper(number) for number in range(papers)), "jsonl")
    index.predictions.use_model("mllm-test")
    index.predictions.store("mllm-test", [in_scope(number) for number in range(papers)])
    return index


def readings(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM resource_readings").fetchone()[0])


class Told(Silent):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int | None]] = []
        self.done = 0

    def start(self, task: str, total: int | None = None) -> None:
        self.tasks.append((task, total))
        self.done = 0

    def advance(self, steps: int = 1) -> None:
        self.done += steps


def test_a_reading_that_was_killed_goes_on_where_it_was(mine: Mine, tmp_path: Path) -> None:
    path, other = tmp_path / "mine.db", tmp_path / "other.db"
    imported(path).close()
    imported(other).close()
    command = [sys.executable, "-m", "mllm_mine", "--db", str(path), "resources", "--json"]
    reading = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while readings(path) == 0 and reading.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(reading.pid, signal.SIGKILL)
    reading.wait()
    done = readings(path)
    assert 0 < done < PAPERS * 2 // 3
    with Index.open(path) as index:
        told = Told()
        assert read_pending(index, told) == PAPERS * 2 // 3 - done
        assert told.tasks[-1] == ("Looking for resources", PAPERS * 2 // 3 - done)
        assert told.done == PAPERS * 2 // 3 - done
        assert read_pending(index, told) == 0
    killed = mine("--db", str(path), "resources", "--json")
    assert killed.out == mine("--db", str(other), "resources", "--json").out
    assert len(killed.json) >= 7


def test_results_are_read_in_parts_that_are_kept_at_once(tmp_path: Path) -> None:
    class Interrupted(Told):
        def advance(self, steps: int = 1) -> None:
            super().advance(steps)
            if self.done == 130:
                raise KeyboardInterrupt

    with imported(tmp_path / "mine.db", 300) as index:
        with pytest.raises(KeyboardInterrupt):
            read_pending_results(index, Interrupted())
        kept = index.connection.execute("SELECT count(*) FROM result_readings").fetchone()[0]
        assert kept == 100
        told = Told()
        assert read_pending_results(index, told) == 100
        assert (told.tasks[-1][1], told.done) == (100, 100)
        rows = index.connection.execute("SELECT count(DISTINCT arxiv_id) FROM results")
        assert rows.fetchone()[0] == 200
