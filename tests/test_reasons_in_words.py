"""Reasons name the words that stood in the paper, not the classes that the model put them in."""

from __future__ import annotations

import re

import numpy as np
import pytest

from command_line import Mine
from mllm_mine.classifier import Record, load_model
from mllm_mine.classifier.explanation import explain
from mllm_mine.classifier.term_words import words_of_terms
from mllm_mine.classifier.vocabulary import Vocabulary
from mllm_mine.index import Index
from mllm_mine.paper import Paper
from mllm_mine.taxonomy import WordClass

CLASSES = (
    WordClass("dataset", ("corpus", "corpora", "data set", "treebank")),
    WordClass("build", ("build", "annotate")),
)
SENTENCES = (
    "We knead dough",
    "We annotate a treebank and a data set of bread.",
    "Corpora of rolls are released; we build corpora.",
)


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("bread", "bread"),
        ("a treebank", "a treebank"),
        ("<dataset>", "treebank/data set/corpora"),
        ("<build> ~ <dataset>", "annotate ~ treebank"),
        ("release ~ rolls", "released ~ rolls"),
        ("we ~ dough", "we ~ dough"),
        ("(title)", "(title)"),
    ],
)
def test_the_words_behind_a_term(term: str, words: str) -> None:
    vocabulary = Vocabulary([], np.zeros(0), CLASSES)
    assert words_of_terms([term], SENTENCES, vocabulary) == [words]


def test_a_phrase_within_a_longer_one_of_another_class() -> None:
    classes = (
        WordClass("dough", ("rye dough", "rye dough of old")),
        WordClass("bread", ("rye dough loaf",)),
        WordClass("test", ("we test",)),
    )
    terms = ["<dough>", "<bread>", "<test> ~ <dough>", "<test> ~ <bread>"]
    found = words_of_terms(
        terms, ["We test a rye dough loaf."], Vocabulary([], np.zeros(0), classes)
    )
    both = ["we test ~ rye dough", "we test ~ rye dough loaf"]
    assert found == ["rye dough", "rye dough loaf", *both]


def test_no_class_is_shown() -> None:
    record = Record(
        "9912.00001",
        "A benchmark of bread in Basque",
        "We release an instruction-tuning dataset and evaluate multilingual language models on it.",
    )
    reasons = explain(load_model(), record).labels
    for reason in reasons.values():
        terms = [term for term, _ in reason.terms]
        assert not [term for term in terms if "<" in term]
        assert len(terms) == len(set(terms))


def test_show_tells_from_where_on_a_label_is_given(mine: Mine, index: Index) -> None:
    title = "Jailbreak attacks on multilingual language models in Basque"
    abstract = "We red-team five multilingual language models with harmful prompts in Basque."
    index.papers.upsert(Paper("9912.00001", 1, title, abstract), "api")
    model = load_model()
    page = mine("show", "9912.00001").out
    reasons = page.split("Why the model says so\n")[1]
    threshold = dict(zip(model.outputs, model.threshold, strict=True))["safety"]
    assert re.search(rf"^safety [01]\.\d\d, given from {threshold:.2f} on$", reasons, re.MULTILINE)
