"""How sure the model was of its labels, month by month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from mllm_mine.index import monthly_sums
from mllm_mine.index.monthly_sums import Sum

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
    with index.reading.snapshot():
        found = monthly_sums.sums(connection, since)
        trained = monthly_sums.summed(connection, left_out, since)
    none = Sum()
    for place, theirs in trained.items():
        found[place] = found.get(place, none).minus(theirs)
    papers = {month: each.decisions for (label, month), each in found.items() if not label}
    months = sorted(month for month, number in papers.items() if number > 0)
    labels = sorted({label for (label, _), each in found.items() if label and each.decisions > 0})
    none = Sum()
    return [
        MonthOfLabel(label, month, **asdict(found.get((label, month), none)), papers=papers[month])
        for label in labels
        for month in months
    ]


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
