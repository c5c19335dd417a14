"""What moved: labels that the model gave or took back when it saw a paper again, and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.stored_prediction import KEPT_PROBABILITY, StoredPrediction
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_BATCH = 400  # ids in one query; below SQLite's oldest limit of parameters
_INSERT = (
    "INSERT INTO label_changes (arxiv_id, label, assigned, probability, was_probability, why, "
    "model_id, was_model_id, version, was_version, changed_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A label of a paper that moved.

    Attributes:
        given: whether the paper has the label now (or is in scope now) and had not before.
        probability, was_probability: the model's; None where it was too low to be kept, and for
            labels by hand.
        why: ``model`` (another model), ``version`` (a new version of the paper), ``text`` (its
            text changed), or ``hand``.
        detail: the models or versions, or who said it.
    """

    arxiv_id: str
    title: str
    label: str
    given: bool
    probability: float | None
    was_probability: float | None
    why: str
    detail: str
    changed_at: str


def record_changes(
    connection: sqlite3.Connection,
    model_id: str,
    predictions: Sequence[StoredPrediction],
    moment: str,
) -> None:
    """Notes which labels of papers that were classified before will be other ones now."""
    classified = _classified(connection, [new.arxiv_id for new in predictions if not new.error])
    for new in predictions:
        before = classified.get(new.arxiv_id)
        if before is None:
            continue
        old = {
            row["label"]: row
            for row in connection.execute(
                "SELECT label, probability, assigned FROM predictions WHERE arxiv_id = ?",
                (new.arxiv_id,),
            )
        }
        had = {label for label, row in old.items() if row["assigned"]}
        has = {*new.labels, *([SCOPE] if new.in_scope else [])}
        why = "version" if new.version != before["version"] else "text"
        if before["model_id"] != model_id:
            why = "model"
        for label in sorted(had ^ has):
            chance = new.p_in_scope if label == SCOPE else new.probabilities.get(label)
            kept = chance is not None and (chance >= KEPT_PROBABILITY or label in has)
            connection.execute(
                _INSERT,
                (
                    new.arxiv_id,
                    label,
                    label in has,
                    chance if kept else None,
                    old[label]["probability"] if label in old else None,
                    why,
                    model_id,
                    before["model_id"],
                    new.version,
                    before["version"],
                    moment,
                ),
            )


def _classified(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, sqlite3.Row]:
    """The present classification of those papers that have one."""
    found: dict[str, sqlite3.Row] = {}
    for at in range(0, len(ids), _BATCH):
        part = ids[at : at + _BATCH]
        rows = connection.execute(
            "SELECT arxiv_id, model_id, version FROM classifications WHERE error = '' "
            f"AND arxiv_id IN ({', '.join('?' * len(part))})",
            part,
        )
        found.update((row["arxiv_id"], row) for row in rows)
    return found


def label_changes(index: Index, wanted: PaperFilter, since: str = "") -> Iterator[LabelChange]:
    """What moved, newest first: by the model, and by hand.

    Args:
        wanted: which papers; its dates are those of the papers.
        since: only moves at this moment (ISO 8601) or later.
    """
    condition, values = wanted.conditions(index.taxonomy)
    rows = index.connection.execute(
        f"""SELECT moved.*, papers.title FROM (
            SELECT arxiv_id, label, assigned AS given, probability, was_probability, why,
                CASE why WHEN 'model' THEN was_model_id || ' → ' || model_id
                    ELSE 'version ' || was_version || ' → ' || version END AS detail,
                changed_at, change_id AS place
            FROM label_changes
            UNION ALL
            SELECT arxiv_id, label, value, NULL, probability, 'hand',
                CASE author WHEN '' THEN tool ELSE author || ', ' || tool END, labelled_at, label_id
            FROM labels
            WHERE value IS NOT NULL
              AND value <> (coalesce(probability, 0) >= 0.5)  -- said otherwise than the model
        ) AS moved JOIN papers USING (arxiv_id) LEFT JOIN classifications USING (arxiv_id)
        WHERE changed_at >= ? AND {condition} ORDER BY changed_at DESC, place DESC""",
        (since, *values),
    )
    for row in rows:
        yield LabelChange(
            arxiv_id=row["arxiv_id"],
            title=row["title"],
            label=row["label"],
            given=bool(row["given"]),
            probability=row["probability"],
            was_probability=row["was_probability"],
            why=row["why"],
            detail=row["detail"],
            changed_at=row["changed_at"],
        )
