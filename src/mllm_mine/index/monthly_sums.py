"""Sums over the model's decisions by label and month, kept up batch by batch like the tallies.

To sum three years of a whole arXiv anew would take a night's ``mine update`` ten seconds.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass

Sums = dict[tuple[str, str], "Sum"]
"""By label id (or ``in_scope``) and month (``2025-01``) of the papers' first version. Under the
label "" stand the months' papers, as ``decisions``."""


@dataclass(slots=True)
class Sum:
    """Sums over decisions, as :class:`mllm_mine.index.monthly_confidence.MonthOfLabel` has them."""

    decisions: int = 0
    sureness: float = 0.0
    squares: float = 0.0
    assigned: int = 0
    assigned_chance: float = 0.0
    chance: float = 0.0

    def minus(self, other: Sum) -> Sum:
        """The sums over the decisions that are here and not in ``other``."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Sum(*(ours - theirs for ours, theirs in pairs))


_JUDGED = """{papers} CROSS JOIN papers ON papers.arxiv_id = classifications.arxiv_id
    WHERE error = '' AND published >= ? AND published <> ''"""
_SURENESS = "max(probability, 1 - probability)"
_QUERY = f"""
    WITH judged AS (
        SELECT papers.arxiv_id AS arxiv_id, substr(published, 1, 7) AS month FROM {_JUDGED})
    SELECT label, month, count(*), sum({_SURENESS}), sum({_SURENESS} * {_SURENESS}),
        sum(assigned), sum(assigned * probability), sum(probability)
    FROM judged CROSS JOIN predictions USING (arxiv_id) GROUP BY label, month
    UNION ALL SELECT '', month, count(*), 0.0, 0.0, 0, 0.0, 0.0 FROM judged GROUP BY month"""


def sums(connection: sqlite3.Connection, since: str = "") -> Sums:
    """Sums over all decisions, as kept; summed up where nothing is kept yet.

    Args:
        since: first month.
    """
    if _is_empty(connection):
        return summed(connection, since=since)
    return _kept(connection, since)


def summed(
    connection: sqlite3.Connection, arxiv_ids: Iterable[str] | None = None, since: str = ""
) -> Sums:
    """Sums up the decisions on some papers, or on all of them."""
    papers = "classifications"
    values: tuple[str, ...] = (since,)
    if arxiv_ids is not None:
        papers = "json_each(?) CROSS JOIN classifications ON classifications.arxiv_id = value"
        values = (json.dumps(list(arxiv_ids)), since)
    rows = connection.execute(_QUERY.format(papers=papers), values)
    return {(label, month): Sum(*numbers) for label, month, *numbers in rows}


def keep(connection: sqlite3.Connection, before: Sums, after: Sums) -> None:
    """Brings what is kept up to date with a change, in the transaction that made the change.

    Args:
        before, after: sums over the papers that changed. Where nothing was kept, all are summed.
    """
    if _is_empty(connection):
        before, after = {}, summed(connection)
    none = Sum()
    connection.executemany(
        """INSERT INTO monthly_sums VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (label, month) DO UPDATE SET decisions = decisions + excluded.decisions,
            sureness = sureness + excluded.sureness, squares = squares + excluded.squares,
            assigned = assigned + excluded.assigned,
            assigned_chance = assigned_chance + excluded.assigned_chance,
            chance = chance + excluded.chance""",
        (
            (*place, *astuple(after.get(place, none).minus(before.get(place, none))))
            for place in before.keys() | after.keys()
        ),
    )


def are_right(connection: sqlite3.Connection) -> bool:
    """Whether what is kept is what summing gives; goes through all predictions."""
    if _is_empty(connection):
        return True
    known = _kept(connection, "")
    counts = {place: each.decisions for place, each in summed(connection).items()}
    return counts == {place: each.decisions for place, each in known.items()}


def forget(connection: sqlite3.Connection) -> None:
    """Lets the next classification sum anew."""
    connection.execute("DELETE FROM monthly_sums")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM monthly_sums LIMIT 1").fetchone() is None


def _kept(connection: sqlite3.Connection, since: str) -> Sums:
    rows = connection.execute(
        "SELECT * FROM monthly_sums WHERE month >= ? AND decisions > 0", (since,)
    )
    return {(label, month): Sum(*numbers) for label, month, *numbers in rows}
