"""Workers that hang, die or are killed do not take the run along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import broken_pdfs
from command_line import Mine
from mllm_mine.fulltext import Extractor, Limits
from mllm_mine.fulltext.pool import WorkerPool
from mllm_mine.index import Index
from mllm_mine.index.runs import Run
from mllm_mine.paper import Paper

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")


def collect(pool: WorkerPool, seconds: float = 60) -> dict[str, str]:
    found = {}
    until = time.monotonic() + seconds
    while pool.busy and time.monotonic() < until:
        for key, document in pool.finished(1.0):
            found[key] = document["status"]
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if os.name == "posix" else True


def slow_pdf(path: Path, pages: int = 40) -> Path:
    drawing = b"0 0 m 1 1 l S\n" * 60_000
    content = [broken_pdfs.packed(1, drawing + broken_pdfs.words_on(n)) for n in range(1, pages)]
    path.write_bytes(broken_pdfs.pages_of(content))
    return path


def test_a_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    path = slow_pdf(tmp_path / "paper.pdf", pages=120)
    with WorkerPool(2, Limits()) as pool:
        pool.start("a", path)
        pool.start("b", path)
        found = {key: document["status"] for key, document in pool.finished(0.3)}
        os.kill(pool.process_ids[0], signal.SIGKILL)
        assert {**found, **collect(pool)} == {"a": "ok", "b": "ok"}


def test_a_worker_that_is_stopped_is_ended_at_the_limit(tmp_path: Path) -> None:
    """A process that no longer runs at all cannot end itself; its parent does."""
    path = slow_pdf(tmp_path / "paper.pdf")
    with WorkerPool(1, Limits(seconds=4)) as pool:
        pool.start("a", path)
        pool.finished(0.5)
        os.kill(pool.process_ids[0], signal.SIGSTOP)
        began = time.monotonic()
        assert collect(pool) == {"a": "timeout"}
        assert time.monotonic() - began < 10


def test_workers_end_with_the_pool(tmp_path: Path) -> None:
    path = slow_pdf(tmp_path / "paper.pdf")
    with WorkerPool(2, Limits()) as pool:
        pool.start("a", path)
        pool.start("b", path)
        pool.finished(0.2)
        processes = pool.process_ids
    assert len(processes) == 2
    assert not any(alive(pid) for pid in processes)


def test_workers_stay_warm_and_one_dead_does_not_matter(tmp_path: Path) -> None:
    path = broken_pdfs.paper_pdf(tmp_path / "paper.pdf")
    with WorkerPool(1, Limits()) as pool:
        pool.start("a", path)
        collect(pool)
        first = pool.process_ids
        pool.start("b", path)
        assert collect(pool) == {"b": "ok"}
        assert pool.process_ids == first
        os.kill(first[0], signal.SIGKILL)
        time.sleep(0.2)
        pool.start("c", path)
        assert collect(pool) == {"c": "ok"}


def make_index(folder: Path, papers: int) -> None:
    (folder / "pdfs").mkdir()
    with Index.open(folder / "mine.db", create=True) as index:
        for number in range(papers):
            arxiv_id = f"9912.{number:05d}"
            path = slow_pdf(folder / "pdfs" / f"{arxiv_id}v1.pdf", pages=12)
            index.papers.upsert(Paper(arxiv_id, 1, "Title", "Abstract"), "test")
            index.pdfs.succeed(arxiv_id, 1, path, 1)


def count(folder: Path) -> int:
    with Index.open(folder / "mine.db") as index:
        return sum(index.fulltexts.counts().values())


def test_kill_9_of_the_run_keeps_what_was_done(
    tmp_path: Path, mine: Mine, environment: dict[str, str]
) -> None:
    make_index(tmp_path, 12)
    run = subprocess.Popen(
        [sys.executable, "-m", "mllm_mine", "extract", "--jobs", "1"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while count(tmp_path) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    run.kill()
    run.wait()
    done = count(tmp_path)
    assert 2 <= done < 12
    again = mine("extract", "--json")
    assert again.code == 0, again.err
    assert again.json["extracted"] == 12 - done
    assert count(tmp_path) == 12


def test_work_in_waiting_time_goes_on_where_it_was(tmp_path: Path) -> None:
    from mllm_mine.config import Settings

    make_index(tmp_path, 6)
    settings = Settings(db=tmp_path / "mine.db")
    run = Run(1)
    with Index.open(settings.db) as index, Extractor(index, settings, run, jobs=1) as extractor:
        began = time.monotonic()
        extractor.work(0.3)
        assert time.monotonic() - began < 2
        while extractor.summary.done < 6 and time.monotonic() - began < 60:
            extractor.work(0.3)
        assert extractor.summary.statuses == {"ok": 6}
        assert extractor.work(None) == 0
    assert run.counts == {"extracted": 6}
