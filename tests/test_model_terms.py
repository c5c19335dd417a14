"""What a model sees of a text: sentences, tokens and the three kinds of terms."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllm_mine.classifier.examples import UNKNOWN, marks_of, truth_of
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.classifier.term_tables import Phrases
from mllm_mine.classifier.text_arrays import keys_of, split
from mllm_mine.classifier.tokens import sentence_spans, tokenise
from mllm_mine.classifier.vocabulary import fit_vocabulary, terms_of
from mllm_mine.errors import ConfigurationError
from mllm_mine.taxonomy import WordClass, builtin_taxonomy, parse_taxonomy

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
CLASSES = (WordClass("build", ("build", "put together")), WordClass("data", ("corpus", "corpora")))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two!  Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Models, e.g. BERT, fail. We ask why.", ["Models, e.g. BERT, fail.", "We ask why."]),
        ("Smith et al. Found it. Yes.", ["Smith et al. Found it.", "Yes."]),
        ("It rose by 3.5 points. Good.", ["It rose by 3.5 points.", "Good."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("我们发布数据。 结果很好。", ["我们发布数据。", "结果很好。"]),
        ("", []),
        ("   ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_tokens_are_lower_case_and_divide_at_hyphens() -> None:
    assert tokenise("Code-Switching in हिन्दी, GPT-4o's ﬁne_tuning") == [
        "code", "switching", "in", *tokenise("हिन्दी"), "gpt", "4o", "s", "fine", "tuning",
    ]  # fmt: skip


def test_a_cue_pairs_with_words_of_its_sentence_in_any_order() -> None:
    phrases = Phrases(())
    one = terms_of(tokenise("We release a corpus"), phrases)
    two = terms_of(tokenise("The corpus that we release"), phrases)
    for terms in (one, two):
        assert "release ~ corpus" in terms and "we ~ corpus" in terms
        assert not {"release ~ release", "release ~ the", "release ~ that"} & set(terms)


def test_classes_are_found_by_phrase_once_a_sentence_and_meet_in_pairs() -> None:
    phrases = Phrases(CLASSES)
    assert phrases.names_in(tokenise("They put together corpora and a corpus")) == ["build", "data"]
    assert phrases.names_in(tokenise("They put it together")) == []
    terms = terms_of(tokenise("The corpora we build"), phrases)
    assert [term for term in terms if term[0] == "<"] == ["<build>", "<data>", "<build> ~ <data>"]


def test_occurrences_are_the_terms_counted_one_by_one() -> None:
    texts = (
        "We build a corpus, we build corpora; put together.",
        "?",
        "put",
        "together we release the corpus of unknown things",
        "Наш корпус: ﬁne corpora put together",
    )
    tokens = [tokenise(text) for text in texts]
    vocabulary = fit_vocabulary([tokens, tokens], CLASSES, 1, 1)
    phrases = Phrases(CLASSES)
    counts = np.zeros((len(texts), len(vocabulary)))
    rows, columns = vocabulary.occurrences(split(texts, [True] * len(texts)))
    np.add.at(counts, (rows, columns), 1)
    for row, sentence in zip(counts, tokens, strict=True):
        terms = terms_of(sentence, phrases)
        row = np.where(vocabulary.kinds > 0, np.minimum(row, 1), row)
        assert {vocabulary.terms[column]: n for column, n in enumerate(row) if n} == {
            term: terms.count(term) for term in terms
        }


def as_lists(texts: list[str], whole: list[bool]) -> list[tuple[int, list[int]]]:
    """The text of each sentence and the keys of its words."""
    words = split(texts, whole)
    found: list[tuple[int, list[int]]] = [(text, []) for text in words.text.tolist()]
    for key, sentence in zip(words.keys.tolist(), words.sentence.tolist(), strict=True):
        found[sentence][1].append(key)
    return found


def one_by_one(texts: list[str], whole: list[bool]) -> list[tuple[int, list[int]]]:
    """The same, by the functions that split a text by itself."""
    return [
        (number, keys_of(tokenise(sentence)).tolist())
        for number, (text, one) in enumerate(zip(texts, whole, strict=True))
        for sentence in ([text] if one else sentences(text))
    ]


LETTERS = st.sampled_from(
    [*"aAzZ09.!?\"')(]['_ \t\n\x1c\x00", " e.g. ", " w.r.t. ", " A. ", " Figs. A", ". B",
     "antidis" * 3, *"é中。！\u3000\xa0”“’ﬁİΣςǅ\u0301²"]
)  # fmt: skip
TEXTS = st.lists(st.lists(LETTERS, min_size=1, max_size=30).map("".join), max_size=5)


@given(texts=TEXTS, whole=st.lists(st.booleans(), min_size=5, max_size=5))
def test_texts_are_split_together_as_one_by_one(texts: list[str], whole: list[bool]) -> None:
    texts = [text for text in texts if text.strip()]
    whole = whole[: len(texts)]
    assert as_lists(texts, whole) == one_by_one(texts, whole)


@pytest.mark.shared
def test_real_abstracts_are_split_together_as_one_by_one() -> None:
    if not CORPUS.exists():
        pytest.skip("no ../shared beside the checkout")
    with gzip.open(CORPUS / "unlabelled.jsonl.gz", "rt", encoding="utf-8") as more:
        lines = [*(CORPUS / "labelled.jsonl").read_text("utf-8").splitlines(), *more]
    papers = [json.loads(line) for line in lines]
    for first in range(0, len(papers), 1000):
        batch = papers[first : first + 1000]
        texts = [text for paper in batch for text in (paper["title"], paper["abstract"])]
        whole = [True, False] * len(batch)
        assert as_lists(texts, whole) == one_by_one(texts, whole)


def test_rare_terms_are_left_out() -> None:
    papers = [[tokenise("we build bread")], [tokenise("we build cake")]]
    assert fit_vocabulary(papers, (), 2, 3).terms == ["build", "we", "we build"]


def test_marks_say_which_sentences_carry_a_label() -> None:
    taxonomy = builtin_taxonomy()
    abstract = "We tune it. It is good. The end."
    records = [
        LabelledRecord("1", "A title", abstract, labels=("sft",), evidence={"sft": ((0, 11),)}),
        LabelledRecord("2", "A title", abstract, labels=("sft",), evidence={"sft": ((0, 0),)}),
        LabelledRecord("3", "A title", abstract, labels=("sft",)),
        LabelledRecord("4", "", abstract, labels=()),
    ]
    outputs = ("sft", "rlhf")
    marks = marks_of(records, truth_of(records, taxonomy, outputs), outputs)
    assert marks[:, 0].tolist() == [0, 1, 0, 0] + [1, 0, 0, 0] + [UNKNOWN] * 4 + [0] * 3
    assert not marks[:, 1].any()


def test_word_classes_of_a_taxonomy_are_checked() -> None:
    assert {each.id for each in builtin_taxonomy().word_classes} >= {"language", "dataset"}
    text = builtin_taxonomy().text + '\n[[word_class]]\nid = "odd"\nwords = "one, two"\n'
    with pytest.raises(ConfigurationError, match="'words' of 'odd' must be a list"):
        parse_taxonomy(text)
