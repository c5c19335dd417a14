"""How many papers in scope came out in each month, in all and by label."""

from __future__ import annotations

from collections import Counter
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
    counted = Counter[tuple[str, str]]()
    with index.reading.snapshot():
        oldest, newest = connection.execute(
            "SELECT coalesce(min(published), ''), coalesce(max(published), '') FROM papers "
            f"WHERE published <> '' AND {period}",
            dates,
        ).fetchone()
        by_model = _by_model(taxonomy.scope is not None, bool(since or until), period)
        for query in by_model:
            for label, month, papers in connection.execute(query, dates):
                counted[label, month] += papers
            touched = f"{query.partition('GROUP')[0]} AND {_BY_HAND} GROUP BY 1, 2"
            for label, month, papers in connection.execute(touched, dates):
                counted[label, month] -= papers
        wanted = PaperFilter(since=since, until=until, in_scope=True, by_hand=True)
        for judged in index.reading.papers(wanted):
            month = judged.paper.published[:7]
            counted.update([("", month), *((given.label, month) for given in judged.labels)])
    months: dict[str, dict[str, int]] = {label: {} for label in ("", *taxonomy.label_ids)}
    for (label, month), papers in sorted(counted.items()):
        if month and papers and label in months:
            months[label][month] = papers
    return MonthlyCounts(months.pop(""), months, oldest, newest)


_BY_HAND = "papers.arxiv_id IN (SELECT arxiv_id FROM hand_labels)"


def _by_model(has_scope: bool, is_period: bool, period: str) -> tuple[str, str]:
    """Queries of papers in scope by month, under the label "", and by label and month.

    Hand labels are left to the caller: they are few, and to ask for them at each of millions of
    predictions would take most of the time. SQLite keeps to the order of a CROSS JOIN: a period
    begins with its papers, the whole index with those in scope.
    """
    papers = "papers CROSS JOIN classifications USING (arxiv_id)"
    if has_scope and not is_period:
        papers = "classifications CROSS JOIN papers USING (arxiv_id)"
    in_scope = "in_scope = 1" if has_scope else "1"
    month = "substr(published, 1, 7)"
    return (
        f"SELECT '', {month}, count(*) FROM {papers if has_scope else 'papers'} "
        f"WHERE {in_scope} AND published <> '' AND {period} GROUP BY 1, 2",
        f"SELECT label, {month}, count(*) FROM {papers} CROSS JOIN predictions USING (arxiv_id) "
        f"WHERE {in_scope} AND assigned = 1 AND published <> '' AND {period} GROUP BY 1, 2",
    )
