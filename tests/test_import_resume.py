"""Imports that are killed go on where they stopped, and end as if nothing had happened."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import Mine
from import_files import Importer, contents, lines, packed, plain
from mllm_mine.progress import Silent
from mllm_mine.source import ImportFilters

COUNT = 12_000  # two batches and a bit


def _papers() -> bytes:
    """Papers of which some have two versions and some lines are bad."""
    records: list[dict[str, object] | str] = []
    for number in range(1, COUNT + 1):
        records.append(plain(number, abstract=f"Dough {number} " * 40, published="2099-12-01"))
        if number % 1000 == 0:
            records += [plain(id=f"9912.{number:05}v2", title="Second edition"), "rubbish"]
    return lines(*records)


def _kill_after_first_batch(environment: dict[str, str], folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "mllm_mine", "--db", "killed.db", "fetch", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if _count(folder / "killed.db"):
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    process.wait()
    assert process.returncode == -signal.SIGKILL, "the import ended before it could be killed"


def _count(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM papers").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        if "connection" in locals():
            connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("packing", ["", "zst"])
def test_a_killed_import_goes_on(
    mine: Mine, tmp_path: Path, environment: dict[str, str], packing: str
) -> None:
    (tmp_path / "papers").write_bytes(packed(_papers(), packing))
    _kill_after_first_batch(environment, tmp_path, "--from", "papers")
    saved = _count(tmp_path / "killed.db")
    assert 0 < saved < COUNT
    resumed = mine("--db", "killed.db", "fetch", "--from", "papers", "--json")
    undisturbed = mine("--db", "whole.db", "fetch", "--from", "papers", "--json")
    assert (resumed.code, undisturbed.code) == (3, 3)
    assert resumed.json["resumed_after"] > 0
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "whole.db")
    # Both sittings together are told like one, with every bad line named.
    expected = undisturbed.json | {"resumed_after": resumed.json["resumed_after"]}
    assert resumed.json == expected
    assert len(expected["failures"]) == 12
    again = mine("--db", "killed.db", "fetch", "--from", "papers", "--json")
    assert again.json["resumed_after"] == 0
    assert again.json["new"] + again.json["new_versions"] + again.json["changed"] == 0


@pytest.mark.slow
def test_a_killed_import_from_stdin_is_completed_by_the_next(
    mine: Mine, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "papers").write_bytes(_papers())
    _kill_after_first_batch(environment, tmp_path, "--from", "papers")
    done = mine("--db", "killed.db", "fetch", "--from", "-", stdin=_papers().decode())
    assert done.code == 3
    assert _count(tmp_path / "killed.db") == COUNT


class _Stop(Silent):
    """Interrupts an import after its first batch."""

    def advance(self, steps: int = 1) -> None:
        raise KeyboardInterrupt


FIRST, ALL = 5_000, 5_030  # records of the first batch, and of the file


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def _interrupted(importer: Importer, filters: ImportFilters | None = None) -> Path:
    """A file whose import was interrupted."""
    path = importer.folder / "papers.jsonl"
    path.write_bytes(lines(*(plain(n, categories="cs.CL") for n in range(1, ALL + 1))))
    with pytest.raises(KeyboardInterrupt):
        importer(path, filters, progress=_Stop())
    return path


def test_what_is_done_is_not_read_again(importer: Importer) -> None:
    path = _interrupted(importer)
    assert len(importer.rows()) == FIRST
    summary = importer(path)
    assert summary.resumed_after == FIRST
    counts = summary.counts
    assert (counts["records"], counts["new"], counts["unchanged"]) == (ALL, ALL, 0)
    assert importer(path).resumed_after == 0


def test_a_file_that_changed_is_read_from_its_beginning(importer: Importer) -> None:
    path = _interrupted(importer)
    path.write_bytes(lines(*(plain(n) for n in range(ALL + 10, ALL - 10, -1))))
    summary = importer(path)
    assert (summary.resumed_after, summary.counts["new"]) == (0, 20)


def test_other_filters_are_another_import(importer: Importer) -> None:
    path = _interrupted(importer)
    assert importer(path, ImportFilters(categories=("cs.CL",))).resumed_after == 0
    assert importer(path).resumed_after == FIRST


def test_the_limit_counts_over_both_sittings(importer: Importer) -> None:
    filters = ImportFilters(max_papers=FIRST + 20)
    path = _interrupted(importer, filters)
    summary = importer(path, filters)
    assert (summary.resumed_after, summary.counts["records"]) == (FIRST, FIRST + 20)
    assert len(importer.rows()) == FIRST + 20
