"""`mine text`: one PDF, no index."""

from __future__ import annotations

from pathlib import Path

import pytest

import broken_pdfs
from command_line import Mine
from typeset import Layout, invent_paper, typeset


def test_the_text_goes_to_stdout(mine: Mine, tmp_path: Path) -> None:
    truth = typeset(invent_paper(7, sections=4), Layout(), tmp_path / "paper.pdf")
    done = mine("text", "paper.pdf")
    assert (done.code, done.err) == (0, "")
    assert " ".join(truth.abstract.split()) in " ".join(done.out.split())


def test_json_tells_all(mine: Mine, tmp_path: Path) -> None:
    truth = typeset(invent_paper(7, sections=4), Layout(), tmp_path / "paper.pdf")
    document = mine("text", "paper.pdf", "--json").json
    assert document["title"] == truth.title
    assert document["status"] == "ok"
    assert document["pages"] == len(document["page_starts"])
    assert {"number", "heading", "level", "page", "text"} <= set(document["sections"][0])
    assert {"text", "year", "title", "arxiv_id", "doi"} <= set(document["references"][0])
    assert len(document["references"]) == len(truth.references)


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_no_text_is_one_line_and_exit_1(mine: Mine, tmp_path: Path, json: list[str]) -> None:
    (tmp_path / "page.pdf").write_bytes(b"<html>no</html>")
    done = mine("text", "page.pdf", *json)
    assert done.code == 1
    assert done.err == ("mine: error: no text in page.pdf: the file is a web page, not a PDF\n")
    assert done.json["status"] == "not-a-pdf" if json else not done.out


def test_part_of_a_paper_is_printed_and_said(mine: Mine, tmp_path: Path) -> None:
    whole = broken_pdfs.paper_pdf(tmp_path / "whole.pdf", pages=8).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[: len(whole) * 3 // 5])
    done = mine("text", "cut.pdf")
    assert done.code == 3
    assert "row 3 on page 1" in done.out
    assert "cut short" in done.err


def test_a_file_that_is_not_there(mine: Mine) -> None:
    done = mine("text", "none.pdf")
    assert done.code == 2
    assert "there is no file none.pdf" in done.err
