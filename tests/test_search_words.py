"""The full-text index holds the words of the papers, whatever becomes of them, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mllm_mine.index import Index
from mllm_mine.index.checks import Checks
from mllm_mine.index.filters import PaperFilter
from mllm_mine.paper import Paper


def paper(number: int, day: str = "2099-12-01", title: str = "A title", version: int = 1) -> Paper:
    return Paper(
        arxiv_id=f"9912.{number:05}",
        version=version,
        title=title,
        abstract=f"An invented abstract of number {number}.",
        published=f"{day}T12:00:00Z" if day else "",
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "mine.db", create=True) as opened:
        yield opened


def found(index: Index, words: str) -> list[str]:
    hits = index.reading.search(words, PaperFilter(), limit=100).hits
    return sorted(hit.classified.paper.arxiv_id for hit in hits)


def test_reworded_papers_are_found_by_their_new_words_only(index: Index) -> None:
    index.papers.upsert_many([paper(number) for number in range(50)], "jsonl")
    with index.transaction() as connection:
        connection.execute(
            "INSERT INTO fulltexts (arxiv_id, version, status, text, extracted_at) "
            "VALUES ('9912.00007', 1, 'ok', 'the kettle boils', '2099-12-07')"
        )
    index.papers.upsert_many(
        [paper(number, title="Another name", version=2) for number in range(5, 10)], "jsonl"
    )
    changed = [f"9912.{number:05}" for number in range(5, 10)]
    assert found(index, "name") == changed
    assert not set(found(index, "title")) & set(changed)
    assert found(index, "kettle name") == ["9912.00007"]
    assert Checks(index).search_is_sound()


def test_one_batch_of_reworded_papers_writes_one_segment(index: Index) -> None:
    index.papers.upsert_many([paper(number) for number in range(500)], "jsonl")

    def blocks() -> int:
        query = "SELECT count(*) FROM papers_fts_data WHERE id > 10"
        return int(index.connection.execute(query).fetchone()[0])

    before = blocks()
    index.papers.upsert_many(
        [paper(number, title="Another name", version=2) for number in range(400)], "jsonl"
    )
    assert blocks() - before < 40  # some pages of a segment or two, not a segment for each paper
    assert Checks(index).search_is_sound()


def test_numbers_grow_with_the_date_whatever_the_order_of_arrival(index: Index) -> None:
    days = ["2099-12-03", "2001-01-01", "", "2099-12-01", "1969-05-05", "2099-12-03"]
    index.papers.upsert_many(
        [replace(paper(number, day), arxiv_id=f"invented-{number}") for number, day in
         enumerate(days)],
        "jsonl",
    )  # fmt: skip
    rows = index.connection.execute("SELECT published FROM papers ORDER BY docid").fetchall()
    assert [row[0][:10] for row in rows] == sorted(days)


def test_a_day_may_hold_more_papers_than_it_has_numbers(index: Index) -> None:
    index.papers.upsert_many((paper(number) for number in range(9_000)), "jsonl")
    index.papers.upsert_many((paper(number) for number in range(9_000, 9_500)), "jsonl")
    assert len(found(index, "invented")) == 100
    query = "SELECT count(DISTINCT docid) FROM papers"
    assert index.connection.execute(query).fetchone()[0] == 9_500
    assert Checks(index).search_is_sound()


def test_a_paper_that_comes_to_be_known_by_another_date_moves(index: Index) -> None:
    papers = [paper(1, "2099-12-09"), paper(2, "2099-12-05"), paper(3, "2099-12-01")]
    index.papers.upsert_many(papers, "jsonl")
    index.papers.upsert(paper(3, "2099-12-20"), "jsonl")
    rows = index.connection.execute("SELECT arxiv_id FROM papers ORDER BY docid").fetchall()
    assert [row[0] for row in rows] == ["9912.00002", "9912.00001", "9912.00003"]
    assert found(index, "number 3") == ["9912.00003"]
    assert Checks(index).search_is_sound()
