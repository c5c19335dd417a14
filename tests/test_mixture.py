"""The mixture of scores: regression, the network beside it, and what is told of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import baking
from mllm_mine.classifier import Record, load_model
from mllm_mine.classifier.calibration import logistic_weights
from mllm_mine.classifier.labelled import read_labelled
from mllm_mine.classifier.linear import Mixture
from mllm_mine.classifier.mixing import MixtureRecipe, fit_mixture, mixed_out_of_fold
from mllm_mine.classifier.model_file import save_model
from mllm_mine.classifier.training import Recipe, train
from mllm_mine.taxonomy import load_taxonomy

OUTPUTS, MODELS, UNITS = 4, 3, 9
SMALL = MixtureRecipe(min_papers=0, networks=2, units=16, passes=40)


def random_mixture(seed: int, outputs: int = OUTPUTS) -> Mixture:
    random = np.random.default_rng(seed)
    return Mixture(
        own=random.normal(size=(MODELS, outputs)),
        bias=random.normal(size=outputs),
        hidden=random.normal(size=(MODELS * outputs, UNITS)),
        hidden_bias=random.normal(size=UNITS),
        onwards=random.normal(size=(UNITS, outputs)),
    )


def either_but_not_both() -> tuple[list[np.ndarray], np.ndarray]:
    """Three outputs; the third holds where one of the others does, and its scores say nothing."""
    random = np.random.default_rng(1)
    truth = random.random((1500, 3)) < 0.5
    truth[:, 2] = truth[:, 0] ^ truth[:, 1]
    scores = [np.where(truth, 1.0, -1.0) + random.normal(size=truth.shape) * 0.3 for _ in range(2)]
    for part in scores:
        part[:, 2] = random.normal(size=len(truth))
    return scores, truth


def log_loss(odds: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return (np.logaddexp(0, odds) - truth * odds).mean(axis=0)


def test_the_slopes_at_a_record_give_its_log_odds() -> None:
    mixture = random_mixture(2)
    for scores in np.random.default_rng(3).normal(size=(20, MODELS * OUTPUTS)):
        slopes, constant = mixture.linear_at(scores)
        assert scores @ slopes + constant == pytest.approx(mixture.log_odds(scores[None])[0])


def test_biases_can_be_taken_into_the_mixture() -> None:
    mixture = random_mixture(4)
    scores = np.random.default_rng(5).normal(size=(6, MODELS * OUTPUTS))
    biases = np.random.default_rng(6).normal(size=MODELS * OUTPUTS)
    expected = mixture.log_odds(scores + biases)
    assert mixture.with_biases(biases).log_odds(scores) == pytest.approx(expected)


def test_the_network_learns_from_other_outputs_what_regression_cannot() -> None:
    scores, truth = either_but_not_both()
    folds = np.arange(len(truth)) % 3
    with_network = log_loss(mixed_out_of_fold(scores, truth, [], folds, SMALL, 7), truth)
    alone = replace(SMALL, networks=0)
    without = log_loss(mixed_out_of_fold(scores, truth, [], folds, alone, 7), truth)
    assert without[2] > 0.6
    assert with_network[2] < 0.4
    assert with_network[:2] == pytest.approx(without[:2], abs=0.02)


def test_a_plain_output_is_that_of_regression() -> None:
    scores, truth = either_but_not_both()
    every = np.column_stack(scores)
    mixed = fit_mixture(scores, truth, [2], SMALL, 7).log_odds(every)
    regression = fit_mixture(scores, truth, [], replace(SMALL, networks=0), 7).log_odds(every)
    assert mixed[:, 2] == pytest.approx(regression[:, 2])
    assert mixed[:, 0] != pytest.approx(regression[:, 0], abs=1e-3)


def test_the_same_scores_give_the_same_mixture_and_few_records_no_network() -> None:
    scores, truth = either_but_not_both()
    one, two = (fit_mixture(scores, truth, [], SMALL, 7) for _ in range(2))
    assert one.hidden.tobytes() == two.hidden.tobytes()
    assert one.onwards.tobytes() == two.onwards.tobytes()
    assert fit_mixture(scores, truth, [], MixtureRecipe(), 7).hidden.shape == (6, 0)


def test_regression_finds_its_optimum_for_a_rare_label_far_from_nought() -> None:
    random = np.random.default_rng(8)
    truth = np.arange(6000) < 40
    scores = np.where(truth, 2.0, -3.0)[:, None] + random.normal(size=(6000, 2)) * [1.0, 4.0]
    scores[:5] = -20.0  # right papers that the scores speak against
    *weights, bias = logistic_weights(scores * 5, truth, 1.0)
    target = np.where(truth, 41 / 42, 1 / 5962)  # as Platt smooths them
    reference = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(
        np.vstack([scores * 5, scores * 5]),
        np.repeat([True, False], len(truth)),
        np.concatenate([target, 1 - target]),
    )
    assert weights == pytest.approx(reference.coef_[0], abs=1e-3)
    assert bias == pytest.approx(reference.intercept_[0], abs=1e-2)


def assert_reasons_sum_to_the_scores(model, record: Record) -> None:  # type: ignore[no-untyped-def]
    scores = model.decision_function([record])[0]
    for score, reason in zip(scores, model.explain(record).labels.values(), strict=True):
        total = reason.bias + sum(contribution for _, contribution in reason.terms)
        assert total == pytest.approx(score, abs=1e-9)


def records() -> list[Record]:
    papers = baking.labelled_papers()[:5]
    return [Record(paper["id"], paper["title"], paper["abstract"]) for paper in papers]


def test_reasons_sum_to_the_score_of_a_model_with_a_network(baking_model: Path) -> None:
    model = load_model(baking_model)
    model = replace(model, mixture=random_mixture(9, len(model.outputs)))
    for record in records():
        assert_reasons_sum_to_the_scores(model, record)


def test_a_corrected_model_is_the_same_after_its_file_and_its_reasons_sum(
    baking_model: Path, tmp_path: Path
) -> None:
    model = load_model(baking_model)
    weights = np.random.default_rng(10).normal(size=(len(model.vocabulary), len(model.outputs)))
    corrected = model.corrected(weights, np.full(len(model.outputs), 0.5))
    save_model(corrected, tmp_path / "corrected.model")
    again = load_model(tmp_path / "corrected.model")
    found = again.decision_function(records())
    assert found.tobytes() == corrected.decision_function(records()).tobytes()
    assert found != pytest.approx(model.decision_function(records()), abs=0.1)
    assert_reasons_sum_to_the_scores(again, records()[0])


def test_recent_papers_alone_say_how_often_a_label_is_meant() -> None:
    taxonomy = load_taxonomy(baking.TAXONOMY)
    records = read_labelled([baking.LABELLED], taxonomy).records
    old, new = "9801.{:05d}", "9912.{:05d}"
    dated = [
        replace(record, id=(old if number % 3 else new).format(number))
        for number, record in enumerate(records)
    ]
    recent = sum(record.id.startswith("9912") for record in dated)
    few = Recipe(mixture=replace(SMALL, networks=0), recent_months=22)
    assert train(dated, taxonomy, few).scores["papers"] == recent
    assert train(dated, taxonomy, replace(few, recent_months=24)).scores["papers"] == len(records)
    too_few = replace(few, mixture=replace(few.mixture, min_papers=recent + 1))
    assert train(dated, taxonomy, too_few).scores["papers"] == len(records)
