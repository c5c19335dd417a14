"""Records from plain data, and what a model makes of them as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.pending import NOTHING_TO_READ, is_readable
from mllm_mine.classifier.records import Record
from mllm_mine.taxonomy import SCOPE
from mllm_mine.wording import json_fault

if TYPE_CHECKING:
    from mllm_mine.classifier.model import Model

_SENTENCES = 3  # as evidence for a label
_TERMS = 20  # named as reasons for a label
_TEXTS = ("title", "abstract", "text")


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A line or row that is no paper, and why."""

    id: Any
    error: str


def as_record(data: Any, where: str) -> Record | BadRecord:
    """A record from plain data, or what is wrong with it."""
    if not isinstance(data, dict):
        return BadRecord(None, f"{where} is not a JSON object")
    name = data.get("id")
    if not isinstance(name, str) or not name:
        return BadRecord(name, f"{where} has no text 'id'")
    fields = [data.get(key) for key in _TEXTS]
    for key, value in zip(_TEXTS, fields, strict=True):
        if value is not None and not isinstance(value, str):
            return BadRecord(name, f"{key!r} is not a text")
    record = Record(name, *(value or "" for value in fields))
    return record if is_readable(record) else BadRecord(name, NOTHING_TO_READ)


def records_of_lines(first: int, lines: bytes) -> Iterator[Record | BadRecord]:
    """The records of JSON Lines; ``first`` is the number of the first line."""
    for number, line in enumerate(lines.split(b"\n"), first):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line and not line.isspace():
            yield _record_of_line(number, line)


def _record_of_line(number: int, line: bytes) -> Record | BadRecord:
    import orjson

    try:
        data = orjson.loads(line)
    except ValueError:
        try:
            data = json.loads(line)  # takes what orjson does not: NaN, halves of surrogate pairs
        except UnicodeDecodeError:
            return BadRecord(None, f"line {number} is not UTF-8")
        except (ValueError, RecursionError) as error:
            return BadRecord(None, f"line {number} is not JSON: {json_fault(error)}")
    return as_record(data, f"line {number}")


def results(
    model: Model, records: Sequence[Record | BadRecord], *, explain: bool = False
) -> Iterator[dict[str, Any]]:
    """One result a record, in order, as the plain data of a line."""
    readable = [record for record in records if isinstance(record, Record)]
    judged = model.judge(readable)
    labels = model.labels_of(judged.assigned)
    reasons = reasons_of(model, readable, labels) if explain else iter(())
    scope = model.outputs.index(SCOPE) if model.has_scope else -1
    rows = zip(
        judged.probabilities.tolist(),
        judged.assigned[:, scope].tolist(),
        labels,
        judged.uncertain.tolist(),
        judged.unfamiliar.tolist(),
        strict=True,
    )
    for record in records:
        if isinstance(record, BadRecord):
            yield {"id": record.id, "error": record.error}
            continue
        probability, in_scope, assigned, uncertain, unfamiliar = next(rows)
        scores = dict(zip(model.outputs, probability, strict=True))
        result = {
            "id": record.id,
            "in_scope": in_scope if model.has_scope else None,
            "p_in_scope": scores.pop(SCOPE, None),
            "labels": assigned,
            "scores": scores,
            "uncertain": uncertain,
            "unfamiliar": unfamiliar,
            "model": model.id,
        }
        if explain:
            result["evidence"], result["reasons"] = next(reasons)
        yield result


def reasons_of(
    model: Model, records: Sequence[Record], labels: Sequence[Sequence[str]]
) -> Iterator[tuple[dict[str, list[str]], dict[str, dict[str, Any]]]]:
    """For each record, by label: the best sentences, and the score with the terms it is the sum
    of."""
    from mllm_mine.classifier.explanation import explain_each

    for explanation in explain_each(model, records, labels):
        yield (
            {label: why.best_sentences(_SENTENCES) for label, why in explanation.labels.items()},
            {label: why.sum_of_terms(_TERMS) for label, why in explanation.labels.items()},
        )


def as_line(result: dict[str, Any]) -> bytes:
    """A result as a line of JSON."""
    import orjson

    try:
        return orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half of a surrogate pair, or a whole number of more than 64 bits
        return json.dumps(result, separators=(",", ":")).encode() + b"\n"
