"""What is read and changed follows the answer and the change, not the size of the index.

Counted in steps of SQLite's virtual machine, which are the same on every machine, and seen in the
plans of the very statements that run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mllm_mine.index import Index, ranking
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.monthly_confidence import months_of_labels
from mllm_mine.index.news import news_since, place
from mllm_mine.index.overview import overview
from mllm_mine.index.reading import SearchResult
from mllm_mine.index.resources import ResourceRow
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper
from mllm_mine.progress import Silent
from mllm_mine.review.queue import QueueFilter, build_queue

SMALL, LARGE = 1_000, 8_000
OLD, NEW = "2098-01-01", "2099-06-01"
RECENT = 40  # papers of the new date, in both


def paper(number: int, day: str) -> Paper:
    return Paper(
        arxiv_id=f"9912.{number:05}",
        version=1,
        title=f"Paper {number} of an invented list",
        abstract=f"Common words, and the rare word w{number}.",
        published=f"{day}T12:00:00Z",
    )


def opinion(number: int) -> StoredPrediction:
    """Every second paper is in scope; of those, every fifth carries rlhf."""
    in_scope, rlhf = number % 2 == 0, number % 10 == 0
    return StoredPrediction(
        arxiv_id=f"9912.{number:05}",
        version=1,
        in_scope=in_scope,
        p_in_scope=0.9 if in_scope else 0.1,
        probabilities={"rlhf": 0.8 if rlhf else 0.1},
        labels=frozenset({"rlhf"}) if rlhf else frozenset(),
        uncertain=number % 4 == 0,
        unfamiliar=False,
        used_text=False,
    )


def filled(path: Path, size: int) -> Index:
    index = Index.open(path, create=True)
    days = [NEW] * RECENT + [OLD] * (size - RECENT)
    index.papers.upsert_many((paper(n, day) for n, day in enumerate(days)), "jsonl")
    index.predictions.use_model("mllm-test")
    index.predictions.store("mllm-test", [opinion(number) for number in range(size)])
    return index


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index]]:
    folder = tmp_path_factory.mktemp("indexes")
    small, large = filled(folder / "small.db", SMALL), filled(folder / "large.db", LARGE)
    yield small, large
    small.close()
    large.close()


def steps(index: Index, work: Callable[[Index], object]) -> int:
    """Steps of SQLite's virtual machine, in hundreds."""
    count = 0

    def counting() -> int:
        nonlocal count
        count += 1
        return 0

    index.connection.set_progress_handler(counting, 100)
    try:
        work(index)
    finally:
        index.connection.set_progress_handler(None, 0)
    return count


def plans(index: Index, work: Callable[[Index], object]) -> list[str]:
    """The steps of the plans of all statements that some work runs."""
    statements: list[str] = []
    index.connection.set_trace_callback(statements.append)
    try:
        work(index)
    finally:
        index.connection.set_trace_callback(None)
    return [
        row["detail"]
        for statement in statements
        if statement.startswith(("SELECT", "WITH"))
        for row in index.connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]


def listed(wanted: PaperFilter, limit: int | None = None) -> Callable[[Index], object]:
    return lambda index: list(index.reading.papers(wanted, limit))


def found(words: str, wanted: PaperFilter) -> Callable[[Index], SearchResult]:
    return lambda index: index.reading.search(words, wanted)


REPORTS = {
    "label and date": PaperFilter(labels=("rlhf",), since=NEW, in_scope=True),
    "date": PaperFilter(since=NEW),
    "changed": PaperFilter(changed_since="2999-01-01"),
    "by hand": PaperFilter(by_hand=True),
    "until": PaperFilter(until="2098-01-01", since="2097-12-31"),
}


@pytest.mark.parametrize("wanted", REPORTS.values(), ids=REPORTS.keys())
@pytest.mark.parametrize("frequent", [10, 100_000])
def test_a_report_with_a_date_never_goes_through_all_papers(
    indexes: tuple[Index, Index],
    wanted: PaperFilter,
    frequent: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mllm_mine.index.reading._FREQUENT", frequent)
    monkeypatch.setattr("mllm_mine.index.reading._FREQUENT_SHARE", 0.0)
    details = plans(indexes[1], listed(wanted))
    assert any(detail.startswith("SEARCH papers") for detail in details)
    for detail in details:
        assert not detail.startswith(("SCAN papers", "SCAN classifications", "SCAN predictions"))


COSTS: dict[str, Callable[[Index], object]] = {
    "the newest of a list": listed(PaperFilter(in_scope=True), 15),
    "uncertain": listed(PaperFilter(uncertain=True), 5),
    "a report since a date": listed(PaperFilter(since=NEW)),
    "of a label since a date": listed(PaperFilter(labels=("rlhf",), since=NEW, in_scope=True)),
    "what changed": listed(PaperFilter(changed_since="2999-01-01")),
    "one paper": lambda index: index.reading.paper("9912.00007"),
    "a rare word": found("w7", PaperFilter()),
    "status": overview,
    "a night's news": lambda index: news_since(index, place(index) - 40),
    "the months of the drift": lambda index: months_of_labels(index, "2097-01", ["9912.00001"]),
}


@pytest.mark.parametrize("work", COSTS.values(), ids=COSTS.keys())
def test_reading_costs_what_is_read(
    indexes: tuple[Index, Index],
    work: Callable[[Index], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mllm_mine.index.reading._FREQUENT", 10)
    small, large = (steps(index, work) for index in indexes)
    assert large <= 1.3 * small + 20


QUEUES = {
    "all": QueueFilter(),
    "of a label": QueueFilter(labels=("rlhf",)),
    "of words": QueueFilter(words="w8 OR w16"),
    "conflicts": QueueFilter(conflicts=True),
}


@pytest.mark.parametrize("wanted", QUEUES.values(), ids=QUEUES.keys())
def test_a_review_begins_without_going_through_all_papers(
    indexes: tuple[Index, Index], wanted: QueueFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.review.queue.POOL", 5)  # all of one day
    for index in indexes:
        index.labels.give("9912.00003", {"in_scope": True}, author="ana")
    small, large = (
        steps(index, lambda index: build_queue(index, wanted, 20, seed=1)) for index in indexes
    )
    assert large <= 1.3 * small + 20


def test_random_papers_are_drawn_evenly_and_found_where_few_can_be_reviewed(
    indexes: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = indexes[1]
    drawn = [
        int(candidate.paper.arxiv_id[5:])
        for seed in range(20)
        for candidate in index.to_review.drawn(PaperFilter(), 50, seed)
    ]
    quarters = Counter(number * 4 // LARGE for number in drawn)
    assert len(drawn) == 1_000
    assert all(190 <= quarters[quarter] <= 310 for quarter in range(4))
    again = index.to_review.drawn(PaperFilter(), 50, 19)
    assert [int(candidate.paper.arxiv_id[5:]) for candidate in again] == drawn[-50:]
    monkeypatch.setattr("mllm_mine.index.to_review._DRAWS", 5)
    of_a_day = index.to_review.drawn(PaperFilter(since=NEW), 2 * RECENT, 1)
    assert len({candidate.paper.arxiv_id for candidate in of_a_day}) >= RECENT - 1


def test_changing_costs_what_changes(indexes: tuple[Index, Index]) -> None:
    added = [paper(90_000 + number, NEW) for number in range(50)]
    reworded = [
        replace(paper(number, NEW), title=f"Another title {number}", version=2)
        for number in range(RECENT)
    ]
    for work in (
        lambda index: index.papers.upsert_many(added, "jsonl"),
        lambda index: index.papers.upsert_many(reworded, "jsonl"),
        lambda index: index.papers.upsert_many(reworded, "jsonl"),  # nothing new
        lambda index: index.predictions.store(
            "mllm-test", [opinion(number) for number in range(RECENT)]
        ),
    ):
        small, large = (steps(index, work) for index in indexes)
        assert large <= 1.3 * small + 20


def test_of_a_common_word_the_newest_papers_are_ranked(
    indexes: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = indexes[1]
    monkeypatch.setattr(ranking, "RANKED", 30)
    monkeypatch.setattr(ranking, "RANKED_FILTERED", 60)
    everything = found("common", PaperFilter())(index)
    assert everything.ranked_since == NEW
    assert {hit.classified.paper.published[:10] for hit in everything.hits} == {NEW}
    before = index.reading.search("common", PaperFilter(until=OLD), limit=5)
    assert before.ranked_since == OLD
    assert [hit.classified.paper.published[:10] for hit in before.hits] == [OLD] * 5
    exact = index.reading.search(f"common w{LARGE - 1}", PaperFilter())
    assert exact.ranked_since == ""
    assert len(exact.hits) == 1


def test_what_was_read_for_resources_is_not_looked_at_again(
    indexes: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_rows(arxiv_id: str) -> list[ResourceRow]:
        return []

    def unread(index: Index) -> list[str]:
        pages = index.resources.unread("reader 1").pages()
        return [arxiv_id for page in pages for arxiv_id, _ in page]

    monkeypatch.setenv("MINE_NOW", "2999-01-01T00:00:00Z")
    for index in indexes:
        index.resources.unread("reader 1").read_all(no_rows, index.resources.keep, Silent())
        assert unread(index) == []
    small, large = (steps(index, unread) for index in indexes)
    assert large <= 1.3 * small + 20
    index = indexes[1]
    monkeypatch.setenv("MINE_NOW", "2999-01-02T00:00:00Z")
    index.predictions.store("mllm-other", [opinion(number) for number in range(10)])
    assert unread(index) == []  # classified anew, but in the same words
    index.papers.upsert(replace(paper(4, NEW), title="Another title yet", version=7), "jsonl")
    assert unread(index) == ["9912.00004"]
    index.labels.give("9912.00001", {"in_scope": True}, author="ana")
    assert unread(index) == ["9912.00001", "9912.00004"]
    assert len(index.resources.unread("reader 2")) > 500
