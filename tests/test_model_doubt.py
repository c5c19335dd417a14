"""A model says when it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import baking
from mllm_mine.classifier import Model, Record, load_model


@pytest.fixture
def model(baking_model: Path) -> Model:
    return load_model(baking_model)


def test_a_paper_of_another_field_is_unfamiliar(model: Model) -> None:
    strange = Record(
        "9912.00001",
        "Sphaleron rates near electroweak crossover",
        "Lattice simulations yield diffusion coefficients of topological charge.",
    )
    foreign = Record("9912.00002", "Über Gärkörbchen", "Wir lassen Teiglinge über Nacht gehen.")
    assert [each.unfamiliar for each in model.predict([strange, foreign])] == [True, True]


def test_papers_like_those_it_learned_from_are_familiar(model: Model) -> None:
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    assert sum(each.unfamiliar for each in model.predict(records)) <= 2


def test_a_decision_near_even_makes_a_paper_uncertain(model: Model) -> None:
    sure = np.full((1, len(model.outputs)), 0.01)
    assigned = model.assigned(sure)
    assert not model.is_uncertain(sure, assigned)[0]
    scope = sure.copy()
    scope[0, model.outputs.index("in_scope")] = 0.45
    assert model.is_uncertain(scope, np.zeros_like(assigned))[0]
    labels = sure.copy()
    labels[0, 1:] = 0.4
    assert model.is_uncertain(labels, np.zeros_like(assigned))[0]


def test_few_training_papers_are_uncertain(model: Model) -> None:
    records = [Record(p["id"], p["title"], p["abstract"]) for p in baking.labelled_papers()]
    mixed = [
        Record("9912.00003", "Bakers", "A camera above the bench. Recipes in plain language."),
    ]
    assert sum(each.uncertain for each in model.predict(records)) < 20
    assert model.predict(mixed)[0].uncertain
