"""Runs programs and says what they cost; shared by the benchmarks."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MINE = (sys.executable, "-m", "mllm_mine", "--quiet")
SQLITE_UTILS = (sys.executable, "-m", "sqlite_utils")
_GENERATE = (sys.executable, str(Path(__file__).with_name("generate.py")))


@dataclass(frozen=True)
class Cost:
    """What one or more programs took: of the clock, of the processor, and at most of memory."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
            max(self.peak_megabytes, other.peak_megabytes),
        )


def measured(
    command: Sequence[str],
    *,
    codes: Sequence[int] = (0,),
    memory: float = 0.0,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Runs a program, its output thrown away.

    Args:
        codes: exit codes that are no failure.
        memory: limit of its address space in GB; 0 for none.

    Raises:
        SystemExit: it failed.
    """
    limited = list(command)
    if memory:
        limited = ["sh", "-c", f'ulimit -v {int(memory * 2**20)}; exec "$@"', "sh", *command]
    began = time.perf_counter()
    child = os.posix_spawnp(
        limited[0],
        limited,
        {**os.environ, **(environment or {})},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in codes:
        raise SystemExit(f"{' '.join(command)} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def quickest(command: Sequence[str], rounds: int = 3, **options: object) -> Cost:
    """The round that took the least of the processor, after one that fills the file cache."""
    measured(command, **options)  # type: ignore[arg-type]
    costs = [measured(command, **options) for _ in range(rounds)]  # type: ignore[arg-type]
    return min(costs, key=lambda cost: cost.cpu_seconds)


def generate(kind: str, count: int, path: Path, seed: int = 1) -> None:
    """Writes invented papers, see generate.py.

    In a process of its own: a child's peak memory is at least what its parent held at its birth.
    """
    options = ["--seed", str(seed), "--output", str(path)]
    subprocess.run([*_GENERATE, kind, str(count), *options], check=True)


def machine() -> str:
    """One line for the head of the results."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line for line in lines if line.startswith("model name")).partition(": ")[2]
    except (OSError, StopIteration):
        pass
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} processors ({model}), {platform.system()}"
    )
