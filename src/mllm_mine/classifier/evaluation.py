"""Scores a model on labelled papers that it has not seen, with honest intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.examples import truth_of
from mllm_mine.classifier.labelled import text_hash
from mllm_mine.classifier.metrics import reliability, summary
from mllm_mine.classifier.records import LabelledRecord
from mllm_mine.errors import ConfigurationError
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.classifier.model import Model

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_SAMPLES = 500
_SAMPLES_AT_ONCE = 50
_SEED = 20240405


def evaluate(
    model: Model, records: Sequence[LabelledRecord], *, include_trained: bool = False
) -> dict[str, Any]:
    """Everything that ``mine evaluate`` says, as plain data.

    Papers that trained the model (same id, or same title and abstract) are left out and named
    under ``trained_on``, since scores on them would flatter.

    Args:
        include_trained: score them all the same.

    Returns:
        :func:`mllm_mine.classifier.metrics.summary` with ``intervals`` (95 %, by resampling
        papers) for every figure, ``reliability``, ``confusions`` between sibling labels,
        ``uncertain`` (how many papers, and how well the others did) and ``trained_on``.
        ``unlearned``: labels that papers carry and the model did not learn, with how many carry
        them; no figure counts these. ``scope_unsaid``: papers that do not say whether they are
        in scope; where there is one, scope is not measured.

    Raises:
        ConfigurationError: every paper trained the model, or nothing can be measured.
    """
    known, records = unseen(model, records, include_trained=include_trained)
    truth = truth_of(records, model.taxonomy, model.outputs)
    probability = model.probabilities(records)
    assigned = model.assigned(probability)
    uncertain = model.is_uncertain(probability, assigned)
    confused = list(confusions(model, truth, assigned))
    unsaid = sum(record.in_scope is None for record in records) if model.has_scope else 0
    outputs = model.labels if unsaid else model.outputs
    if not outputs:
        raise ConfigurationError(
            f"the model {model.id} knows scope alone, and {unsaid} of the papers do not say "
            "'in_scope'; add it to them"
        )
    columns = [model.outputs.index(output) for output in outputs]
    truth, assigned = truth[:, columns], assigned[:, columns]
    probability = probability[:, columns]
    result = summary(outputs, truth, assigned, probability)
    intervals = bootstrap_intervals(outputs, truth, assigned, probability)
    for row in result["labels"]:
        row["intervals"] = intervals["labels"][row["label"]]
    result["intervals"] = {key: value for key, value in intervals.items() if key != "labels"}
    result["model"] = model.id
    result["reliability"] = [asdict(each) for each in reliability(truth, probability)]
    result["confusions"] = confused
    result["uncertain"] = _without_uncertain(outputs, uncertain, truth, assigned, probability)
    result["unlearned"] = _unlearned(model, records)
    result["scope_unsaid"] = unsaid
    result["trained_on"] = {"count": len(known), "scored": include_trained, "ids": known}
    return result


def unseen(
    model: Model, records: Sequence[LabelledRecord], *, include_trained: bool = False
) -> tuple[list[str], Sequence[LabelledRecord]]:
    """Ids of the papers that trained the model, and the records without them.

    Raises:
        ConfigurationError: every paper trained the model.
    """
    ids, hashes = model.trained_on
    known = [record.id for record in records if record.id in ids or text_hash(record) in hashes]
    if include_trained or not known:
        return known, records
    seen = set(known)
    rest = [record for record in records if record.id not in seen]
    if not rest:
        raise ConfigurationError(
            f"the model {model.id} was trained on every one of these {len(known)} papers, so its "
            "scores would say nothing; give others, or insist with --include-trained"
        )
    return known, rest


def bootstrap_intervals(
    outputs: Sequence[str], truth: Bools, assigned: Bools, probability: Floats
) -> dict[str, Any]:
    """95 % percentile intervals from resampled papers (Efron, 1979); the seed is fixed."""
    import numpy as np

    generator = np.random.default_rng(_SEED)
    papers = len(truth)
    order = np.argsort(-probability, axis=0, kind="stable")
    samples: dict[str, list[Floats]] = {
        "precision": [], "recall": [], "f1": [], "average_precision": [], "micro_f1": [],
        "macro_f1": [],
    }  # fmt: skip
    labels = [column for column, output in enumerate(outputs) if output != SCOPE]
    right, support, given = (array.astype(float) for array in (truth & assigned, truth, assigned))
    for _ in range(0, _SAMPLES, _SAMPLES_AT_ONCE):
        drawn = generator.multinomial(papers, np.full(papers, 1 / papers), _SAMPLES_AT_ONCE)
        times = drawn.astype(float)
        hits, wanted, named = times @ right, times @ support, times @ given
        f1 = _ratio(2 * hits, wanted + named)
        samples["precision"].append(_ratio(hits, named))
        samples["recall"].append(_ratio(hits, wanted))
        samples["f1"].append(f1)
        samples["average_precision"].append(_average_precisions(times, truth, order))
        sums = [part[:, labels].sum(axis=1) for part in (hits, wanted, named)]
        samples["micro_f1"].append(_ratio(2 * sums[0], sums[1] + sums[2]))
        occurring = np.where(wanted[:, labels] > 0, np.nan_to_num(f1[:, labels]), np.nan)
        samples["macro_f1"].append(_mean(occurring))
    bounds = {name: _bounds(np.concatenate(parts)) for name, parts in samples.items()}
    ratios = ("precision", "recall", "f1", "average_precision")
    found: dict[str, Any] = {name: bounds[name] for name in ("micro_f1", "macro_f1")}
    found["labels"] = {
        output: {name: bounds[name][column] for name in ratios}
        for column, output in enumerate(outputs)
    }
    if SCOPE in outputs:
        found["scope_f1"] = bounds["f1"][list(outputs).index(SCOPE)]
    return found


def confusions(model: Model, truth: Bools, assigned: Bools) -> Iterator[dict[str, Any]]:
    """Pairs of sibling labels where one was missed and the other wrongly given, most first.

    Siblings are labels of one dimension below the same parent.
    """
    tree = model.taxonomy.by_id
    pairs: list[dict[str, Any]] = []
    for column, missed in enumerate(model.outputs):
        for other, wrong in enumerate(model.outputs):
            if SCOPE in (missed, wrong) or missed == wrong:
                continue
            one, two = tree[missed], tree[wrong]
            if (one.dimension, one.parent) != (two.dimension, two.parent):
                continue
            mistaken = truth[:, column] & ~assigned[:, column] & assigned[:, other]
            count = int((mistaken & ~truth[:, other]).sum())
            if count:
                pairs.append({"missed": missed, "given": wrong, "papers": count})
    yield from sorted(pairs, key=lambda pair: (-pair["papers"], pair["missed"], pair["given"]))


def _without_uncertain(
    outputs: Sequence[str], uncertain: Bools, truth: Bools, assigned: Bools, probability: Floats
) -> dict[str, Any]:
    """How many papers are marked for review, and the scores of the rest."""
    rest = ~uncertain
    if not rest.any():
        return {"papers": len(uncertain), "certain": None}
    certain = summary(outputs, truth[rest], assigned[rest], probability[rest])
    keys = ("papers", "scope_f1", "micro_f1", "macro_f1")
    return {"papers": int(uncertain.sum()), "certain": {key: certain[key] for key in keys}}


def _unlearned(model: Model, records: Sequence[LabelledRecord]) -> dict[str, int]:
    """Labels of the taxonomy that the model did not learn: how many papers carry them."""
    rare = [label for label in model.taxonomy.label_ids if label not in model.outputs]
    carried = truth_of(records, model.taxonomy, rare).sum(axis=0).tolist()
    return {label: count for label, count in zip(rare, carried, strict=True) if count}


def _ratio(part: Floats, whole: Floats) -> Floats:
    import numpy as np

    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _mean(values: Floats) -> Floats:
    """Mean of each row's numbers, NaN where there is none."""
    import numpy as np

    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1).astype(float))


def _average_precisions(times: Floats, truth: Bools, order: NDArray[np.intp]) -> Floats:
    """Average precision of each output where paper i counts ``times[:, i]`` times."""
    import numpy as np

    found = np.full((len(times), truth.shape[1]), np.nan)
    for output in range(truth.shape[1]):
        ranked = order[:, output]
        weight = times[:, ranked]
        hits = weight * truth[ranked, output]
        precision = _ratio(np.cumsum(hits, axis=1), np.cumsum(weight, axis=1))
        found[:, output] = _ratio((hits * np.nan_to_num(precision)).sum(axis=1), hits.sum(axis=1))
    return found


def _bounds(samples: Floats) -> Any:
    """The 2.5 % and 97.5 % quantiles of each column, None where no sample had a value."""
    import numpy as np

    if samples.ndim == 1:
        return _bounds(samples[:, None])[0]
    found: list[list[float] | None] = []
    for column in samples.T:
        known = column[np.isfinite(column)]
        quantiles = np.quantile(known, (0.025, 0.975)).tolist() if len(known) else None
        found.append([round(value, 4) for value in quantiles] if quantiles else None)
    return found
