"""Citations within the index: references matched by id, DOI or title, whichever came first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.paper import Paper
from mllm_mine.title_key import reference_title_keys, title_key

CITED_TITLE = "Sour Dough for Small Languages: A Starter"


def paper(number: int, title: str, year: int = 2099, doi: str = "") -> Paper:
    day = f"{year}-12-0{number % 9 + 1}T12:00:00Z"
    return Paper(f"9912.{number:05}", 1, title, "Invented.", published=day, updated=day, doi=doi)


def reference(text: str = "", **stated: Any) -> dict[str, Any]:
    return {
        "text": text,
        "label": "",
        "year": None,
        "title": "",
        "arxiv_id": "",
        "doi": "",
    } | stated


def save_text(index: Index, number: int, *references: dict[str, Any], status: str = "ok") -> None:
    index.fulltexts.save(
        f"9912.{number:05}",
        1,
        status=status,
        reason="",
        text="An invented text." if status == "ok" else "",
        structure={"references": list(references)} if status == "ok" else {},
        pages=1,
        extractor="test",
        seconds=0.1,
    )


@pytest.fixture
def empty(tmp_path: Path) -> Any:
    with Index.open(tmp_path / "cited.db", create=True) as index:
        yield index


WAYS = {
    "id": reference("Ana Exemplo. A title misread. 2099.", arxiv_id="9912.00002v3"),
    "doi": reference("Ana Exemplo. 2099.", doi="10.9999/SOUR.1."),
    "title": reference("x", title="Sour dough for small lan- guages: a starter", year=2099),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cited_first", [True, False])
def test_both_directions_in_time(empty: Index, way: str, cited_first: bool) -> None:
    cited = paper(2, CITED_TITLE, doi="10.9999/sour.1")
    if cited_first:
        empty.papers.upsert(cited, "api")
    empty.papers.upsert(paper(1, "We cite a great deal of bread"), "api")
    save_text(empty, 1, reference("Nobody. Another thing entirely, in 2001."), WAYS[way])
    if not cited_first:
        assert empty.citations.cites("9912.00001") == []
        empty.papers.upsert(cited, "api")
    (found,) = empty.citations.cites("9912.00001")
    assert (found.arxiv_id, found.matched_by) == ("9912.00002", way)
    (citing,) = empty.citations.cited_by("9912.00002")
    assert citing.arxiv_id == "9912.00001"
    assert empty.citations.counts() == {"9912.00002": 1}


def test_the_doi_that_arxiv_gives_is_an_id(empty: Index) -> None:
    empty.papers.upsert_many([paper(1, "We cite a lot of bread"), paper(2, CITED_TITLE)], "api")
    save_text(empty, 1, reference("Ana Exemplo.", doi="10.48550/arXiv.9912.00002"))
    assert [c.matched_by for c in empty.citations.cites("9912.00001")] == ["id"]


def test_a_title_that_was_not_told_apart_is_found_in_the_entry(empty: Index) -> None:
    empty.papers.upsert_many([paper(1, "We cite a lot of bread"), paper(2, CITED_TITLE)], "api")
    text = f"Exemplo, Ana and Tester, Bo. {CITED_TITLE}. In BREAD, 2099."
    save_text(empty, 1, reference(text))
    assert [c.arxiv_id for c in empty.citations.cites("9912.00001")] == ["9912.00002"]


def test_an_id_decides_against_a_title(empty: Index) -> None:
    papers = [paper(1, "We cite a lot of bread"), paper(2, CITED_TITLE), paper(3, "Rye and you")]
    empty.papers.upsert_many(papers, "api")
    save_text(empty, 1, reference("x", title=CITED_TITLE, arxiv_id="9912.00003"))
    assert [c.arxiv_id for c in empty.citations.cites("9912.00001")] == ["9912.00003"]


def test_a_title_must_name_one_paper_of_that_time(empty: Index) -> None:
    empty.papers.upsert_many([paper(1, "We cite a lot of bread"), paper(2, CITED_TITLE)], "api")
    save_text(empty, 1, reference("x", title=CITED_TITLE, year=1987))
    assert empty.citations.cites("9912.00001") == []
    save_text(empty, 1, reference("x", title=CITED_TITLE, year=2099))
    assert len(empty.citations.cites("9912.00001")) == 1
    empty.papers.upsert(paper(3, CITED_TITLE.upper()), "api")
    assert empty.citations.cites("9912.00001") == []


def test_a_paper_does_not_cite_itself(empty: Index) -> None:
    empty.papers.upsert(paper(2, CITED_TITLE), "api")
    save_text(empty, 2, reference("x", title=CITED_TITLE, arxiv_id="9912.00002"))
    assert empty.citations.cites("9912.00002") == []


def test_citations_follow_a_changed_title_and_a_new_reading(empty: Index) -> None:
    empty.papers.upsert_many([paper(1, "We cite a lot of bread"), paper(2, CITED_TITLE)], "api")
    save_text(empty, 1, reference("x", title="Sour Dough for Large Languages"))
    assert empty.citations.cites("9912.00001") == []
    empty.papers.upsert(paper(2, "Sour Dough for Large Languages"), "api")
    assert len(empty.citations.cites("9912.00001")) == 1
    empty.papers.upsert(paper(2, CITED_TITLE), "api")
    assert empty.citations.cites("9912.00001") == []
    save_text(empty, 1, reference("x", arxiv_id="9912.00002"))
    save_text(empty, 1, status="crashed")  # a failure keeps the text that was gained before
    assert len(empty.citations.cites("9912.00001")) == 1
    save_text(empty, 1)
    assert empty.citations.cites("9912.00001") == []


def test_show_lists_both_directions(mine: Mine, index: Index) -> None:
    save_text(
        index,
        1,
        reference("x", title="Übersetzung für alle: Lodz, São Paulo, 北京, हिन्दी"),
        reference("x", arxiv_id="9912.00005"),
        reference("the same again", arxiv_id="9912.00005"),
    )
    document = mine("show", "9912.00001", "--json").json
    assert [entry["arxiv_id"] for entry in document["cites"]] == ["9912.00005"]
    assert document["cited_by"] == []
    save_text(
        index, 1, reference("x", arxiv_id="9912.00005"), reference("x", arxiv_id="9912.00003")
    )
    document = mine("show", "9912.00001", "--json").json
    assert [entry["arxiv_id"] for entry in document["cites"]] == ["9912.00005", "9912.00003"]
    assert document["cites"][0] == {
        "arxiv_id": "9912.00005",
        "title": "A withdrawn paper on tokenizers",
        "published": "2099-12-05T12:00:00Z",
        "matched_by": "id",
    }
    assert mine("show", "9912.00003", "--json").json["cited_by"][0]["arxiv_id"] == "9912.00001"
    assert "Cited by 1 paper of the index" in mine("show", "9912.00003").out
    assert "Cites 2 papers of the index" in mine("show", "9912.00001").out
    assert "Cite" not in mine("show", "9912.00006").out


def test_asking_about_one_paper_scans_no_table(index: Index) -> None:
    for column in ("arxiv_id", "cited_id"):
        plan = index.connection.execute(
            f"EXPLAIN QUERY PLAN SELECT * FROM citations WHERE {column} = '9912.00001'"
        ).fetchall()
        assert not [row["detail"] for row in plan if row["detail"].startswith("SCAN")], column


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sour-dough for  small Languages!", "Sourdough for small languages"),
        ("Crème brûlée für uns alle hier", "Creme brulee fur uns alle hier"),
        ("The ﬁrst ﬂour of the field", "The first flour of the field"),
    ],
)
def test_titles_differ_in_words_only(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) is not None


@pytest.mark.parametrize("title", ["", "Deep learning", "Introduction", "Bread, water", "面包"])
def test_short_titles_tell_nothing_apart(title: str) -> None:
    assert title_key(title) is None


def test_a_quotation_in_an_entry_may_be_its_title() -> None:
    text = "[3] A. Exemplo and B. Tester, “Sour dough for small languages,” in Proc. Bread, 2099."
    assert title_key("Sour dough for small languages") in reference_title_keys(text)
