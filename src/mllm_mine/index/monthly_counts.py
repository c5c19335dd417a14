"""How many papers in scope came out in each month, in all and by label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


@dataclass(frozen=True, slots=True)
class MonthlyCounts:
    """Papers by the month (``2025-01``) of their first version.

    Attributes:
        papers: papers in scope; months without any are missing.
        labels: of those, the ones that carry a label, by label and month.
        oldest, newest: dates of the first and last paper of the period, in scope or not; ""
            when there is none. They tell whether the first and last month are there whole.
    """

    papers: dict[str, int]
    labels: dict[str, dict[str, int]]
    oldest: str
    newest: str


def monthly_counts(index: Index, since: str = "", until: str = "") -> MonthlyCounts:
    """Counts the papers of a period as of one moment, with labels by hand before the model's.

    Raises:
        ConfigurationError: a date that makes no sense.
    """
    connection, taxonomy = index.connection, index.taxonomy
    period, dates = PaperFilter(since=since, until=until).conditions(taxonomy)
    condition, values = PaperFilter(since=since, until=until, in_scope=True).conditions(taxonomy)
    month = "substr(papers.published, 1, 7)"
    labels: dict[str, dict[str, int]] = {label: {} for label in taxonomy.label_ids}
    with index.reading.snapshot():
        oldest, newest = connection.execute(
            "SELECT coalesce(min(published), ''), coalesce(max(published), '') FROM papers "
            f"WHERE published <> '' AND {period}",
            dates,
        ).fetchone()
        papers = {
            str(row[0]): int(row[1])
            for row in connection.execute(
                f"SELECT {month}, count(*) FROM papers LEFT JOIN classifications USING (arxiv_id) "
                f"WHERE papers.published <> '' AND {condition} GROUP BY 1",
                values,
            )
        }
        rows = connection.execute(
            f"SELECT given.label, {month}, count(*) FROM effective_labels AS given "
            "CROSS JOIN papers USING (arxiv_id) LEFT JOIN classifications USING (arxiv_id) "
            f"WHERE papers.published <> '' AND {condition} GROUP BY 1, 2",
            values,
        )
        for label, when, count in rows:
            if label in labels:
                labels[label][when] = count
    return MonthlyCounts(papers, labels, oldest, newest)
