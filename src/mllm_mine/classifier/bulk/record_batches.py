"""Scores papers that come as Arrow record batches, as Spark, Ray, Dask and Polars pass them.

Two functions: :func:`classify_batches` goes from an iterator of batches to an iterator of batches
(Spark's ``mapInArrow`` takes it as it is), :func:`classify_batch` from one to one. Nothing is kept
between calls but the model, so that batches may be scored anywhere and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.bulk.parquet import wanted_columns
from mllm_mine.classifier.bulk.records import BadRecord, as_record, reasons_of
from mllm_mine.classifier.model_file import load_model
from mllm_mine.classifier.records import Record
from mllm_mine.parquet import require_pyarrow
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model


def classify_batches(
    batches: Iterable[Any], model: Model | None = None, *, explain: bool = False
) -> Iterator[Any]:
    """Scores each ``pyarrow.RecordBatch``; see :func:`classify_batch`.

    The bundled model is loaded when none is given, once for all batches.
    """
    model = model or load_model()
    for batch in batches:
        yield classify_batch(batch, model, explain=explain)


def classify_batch(batch: Any, model: Model | None = None, *, explain: bool = False) -> Any:
    """Scores the papers of a ``pyarrow.RecordBatch``, one row out for each row in, in order.

    Args:
        batch: columns ``id`` (string), ``title`` and ``abstract`` (string, may be null), and
            perhaps ``text``; others are ignored. A few thousand rows are best: below a hundred
            most of the time goes into calls, and memory grows by about 0.1 MB a row.
        model: the bundled one when left out.
        explain: add the columns ``evidence`` and ``reasons``.

    Returns:
        A ``pyarrow.RecordBatch`` of :func:`prediction_schema`. A row that cannot be scored has
        its reason in ``error`` and nulls elsewhere.

    Raises:
        ConfigurationError: pyarrow is not installed.
        InputFileError: there is no column ``id``.
        ModelError: the bundled model is missing or damaged.
    """
    return as_batch(model or load_model(), records_of_batch(batch, 1), explain=explain)


def prediction_schema(model: Model, *, explain: bool = False) -> Any:
    """The ``pyarrow.Schema`` of what :func:`classify_batch` gives.

    ``id`` string; ``in_scope`` bool; ``p_in_scope`` double; ``labels`` list<string>, the assigned
    ones in the taxonomy's order; ``scores`` struct<label: double …>, the calibrated probability of
    every label; ``uncertain`` bool; ``unfamiliar`` bool; ``model`` string; ``error`` string, null
    where all went well; and with ``explain`` also ``evidence`` struct<label: list<string> …>, up to
    three sentences of the paper for each assigned label, best first, and ``reasons`` struct<label:
    struct<score, bias, terms: list<struct<term, contribution>>, other_terms> …>, what the label's
    log-odds are the sum of.
    """
    pyarrow, _ = require_pyarrow()
    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    fields = [
        ("id", text),
        ("in_scope", pyarrow.bool_()),
        ("p_in_scope", pyarrow.float64()),
        ("labels", texts),
        ("scores", pyarrow.struct([(label, pyarrow.float64()) for label in model.labels])),
        ("uncertain", pyarrow.bool_()),
        ("unfamiliar", pyarrow.bool_()),
        ("model", text),
        ("error", text),
    ]
    if explain:
        number = pyarrow.float64()
        term = pyarrow.struct([("term", text), ("contribution", number)])
        of_sum = [("score", number), ("bias", number), ("terms", pyarrow.list_(term))]
        reason = pyarrow.struct([*of_sum, ("other_terms", number)])
        fields.append(("evidence", pyarrow.struct([(label, texts) for label in model.labels])))
        fields.append(("reasons", pyarrow.struct([(label, reason) for label in model.labels])))
    return pyarrow.schema(fields)


def records_of_stream(payload: bytes, first: int) -> list[Record | BadRecord]:
    """The records of a stream in Arrow's format; ``first`` is the number of the first row."""
    pyarrow, _ = require_pyarrow()
    with pyarrow.ipc.open_stream(payload) as reader:
        return [record for batch in reader for record in records_of_batch(batch, first)]


def as_batch(model: Model, records: Sequence[Record | BadRecord], *, explain: bool) -> Any:
    """What a model makes of records, as a ``pyarrow.RecordBatch``."""
    import numpy as np

    pyarrow, _ = require_pyarrow()
    schema = prediction_schema(model, explain=explain)
    readable = [record for record in records if isinstance(record, Record)]
    judged = model.judge(readable)
    labels = model.labels_of(judged.assigned)
    good = np.array([isinstance(record, Record) for record in records], bool)
    row = np.cumsum(good) - 1
    probability = dict(zip(model.outputs, judged.probabilities.T, strict=True))

    def spread(values: Any, kind: Any) -> Any:
        """A column of the readable records' values, null at the others."""
        if len(readable) == len(records):
            return pyarrow.array(values, kind)
        places = pyarrow.array(row, mask=~good)
        return pyarrow.array(values, kind).take(places)

    def of_labels(columns: list[Any]) -> Any:
        mask = pyarrow.array(~good)
        return pyarrow.StructArray.from_arrays(columns, list(model.labels), mask=mask)

    number, yes = pyarrow.float64(), pyarrow.bool_()
    nothing = [None] * len(readable)
    scope = model.outputs.index(SCOPE) if model.has_scope else -1
    columns = [
        pyarrow.array([_name(record) for record in records], pyarrow.string()),
        spread(judged.assigned[:, scope] if model.has_scope else nothing, yes),
        spread(probability.get(SCOPE, nothing), number),
        spread(labels, schema.field("labels").type),
        of_labels([spread(probability[label], number) for label in model.labels]),
        spread(judged.uncertain, yes),
        spread(judged.unfamiliar, yes),
        spread([model.id] * len(readable), pyarrow.string()),
        pyarrow.array([getattr(record, "error", None) for record in records], pyarrow.string()),
    ]
    if explain:
        reasons = list(reasons_of(model, readable, labels))
        for place, name in enumerate(("evidence", "reasons")):
            kinds = schema.field(name).type
            of_each = [
                spread([each[place].get(label) for each in reasons], kinds.field(label).type)
                for label in model.labels
            ]
            columns.append(of_labels(of_each))
    return pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def records_of_batch(batch: Any, first: int) -> list[Record | BadRecord]:
    """The records of a record batch; ``first`` is the number of the first row."""
    names = wanted_columns(batch.schema.names, "the record batch")
    columns = [batch.column(batch.schema.get_field_index(name)).to_pylist() for name in names]
    rows = zip(*columns, strict=True)
    return [
        as_record(dict(zip(names, row, strict=True)), f"row {number}")
        for number, row in enumerate(rows, first)
    ]


def _name(record: Record | BadRecord) -> str | None:
    """A record's id; one that is no text becomes one, without halves of surrogate pairs."""
    return None if record.id is None else str(record.id).encode("utf-8", "replace").decode()
