"""Every kind of broken PDF ends within its limits, with a status and a reason."""

from __future__ import annotations

import time
from pathlib import Path

import pymupdf
import pytest

import broken_pdfs
from mllm_mine.fulltext import Limits, read_pdf

QUICK = Limits(seconds=15, megabytes=400)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_whole_pdf_is_ok(tmp_path: Path) -> None:
    document = read_pdf(broken_pdfs.paper_pdf(tmp_path / "paper.pdf"))
    assert (document.status, document.reason, document.pages) == ("ok", "", 3)
    assert "in row 11 on page 3." in document.text


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", "not-a-pdf", "is empty"),
        (b"\0" * 4000, "not-a-pdf", "only zero bytes"),
        (b"<!DOCTYPE html><html><body>Rate exceeded</body></html>", "not-a-pdf", "web page"),
        (b"%!PS-Adobe-3.0\n", "not-a-pdf", "does not begin like a PDF"),
        (b"%PDF-1.5\n" + b"\0" * 5000, "truncated", "no end marker"),
        (broken_pdfs.pages_of([]), "empty", "no pages"),
    ],
    ids=["empty", "zeros", "html", "postscript", "header-only", "no-pages"],
)
def test_files_that_are_no_pdf(tmp_path: Path, content: bytes, status: str, words: str) -> None:
    document = read_pdf(write(tmp_path / "bad.pdf", content), QUICK)
    assert document.status == status
    assert words in document.reason
    assert document.text == ""


def test_a_missing_file(tmp_path: Path) -> None:
    assert read_pdf(tmp_path / "none.pdf").status == "missing"


def test_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    document = pymupdf.open(broken_pdfs.paper_pdf(tmp_path / "open.pdf"))
    document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="u", owner_pw="o")
    found = read_pdf(path)
    assert (found.status, found.text) == ("encrypted", "")
    assert "password" in found.reason


def test_encrypted_for_the_owner_only_is_read(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    document = pymupdf.open(broken_pdfs.paper_pdf(tmp_path / "open.pdf"))
    document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="", owner_pw="o")
    assert read_pdf(path).status == "ok"


def test_a_download_cut_short_gives_the_pages_it_has(tmp_path: Path) -> None:
    whole = broken_pdfs.paper_pdf(tmp_path / "whole.pdf", pages=8).read_bytes()
    document = read_pdf(write(tmp_path / "cut.pdf", whole[: len(whole) * 3 // 5]))
    assert document.status == "partial"
    assert document.cut_short
    assert "cut short" in document.reason
    assert "row 3 on page 1" in document.text


def test_a_download_cut_short_before_its_text_is_no_scan(tmp_path: Path) -> None:
    whole = broken_pdfs.pages_of([broken_pdfs.stream(broken_pdfs.words_on(1)), b"<<>>"])
    document = read_pdf(write(tmp_path / "cut.pdf", whole[: whole.index(b"stream")]))
    assert document.status == "truncated"
    assert "cut short" in document.reason


def test_a_broken_table_of_objects_is_repaired(tmp_path: Path) -> None:
    whole = broken_pdfs.paper_pdf(tmp_path / "whole.pdf").read_bytes()
    document = read_pdf(write(tmp_path / "bad.pdf", whole.replace(b"startxref\n", b"startxref\n9")))
    assert document.status == "ok"
    assert "row 0 on page 2" in document.text


def test_pages_in_a_circle(tmp_path: Path) -> None:
    document = read_pdf(write(tmp_path / "loop.pdf", broken_pdfs.looping_pages()), QUICK)
    assert document.status in ("ok", "partial")
    assert "does not exist" in document.text


def test_a_scan_without_text(tmp_path: Path) -> None:
    document = read_pdf(broken_pdfs.picture_only(tmp_path / "scan.pdf"))
    assert (document.status, document.text) == ("scanned", "")
    assert "no text" in document.reason


def test_fonts_without_a_map_are_not_passed_on_as_words(tmp_path: Path) -> None:
    document = read_pdf(broken_pdfs.without_map(tmp_path / "glyphs.pdf"))
    assert document.status == "garbled"
    assert "words" not in document.text


def test_an_endless_page_costs_only_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "endless.pdf", broken_pdfs.endless_page())
    began = time.monotonic()
    document = read_pdf(path, QUICK)
    assert time.monotonic() - began < QUICK.seconds + 3
    assert document.status == "partial"
    assert document.unread_pages == [2]
    assert "Page 1 of a paper" in document.text
    assert "Page 3 of a paper" in document.text


def test_an_endless_paper_ends_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "forms.pdf", broken_pdfs.endless_paper())
    began = time.monotonic()
    document = read_pdf(path, Limits(seconds=6))
    assert time.monotonic() - began < 9
    assert document.status == "timeout"
    assert "too long" in document.reason


def test_many_slow_pages_give_what_there_was_time_for(tmp_path: Path) -> None:
    slow = broken_pdfs.packed(1, b"0 0 m 1 1 l S\n" * 300_000 + broken_pdfs.words_on(1))
    path = write(tmp_path / "slow.pdf", broken_pdfs.pages_of([slow] * 200))
    began = time.monotonic()
    document = read_pdf(path, Limits(seconds=4))
    assert time.monotonic() - began < 7
    assert document.status == "partial"
    assert "no time left" in document.reason
    assert 0 < len(document.unread_pages) < 200


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit needs Linux")
def test_the_memory_limit_holds(tmp_path: Path) -> None:
    """Strings of a megabyte each, set over one another, are more than 60 MB can hold."""
    endless = broken_pdfs.packed(64, b"BT /F 10 Tf (" + b"words " * 170_000 + b") Tj ET\n")
    pages = [broken_pdfs.stream(broken_pdfs.words_on(1)), endless]
    path = write(tmp_path / "big.pdf", broken_pdfs.pages_of(pages))
    # Time does not matter here: on a busy machine the limit of a page must not come first.
    document = read_pdf(path, Limits(seconds=600, megabytes=60))
    assert document.status == "partial"
    assert document.unread_pages == [2]
    assert document.reason == "1 of 2 pages were not read: 2 (too much memory)"
    assert "Page 1 of a paper" in document.text


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit needs Linux")
@pytest.mark.parametrize("megabytes", [1, 4, 12])
def test_hardly_any_memory_is_no_crash(tmp_path: Path, megabytes: int) -> None:
    """Wherever memory runs out, the answer still comes, and says so if a page was lost."""
    path = broken_pdfs.paper_pdf(tmp_path / "paper.pdf")
    document = read_pdf(path, Limits(seconds=600, megabytes=megabytes))
    assert document.status in ("ok", "partial", "memory")
    assert document.status == "ok" or "memory" in document.reason
