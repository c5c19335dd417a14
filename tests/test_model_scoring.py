"""Our scores are scikit-learn's, and the reasons given for them add up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

import baking
from mllm_mine.classifier import Model, Record, load_model
from mllm_mine.classifier.features import Block
from mllm_mine.classifier.tokens import TOKEN_PATTERN, tokenise

SHARED = Path(__file__).parent.parent.parent / "shared" / "corpus"

ODD_RECORDS = [
    Record("empty", "", ""),
    Record("one-letter", "a", "b c d a a a"),
    Record("scripts", "Brot und Kuchen: パンを焼く", "Хлеб и торт. خبز. रोटी रोटी बेकिंग"),
    Record("long", "bread " * 5000, "cake " * 5000),
    Record("case", "BREAD İSTANBUL ﬁne ǅ", "Dough-rolling bakers' gloves, and C++-like recipes"),
]


def vectorizer(block: Block) -> TfidfVectorizer:
    """The block as scikit-learn would compute it."""
    settings = block.settings
    size = (settings.shortest, settings.longest)
    made = (
        TfidfVectorizer(
            analyzer="char_wb",
            lowercase=False,
            preprocessor=lambda text: " ".join(tokenise(text)),
            ngram_range=size,
            sublinear_tf=True,
            vocabulary=block.terms,
        )
        if settings.unit == "char"
        else TfidfVectorizer(
            token_pattern=TOKEN_PATTERN, ngram_range=size, sublinear_tf=True, vocabulary=block.terms
        )
    )
    made.idf_ = block.idf
    return made


def decision_of_scikit_learn(model: Model, records: list[Record]) -> np.ndarray:
    """What a LinearSVC with the model's weights says of scikit-learn's features."""
    parts = []
    for block in model.blocks:
        title_only = block.settings.field == "title"
        texts = [r.title if title_only else f"{r.title}\n{r.abstract}" for r in records]
        parts.append(vectorizer(block).transform(texts) * block.settings.weight)
    machine = LinearSVC()
    machine.classes_ = np.arange(len(model.outputs))
    machine.coef_ = model.weights.T
    machine.intercept_ = model.bias
    return machine.decision_function(hstack(parts).tocsr())


def test_scores_equal_scikit_learn_on_every_paper_of_a_small_field(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    records += ODD_RECORDS
    ours = model.decision_function(records)
    assert np.abs(ours - decision_of_scikit_learn(model, records)).max() < 1e-6


@pytest.mark.shared
def test_scores_equal_scikit_learn_on_every_paper_of_the_corpus() -> None:
    if not SHARED.exists():
        pytest.skip("no ../shared beside the checkout")
    model = load_model()
    import json

    lines = (SHARED / "labelled.jsonl").read_text("utf-8").splitlines()
    papers = [json.loads(line) for line in lines]
    records = [Record(p["id"], p["title"], p["abstract"]) for p in papers]
    ours = model.decision_function(records)
    assert np.abs(ours - decision_of_scikit_learn(model, records)).max() < 1e-6


def test_a_paper_scores_alike_alone_and_among_others(baking_model: Path) -> None:
    model = load_model(baking_model)
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    together = model.probabilities(records * 5)
    alone = np.vstack([model.probabilities([record]) for record in records])
    assert np.abs(together[: len(records)] - alone).max() < 1e-12


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
