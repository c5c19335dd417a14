"""Our scores are scikit-learn's, and the reasons given for them add up."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.svm import LinearSVC

import baking
from mllm_mine.classifier import Model, Record, load_model
from mllm_mine.classifier.cues import CUES, FUNCTION_WORDS
from mllm_mine.classifier.features import KIND_LENGTHS, PLACE_WEIGHT, PLACES, sentences_of
from mllm_mine.classifier.linear import Mixture, Weights
from mllm_mine.classifier.tokens import tokenise

SHARED = Path(__file__).parent.parent.parent / "shared" / "corpus"

ODD_RECORDS = [
    Record("empty", "", ""),
    Record("one-letter", "a", "b c d a a a"),
    Record("scripts", "Brot und Kuchen: パンを焼く", "Хлеб и торт. خبز. रोटी रोटी बेकिंग"),
    Record("long", "bread " * 5000, "cake " * 5000),
    Record("case", "BREAD İSTANBUL ﬁne ǅ", "Dough-rolling bakers' gloves, and C++-like recipes"),
]


class Terms:
    """The terms of sentences, kind by kind, found one by one."""

    def __init__(self, model: Model) -> None:
        classes = model.taxonomy.word_classes
        self.order = [each.id for each in classes]
        self.phrases = {tuple(tokenise(words)): each.id for each in classes for words in each.words}
        self.longest = max(map(len, self.phrases), default=0)

    def of(self, sentence: str) -> list[list[str]]:
        """Words and neighbours; cues with the words of their sentence; classes and their pairs."""
        tokens = tokenise(sentence)
        neighbours = [f"{one} {two}" for one, two in pairwise(tokens)]
        cued = []
        for cue in {CUES[token] for token in tokens if token in CUES}:
            others = {token for token in tokens if CUES.get(token) != cue} - FUNCTION_WORDS
            cued += [f"{cue} ~ {other}" for other in others]
        spans = {
            tuple(tokens[start : start + length])
            for start in range(len(tokens))
            for length in range(1, self.longest + 1)
        }
        found = {self.phrases[span] for span in spans if span in self.phrases}
        classes = [f"<{name}>" for name in sorted(found, key=self.order.index)]
        met = [f"{one} ~ {two}" for one, two in combinations(classes, 2)]
        return [tokens + neighbours, cued, classes + met]


class Features:
    """TF-IDF of lists of sentences, a block for each kind of terms, as scikit-learn has it."""

    def __init__(self, model: Model) -> None:
        self.terms = Terms(model)
        self.width = len(model.vocabulary)
        self.blocks = []
        for kind, length in enumerate(KIND_LENGTHS):
            columns = np.flatnonzero(model.vocabulary.kinds == kind)
            if len(columns):
                vectorizer = TfidfVectorizer(
                    analyzer=partial(self.terms_of_kind, kind),
                    sublinear_tf=True,
                    vocabulary=[model.vocabulary.terms[column] for column in columns],
                )
                vectorizer.idf_ = model.vocabulary.idf[columns]
                self.blocks.append((vectorizer, columns, length))

    def terms_of_kind(self, kind: int, sentences: list[str]) -> list[str]:
        return [term for sentence in sentences for term in self.terms.of(sentence)[kind]]

    def rows(self, texts: list[list[str]]) -> csr_matrix:
        parts = []
        for vectorizer, columns, length in self.blocks:
            lengths = np.full(len(columns), length)
            place = csr_matrix(
                (lengths, (np.arange(len(columns)), columns)), (len(columns), self.width)
            )
            parts.append(vectorizer.transform(texts) @ place)
        return sum(parts[1:], parts[0])


def machine(weights: np.ndarray, bias: np.ndarray | float = 0.0) -> LinearSVC:
    """A LinearSVC with weights of shape (columns, outputs)."""
    made = LinearSVC()
    made.classes_ = np.arange(weights.shape[1])
    made.coef_, made.intercept_ = weights.T, np.zeros(weights.shape[1]) + bias
    return made


def every(weights: Weights) -> np.ndarray:
    return weights.of(np.arange(len(weights.steps)))


def places_of(record: Record, sentences: int) -> np.ndarray:
    """Which sentence is the title, the abstract's first, and its last."""
    places = np.zeros((sentences, len(PLACES)))
    first = 1 if record.title.strip() else 0
    if first:
        places[0, 0] = PLACE_WEIGHT
    if sentences > first:
        places[first, 1] = PLACE_WEIGHT
    if sentences > first + 1:
        places[-1, 2] = PLACE_WEIGHT
    return places


def log_odds_of_scikit_learn(model: Model, records: list[Record]) -> np.ndarray:
    """The whole score, from scikit-learn's and SciPy's functions."""
    features = Features(model)
    texts = [sentences_of(record) for record in records]
    titles = [[record.title] for record in records]
    both = machine(np.vstack([every(model.document), every(model.title)]))
    documents = both.decision_function(
        hstack([features.rows(texts), features.rows(titles)]).tocsr()
    )
    terms = features.rows([[sentence] for sentences in texts for sentence in sentences])
    places = np.vstack([places_of(*pair) for pair in zip(records, map(len, texts), strict=True)])
    scores = machine(every(model.sentence)).decision_function(hstack([terms, places]).tocsr())
    pooled = np.zeros((len(records), len(model.outputs)))
    starts = np.cumsum([0, *map(len, texts)])
    for number, (start, end) in enumerate(pairwise(starts)):
        own = scores[start:end]
        if len(own):
            pooled[number] = (softmax(model.sharpness * own, axis=0) * own).sum(axis=0)
    return mixed_by_scikit_learn(model.mixture, np.hstack([documents, pooled]))


def mixed_by_scikit_learn(mixture: Mixture, scores: np.ndarray) -> np.ndarray:
    """Logistic regression on an output's own scores, and a network beside it."""
    outputs = len(mixture.bias)
    regression = LogisticRegression()
    regression.classes_ = np.arange(outputs)
    regression.coef_ = np.hstack([np.diag(weights) for weights in mixture.own])
    regression.intercept_ = mixture.bias
    network = MLPRegressor(mixture.hidden.shape[1])
    network.n_layers_, network.n_outputs_, network.out_activation_ = 3, outputs, "identity"
    network.coefs_ = [mixture.hidden, mixture.onwards]
    network.intercepts_ = [mixture.hidden_bias, np.zeros(outputs)]
    return regression.decision_function(scores) + network.predict(scores)


def test_scores_equal_scikit_learn_on_every_paper_of_a_small_field(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    records += ODD_RECORDS
    ours = model.decision_function(records)
    assert np.abs(ours - log_odds_of_scikit_learn(model, records)).max() < 1e-6


@pytest.mark.shared
def test_scores_equal_scikit_learn_on_every_paper_of_the_corpus() -> None:
    if not SHARED.exists():
        pytest.skip("no ../shared beside the checkout")
    model = load_model()
    lines = (SHARED / "labelled.jsonl").read_text("utf-8").splitlines()
    papers = [json.loads(line) for line in lines]
    records = [Record(p["id"], p["title"], p["abstract"]) for p in papers]
    ours = model.decision_function(records)
    assert np.abs(ours - log_odds_of_scikit_learn(model, records)).max() < 1e-6


def test_a_paper_scores_alike_alone_and_among_others(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    together = model.probabilities(records * 5)
    alone = np.vstack([model.probabilities([record]) for record in records])
    assert np.abs(together[: len(records)] - alone).max() < 1e-9


def test_terms_and_bias_sum_to_the_score(baking_model: Path) -> None:
    model = load_model(baking_model)
    for record in [*ODD_RECORDS, Record("9912.00001", "Loaves from video", "We film a baker.")]:
        scores = model.decision_function([record])[0]
        reasons = model.explain(record).labels
        assert tuple(reasons) == model.outputs
        for score, reason in zip(scores, reasons.values(), strict=True):
            total = reason.bias + sum(contribution for _, contribution in reason.terms)
            assert total == pytest.approx(score, abs=1e-9)
            assert reason.score == pytest.approx(score, abs=1e-9)


def test_sentences_of_an_explanation_are_verbatim_and_the_telling_one_is_first(
    baking_model: Path,
) -> None:
    telling = "Recipes written in plain language become programs."
    record = Record("9912.00001", "An oven", f"It is warm.  {telling} We thank the  jury.")
    reason = load_model(baking_model).explain(record).labels["recipe-parsing"]
    assert reason.sentences[0] == telling
    assert sorted(reason.sentences) == sorted(
        ["An oven", "It is warm.", telling, "We thank the  jury."]
    )


def test_a_child_brings_its_parent_with_at_least_its_probability(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    for prediction in model.predict(records):
        assert prediction.scores["imitation"] >= prediction.scores["video-imitation"]
        if "video-imitation" in prediction.labels:
            assert "imitation" in prediction.labels


def test_loading_and_scoring_need_neither_scikit_learn_nor_scipy(baking_model: Path) -> None:
    code = (
        "import sys; from mllm_mine.classifier import Record, load_model;"
        f"model = load_model({str(baking_model)!r});"
        "model.predict([Record('1', 'Rye bread', 'On video.')]);"
        "model.explain(Record('1', 'Rye bread', 'On video.'));"
        "print([name for name in ('sklearn', 'scipy', 'joblib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
