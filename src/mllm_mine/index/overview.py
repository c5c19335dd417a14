"""What the index holds and what was last done to it, counted without reading the papers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.monthly_confidence import DRIFT_SETTING
from mllm_mine.index.predictions import MODEL_SETTING
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
        judged = _one(index, "SELECT count(*) FROM classifications")
        return Overview(
            papers=papers,
            withdrawn=_one(index, "SELECT count(*) FROM papers WHERE withdrawn = 1"),
            in_scope=_in_scope(index) if taxonomy.scope is not None else papers,
            unclassified=papers - judged,
            waiting=_one(index, "SELECT count(*) FROM classify_queue"),
            uncertain=_marked(index, "uncertain"),
            unfamiliar=_marked(index, "unfamiliar"),
            by_hand=index.labels.count(),
            absent_by_hand=_one(
                index,
                "SELECT count(DISTINCT arxiv_id) FROM hand_labels AS hand WHERE NOT EXISTS "
                "(SELECT 1 FROM papers WHERE papers.arxiv_id = hand.arxiv_id)",
            ),
            labels=_label_counts(index, taxonomy),
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


def _in_scope(index: Index) -> int:
    by_model = _one(index, "SELECT count(*) FROM classifications WHERE in_scope = 1")
    corrected = _one(
        index,
        "SELECT coalesce(sum(hand.value - coalesce(classifications.in_scope, 0)), 0) "
        "FROM hand_labels AS hand JOIN papers USING (arxiv_id) "
        f"LEFT JOIN classifications USING (arxiv_id) WHERE hand.label = '{SCOPE}'",
    )
    return int(by_model + corrected)


def _marked(index: Index, column: str) -> int:
    return int(
        _one(
            index,
            f"SELECT count(*) FROM classifications WHERE {column} = 1 AND NOT EXISTS (SELECT 1 "
            "FROM hand_labels AS hand WHERE hand.arxiv_id = classifications.arxiv_id)",
        )
    )


def _label_counts(index: Index, taxonomy: Taxonomy) -> dict[str, int]:
    """Papers in scope by label: the model's, then corrected for the few labelled by hand."""
    in_scope = "in_scope = 1" if taxonomy.scope is not None else "1"
    by_model = (
        "SELECT label, count(*) FROM classifications CROSS JOIN predictions USING (arxiv_id) "
        f"WHERE {in_scope} AND assigned = 1 {{}} GROUP BY label"
    )
    counts = dict.fromkeys(taxonomy.label_ids, 0)
    for label, count in index.connection.execute(by_model.format("")):
        if label in counts:
            counts[label] += count
    touched = "AND classifications.arxiv_id IN (SELECT arxiv_id FROM hand_labels)"
    for label, count in index.connection.execute(by_model.format(touched)):
        if label in counts:
            counts[label] -= count
    for paper in index.reading.papers(PaperFilter(by_hand=True, in_scope=True)):
        for given in paper.labels:
            counts[given.label] += 1
    return counts


def _one(index: Index, query: str) -> Any:
    return index.connection.execute(query).fetchone()[0]


def _counts(index: Index, query: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in index.connection.execute(query)}


def _rows(index: Index, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in index.connection.execute(query)]
