"""An index damaged, foreign, newer, read-only, or on a full disk: one line, nothing lost."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from sample_index import make_index

EARLY = Path(__file__).parent.parent / "fixtures" / "index-v1.db.gz"
READERS = (
    ["status"],
    ["list", "--all"],
    ["search", "invented"],
    ["report"],
    ["show", "9912.00001"],
    ["audit"],
    ["gaps"],
    ["trends"],
)


def one_clear_line(result, code: int, *said: str) -> None:  # type: ignore[no-untyped-def]
    assert result.code == code, result.err
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err
    for words in said:
        assert words in result.err


@pytest.mark.parametrize("content", [b"not a database at all\n" * 100, b"\0" * 4096, b"x"])
def test_a_file_that_is_no_database(mine: Mine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.db").write_bytes(content)
    for command in (*READERS, ["label", "9912.00001", "+rlhf"]):
        one_clear_line(mine(*command), 1, "mine.db", "damaged")
    assert (tmp_path / "mine.db").read_bytes() == content


def test_a_truncated_index(mine: Mine, index_path: Path) -> None:
    whole = index_path.read_bytes()
    index_path.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])
    results = [mine(*command) for command in READERS]
    assert any(result.code for result in results)
    for result in results:
        if result.code:
            one_clear_line(result, 1, "mine.db", "damaged")


@pytest.mark.parametrize("version", [0, 1, 999])
def test_another_programs_database_is_left_alone(mine: Mine, tmp_path: Path, version: int) -> None:
    with sqlite3.connect(tmp_path / "mine.db") as other:
        other.execute("CREATE TABLE notes (text)")
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    before = (tmp_path / "mine.db").read_bytes()
    for command in (*READERS, ["labels", "import", "-", "--format", "csv"]):
        one_clear_line(mine(*command), 1, "mine.db", "not an index of mine")
    assert (tmp_path / "mine.db").read_bytes() == before


def test_an_index_of_a_newer_mine(mine: Mine, index_path: Path) -> None:
    with sqlite3.connect(index_path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    one_clear_line(mine("list"), 1, "newer", "upgrade")
    doctor = mine("doctor")
    assert "upgrade mine" in doctor.out
    assert "restore" not in doctor.out, "nothing needs to be"


def test_a_folder_in_place_of_the_index(mine: Mine, tmp_path: Path) -> None:
    one_clear_line(mine("--db", tmp_path, "list"), 1, str(tmp_path))


def test_a_folder_that_cannot_be_made(mine: Mine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one_clear_line(mine("init", "file/folder"), 1, "file")
    (tmp_path / "x.csv").write_text("arxiv_id,label,value\n")
    one_clear_line(mine("--db", "file/mine.db", "labels", "import", "x.csv"), 1, "file")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB of its own; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("needs mount")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount a disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_read_only_disk_can_be_read(mine: Mine, small_disk: Path) -> None:
    make_index(small_disk / "mine.db")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    db = ("--db", small_disk / "mine.db")
    for command in READERS:
        assert mine(*db, *command).code == 0
    one_clear_line(mine(*db, "label", "9912.00001", "+sft"), 1, "mine.db", "writable")
    one_clear_line(mine(*db, "report", "--output", small_disk / "a.csv"), 1, "a.csv", "Read-only")
    one_clear_line(mine("init", small_disk / "new"), 1, "Read-only")
    found = mine(*db, "doctor", "--json").json["findings"]
    assert {entry["area"] for entry in found if entry["fault"]} == {"disk"}
    assert "restore" not in str(found)


def test_an_early_index_on_a_read_only_disk_says_what_it_needs(
    mine: Mine, small_disk: Path
) -> None:
    path = small_disk / "mine.db"
    path.write_bytes(gzip.decompress(EARLY.read_bytes()))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    one_clear_line(mine("--db", path, "status"), 1, "mine.db", "earlier mine", "a copy with --db")
    copy = small_disk.parent / "copy.db"
    shutil.copy(path, copy)
    assert mine("--db", copy, "status", "--json").json["papers"] == 3


def test_a_full_disk_loses_nothing(mine: Mine, small_disk: Path) -> None:
    path = make_index(small_disk / "mine.db")
    with Index.open(path) as index:
        index.labels.give("9912.00001", {"survey": True}, author="ana")
    labels = small_disk.parent / "labels.csv"
    labels.write_text(
        "arxiv_id,label,value,note\n"
        + "".join(f"9912.{number:05},rlhf,1,{'x' * 500}\n" for number in range(20_000))
    )
    one_clear_line(mine("--db", path, "labels", "import", labels), 1, "full", "nothing")
    assert mine("--db", path, "status", "--json").json["by_hand"] == 1
    (small_disk / "papers.csv").write_text("old")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(4096))
    elsewhere = make_index(small_disk.parent / "elsewhere.db")
    one_clear_line(
        mine("--db", elsewhere, "report", "--output", small_disk / "papers.csv"), 1, "papers.csv"
    )
    one_clear_line(mine("--db", path, "status"), 1, "mine.db", "full")
    assert (small_disk / "papers.csv").read_text() == "old"
    filler.unlink()
    assert mine("--db", path, "label", "9912.00001", "+sft").code == 0
