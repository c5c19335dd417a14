"""What the index holds and what was last done to it, counted without reading the papers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.monthly_confidence import DRIFT_SETTING
from mllm_mine.index.predictions import MODEL_SETTING
from mllm_mine.index.tallies import Tally, tally
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of an index.

    Attributes:
        in_scope: papers in scope, by hand or by the model; all for a field without scope.
        unclassified: papers that no model has judged yet.
        waiting: papers that are new or changed since they were last classified.
        uncertain, unfamiliar: papers worth a person's look that nobody has labelled.
        by_hand: papers with a label by hand; ``absent_by_hand`` of them are not in the index.
        labels: papers in scope by label, in the taxonomy's order.
        pdfs, texts: papers by the status of their PDF and of their full text.
        watermarks: how far each query of each source has been fetched whole.
        gaps: windows that are still missing.
        runs: the newest runs, newest first, with their counts and failures.
        model_id: the model in use, or "" when none has classified yet.
        newest: date of the newest paper, or "".
        drift: labels that the model has grown less sure of, as last looked for.
    """

    papers: int
    withdrawn: int
    in_scope: int
    unclassified: int
    waiting: int
    uncertain: int
    unfamiliar: int
    by_hand: int
    absent_by_hand: int
    labels: dict[str, int]
    pdfs: dict[str, int]
    texts: dict[str, int]
    watermarks: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    model_id: str
    taxonomy: Taxonomy
    newest: str
    bytes: int
    drift: list[dict[str, Any]]


def overview(index: Index, runs: int = 5) -> Overview:
    """Counts what the index holds, as of one moment.

    Args:
        runs: how many of the newest runs to tell about.
    """
    with index.reading.snapshot():
        papers = index.papers.count()
        taxonomy = index.taxonomy
        known = tally(index.connection)
        return Overview(
            papers=papers,
            withdrawn=_one(index, "SELECT count(*) FROM papers WHERE withdrawn = 1"),
            in_scope=_in_scope(index, known) if taxonomy.scope is not None else papers,
            unclassified=papers - known["classified", ""],
            waiting=_one(index, "SELECT count(*) FROM classify_queue"),
            uncertain=_marked(index, known, "uncertain"),
            unfamiliar=_marked(index, known, "unfamiliar"),
            by_hand=index.labels.count(),
            absent_by_hand=_one(
                index,
                "SELECT count(DISTINCT arxiv_id) FROM hand_labels AS hand WHERE NOT EXISTS "
                "(SELECT 1 FROM papers WHERE papers.arxiv_id = hand.arxiv_id)",
            ),
            labels=_label_counts(index, taxonomy, known),
            pdfs=_counts(index, "SELECT status, count(*) FROM pdfs GROUP BY status"),
            texts=_counts(index, "SELECT status, count(*) FROM fulltexts GROUP BY status"),
            watermarks=_rows(
                index, "SELECT source, query, since, reached, moved_at FROM watermarks"
            ),
            gaps=_rows(
                index,
                "SELECT source, query, since, until, reason, attempts, last_tried FROM gaps "
                "ORDER BY source, query, since",
            ),
            runs=index.runs.latest(runs),
            model_id=index.setting(MODEL_SETTING) or "",
            taxonomy=taxonomy,
            newest=index.papers.newest_date(),
            bytes=index.path.stat().st_size,
            drift=json.loads(index.setting(DRIFT_SETTING) or "[]"),
        )


def _in_scope(index: Index, known: Tally) -> int:
    corrected = _one(
        index,
        "SELECT coalesce(sum(hand.value - coalesce(classifications.in_scope, 0)), 0) "
        "FROM hand_labels AS hand JOIN papers USING (arxiv_id) "
        f"LEFT JOIN classifications USING (arxiv_id) WHERE hand.label = '{SCOPE}'",
    )
    return known["label", SCOPE] + int(corrected)


def _marked(index: Index, known: Tally, column: str) -> int:
    labelled = _one(
        index,
        f"SELECT count(*) FROM {_BY_HAND} CROSS JOIN classifications USING (arxiv_id) "
        f"WHERE {column} = 1",
    )
    return known[column, ""] - int(labelled)


def _label_counts(index: Index, taxonomy: Taxonomy, known: Tally) -> dict[str, int]:
    """Papers in scope by label: the model's, then corrected for the few labelled by hand."""
    counts = {label: known["label", label] for label in taxonomy.label_ids}
    labelled = index.connection.execute(
        f"SELECT label, count(*) FROM {_BY_HAND} CROSS JOIN classifications USING (arxiv_id) "
        "CROSS JOIN predictions USING (arxiv_id) "
        "WHERE coalesce(in_scope, 1) = 1 AND assigned = 1 GROUP BY label"
    )
    for label, count in labelled:
        if label in counts:
            counts[label] -= count
    for paper in index.reading.papers(PaperFilter(by_hand=True, in_scope=True)):
        for given in paper.labels:
            counts[given.label] += 1
    return counts


_BY_HAND = "(SELECT DISTINCT arxiv_id FROM hand_labels)"


def _one(index: Index, query: str) -> Any:
    return index.connection.execute(query).fetchone()[0]


def _counts(index: Index, query: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in index.connection.execute(query)}


def _rows(index: Index, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in index.connection.execute(query)]
