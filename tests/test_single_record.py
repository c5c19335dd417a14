"""A record looked at alone, without tables of terms, is seen exactly as among others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllm_mine.classifier import Record, load_model
from mllm_mine.classifier.features import Views, views_of
from mllm_mine.classifier.sparse import SparseRows
from mllm_mine.classifier.term_texts import TermTexts
from mllm_mine.classifier.tokens import tokenise
from mllm_mine.classifier.vocabulary import Vocabulary, fit_vocabulary
from mllm_mine.taxonomy import WordClass

CLASSES = (WordClass("build", ("build", "put together")), WordClass("data", ("corpus", "corpora")))
WORDS = (
    "we", "build", "put", "together", "corpus", "corpora", "release", "the", "model", "naïve",
    "корпус", "ﬁne", "x", "unheard",
)  # fmt: skip
ENDS = st.sampled_from([" ", " ", " ", ". ", "! ", ", ", "-", "\n", "e.g. "])
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), ENDS), max_size=25).map(
    lambda parts: "".join(word + end for word, end in parts).capitalize()
)
TRAINING = [
    [tokenise(" ".join(WORDS[:13]))],
    [tokenise("We release the corpora put together"), tokenise("the naïve model we build")],
]
VOCABULARY = fit_vocabulary([*TRAINING, *TRAINING], CLASSES, 1, 1)


def row(rows: SparseRows, number: int) -> tuple[list[int], list[float]]:
    place = slice(rows.starts[number], rows.starts[number + 1])
    return rows.columns[place].tolist(), rows.values[place].tolist()


def of_record(views: Views, number: int) -> list[object]:
    """Everything that a model sees of one record of a batch."""
    sentences = range(views.starts[number], views.starts[number + 1])
    return [
        *(row(rows, number) for rows in (views.documents, views.titles, views.counts)),
        *(row(views.sentences, sentence) for sentence in sentences),
        views.words[number],
    ]


def assert_seen_alike(vocabulary: Vocabulary, records: list[Record]) -> None:
    others = [Record("other", "The corpus", "We build models. We release."), *records]
    together = views_of(vocabulary, others)
    for number, record in enumerate(records, 1):
        assert of_record(views_of(vocabulary, [record]), 0) == of_record(together, number)


@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=4))
def test_one_record_is_seen_as_among_others(texts: list[tuple[str, str]]) -> None:
    records = [Record(str(n), title, abstract) for n, (title, abstract) in enumerate(texts)]
    assert_seen_alike(VOCABULARY, records)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [("", ""), (" ", "\n"), ("A title", ""), ("", "We release. We build it."), ("?", "!")],
)
def test_records_with_little_in_them(title: str, abstract: str) -> None:
    assert_seen_alike(VOCABULARY, [Record("1", title, abstract), Record("2", "Model", "x")])


def test_the_reasons_are_those_of_a_batch(baking_model: Path) -> None:
    model = load_model(baking_model)
    record = Record("1", "Rye bread with a camera", "We knead dough. The oven learns from images.")
    explained = model.explain(record)
    batch = model.decision_function([record, Record("2", "Flour", "Other words.")])[0]
    scores = [reason.score for reason in explained.labels.values()]
    assert scores == pytest.approx(batch.tolist(), abs=1e-9)


def test_terms_are_found_by_their_texts() -> None:
    terms = sorted({"é", "a", "a b", "a ~ b", "<x>", "<x> ~ <y>", "zebra", "z", "корпус", "ﬁ"})
    texts = TermTexts.of(terms)
    assert (len(texts), list(texts), texts[3], texts[-1]) == (10, terms, terms[3], terms[-1])
    assert [texts.place_of(term) for term in terms] == list(range(10))
    for absent in ("", "0", "a ", "zz", "\udc80", "я"):
        assert texts.place_of(absent) == -1
    for character in "~< ":
        assert texts.have(character).tolist() == [character in term for term in terms]


def test_no_terms_are_no_lines() -> None:
    texts = TermTexts.of([])
    assert (len(texts), list(texts), texts.place_of("a")) == (0, [], -1)
    assert texts.have("<").shape == (0,)
    assert views_of(Vocabulary(texts, np.zeros(0)), [Record("1", "A", "B. C")]).words == [3]


@pytest.mark.parametrize("lines", [b"a\n\nb", b"\na", b"a\n", b"\n", b"a\n\xff"])
def test_lines_that_are_no_terms_are_refused(lines: bytes) -> None:
    with pytest.raises(ValueError, match=r"empty|decode"):
        TermTexts(lines)
