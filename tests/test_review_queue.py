"""Which papers the review queue asks for, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.index.to_review import RANDOM_TOOL
from mllm_mine.paper import Paper
from mllm_mine.review.estimate import honest_estimate, wilson_interval
from mllm_mine.review.queue import QueueFilter, build_queue, month_bounds
from mllm_mine.review.session import Session

MODEL = "mllm-test"
Add = Callable[..., str]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index."""
    with Index.open(tmp_path / "mine.db", create=True) as opened:
        yield opened


@pytest.fixture
def add(index: Index) -> Add:
    """Adds a classified paper to the index, under the next number."""
    numbers = iter(range(100, 1000))

    def add_paper(
        scores: dict[str, float],
        *,
        p_in_scope: float = 0.97,
        uncertain: bool = True,
        unfamiliar: bool = False,
        title: str = "An invented paper",
        month: str = "2098-05",
        model: str = MODEL,
    ) -> str:
        arxiv_id = f"9912.{next(numbers):05}"
        index.papers.upsert(
            Paper(arxiv_id, 1, title, "Words.", published=f"{month}-03T00:00:00Z"), "jsonl"
        )
        classify(index, arxiv_id, scores, p_in_scope, uncertain, unfamiliar, model)
        return arxiv_id

    return add_paper


def classify(
    index: Index,
    arxiv_id: str,
    scores: dict[str, float],
    p_in_scope: float = 0.97,
    uncertain: bool = True,
    unfamiliar: bool = False,
    model: str = MODEL,
) -> None:
    index.predictions.store(
        model,
        [
            StoredPrediction(
                arxiv_id=arxiv_id,
                version=1,
                in_scope=p_in_scope >= 0.5,
                p_in_scope=p_in_scope,
                probabilities=scores,
                labels=frozenset(label for label, chance in scores.items() if chance >= 0.5),
                uncertain=uncertain,
                unfamiliar=unfamiliar,
                used_text=False,
            )
        ],
    )


def queue(index: Index, limit: int = 5, **narrowed: object) -> dict[str, list[str]]:
    """Ids in order, each with its reasons; random papers left out."""
    wanted = QueueFilter(**narrowed)  # type: ignore[arg-type]
    return {
        request.candidate.paper.arxiv_id: [reason.text for reason in request.reasons]
        for request in build_queue(index, wanted, limit)
        if not request.is_random
    }


def test_the_least_certain_paper_comes_first_and_says_of_what(index: Index, add: Add) -> None:
    one = add({"sft": 0.6, "rlhf": 0.95})
    many = add({"sft": 0.52, "rlhf": 0.45, "safety": 0.5})
    found = queue(index)
    assert list(found)[:2] == [many, one]
    assert found[many] == ["unsure of safety 0.50, sft 0.52, rlhf 0.45"]


def test_models_that_contradict_each_other_are_a_reason(index: Index, add: Add) -> None:
    outside = add({"rlhf": 0.95, "safety": 0.93}, p_in_scope=0.3)
    bare = add({"sft": 0.1}, p_in_scope=0.95)
    found = queue(index)
    assert "models disagree: out of scope (0.30), but surely rlhf and safety" in found[outside]
    assert found[bare] == ["models disagree: in scope (0.95), but no label fits"]


def test_an_unfamiliar_paper_is_asked_though_the_model_is_sure(index: Index, add: Add) -> None:
    strange = add({"sft": 0.99}, uncertain=False, unfamiliar=True)
    assert queue(index)[strange] == ["unlike anything the model was trained on"]


def test_a_labelled_paper_is_not_asked_again_until_it_has_a_new_version(
    index: Index, add: Add
) -> None:
    paper = add({"sft": 0.52})
    index.labels.give(paper, {"sft": True}, author="ana")
    assert paper not in queue(index)
    index.papers.upsert(Paper(paper, 2, "An invented paper", "Other words."), "jsonl")
    assert queue(index)[paper] == ["labelled at version 1, now version 2"]


def test_a_queue_is_narrowed_by_label_month_and_words(index: Index, add: Add) -> None:
    sft = add({"sft": 0.52, "safety": 0.4}, title="Kites over the harbour")
    rlhf = add({"rlhf": 0.6}, month="2098-06")
    assert list(queue(index, labels=("rlhf",))) == [rlhf]
    assert list(queue(index, since="2098-06-01", until="2098-06-30")) == [rlhf]
    assert list(queue(index, words="kites harbour")) == [sft]
    assert queue(index, labels=("safety",))[sft] == ["unsure of safety 0.40"]
    with pytest.raises(ConfigurationError, match="did you mean"):
        queue(index, labels=("safty",))


def test_months_are_checked() -> None:
    assert month_bounds("2024-02") == ("2024-02-01", "2024-02-29")
    with pytest.raises(ConfigurationError, match="write it like 2025-01"):
        month_bounds("February")


def test_conflicts_ask_again_until_confirmed_or_another_model_says_so(
    index: Index, add: Add
) -> None:
    paper = add({"rlhf": 0.97, "safety": 0.6})
    index.labels.give(paper, {"rlhf": False, "safety": False}, author="ana", tool="mine label")
    assert queue(index, conflicts=True)[paper] == ["rlhf no by hand, 0.97 by the model"]
    session = Session(index, build_queue(index, QueueFilter(conflicts=True), 5), "ana")
    assert session.current is not None
    session.accept()
    assert paper not in queue(index, conflicts=True)
    classify(index, paper, {"rlhf": 0.96}, model="mllm-newer")
    assert paper in queue(index, conflicts=True)


def test_a_granted_label_that_the_model_thinks_far_off_is_a_conflict(
    index: Index, add: Add
) -> None:
    paper = add({"safety": 0.6})
    index.labels.give(paper, {"rlhf": True}, author="ana")
    assert queue(index, conflicts=True)[paper] == ["rlhf yes by hand, 0.00 by the model"]


def test_one_paper_in_ten_is_drawn_whatever_the_model_thinks(index: Index, add: Add) -> None:
    for _ in range(30):
        add({"sft": 0.52})
    sure = {add({"sft": 0.99}, uncertain=False) for _ in range(200)}
    requests = build_queue(index, QueueFilter(), 30)
    drawn = [request for request in requests if request.is_random]
    assert [place for place, each in enumerate(requests, 1) if each.is_random] == [10, 20, 30]
    assert any(request.candidate.paper.arxiv_id in sure for request in drawn)
    assert len({request.candidate.paper.arxiv_id for request in requests}) == 30


def test_the_estimate_counts_only_papers_drawn_at_random(index: Index, add: Add) -> None:
    for _ in range(40):
        add({"sft": 0.52, "rlhf": 0.9})
    assert honest_estimate(index) is None
    session = Session(index, build_queue(index, QueueFilter(), 40), "ana")
    place = 0
    while session.current is not None:
        place += 1
        if place == 20:  # the second of the four random papers: one label is wrong
            session.toggle("rlhf")
        if place == 30:
            session.toggle_scope()
        session.accept()
    estimate = honest_estimate(index)
    assert estimate is not None
    assert (estimate.papers, estimate.whole_right, estimate.scope_right) == (4, 3, 3)
    assert "scope on 3 of 4 right" in estimate.text
    tools = {word.tool for word in index.labels.each()}
    assert tools == {"mine review", RANDOM_TOOL}


def test_wilson_interval_against_published_values() -> None:
    low, high = wilson_interval(81, 263)  # Newcombe (1998), example a
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = wilson_interval(0, 20)
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)


def test_an_index_without_papers_has_an_empty_queue(mine: Mine) -> None:
    assert mine("init").code == 0
    result = mine("review", "--json")
    assert result.code == 0
    assert result.json == []
