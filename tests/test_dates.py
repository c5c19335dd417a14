"""Papers of which no source says when they came out: dated by the month of their arXiv id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mllm_mine.index import Index
from mllm_mine.index.monthly_counts import monthly_counts
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper, submission_month


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "mine.db", create=True) as opened:
        yield opened


def published(index: Index, arxiv_id: str) -> str:
    paper = index.papers.get(arxiv_id)
    assert paper is not None
    return paper.published


@pytest.mark.parametrize(
    ("arxiv_id", "month"),
    [
        ("9912.00001", "2099-12"),
        ("0704.0001", "2007-04"),
        ("math/0309136", "2003-09"),
        ("hep-th/9108001", "1991-08"),
        ("2024.acl-long.1", ""),
    ],
)
def test_the_month_that_an_id_states(arxiv_id: str, month: str) -> None:
    assert submission_month(arxiv_id) == month


def test_a_source_that_knows_the_day_has_the_last_word(index: Index) -> None:
    undated = Paper("9911.00001", 1, "On ovens", "Bread.")
    known = "2099-11-20T09:00:00Z"
    assert index.papers.upsert(undated, "jsonl") == "new"
    assert published(index, "9911.00001") == "2099-11-01T00:00:00Z"
    assert index.papers.upsert(undated, "jsonl") == "unchanged"
    dated = Paper("9911.00001", 1, "On ovens", "Bread.", published=known)
    assert index.papers.upsert(dated, "api") == "changed"
    assert index.papers.upsert(undated, "jsonl") == "unchanged"
    assert published(index, "9911.00001") == known


def test_papers_of_other_libraries_stay_undated(index: Index) -> None:
    index.papers.upsert(Paper("2099.acl-long.1", 1, "On ovens", "Bread."), "jsonl")
    assert published(index, "2099.acl-long.1") == ""


def test_undated_papers_count_in_trends(index: Index) -> None:
    index.papers.upsert(Paper("9911.00001", 1, "On ovens", "Bread."), "jsonl")
    prediction = StoredPrediction(
        "9911.00001", 1, True, 0.9, {"safety": 0.9}, frozenset({"safety"}), False, False, False
    )
    index.predictions.store("mllm-test", [prediction])
    assert monthly_counts(index).labels["safety"] == {"2099-11": 1}
