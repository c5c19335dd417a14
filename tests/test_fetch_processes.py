"""Fetches that run at the same time, and fetches that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from arxiv_server import FakeArxiv, serve
from command_line import Mine
from fetching import NIGHT, paper
from mllm_mine.index import Index
from nights import Outcome, simulate

FETCH = ("fetch", "--category", "cs.CL")


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    papers = [paper(number, days_ago=2 + number / 10) for number in range(1, 4)]
    with serve(papers, NIGHT) as server:
        yield server


def start(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Starts ``mine`` and does not wait for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "mllm_mine", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_processes_take_turns_and_keep_their_distance(
    arxiv: FakeArxiv, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= arxiv.environment(delay=0.25)
    processes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        processes.append(start(tmp_path / name, environment, *FETCH))
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert len(arxiv.log) == 8
    assert arxiv.most_at_once == 1
    assert arxiv.shortest_pause() >= 0.25


def test_the_distance_is_kept_from_one_run_to_the_next(arxiv: FakeArxiv, mine: Mine) -> None:
    environment = arxiv.environment(delay=3.0)
    mine("fetch", "--dry-run", "--category", "cs.CL", env=environment)
    mine("fetch", "--dry-run", "--category", "cs.CL", env=environment)
    assert arxiv.shortest_pause() >= 3.0


def test_a_second_run_on_one_index_gives_up_or_waits(
    arxiv: FakeArxiv, mine: Mine, environment: dict[str, str], tmp_path: Path
) -> None:
    arxiv.plan = ["", "half, then nothing"]
    environment |= arxiv.environment()
    first = start(tmp_path, environment, *FETCH)
    assert arxiv.halfway.wait(60)
    second = mine(*FETCH, "--no-pdf", env=arxiv.environment())
    assert second.code == 4
    assert "--wait" in second.err
    waiting = start(tmp_path, environment, *FETCH, "--wait")
    time.sleep(0.3)
    assert waiting.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)
    waiting.communicate(timeout=60)
    assert waiting.returncode == 0, "the lock of a dead process is free"
    assert len(list((tmp_path / "pdfs").iterdir())) == 3


def test_a_download_that_is_killed_leaves_nothing_half_written(
    arxiv: FakeArxiv, mine: Mine, environment: dict[str, str], tmp_path: Path
) -> None:
    arxiv.pdf = lambda name: b"%PDF-1.5\n" + b"x" * 1_000_000 + b"\n%%EOF\n"
    arxiv.plan = ["", "", "half, then nothing"]
    process = start(tmp_path, environment | arxiv.environment(), *FETCH)
    assert arxiv.halfway.wait(60)
    pdfs = tmp_path / "pdfs"
    deadline = time.monotonic() + 10
    while not list(pdfs.glob(".*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert list(pdfs.glob(".*.part"))
    assert mine(*FETCH, env=arxiv.environment()).code == 0
    assert sorted(path.name for path in pdfs.iterdir()) == [
        f"9912.{number:05}v1.pdf" for number in (1, 2, 3)
    ]
    asked = [request.path for request in arxiv.log if "/pdf/" in request.path]
    assert len(asked) == 4, "what was whole is not fetched again"
    with Index.open(tmp_path / "mine.db") as index:
        assert index.pdfs.counts() == {"ok": 3}


def assert_nothing_is_lost(o: Outcome) -> None:
    """The promise of the whole."""
    assert (o.missing, o.stale, o.strange, o.duplicates) == (0, 0, 0, 0), o
    assert (o.open_gaps, o.leftovers, o.most_at_once) == (0, 0, 1), o
    # 0.02 s, less what a busy machine takes to note the end of an answer that has arrived.
    assert o.pause >= 0.015, o
    assert o.requests <= 1.3 * o.fault_free + o.faults, o


def test_nights_of_faults_and_kills_lose_nothing(tmp_path: Path) -> None:
    outcome = simulate(tmp_path, papers=5_000, nights=3, seed=1)
    assert_nothing_is_lost(outcome)
    assert outcome.kills
    assert outcome.expected > 2_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("source", ["api", "oai"])
def test_more_nights_lose_nothing(tmp_path: Path, source: str, seed: int) -> None:
    assert_nothing_is_lost(simulate(tmp_path, papers=6_000, nights=6, seed=seed, source=source))
