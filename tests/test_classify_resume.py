"""``mine classify --input``: killed at any moment, the same command brings the same file."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

import baking
from mllm_mine.classifier import load_model
from mllm_mine.classifier.bulk import classify_stream
from mllm_mine.progress import Silent

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes")

PAPERS = 12_000
TARGETS = ("out.jsonl", "out.jsonl.gz", "out.jsonl.zst", "out.parquet")


def papers(count: int) -> Iterator[dict[str, object]]:
    """Invented papers; some are none."""
    words = random.Random(5)
    labelled = baking.labelled_papers()
    for number in range(count):
        paper = labelled[number % len(labelled)]
        title = None if number % 501 == 7 else paper["title"]
        noise = " ".join(f"w{words.randrange(5_000)}" for _ in range(words.randrange(60)))
        yield {
            "id": f"9912.{number:05}",
            "title": title,
            "abstract": f"{paper['abstract']} {noise.capitalize()}." if title else " ",
        }


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of several megabytes with blank and broken lines."""
    path = tmp_path_factory.mktemp("input") / "papers.jsonl"
    rows: list[object] = []
    for number, paper in enumerate(papers(PAPERS)):
        rows.append(paper)
        if number % 1_000 == 3:
            rows += ["", "{broken"]
    return baking.write_lines(path, rows)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same papers as Parquet, without the broken lines."""
    path = tmp_path_factory.mktemp("input") / "papers.parquet"
    rows = pyarrow.Table.from_pylist(list(papers(PAPERS)))
    parquet.write_table(rows, path, row_group_size=5_000)
    return path


def start(folder: Path, model: Path, source: Path, target: str) -> subprocess.Popen[bytes]:
    """Starts the real command, with two worker processes."""
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "mllm_mine", "classify", "--model", model, "--jobs", "2",
         "--input", source, "--output", target, "--json"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What a run tells at its end; some records fail."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 3, err.decode()
    return dict(json.loads(out))


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob(".*.unfinished*"))


def kill_with_something_written(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Kills a run that has written some results, and not all of them."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if any(path.stat().st_size > 20_000 for path in unfinished(folder)):
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert unfinished(folder)


@pytest.mark.parametrize("target", TARGETS)
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(
    baking_model: Path, lines: Path, tmp_path: Path, target: str
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    undisturbed = finish(start(whole, baking_model, lines, target))
    assert undisturbed["resumed"] == 0
    kill_with_something_written(start(broken, baking_model, lines, target), broken)
    assert not (broken / target).exists()
    summary = finish(start(broken, baking_model, lines, target))
    assert 0 < summary["resumed"] < summary["records"]
    assert {**summary, "resumed": 0} == undisturbed
    assert (broken / target).read_bytes() == (whole / target).read_bytes()
    for folder in (whole, broken):
        assert [path.name for path in folder.iterdir()] == [target]


@pytest.mark.slow
def test_a_run_may_be_killed_again_and_again(
    baking_model: Path, table: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    undisturbed = finish(start(whole, baking_model, table, "out.jsonl.zst"))
    delays = random.Random(7)
    for _ in range(6):
        process = start(broken, baking_model, table, "out.jsonl.zst")
        time.sleep(delays.uniform(0.2, 4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    summary = finish(start(broken, baking_model, table, "out.jsonl.zst"))
    assert {**summary, "resumed": 0} == undisturbed
    results = [(folder / "out.jsonl.zst").read_bytes() for folder in (whole, broken)]
    assert results[0] == results[1]


def test_a_killed_run_leaves_no_process(baking_model: Path, lines: Path, tmp_path: Path) -> None:
    process = start(tmp_path, baking_model, lines, "out.jsonl")
    workers: set[int] = set()
    until = time.monotonic() + 60
    while len(workers) < 2 and time.monotonic() < until and process.poll() is None:
        workers = children(process.pid)
        time.sleep(0.01)
    assert len(workers) >= 2
    kill_with_something_written(process, tmp_path)
    until = time.monotonic() + 20
    while any(alive(worker) for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [worker for worker in workers if alive(worker)]


def test_a_killed_worker_is_replaced(baking_model: Path, lines: Path, tmp_path: Path) -> None:
    process = start(tmp_path / "out", baking_model, lines, "out.jsonl")
    wait_for_something_written(process, tmp_path / "out")
    for worker in children(process.pid):
        os.kill(worker, signal.SIGKILL)
    assert finish(process)["records"] == PAPERS + PAPERS // 1_000
    lines_out = (tmp_path / "out" / "out.jsonl").read_bytes().splitlines()
    ids = [json.loads(line)["id"] for line in lines_out]
    assert [name for name in ids if name] == [paper["id"] for paper in papers(PAPERS)]


def test_workers_killed_in_the_middle_of_a_result_are_replaced(
    baking_model: Path, lines: Path, tmp_path: Path
) -> None:
    process = start(tmp_path / "out", baking_model, lines, "out.jsonl")
    wait_for_something_written(process, tmp_path / "out")
    workers = children(process.pid)
    process.send_signal(signal.SIGSTOP)  # nobody reads the results, so that the pipe is full
    time.sleep(1)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    assert finish(process)["records"] == PAPERS + PAPERS // 1_000


def test_another_input_or_model_begins_anew(
    baking_model: Path, lines: Path, tmp_path: Path
) -> None:
    kill_with_something_written(start(tmp_path, baking_model, lines, "out.jsonl"), tmp_path)
    source = baking.write_lines(tmp_path / "other.jsonl", list(papers(3)))
    summary = classify_stream(load_model(baking_model), source, tmp_path / "out.jsonl", Silent())
    assert (summary.records, summary.resumed) == (3, 0)
    assert not unfinished(tmp_path)


def test_two_runs_do_not_write_one_file(baking_model: Path, lines: Path, tmp_path: Path) -> None:
    first = start(tmp_path, baking_model, lines, "out.jsonl")
    while not any(path.stat().st_size for path in unfinished(tmp_path)) and first.poll() is None:
        time.sleep(0.002)
    first.send_signal(signal.SIGSTOP)
    second = start(tmp_path, baking_model, lines, "out.jsonl")
    _, err = second.communicate(timeout=60)
    assert second.returncode == 1
    assert b"another run is writing" in err
    first.send_signal(signal.SIGCONT)
    assert finish(first)["resumed"] == 0


def wait_for_something_written(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Waits until a run has written some results, or is through."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if any(path.stat().st_size for path in unfinished(folder)):
            break
        time.sleep(0.002)


def children(parent: int) -> set[int]:
    """The processes that score for a process; the resource tracker is none of them."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"resource_tracker" not in command:
            found.add(int(path.name))
    return found


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
