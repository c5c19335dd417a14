"""`mine update`: all stages in one run, against a small arXiv on loopback."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mllm_mine.classifier import model_file
from mllm_mine.demo.server import SampleArxiv, serve_sample
from mllm_mine.index.lock import run_lock

NIGHT_ONE, NIGHT_TWO = "1999-12-16T06:00:00Z", "1999-12-23T06:00:00Z"
CONFIG = """
[fetch]
queries = ["all:multilingual"]
since = "1999-10-01"
max_retries = 1

[[report]]
output = "papers.csv"
in_scope = false
"""


@pytest.fixture
def arxiv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SampleArxiv]:
    """The sample's arXiv, and an environment in which mine asks it."""
    for name in [name for name in os.environ if name.startswith("MINE_")]:
        monkeypatch.delenv(name)
    with serve_sample() as server:
        for name, value in {
            "MINE_ARXIV_API_URL": server.api_url,
            "MINE_ARXIV_PDF_URL": server.pdf_url,
            "MINE_ARXIV_DELAY": "0",
            "MINE_ARXIV_BACKOFF": "0.01",
            "MINE_NOW": NIGHT_ONE,
            "MINE_STATE_DIR": str(tmp_path / "state"),
            "no_proxy": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration."""
    path = tmp_path / "survey"
    path.mkdir()
    (path / "mine.toml").write_text(CONFIG)
    return path


def mine(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mllm_mine", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "mine.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_night_does_all_stages_and_says_one_line(arxiv: SampleArxiv, folder: Path) -> None:
    result = mine(folder, "update")
    assert result.returncode == 3, result.stderr  # one PDF of the sample is cut short
    (line,) = result.stdout.splitlines()
    assert line.startswith("1999-12-16: 29 new papers (")
    assert "29 in papers.csv" in line
    assert line.endswith("1 failed")
    assert "9912.00029" in result.stderr
    assert rows(folder, "SELECT count(*) FROM papers") == [(29,)]
    assert rows(folder, "SELECT count(*) FROM fulltexts WHERE status = 'ok'") == [(28,)]
    assert rows(folder, "SELECT count(*) FROM classifications") == [(29,)]
    with (folder / "papers.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 29
    recorded = rows(folder, "SELECT command, status, exit_code FROM runs")
    assert recorded == [("update", "partial", 3)]


def test_a_quiet_night_prints_nothing_at_all(arxiv: SampleArxiv, folder: Path) -> None:
    mine(folder, "update")
    again = mine(folder, "update")
    assert again.returncode == 3  # the broken PDF is tried once more at once, then a day later
    last = mine(folder, "update")
    assert (last.returncode, last.stdout, last.stderr) == (0, "", "")


def test_the_next_night_takes_up_only_what_changed(arxiv: SampleArxiv, folder: Path) -> None:
    mine(folder, "update")
    before = dict(rows(folder, "SELECT arxiv_id, classified_at FROM classifications"))
    arxiv.night = 2
    result = mine(folder, "update", "--json", MINE_NOW=NIGHT_TWO)
    document = json.loads(result.stdout)
    assert document["new"] == 2
    assert document["counts"]["new_versions"] == 2
    after = dict(rows(folder, "SELECT arxiv_id, classified_at FROM classifications"))
    touched = {arxiv_id for arxiv_id in after if after[arxiv_id] != before.get(arxiv_id)}
    assert touched >= {"9910.00008", "9912.00030", "9912.00031"}
    assert touched <= {"9910.00008", "9912.00028", "9912.00030", "9912.00031"}
    assert rows(folder, "SELECT arxiv_id FROM papers WHERE withdrawn = 1") == [("9912.00028",)]
    assert rows(folder, "SELECT version FROM fulltexts WHERE arxiv_id = '9910.00008'") == [(2,)]


def test_when_arxiv_is_down_the_other_stages_still_run(
    arxiv: SampleArxiv, folder: Path, tmp_path: Path
) -> None:
    known = {"id": "9912.00001", "title": "Dialects of Swahili", "abstract": "Language models."}
    (tmp_path / "known.jsonl").write_text(json.dumps(known) + "\n")
    assert mine(folder, "fetch", "--from", str(tmp_path / "known.jsonl")).returncode == 0
    result = mine(folder, "update", MINE_ARXIV_API_URL="http://127.0.0.1:9/api/query")
    assert result.returncode == 3
    assert "127.0.0.1" in result.stderr
    assert rows(folder, "SELECT count(*) FROM classifications") == [(1,)]
    assert "Dialects of Swahili" in (folder / "papers.csv").read_text(encoding="utf-8")
    assert rows(folder, "SELECT count(*) FROM watermarks") == [(0,)]  # no outage counts as done
    assert mine(folder, "update").stdout.startswith("1999-12-16: 29 new papers")


def test_a_missing_model_does_not_lose_the_night(arxiv: SampleArxiv, folder: Path) -> None:
    with (folder / "mine.toml").open("a") as file:
        file.write('[classify]\nmodel = "gone.model"\n')
    result = mine(folder, "update")
    assert result.returncode == 2
    assert "gone.model" in result.stderr
    assert rows(folder, "SELECT count(*) FROM papers") == [(29,)]
    assert rows(folder, "SELECT count(*) FROM fulltexts WHERE status = 'ok'") == [(28,)]


def test_a_model_that_proves_unsound_does_not_lose_the_night(
    arxiv: SampleArxiv, folder: Path
) -> None:
    """Its checksum is right, so that it shows only when papers wait for it."""
    path = Path(model_file.__file__).with_name(model_file.BUNDLED)
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 44)
    header = json.loads(content[48 : 48 + length]) | {"arrays": []}
    encoded = json.dumps(header).encode()
    body = struct.pack("<I", len(encoded)) + encoded
    digest = hashlib.sha256(body).digest()
    (folder / "odd.model").write_bytes(content[:12] + digest + body)
    with (folder / "mine.toml").open("a") as file:
        file.write('[classify]\nmodel = "odd.model"\n')
    result = mine(folder, "update")
    assert result.returncode == 1
    assert result.stderr.count("odd.model is not a sound model") == 1
    assert rows(folder, "SELECT count(*) FROM papers WHERE source = 'api'") != [(0,)]
    assert rows(folder, "SELECT count(*) FROM classifications") == [(0,)]
    assert (folder / "papers.csv").exists()


def test_a_night_with_nothing_new_loads_nothing_that_classifies_or_reads(
    arxiv: SampleArxiv, folder: Path
) -> None:
    mine(folder, "update")
    mine(folder, "update")  # the broken PDF is tried once more
    code = (
        "import sys; from mllm_mine.__main__ import run; code = run(['update']); "
        "print(code, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    code, *loaded = done.stdout.split()
    assert code == "0"
    assert "arxiv" in loaded
    assert not {"numpy", "zstandard", "msgspec", "pymupdf", "rich", "sqlite_utils"} & set(loaded)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('label = "saftey"', "safety"),
        ('format = "cvs"', "csv"),
        ('since = "yesterday"', "yesterday"),
        ("min_probability = 2.0", "between 0 and 1"),
    ],
)
def test_a_wrong_report_is_refused_before_the_night_begins(
    arxiv: SampleArxiv, folder: Path, setting: str, said: str
) -> None:
    with (folder / "mine.toml").open("a") as file:
        file.write(f'[[report]]\noutput = "wrong.csv"\n{setting}\n')
    result = mine(folder, "update")
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "wrong.csv" in result.stderr and said in result.stderr
    assert rows(folder, "SELECT count(*) FROM papers") == [(0,)]
    found = json.loads(mine(folder, "doctor", "--json").stdout)["findings"]
    assert [entry["area"] for entry in found if entry["fault"]] == ["configuration"]


def test_a_second_run_ends_at_once_with_code_4(arxiv: SampleArxiv, folder: Path) -> None:
    with run_lock(folder / "mine.db"):
        result = mine(folder, "update")
    assert result.returncode == 4
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "--wait" in result.stderr


@pytest.mark.slow
def test_with_wait_it_comes_after_the_other_run(arxiv: SampleArxiv, folder: Path) -> None:
    with run_lock(folder / "mine.db"):
        waiting = subprocess.Popen(
            [sys.executable, "-m", "mllm_mine", "update", "--wait"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(1)
        assert waiting.poll() is None
    stdout, stderr = waiting.communicate(timeout=120)
    assert waiting.returncode == 3, stderr
    assert stdout.startswith("1999-12-16: 29 new papers")


@pytest.mark.slow
def test_killed_midway_the_next_run_ends_with_the_same_index(
    arxiv: SampleArxiv, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "undisturbed"
    other.mkdir()
    (other / "mine.toml").write_text(CONFIG)
    assert mine(other, "update").stdout.startswith("1999-12-16: 29 new papers")
    running = subprocess.Popen(
        [sys.executable, "-m", "mllm_mine", "update"], cwd=folder, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(folder.glob("pdfs/*.pdf")):
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    mine(folder, "update")
    for query in (
        "SELECT arxiv_id, version, title FROM papers ORDER BY arxiv_id",
        "SELECT arxiv_id, version, status, text FROM fulltexts ORDER BY arxiv_id",
        "SELECT arxiv_id, label, probability FROM predictions ORDER BY arxiv_id, label",
        "SELECT * FROM classified ORDER BY arxiv_id",
    ):
        assert rows(folder, query) == rows(other, query)
    assert (folder / "papers.csv").read_bytes() == (other / "papers.csv").read_bytes()
    assert not [path for path in folder.rglob("*") if path.suffix in (".part", ".tmp")]
