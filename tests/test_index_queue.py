"""The queue of papers to classify: each paper once, however often it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mllm_mine.index import Index
from mllm_mine.paper import Paper


def save_text(index: Index, text: str) -> None:
    index.fulltexts.save(
        "9912.00001",
        1,
        status="ok",
        reason="",
        text=text,
        structure={},
        pages=1,
        extractor="test",
        seconds=0.1,
    )


@pytest.fixture
def index(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Index.open(tmp_path / "mine.db", create=True) as opened:
        opened.papers.upsert(Paper("9912.00001", 1, "A title", "An abstract"), "test")
        yield opened


def test_a_change_of_a_paper_that_waits_already_leaves_it_queued_once(index: Index) -> None:
    index.papers.upsert(Paper("9912.00001", 1, "Another title", "An abstract"), "test")
    index.papers.upsert(Paper("9912.00001", 2, "A third title", "An abstract"), "test")
    assert index.predictions.pending() == 1


def test_each_change_queues_a_paper_that_has_been_classified(index: Index) -> None:
    changes = [
        lambda: index.papers.upsert(Paper("9912.00001", 1, "Another title", "An abstract"), "t"),
        lambda: index.papers.upsert(Paper("9912.00001", 2, "Another title", "An abstract"), "t"),
    ]
    for change in changes:
        index.connection.execute("DELETE FROM classify_queue")
        change()
        assert index.predictions.pending() == 1


def test_what_the_classifier_does_not_read_queues_nothing(index: Index) -> None:
    index.connection.execute("DELETE FROM classify_queue")
    save_text(index, "first")
    save_text(index, "second")
    index.papers.upsert(Paper("9912.00001", 1, "A title", "An abstract", doi="10.1/x"), "test")
    assert index.predictions.pending() == 0
