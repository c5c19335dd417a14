"""The scoring function over Arrow record batches, as Spark, Ray and Dask call it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import baking
from mllm_mine.classifier import Record, load_model
from mllm_mine.classifier.bulk import classify_batch, classify_batches
from mllm_mine.classifier.bulk import prediction_schema as schema_of
from mllm_mine.errors import InputFileError

pyarrow = pytest.importorskip("pyarrow")


def batch_of(rows: list[dict[str, Any]]) -> Any:
    return pyarrow.RecordBatch.from_pylist(rows)


def test_a_row_in_is_a_row_out_and_equals_a_prediction(baking_model: Path) -> None:
    model = load_model(baking_model)
    papers = baking.labelled_papers()[:20]
    rows = [{"year": 2099, **{key: p[key] for key in ("abstract", "id", "title")}} for p in papers]
    found = classify_batch(batch_of(rows), model)
    assert found.schema.equals(schema_of(model))
    predictions = model.predict([Record(p["id"], p["title"], p["abstract"]) for p in papers])
    for row, prediction in zip(found.to_pylist(), predictions, strict=True):
        assert row["error"] is None
        for name in ("id", "in_scope", "p_in_scope", "scores", "uncertain", "unfamiliar", "model"):
            assert row[name] == getattr(prediction, name)
        assert tuple(row["labels"]) == prediction.labels


def test_bad_rows_keep_their_place_and_are_null(baking_model: Path) -> None:
    model = load_model(baking_model)
    rows = [
        {"id": "9912.00001", "title": "Rye bread from video", "abstract": None},
        {"id": None, "title": "Rye", "abstract": "Bread."},
        {"id": "9912.00003", "title": None, "abstract": "1, 2"},
        {"id": "9912.00004", "title": "Cake", "abstract": "We bake. It is good."},
    ]
    found = classify_batch(batch_of(rows), model, explain=True)
    assert found.schema.equals(schema_of(model, explain=True))
    assert found.column("id").to_pylist() == ["9912.00001", None, "9912.00003", "9912.00004"]
    for row, bad in zip(found.to_pylist(), [False, True, True, False], strict=True):
        assert (row["error"] is not None) == bad
        for name in ("in_scope", "p_in_scope", "labels", "scores", "model", "evidence", "reasons"):
            assert (row[name] is None) == bad, name


def test_an_iterator_of_batches_gives_one_and_a_batch_may_be_empty(baking_model: Path) -> None:
    model = load_model(baking_model)
    paper = {"id": "9912.00001", "title": "Rye bread", "abstract": "Dough."}
    batches = [batch_of([paper] * n) for n in (3, 1)]
    batches.append(batches[0].slice(0, 0))
    assert [b.num_rows for b in classify_batches(iter(batches), model)] == [3, 1, 0]
    alone = next(classify_batches([batches[1]], model)).to_pylist()[0]
    assert next(classify_batches([batches[0]], model)).to_pylist() == [alone] * 3


def test_the_bundled_model_serves_where_none_is_given() -> None:
    row = {"id": "9912.00001", "title": "Multilingual language models", "abstract": "In Swahili."}
    found = next(classify_batches([batch_of([row])])).to_pylist()[0]
    assert found["model"] == load_model().id
    assert found["error"] is None and 0 < found["p_in_scope"] < 1


def test_a_batch_without_ids_is_refused(baking_model: Path) -> None:
    with pytest.raises(InputFileError, match="column 'id'"):
        classify_batch(pyarrow.record_batch({"title": ["Rye"]}), load_model(baking_model))
