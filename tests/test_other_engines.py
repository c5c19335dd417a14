"""The code for Spark and Ray in docs/scoring-elsewhere.md runs and gives what one machine gives.

Neither engine is among the tests' requirements: where one is missing, its test is left out.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pyarrow = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PAGE = Path(__file__).parent.parent / "docs" / "scoring-elsewhere.md"
BEFORE = {
    "Spark": """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
""",
    "Ray": "import ray; ray.init(num_cpus=2, include_dashboard=False)",
}
PACKAGES = {"Spark": ("pyspark", "pandas"), "Ray": ("ray",)}


def code_of(heading: str) -> str:
    """The first block of Python under a heading of the page."""
    found = re.search(
        rf"\n## {heading}\n.*?```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    return found[1]


def papers(folder: Path) -> Path:
    """Three files of invented papers, one of them empty."""
    rows = [
        {
            "id": f"9912.{number:05}",
            "title": ("Preference tuning in Yoruba", "Steam engines")[number % 2],
            "abstract": f"An invented abstract of number {number}.",
        }
        for number in range(40)
    ]
    (folder / "papers").mkdir()
    table = pyarrow.Table.from_pylist(rows)
    for part, (start, length) in enumerate(((0, 25), (25, 15), (40, 0))):
        pq.write_table(table.slice(start, length), folder / "papers" / f"{part}.parquet")
    pq.write_table(table, folder / "all.parquet")
    return folder


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows = pq.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: str(row["id"]))


@pytest.mark.slow
@pytest.mark.parametrize("engine", BEFORE)
def test_the_code_of_the_page_gives_what_one_machine_gives(engine: str, tmp_path: Path) -> None:
    for package in PACKAGES[engine]:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    if engine == "Spark" and shutil.which("java") is None:
        pytest.skip("there is no Java")
    folder = papers(tmp_path)
    code = f"{BEFORE[engine]}\n{code_of(engine)}"
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "RAY_USAGE_STATS_ENABLED": "0"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    ours = folder / "ours.parquet"
    subprocess.run(
        [
            *(sys.executable, "-m", "mllm_mine", "--quiet", "classify"),
            *("--input", str(folder / "all.parquet"), "--output", str(ours)),
        ],
        check=True,
        capture_output=True,
    )
    expected = rows_of(ours)
    assert len(expected) == 40
    found = [{key: row[key] for key in expected[0]} for row in rows_of(folder / "labels")]
    assert json.dumps(found) == json.dumps(expected)
