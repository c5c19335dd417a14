"""Simulates nights of fetching from an arXiv that fails, and kills the fetch now and then."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from arxiv_query_api import compile_query
from arxiv_server import FakeArxiv, serve
from command_line import clean_environment
from served_papers import ServedPaper, invent_papers

QUERY = 'abs:"multilingual models" OR ti:"cross-lingual transfer"'
CATEGORIES = ("cs.CL", "cs.LG")
FIRST_DAY = datetime(2099, 1, 1, tzinfo=UTC)
_OWN = f"(cat:{CATEGORIES[0]} OR cat:{CATEGORIES[1]}) AND ({QUERY})"


@dataclass
class Outcome:
    """What the nights came to.

    Attributes:
        expected: papers that arXiv has at the end, in the period and of the query.
        missing, stale, strange: those that the index lacks, has in an older version or with the
            wrong withdrawal mark, and papers in the index that should not be there.
        duplicates: ids that occur more than once.
        faults: requests that met a fault.
        fault_free: requests of the same nights without faults and kills.
        pause: shortest time between two requests, in seconds.
        leftovers: files left half-written.
    """

    expected: int
    missing: int
    stale: int
    strange: int
    duplicates: int
    requests: int
    faults: int
    fault_free: int
    kills: int
    runs: int
    pause: float
    most_at_once: int
    open_gaps: int
    leftovers: int


def simulate(
    folder: Path,
    *,
    papers: int = 5_000,
    days: int = 60,
    nights: int = 5,
    fault_rate: float = 0.3,
    kill_rate: float = 0.5,
    delay: float = 0.02,
    page_size: int = 250,
    source: str = "api",
    seed: int = 0,
    kill_anywhere: bool = False,
) -> Outcome:
    """Fetches night after night, once undisturbed and once with faults and kills.

    Args:
        kill_rate: share of the runs that are killed, during a request drawn at random.
        kill_anywhere: kill some time after that request began, whatever happens then.
    """
    invented = invent_papers(papers, FIRST_DAY, days, seed=seed)
    clocks = [FIRST_DAY + timedelta(days=days - nights + 1 + night) for night in range(nights)]
    draw = random.Random(seed)
    with serve(invented, clocks[0], oai_page=page_size) as calm:
        _play(folder / "calm", calm, clocks, source, page_size, delay, draw, kill_rate=0)
    with serve(
        invented, clocks[0], fault_rate=fault_rate, random=draw, oai_page=page_size
    ) as rough:
        kills, runs = _play(
            folder / "rough",
            rough,
            clocks,
            source,
            page_size,
            delay,
            draw,
            kill_rate=kill_rate,
            kill_anywhere=kill_anywhere,
        )
    index = folder / "rough" / "mine.db"
    expected = _expected(invented, clocks[-1], source)
    found = _found(index)
    return Outcome(
        expected=len(expected),
        missing=len(expected.keys() - found.keys()),
        stale=sum(found[name] != expected[name] for name in expected.keys() & found.keys()),
        strange=len(found.keys() - expected.keys()),
        duplicates=_one(index, "SELECT count(*) - count(DISTINCT lower(arxiv_id)) FROM papers"),
        requests=len(rough.log),
        faults=rough.faults,
        fault_free=len(calm.log),
        kills=kills,
        runs=runs,
        pause=min(calm.shortest_pause(), rough.shortest_pause()),
        most_at_once=max(calm.most_at_once, rough.most_at_once),
        open_gaps=_one(index, "SELECT count(*) FROM gaps"),
        leftovers=len(list(folder.rglob("*.part"))),
    )


def _play(
    folder: Path,
    arxiv: FakeArxiv,
    clocks: list[datetime],
    source: str,
    page_size: int,
    delay: float,
    draw: random.Random,
    *,
    kill_rate: float,
    kill_anywhere: bool = False,
) -> tuple[int, int]:
    """Runs ``mine fetch`` each night until it says that nothing is left to do."""
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(
        f"[fetch]\nsource = '{source}'\nqueries = ['{QUERY}']\n"
        f"categories = {list(CATEGORIES)}\nsince = '{FIRST_DAY:%Y-%m-%d}'\n"
        f"page_size = {page_size}\nread_timeout = 5.0\nmax_retries = 9\n",
        encoding="utf-8",
    )
    kills = runs = 0
    for clock in clocks:
        arxiv.now = clock
        for _ in range(20):
            fatal = draw.randrange(1, 8) if draw.random() < kill_rate else 0
            after = draw.random() * 0.1 if kill_anywhere else 0.0
            code = _run(folder, arxiv, delay, fatal, after)
            runs += 1
            kills += code == -signal.SIGKILL
            if code == 0:
                break
            if code not in (3, -signal.SIGKILL):
                raise AssertionError(f"mine fetch ended with {code}")
        else:
            raise AssertionError("mine fetch never came to an end")
    return kills, runs


def _run(folder: Path, arxiv: FakeArxiv, delay: float, fatal: int, after: float) -> int:
    """One run; it is killed so many seconds after the request numbered ``fatal`` began."""
    environment = {**clean_environment(folder / "home"), **arxiv.environment(delay)}
    process = subprocess.Popen(
        [sys.executable, "-m", "mllm_mine", "-q", "fetch", "--no-pdf"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first = len(arxiv.log)

    def on_request(number: int) -> None:
        if not fatal or number - first != fatal:
            return
        if after:
            threading.Timer(after, process.kill).start()
        else:
            process.kill()
            process.wait()

    arxiv.on_request = on_request
    return process.wait(timeout=300)


def _expected(papers: list[ServedPaper], now: datetime, source: str) -> dict[str, tuple[int, int]]:
    """Version and withdrawal mark of each paper that the index must hold."""
    matches = compile_query(_OWN)
    if source == "oai":
        return {
            paper.arxiv_id: (number, int(paper.versions[number - 1].withdrawn))
            for paper in papers
            if (number := paper.visible(now)) and set(CATEGORIES) & set(paper.categories)
        }
    return {
        paper.arxiv_id: (number, int(paper.versions[number - 1].withdrawn))
        for paper in papers
        if (number := paper.visible(now)) and matches(paper, now)
    }


def _found(index: Path) -> dict[str, tuple[int, int]]:
    connection = sqlite3.connect(index)
    try:
        rows = connection.execute("SELECT arxiv_id, version, withdrawn FROM papers")
        return {name: (version, withdrawn) for name, version, withdrawn in rows}
    finally:
        connection.close()


def _one(index: Path, query: str) -> int:
    connection = sqlite3.connect(index)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()
