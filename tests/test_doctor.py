"""``mine doctor``: silent about a sound index, and a mend for everything that is not."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from command_line import Mine
from import_files import lines, plain
from mllm_mine.index import Index


def faults(mine: Mine, *arguments: str) -> list[dict[str, Any]]:
    """What is wrong, by the command."""
    done = mine("doctor", "--json", *arguments)
    found = [
        finding for finding in done.json["findings"] if finding["fault"] and not finding["mended"]
    ]
    assert done.code == (1 if found else 0)
    assert done.json["sound"] == (not found)
    assert all(finding["problem"] and finding["mend"] for finding in done.json["findings"])
    return found


def the_fault(mine: Mine, area: str, *said: str) -> dict[str, Any]:
    found = faults(mine)
    assert [fault["area"] for fault in found] == [area]
    for words in said:
        assert words in found[0]["problem"] + found[0]["mend"]
    return found[0]


def execute(path: Path, *statements: str) -> None:
    """Changes an index behind the back of mine."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_sound_index(mine: Mine, index_path: Path) -> None:
    assert faults(mine) == []
    done = mine("doctor")
    assert done.code == 0
    assert "nothing is wrong" in done.out
    assert done.err == ""


def test_no_index_yet(mine: Mine) -> None:
    the_fault(mine, "index", "there is no index", "mine init")
    assert mine("doctor").code == 1


def test_a_bad_configuration(mine: Mine, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[fetch]\noverlap = 3\n")
    the_fault(mine, "configuration", "overlap_days")


def test_a_model_that_is_none(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    (tmp_path / "my.model").write_text("not a model")
    (tmp_path / "mine.toml").write_text('[classify]\nmodel = "my.model"\n')
    the_fault(mine, "model", "my.model")


@pytest.mark.parametrize("content", [b"rubbish" * 1000, b"x"])
def test_a_file_that_is_no_index(mine: Mine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.db").write_bytes(content)
    the_fault(mine, "index", "mine.db", "restore a copy")


@pytest.mark.parametrize("table", ["papers_published", "papers", "papers_fts_data"])
def test_damaged_pages(mine: Mine, index_path: Path, table: str) -> None:
    execute(index_path, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(index_path.read_bytes())
    connection = sqlite3.connect(index_path)
    page, size = connection.execute(
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master "
        "WHERE name = ?",
        (table,),
    ).fetchone()
    connection.close()
    start = (page - 1) * size
    data[start + 8 : start + 40] = b"\xff" * 32
    index_path.write_bytes(data)
    found = faults(mine)
    assert found[0]["area"] in ("index", "search")
    if found[0]["area"] == "index":
        assert "restore a copy" in found[0]["mend"]


def test_rows_without_their_paper(mine: Mine, index_path: Path) -> None:
    execute(
        index_path,
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO predictions VALUES ('9912.99999', 'rlhf', 0.9, 1, 'mllm-test')",
    )
    the_fault(mine, "index", "1 row of predictions", "--mend")
    assert faults(mine, "--mend") == []
    assert faults(mine) == []


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO papers_fts (papers_fts) VALUES ('delete-all')",
        "INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text) "
        "SELECT 'delete', docid, title, abstract, '' FROM papers WHERE arxiv_id = '9912.00001'",
        "INSERT INTO papers_fts (rowid, title, abstract, text) VALUES (1, 'phantom', '', '')",
    ],
)
def test_a_search_that_does_not_agree_with_the_papers(
    mine: Mine, index_path: Path, damage: str
) -> None:
    execute(index_path, damage)
    the_fault(mine, "search", "searches may miss some", "--mend")
    done = mine("doctor", "--mend")
    assert (done.code, "mended" in done.out) == (0, True)
    assert faults(mine) == []
    assert mine("search", "tongues", "--json").lines
    assert not mine("search", "phantom", "--json").lines


def test_gaps_are_told(mine: Mine, index_path: Path) -> None:
    with Index.open(index_path) as index:
        index.harvest.record_gap(
            "api", "all:bread", "2099-11-01T00:00:00Z", "2099-11-02T00:00:00Z", "429"
        )
    the_fault(mine, "fetch", "2099-11-01", "429", "'mine fetch' closes the gap")


def test_an_import_that_was_interrupted(
    mine: Mine, tmp_path: Path, index_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_bytes(lines(*(plain(n, abstract="Dough. " * 50) for n in range(1, 12_000))))
    command = [sys.executable, "-m", "mllm_mine", "fetch", "--from", "papers.jsonl"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment)
    with Index.open(index_path) as index:
        until = time.monotonic() + 60
        while not index.imports.unfinished() and time.monotonic() < until:
            time.sleep(0.005)
        process.kill()
        process.wait()
    the_fault(mine, "import", "papers.jsonl stopped after record 5000", "mine fetch --from")
    notes = [f for f in mine("doctor", "--json").json["findings"] if f["area"] == "runs"]
    assert "'mine fetch'" in notes[0]["problem"]
    mine("doctor", "--mend")
    with Index.open(index_path) as index:
        assert index.runs.latest()[0]["status"] == "died"
    assert mine("fetch", "--from", "papers.jsonl").code == 0
    assert faults(mine) == []


def test_pdfs_that_are_gone_or_fail(mine: Mine, tmp_path: Path, index_path: Path) -> None:
    with Index.open(index_path) as index:
        index.pdfs.succeed("9912.00001", 1, tmp_path / "pdfs" / "9912.00001v1.pdf", 10)
        index.pdfs.fail("9912.00002", 1, "the server sent a web page")
    the_fault(mine, "pdfs", "9912.00001", "mine extract")
    notes = mine("doctor").out
    assert "1 PDF failed: the server sent a web page" in notes


def test_leftovers_of_dead_runs(mine: Mine, tmp_path: Path, index_path: Path) -> None:
    (tmp_path / "pdfs").mkdir()
    fresh, stale = tmp_path / "pdfs" / ".a.pdf.part", tmp_path / "pdfs" / ".b.pdf.part"
    for path in (fresh, stale):
        path.write_text("half")
    os.utime(stale, (1, 1))
    the_fault(mine, "disk", ".b.pdf.part")
    assert faults(mine, "--mend") == []
    assert (fresh.exists(), stale.exists()) == (True, False)


def test_looking_changes_nothing(mine: Mine, index_path: Path) -> None:
    with Index.open(index_path) as index:
        before = list(index.connection.iterdump())
    mine("doctor")
    with Index.open(index_path) as index:
        assert list(index.connection.iterdump()) == before
