"""How sure the model was of its labels, month by month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

DRIFT_SETTING = "drift"
"""The setting that keeps what the last look for drift found, as JSON."""


@dataclass(frozen=True, slots=True)
class MonthOfLabel:
    """The model's decisions on one label over the papers of one month.

    Attributes:
        label: a label id, or ``in_scope``.
        month: of the papers' first version, as ``2025-01``.
        decisions: papers to which the model gives the label some chance.
        sureness, squares: sums over these of how sure the decision was (the probability that it
            is right), and of its square.
        assigned: papers that got the label; ``assigned_chance`` sums their probabilities.
        chance: sum of all probabilities: how many papers carry the label if they are right.
        papers: all papers of the month that the model has judged.
    """

    label: str
    month: str
    decisions: int
    sureness: float
    squares: float
    assigned: int
    assigned_chance: float
    chance: float
    papers: int


def months_of_labels(index: Index, since: str, left_out: Iterable[str] = ()) -> list[MonthOfLabel]:
    """Sums over the papers of each month and label, by label and month, months without too.

    Args:
        since: first month, as ``2024-01``.
        left_out: ids of papers that the model was trained on; it is surer of them than it would
            be of others.
    """
    connection = index.connection
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS left_out (arxiv_id TEXT PRIMARY KEY)")
    try:
        connection.execute("DELETE FROM left_out")
        connection.executemany(
            "INSERT OR IGNORE INTO left_out VALUES (?)", ((arxiv_id,) for arxiv_id in left_out)
        )
        rows = connection.execute(
            """WITH judged AS (
                SELECT arxiv_id, substr(published, 1, 7) AS month
                FROM papers JOIN classifications USING (arxiv_id)
                WHERE published >= ? AND error = ''
                  AND arxiv_id NOT IN (SELECT arxiv_id FROM left_out)),
            months AS (SELECT month, count(*) AS papers FROM judged GROUP BY month),
            sums AS (
                SELECT label, month, count(*) AS decisions,
                    sum(max(probability, 1 - probability)) AS sureness,
                    sum(max(probability, 1 - probability) * max(probability, 1 - probability))
                        AS squares,
                    sum(assigned) AS assigned, sum(assigned * probability) AS assigned_chance,
                    sum(probability) AS chance
                FROM judged CROSS JOIN predictions USING (arxiv_id) GROUP BY label, month)
            SELECT known.label, months.month, coalesce(decisions, 0) AS decisions,
                coalesce(sureness, 0.0) AS sureness, coalesce(squares, 0.0) AS squares,
                coalesce(assigned, 0) AS assigned,
                coalesce(assigned_chance, 0.0) AS assigned_chance,
                coalesce(chance, 0.0) AS chance, papers
            FROM (SELECT DISTINCT label FROM sums) AS known CROSS JOIN months
                LEFT JOIN sums USING (label, month)
            ORDER BY known.label, months.month""",
            (since,),
        ).fetchall()
    finally:
        connection.execute("DROP TABLE IF EXISTS temp.left_out")
    return [MonthOfLabel(**dict(row)) for row in rows]


def doubts_since(index: Index, label: str, month: str) -> list[float]:
    """Chances that a label is decided wrongly, greatest first.

    Args:
        month: counts papers of this month (``2025-01``) and later that nobody has labelled.
    """
    rows = index.connection.execute(
        "SELECT min(probability, 1 - probability) AS doubt "
        "FROM papers CROSS JOIN predictions USING (arxiv_id) "
        "WHERE published >= ? AND label = ? AND NOT EXISTS "
        "(SELECT 1 FROM hand_labels AS hand WHERE hand.arxiv_id = papers.arxiv_id) "
        "ORDER BY doubt DESC",
        (month, label),
    )
    return [float(row["doubt"]) for row in rows]
