"""Labels by hand decide along the tree, win over the model, and nothing of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index, reading
from mllm_mine.index.filters import PaperFilter, label_ids
from mllm_mine.index.labels import HandLabel
from mllm_mine.taxonomy import builtin_taxonomy

PAPER = "9912.00002"  # the model says finetuning, full-parameter


def carried(index: Index, arxiv_id: str = PAPER) -> list[str]:
    paper = index.reading.paper(arxiv_id)
    assert paper is not None
    listed = [given.label for given in paper.labels]
    row = index.connection.execute(
        "SELECT alignment, frontiers, resources FROM classified WHERE arxiv_id = ?", (arxiv_id,)
    ).fetchone()
    assert "; ".join(filter(None, row)) == "; ".join(listed)  # the view says the same
    return listed


def test_a_refused_parent_takes_its_children_away_even_the_models(index: Index) -> None:
    index.labels.give(PAPER, {"finetuning": False})
    assert carried(index) == []


def test_a_child_brings_its_parent(index: Index) -> None:
    index.labels.give("9912.00004", {"continual": True})
    assert carried(index, "9912.00004") == ["pretraining", "continual"]


def test_a_refused_child_leaves_its_parent(index: Index) -> None:
    index.labels.give(PAPER, {"full-parameter": False})
    assert carried(index) == ["finetuning"]


def test_the_newest_word_decides(index: Index) -> None:
    index.labels.give(PAPER, {"finetuning": False})
    index.labels.give(PAPER, {"parameter-efficient": True})
    assert carried(index) == ["finetuning", "parameter-efficient"]
    index.labels.give(PAPER, {"finetuning": False})
    assert carried(index) == []
    index.labels.give(PAPER, {"parameter-efficient": True})  # said before, then overruled
    assert carried(index) == ["finetuning", "parameter-efficient"]


def test_what_is_taken_back_is_the_models_again(index: Index) -> None:
    index.labels.give(PAPER, {"finetuning": False, "rlhf": True})
    index.labels.give(PAPER, {"finetuning": None, "rlhf": None})
    assert carried(index) == ["finetuning", "full-parameter"]
    assert len(index.labels.history(PAPER)) == 4


def test_the_history_keeps_what_the_model_said(index: Index) -> None:
    index.labels.give("9912.00003", {"benchmark": False}, author="ana", tool="mine label")
    (word,) = index.labels.history("9912.00003")
    assert (word.author, word.tool, word.version) == ("ana", "mine label", 2)
    assert (word.model_id, word.probability) == ("mllm-test", 0.93)


def test_saying_the_same_again_adds_nothing_unless_there_is_a_note(index: Index) -> None:
    assert index.labels.give(PAPER, {"rlhf": True})
    assert not index.labels.give(PAPER, {"rlhf": True})
    assert index.labels.give(PAPER, {"rlhf": True}, note="read it again")
    assert not index.labels.give(PAPER, {"sft": None})  # nothing to take back


def test_a_clock_that_was_set_back_does_not_make_words_older(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE_NOW", "2099-12-31T00:00:00Z")
    index.labels.give(PAPER, {"finetuning": False})
    monkeypatch.setenv("MINE_NOW", "2099-01-01T00:00:00Z")
    index.labels.give(PAPER, {"full-parameter": True})
    assert carried(index) == ["finetuning", "full-parameter"]


def test_an_old_label_brought_in_does_not_overrule_a_newer_one(index: Index) -> None:
    index.labels.give(PAPER, {"rlhf": True})
    counts = index.labels.bring_in(
        [HandLabel(PAPER, "rlhf", False, labelled_at="2001-01-01T00:00:00Z", author="bo")]
    )
    assert counts.added == 1
    assert "rlhf" in carried(index)


@pytest.mark.parametrize("name", ["finetuning", "full-parameter", "parameter-tuning", "safety"])
def test_frequent_and_rare_labels_are_filtered_alike(
    index: Index, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    index.labels.give("9912.00001", {"safety": False, "full-parameter": True})
    index.labels.give("9912.00002", {"finetuning": False})
    index.labels.give("9912.00004", {"safety": True})
    wanted = PaperFilter(labels=(name,))
    expected = [
        paper.paper.arxiv_id
        for paper in index.reading.papers(PaperFilter())
        if {given.label for given in paper.labels} & set(label_ids(name, index.taxonomy))
    ]
    for frequent_from in (1, 1000):
        monkeypatch.setattr(reading, "_FREQUENT", frequent_from)
        assert [paper.paper.arxiv_id for paper in index.reading.papers(wanted)] == expected


@pytest.mark.parametrize(
    "changes", [{"finetuning": False, "full-parameter": True}, {"no-such": True}]
)
def test_contradictions_and_unknown_labels_are_refused(
    index: Index, changes: dict[str, bool | None]
) -> None:
    with pytest.raises(ConfigurationError):
        index.labels.give(PAPER, changes)
    assert index.labels.history(PAPER) == []


words = st.lists(
    st.tuples(
        st.sampled_from([*builtin_taxonomy().label_ids]), st.sampled_from([True, False, None])
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(words)
def test_a_child_never_stands_without_its_parent(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, bool | None]]
) -> None:
    taxonomy = builtin_taxonomy()
    with Index.open(tmp_path_factory.mktemp("index") / "mine.db", create=True) as index:
        index.connection.execute(
            "INSERT INTO papers (arxiv_id, docid, version, title, abstract, first_seen, "
            "last_changed) VALUES (?, 1, 1, 't', 'a', '', '')",
            (PAPER,),
        )
        index.connection.executemany(
            "INSERT INTO predictions VALUES (?, ?, 0.9, 1, 'mllm-test')",
            [(PAPER, label) for label in ("pretraining", "continual", "finetuning")],
        )
        for label, value in said:
            index.labels.give(PAPER, {label: value})
            now = carried(index)
            assert now == list(taxonomy.with_ancestors(now))
            assert len(now) == len(set(now))
            if value is not None:
                assert (label in now) is value
