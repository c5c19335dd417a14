"""Imports an invented snapshot with mine and with sqlite-utils, side by side in one run.

    python benchmarks/snapshot_import.py 100000 1000000

Three ways from the same JSON Lines file to an SQLite file, each a program of its own:

- ``mine fetch --from``: ids checked, texts cleaned, versions compared, searchable;
- ``sqlite-utils insert --nl``: the records as they are, not searchable;
- the same followed by ``sqlite-utils enable-fts``: the records as they are, searchable.

The ratios are mine's records a second over the other's. Seconds are of the clock; CPU seconds tell
more when other programs run on the machine. Peak memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Cost:
    """What one way took."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    file_megabytes: float


def measured(name: str, database: Path, *commands: list[str]) -> Cost:
    """Runs commands one after the other.

    Raises:
        SystemExit: one of them failed.
    """
    database.unlink(missing_ok=True)
    began = time.perf_counter()
    cpu = peak = 0.0
    for command in commands:
        child = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        _, status, usage = os.wait4(child, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
        cpu += usage.ru_utime + usage.ru_stime
        unit = 1 if sys.platform == "darwin" else 1024
        peak = max(peak, usage.ru_maxrss * unit / 1e6)
    seconds = time.perf_counter() - began
    return Cost(name, seconds, cpu, peak, database.stat().st_size / 1e6)


def compare(count: int, folder: Path) -> None:
    """Prints the table for a number of records."""
    source = folder / "snapshot.json"
    # In a process of its own: a child's peak memory is at least what its parent held at its birth.
    generate = [sys.executable, str(Path(__file__).with_name("generate.py"))]
    subprocess.run([*generate, "snapshot", str(count), "--output", str(source)], check=True)
    ours, theirs, searchable = folder / "mine.db", folder / "plain.db", folder / "searchable.db"
    python = [sys.executable, "-m"]
    insert = [*python, "sqlite_utils", "insert"]
    options = [str(source), "--nl", "--pk", "id"]
    costs = [
        measured(
            "mine fetch --from",
            ours,
            [*python, "mllm_mine", "--quiet", "--db", str(ours), "fetch", "--from", str(source)],
        ),
        measured("sqlite-utils insert --nl", theirs, [*insert, str(theirs), "papers", *options]),
        measured(
            "the same, then enable-fts",
            searchable,
            [*insert, str(searchable), "papers", *options],
            [*python, "sqlite_utils", "enable-fts", str(searchable), "papers", "title", "abstract"],
        ),
    ]
    print(f"\n{count:,} records, {source.stat().st_size / 1e6:,.0f} MB of JSON Lines")
    print(f"{'':28}{'s':>8}{'CPU s':>8}{'records/s':>11}{'peak MB':>9}{'file MB':>9}{'ratio':>7}")
    for cost in costs:
        print(
            f"{cost.name:28}{cost.seconds:8.1f}{cost.cpu_seconds:8.1f}"
            f"{count / cost.seconds:11,.0f}{cost.peak_megabytes:9.0f}{cost.file_megabytes:9.0f}"
            f"{cost.seconds / costs[0].seconds:7.2f}",
            flush=True,
        )
    for database in (ours, theirs, searchable):
        database.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("counts", type=int, nargs="*", default=[100_000], metavar="COUNT")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    arguments = parser.parse_args()
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} processors ({platform.machine()})"
    )
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for count in arguments.counts:
            compare(count, Path(folder))


if __name__ == "__main__":
    main()
