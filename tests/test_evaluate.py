"""``mine evaluate``: figures checked by hand, and no praise for papers learned by heart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

import baking
from mllm_mine.classifier.evaluation import bootstrap_intervals, confusions
from mllm_mine.classifier.metrics import expected_calibration_error, reliability, summary


@pytest.fixture(scope="module")
def half_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the first 48 papers, so that 24 are new to it."""
    folder = tmp_path_factory.mktemp("half")
    source = baking.write_lines(folder / "train.jsonl", baking.labelled_papers()[:48])
    done = baking.mine(
        folder, "train", source, "--taxonomy", baking.TAXONOMY, "--output", "half.model"
    )
    assert done.returncode == 0, done.stderr.decode()
    return folder / "half.model"


def test_papers_of_the_training_are_left_out_and_named(half_model: Path, tmp_path: Path) -> None:
    done = baking.mine(tmp_path, "evaluate", baking.LABELLED, "--model", half_model, "--json")
    found = json.loads(done.stdout)
    assert found["papers"] == 24
    assert found["trained_on"]["ids"] == [p["id"] for p in baking.labelled_papers()[:48]]
    text = baking.mine(tmp_path, "evaluate", baking.LABELLED, "--model", half_model)
    assert "Left out: 48 papers that trained the model" in text.stdout.decode()


def test_a_renamed_paper_is_recognised_by_its_text(half_model: Path, tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    renamed = [{**papers[0], "id": "9912.07777", "title": papers[0]["title"].upper()}]
    source = baking.write_lines(tmp_path / "renamed.jsonl", renamed + papers[48:])
    done = baking.mine(tmp_path, "evaluate", source, "--model", half_model, "--json")
    assert json.loads(done.stdout)["trained_on"]["ids"] == ["9912.07777"]


def test_only_trained_papers_are_refused_unless_insisted_on(
    baking_model: Path, tmp_path: Path
) -> None:
    arguments = ["evaluate", baking.LABELLED, "--model", baking_model]
    refused = baking.mine(tmp_path, *arguments)
    assert refused.returncode == 2
    assert "--include-trained" in refused.stderr.decode()
    insisted = baking.mine(tmp_path, *arguments, "--include-trained")
    assert insisted.returncode == 0
    assert "Careful: 72 of these papers trained the model" in insisted.stdout.decode()


def test_every_figure_has_an_interval_around_it(half_model: Path, tmp_path: Path) -> None:
    done = baking.mine(tmp_path, "evaluate", baking.LABELLED, "--model", half_model, "--json")
    found = json.loads(done.stdout)
    for key in ("scope_f1", "micro_f1", "macro_f1"):
        low, high = found["intervals"][key]
        assert 0 <= low <= found[key] <= high <= 1
    for row in found["labels"]:
        for name in ("precision", "recall", "f1", "average_precision"):
            if row[name] is not None:
                low, high = row["intervals"][name]
                assert low <= row[name] + 1e-4 and row[name] <= high + 1e-4
    assert sum(row["count"] for row in found["reliability"]) == 24 * 6


def test_gaps_name_papers_in_scope_that_carry_no_label(half_model: Path, tmp_path: Path) -> None:
    bare = {
        "id": "9912.06666",
        "title": "Loaves of rye bread",
        "abstract": "Bakers, ovens and dough for bread.",
        "in_scope": True,
        "labels": [],
    }
    source = baking.write_lines(tmp_path / "new.jsonl", [*baking.labelled_papers()[48:], bare])
    done = baking.mine(tmp_path, "evaluate", source, "--model", half_model, "--gaps", "--json")
    found = json.loads(done.stdout)
    papers = found["in_scope_without_label"]["labelled"]["papers"]
    assert [paper["id"] for paper in papers] == ["9912.06666"]
    text = baking.mine(tmp_path, "evaluate", source, "--model", half_model, "--gaps")
    assert "9912.06666  Loaves of rye bread" in text.stdout.decode()


def random_case() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    probability = generator.random((300, 4))
    truth = generator.random((300, 4)) < probability**2
    return truth, probability >= 0.5, probability


def test_scores_are_those_of_scikit_learn() -> None:
    truth, assigned, probability = random_case()
    found = summary(["a", "b", "c", "d"], truth, assigned, probability)
    assert found["micro_f1"] == pytest.approx(f1_score(truth, assigned, average="micro"))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, assigned, average="macro"))
    assert found["mean_average_precision"] == pytest.approx(
        average_precision_score(truth, probability, average="macro")
    )


def test_calibration_error_is_nought_for_honest_and_large_for_boastful_probabilities() -> None:
    generator = np.random.default_rng(2)
    probability = generator.random((20000, 1))
    truth = generator.random((20000, 1)) < probability
    assert expected_calibration_error(truth, probability) < 0.02
    boastful = np.where(probability > 0.5, 0.99, 0.01)
    assert expected_calibration_error(truth, boastful) > 0.2
    table = reliability(truth, probability)
    assert [row.lower for row in table] == [n / 10 for n in range(10)]
    assert sum(row.count for row in table) == 20000


def test_bootstrap_intervals_narrow_with_more_papers() -> None:
    truth, assigned, probability = random_case()
    outputs = ["a", "b", "c", "d"]
    few = bootstrap_intervals(outputs, truth[:50], assigned[:50], probability[:50])["micro_f1"]
    many = bootstrap_intervals(outputs, truth, assigned, probability)["micro_f1"]
    assert many[1] - many[0] < few[1] - few[0]


def test_confusions_are_between_siblings_only(baking_model: Path) -> None:
    from mllm_mine.classifier import load_model

    model = load_model(baking_model)
    column = {output: place for place, output in enumerate(model.outputs)}
    truth = np.zeros((3, len(column)), bool)
    assigned = truth.copy()
    truth[0, column["bread"]] = assigned[0, column["cake"]] = True  # siblings
    truth[1, column["bread"]] = assigned[1, column["recipe-parsing"]] = True  # other dimension
    truth[2, column["imitation"]] = assigned[2, column["video-imitation"]] = True  # parent, child
    assert list(confusions(model, truth, assigned)) == [
        {"missed": "bread", "given": "cake", "papers": 1}
    ]


def test_scope_is_not_measured_where_a_paper_does_not_say_it(
    half_model: Path, tmp_path: Path
) -> None:
    papers = baking.labelled_papers()[48:]
    bare = [{key: paper[key] for key in ("id", "title", "abstract", "labels")} for paper in papers]
    rest = baking.write_lines(tmp_path / "said.jsonl", papers)
    silent = baking.write_lines(tmp_path / "silent.jsonl", [*papers[:20], *bare[20:]])
    said, unsaid = (
        json.loads(baking.mine(tmp_path, "evaluate", each, "--model", half_model, "--json").stdout)
        for each in (rest, silent)
    )
    assert said["scope_unsaid"] == 0 and said["scope_f1"] is not None
    assert unsaid["scope_unsaid"] == 4 and unsaid["scope_f1"] is None
    assert unsaid["labels"] == [row for row in said["labels"] if row["label"] != "in_scope"]
    assert sum(row["count"] for row in unsaid["reliability"]) == 24 * 5
    assert unsaid["uncertain"]["papers"] == said["uncertain"]["papers"]
    text = baking.mine(tmp_path, "evaluate", silent, "--model", half_model).stdout.decode()
    assert "Scope is not measured: 4 papers do not say 'in_scope'." in text
    assert "in_scope  " not in text and "scope F1" not in text


def test_labels_that_the_model_did_not_learn_are_named(tmp_path: Path) -> None:
    papers = baking.labelled_papers()
    cakes = [paper for paper in papers if "cake" in paper["labels"]]
    others = [paper for paper in papers if paper not in cakes]
    source = baking.write_lines(tmp_path / "few.jsonl", others[:40] + cakes[:3])
    new = baking.write_lines(tmp_path / "new.jsonl", others[40:] + cakes[3:])
    arguments = ["--taxonomy", baking.TAXONOMY, "--output", "few.model"]
    assert baking.mine(tmp_path, "train", source, *arguments).returncode == 0
    done = baking.mine(tmp_path, "evaluate", new, "--model", "few.model")
    assert f"the model did not learn them: cake ({len(cakes) - 3} papers)" in done.stdout.decode()
    found = baking.mine(tmp_path, "evaluate", new, "--model", "few.model", "--json")
    assert json.loads(found.stdout)["unlearned"] == {"cake": len(cakes) - 3}
    only = [{**paper, "labels": ["cake"]} for paper in cakes[3:]]
    source = baking.write_lines(tmp_path / "only.jsonl", only)
    gaps = baking.mine(tmp_path, "evaluate", source, "--model", "few.model", "--gaps", "--json")
    assert json.loads(gaps.stdout)["in_scope_without_label"]["labelled"]["count"] == 0


@pytest.mark.parametrize(("ids", "months"), [(lambda number: f"paper {number}", 0), (None, 1)])
def test_gaps_do_not_speak_of_drift_where_there_are_no_months_to_compare(
    half_model: Path, tmp_path: Path, ids: Callable[[int], str] | None, months: int
) -> None:
    papers = baking.labelled_papers()[48:]
    if ids:
        papers = [{**paper, "id": ids(number)} for number, paper in enumerate(papers)]
    source = baking.write_lines(tmp_path / "new.jsonl", papers)
    done = baking.mine(tmp_path, "evaluate", source, "--model", half_model, "--gaps")
    assert f"nothing to compare: the ids tell {months} month" in done.stdout.decode()
    assert "beyond chance" not in done.stdout.decode()
