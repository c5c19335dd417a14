"""``mine classify --engine dask``: a real local cluster, and the same results as without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import baking

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("distributed", reason="Dask is not installed: pip install 'mllm-mine[dask]'")
from pyarrow import parquet  # noqa: E402

pytestmark = pytest.mark.slow

FILES, ROWS = 6, 1_500


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Parquet files; every 97th paper has nothing to read, one has no id."""
    folder = tmp_path_factory.mktemp("papers")
    labelled = baking.labelled_papers()
    for file in range(FILES):
        rows = []
        for number in range(file * ROWS, (file + 1) * ROWS):
            paper = labelled[number % len(labelled)]
            abstract = f"{paper['abstract']} Loaf {number}." if number % 97 else " "
            name = None if number == ROWS + 5 else f"9912.{number:05}"
            rows.append({"id": name, "title": paper["title"], "abstract": abstract})
            if not number % 97:
                rows[-1]["title"] = None
        table = pyarrow.Table.from_pylist(rows)
        parquet.write_table(table, folder / f"papers-{file}.parquet", row_group_size=500)
    return folder


@pytest.fixture(scope="module")
def expected(baking_model: Path, papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The results of the same papers on this machine alone."""
    folder = tmp_path_factory.mktemp("expected")
    done = baking.mine(
        folder, "classify", "--model", baking_model, "--input", papers, "--output", "out.parquet"
    )
    assert done.returncode == 3, done.stderr.decode()
    return parquet.read_table(folder / "out.parquet")


def command(model: Path, source: Path, *more: object) -> list[str]:
    options = ["--engine", "dask", "--input", source, "--output", "out", "--json", *more]
    return [sys.executable, "-m", "mllm_mine", "classify", "--model", *map(str, [model, *options])]


def results(folder: Path) -> Any:
    """The rows of all parts, in the order of their names."""
    parts = [parquet.read_table(path) for path in sorted(folder.glob("part-*.parquet"))]
    return pyarrow.concat_tables(parts).replace_schema_metadata(None)


def test_a_cluster_of_its_own_gives_what_one_machine_gives(
    baking_model: Path, papers: Path, expected: Any, tmp_path: Path
) -> None:
    arguments = command(baking_model, papers, "--jobs", 2)
    for resumed in (0, FILES * ROWS):
        done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, timeout=180)
        assert done.returncode == 3, done.stderr.decode()
        summary = json.loads(done.stdout)
        assert (summary["records"], summary["resumed"]) == (FILES * ROWS, resumed)
        assert summary["failed"] == expected.num_rows - expected["error"].null_count
        assert results(tmp_path / "out").equals(expected)


def test_a_worker_killed_midway_loses_nothing(
    baking_model: Path, papers: Path, expected: Any, tmp_path: Path
) -> None:
    environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "30 s"}
    address_file = tmp_path / "scheduler.json"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1",
             "--port", "0", "--no-dashboard", "--scheduler-file", address_file],
            cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    ]  # fmt: skip
    try:
        wait_for(address_file.exists)
        workers = [start_worker(tmp_path, address_file, environment) for _ in range(2)]
        processes += workers
        address = json.loads(address_file.read_text())["address"]
        run = subprocess.Popen(
            command(baking_model, papers, "--scheduler", address),
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        processes.append(run)
        wait_for(lambda: any(tmp_path.glob("out/*.parquet")) or run.poll() is not None)
        workers[0].send_signal(signal.SIGKILL)
        assert len(list(tmp_path.glob("out/*.parquet"))) < FILES
        out, err = run.communicate(timeout=180)
        assert run.returncode == 3, err.decode()
        assert json.loads(out)["records"] == FILES * ROWS
        assert results(tmp_path / "out").equals(expected)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def start_worker(
    folder: Path, address_file: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    """A worker without a nanny, so that nothing starts it again."""
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", address_file,
         "--no-nanny", "--nthreads", "1", "--no-dashboard"],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_folder_of_other_results_is_not_mixed_with_them(
    baking_model: Path, papers: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    table = pyarrow.table({"id": ["9912.00001"]})
    parquet.write_table(table, tmp_path / "out" / "part-00000.parquet")
    done = subprocess.run(command(baking_model, papers), cwd=tmp_path, capture_output=True)
    assert done.returncode == 2
    assert "part-00000.parquet is from another" in done.stderr.decode()
