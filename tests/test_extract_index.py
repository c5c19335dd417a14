"""`mine extract`: what it reads, what it leaves, and what it says."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

import broken_pdfs
from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.paper import Paper

IDS = ("9912.00001", "9912.00002", "math/9912003")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with an index of three papers and a folder of their PDFs."""
    with Index.open(tmp_path / "mine.db", create=True) as index:
        for arxiv_id in IDS:
            index.papers.upsert(Paper(arxiv_id, 1, f"Title of {arxiv_id}", "Nothing."), "test")
    folder = tmp_path / "papers"
    folder.mkdir()
    broken_pdfs.paper_pdf(folder / "9912.00001v1.pdf", words="Zymurgy is")
    broken_pdfs.paper_pdf(folder / "9912.00002.pdf")
    broken_pdfs.paper_pdf(folder / "math.GT_9912003v1.pdf")
    return tmp_path


def statuses(home: Path) -> dict[str, tuple[int, str]]:
    with Index.open(home / "mine.db") as index:
        found = [index.fulltexts.get(arxiv_id) for arxiv_id in IDS]
        return {text.arxiv_id: (text.version, text.status) for text in found if text}


def test_a_folder_of_pdfs_becomes_searchable_text(mine: Mine, home: Path) -> None:
    done = mine("extract", "--pdf-dir", home / "papers")
    assert done.code == 0, done.err
    assert "Extracted 3 of 3 papers, 9 pages." in done.out
    assert statuses(home) == dict.fromkeys(IDS, (1, "ok"))
    with Index.open(home / "mine.db") as index:
        text = index.fulltexts.get("9912.00001")
        assert text is not None
        assert text.text.count("Zymurgy") == 36
        assert text.pages == 3
        assert text.attempts == 1
        found = index.connection.execute(
            "SELECT arxiv_id FROM papers JOIN papers_fts ON papers_fts.rowid = papers.docid "
            "WHERE papers_fts MATCH 'zymurgy'"
        ).fetchall()
        assert [row[0] for row in found] == ["9912.00001"]


def test_the_second_run_has_nothing_to_do(mine: Mine, home: Path) -> None:
    mine("extract", "--pdf-dir", home / "papers")
    again = mine("extract", "--pdf-dir", home / "papers", "--json")
    assert again.code == 0
    assert again.json == {
        "extracted": 0,
        "failed": 0,
        "pages": 0,
        "statuses": {},
        "failures": [],
        "unknown_files": [],
    }


def test_files_of_unknown_papers_are_named_and_left(mine: Mine, home: Path) -> None:
    broken_pdfs.paper_pdf(home / "papers" / "9912.09999v1.pdf")
    (home / "papers" / "holiday photos ../x.pdf").parent.mkdir(parents=True)
    broken_pdfs.paper_pdf(home / "papers" / "notes of mine.pdf")
    done = mine("extract", "--pdf-dir", home / "papers")
    assert done.code == 0, done.err
    assert "9912.09999v1.pdf" in done.out
    assert "notes of mine.pdf" in done.out
    assert "Extracted 3 of 3" in done.out


def test_a_failure_is_named_recorded_and_not_tried_again_unasked(mine: Mine, home: Path) -> None:
    bad = home / "papers" / "9912.00002.pdf"
    bad.write_bytes(b"<html>not found</html>")
    done = mine("extract", "--pdf-dir", home / "papers")
    assert done.code == 3
    assert "9912.00002: not-a-pdf: the file is a web page" in done.out
    assert statuses(home)["9912.00002"] == (1, "not-a-pdf")
    assert statuses(home)["9912.00001"] == (1, "ok")
    assert mine("extract", "--pdf-dir", home / "papers", "--json").json["failed"] == 0

    broken_pdfs.paper_pdf(bad)
    retried = mine("extract", "--pdf-dir", home / "papers", "--retry-failed", "--json")
    assert retried.code == 0
    assert retried.json["statuses"] == {"ok": 1}
    with Index.open(home / "mine.db") as index:
        text = index.fulltexts.get("9912.00002")
        assert text is not None
        assert text.attempts == 2


def test_another_extractor_tries_failures_again(mine: Mine, home: Path) -> None:
    bad = home / "papers" / "9912.00002.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    mine("extract", "--pdf-dir", home / "papers")
    with sqlite3.connect(home / "mine.db") as connection:
        connection.execute("UPDATE fulltexts SET extractor = 'mine-reader 0, pymupdf 0.1'")
    broken_pdfs.paper_pdf(bad)
    done = mine("extract", "--pdf-dir", home / "papers", "--json")
    assert done.json["statuses"] == {"ok": 1}  # the failure only, not the texts that were fine


def test_a_new_version_replaces_the_text_and_an_old_one_does_not(mine: Mine, home: Path) -> None:
    folder = home / "papers"
    mine("extract", "--pdf-dir", folder)
    with Index.open(home / "mine.db") as index:
        index.papers.upsert(Paper("9912.00001", 2, "New title", "Nothing."), "test")
    broken_pdfs.paper_pdf(folder / "9912.00001v2.pdf", words="Second thoughts are")
    done = mine("extract", "--pdf-dir", folder, "--json")
    assert done.json["statuses"] == {"ok": 1}
    assert statuses(home)["9912.00001"] == (2, "ok")
    (folder / "9912.00001v2.pdf").unlink()
    assert mine("extract", "--pdf-dir", folder, "--json").json["extracted"] == 0
    assert statuses(home)["9912.00001"] == (2, "ok")


def test_downloaded_pdfs_are_read_and_broken_ones_fetched_again(mine: Mine, home: Path) -> None:
    pdfs = home / "pdfs"
    pdfs.mkdir()
    good = shutil.copy(home / "papers" / "9912.00001v1.pdf", pdfs / "9912.00001v1.pdf")
    bad = pdfs / "9912.00002v1.pdf"
    bad.write_bytes(b"<html>try later</html>")
    with Index.open(home / "mine.db") as index:
        index.pdfs.succeed("9912.00001", 1, Path(good), 1)
        index.pdfs.succeed("9912.00002", 1, bad, 1)
    assert mine("extract").code == 3
    with Index.open(home / "mine.db") as index:
        entry = index.pdfs.get("9912.00002")
        assert entry is not None
        assert (entry.status, entry.reason) == ("failed", "the file is a web page, not a PDF")
        assert entry.next_try
        broken_pdfs.paper_pdf(bad)
        index.pdfs.succeed("9912.00002", 1, bad, 1)
    again = mine("extract", "--json")
    assert again.json["statuses"] == {"ok": 1}


def test_a_failure_never_overwrites_a_text_of_the_same_version(home: Path) -> None:
    with Index.open(home / "mine.db") as index:
        values = {"structure": {}, "pages": 1, "extractor": "a", "seconds": 0.1}
        save = index.fulltexts.save
        save("9912.00001", 1, status="partial", reason="half", text="Words.", **values)
        save("9912.00001", 1, status="timeout", reason="slow", text="", **values)
        kept = index.fulltexts.get("9912.00001")
        assert kept is not None
        assert (kept.status, kept.text) == ("partial", "Words.")
        save("9912.00001", 2, status="timeout", reason="slow", text="", **values)
        replaced = index.fulltexts.get("9912.00001")
        assert replaced is not None
        assert (replaced.version, replaced.status, replaced.text) == (2, "timeout", "")


def test_the_run_is_recorded(mine: Mine, home: Path) -> None:
    (home / "papers" / "9912.00002.pdf").write_bytes(b"")
    mine("extract", "--pdf-dir", home / "papers")
    with Index.open(home / "mine.db") as index:
        run = index.runs.latest()[0]
        assert (run["command"], run["status"], run["exit_code"]) == ("extract", "partial", 3)
        assert run["counts"] == {"extracted": 2, "extract_failed": 1}
        assert run["failures"] == [{"subject": "9912.00002v1", "reason": "the file is empty"}]


def test_mistakes_are_one_line(mine: Mine, home: Path, tmp_path: Path) -> None:
    for arguments in (["--pdf-dir", "nowhere"], ["--jobs", "-1"]):
        done = mine("extract", *arguments)
        assert done.code == 2
        assert done.err.count("\n") == 1
        assert "Traceback" not in done.err
    missing = mine("--db", tmp_path / "none.db", "extract")
    assert missing.code == 2
    assert "there is no index" in missing.err


def test_two_workers_and_one_give_the_same_index(mine: Mine, home: Path) -> None:
    rows = []
    for jobs in ("1", "3"):
        with sqlite3.connect(home / "mine.db") as connection:
            connection.execute("DELETE FROM fulltexts")
        assert mine("extract", "--pdf-dir", home / "papers", "--jobs", jobs).code == 0
        with sqlite3.connect(home / "mine.db") as connection:
            rows.append(
                connection.execute(
                    "SELECT arxiv_id, version, status, text, structure, pages FROM fulltexts "
                    "ORDER BY arxiv_id"
                ).fetchall()
            )
    assert rows[0] == rows[1]
    assert len(rows[0]) == 3
