"""Counts of classified papers, kept up batch by batch so that nobody has to count the whole index.

Counting the labels of a million papers takes seconds; ``mine status`` has a fraction of one.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

Tally = Counter[tuple[str, str]]
"""Numbers of papers: by ``("label", id)`` those in scope with the label (the label ``in_scope``
counts all in scope), and of ``("classified" | "uncertain" | "unfamiliar", "")`` all."""

_ALL = ("classified", "")
_KINDS = """
    SELECT count(*) AS classified, coalesce(sum(uncertain), 0) AS uncertain,
        coalesce(sum(unfamiliar), 0) AS unfamiliar
    FROM {papers}"""
_LABELS = """
    SELECT label, count(*) FROM {papers} CROSS JOIN predictions USING (arxiv_id)
    WHERE coalesce(in_scope, 1) = 1 AND assigned = 1 GROUP BY label"""
_SOME = "json_each(?) AS wanted CROSS JOIN classifications ON classifications.arxiv_id = value"


def tally(connection: sqlite3.Connection) -> Tally:
    """What the model made of all papers, as kept; counted where nothing is kept yet."""
    known = kept(connection)
    return known if _ALL in known else count(connection)


def kept(connection: sqlite3.Connection) -> Tally:
    """What is kept, without counting; empty where nothing is kept yet."""
    rows = connection.execute("SELECT kind, label, papers FROM tallies")
    return Counter({(str(kind), str(label)): int(papers) for kind, label, papers in rows})


def count(connection: sqlite3.Connection, arxiv_ids: Sequence[str] | None = None) -> Tally:
    """Counts anew: some papers, or all of them."""
    papers = "classifications" if arxiv_ids is None else _SOME
    values = () if arxiv_ids is None else (json.dumps(arxiv_ids),)
    kinds = connection.execute(_KINDS.format(papers=papers), values).fetchone()
    found: Tally = Counter({(kind, ""): int(kinds[kind]) for kind in kinds.keys()})  # noqa: SIM118
    for label, papers_with_it in connection.execute(_LABELS.format(papers=papers), values):
        found["label", label] = int(papers_with_it)
    return found


def keep(connection: sqlite3.Connection, before: Tally, after: Tally) -> None:
    """Brings what is kept up to date with a change, in the transaction that made the change.

    Args:
        before, after: counts of the papers that changed. Where nothing was kept, all are counted.
    """
    known = kept(connection)
    if _ALL in known:
        after.subtract(before)
        known.update(after)
    else:
        known = count(connection)
    connection.executemany(
        "INSERT OR REPLACE INTO tallies VALUES (?, ?, ?)",
        ((kind, label, papers) for (kind, label), papers in known.items()),
    )


def are_right(connection: sqlite3.Connection) -> bool:
    """Whether what is kept is what counting gives; goes through all predictions."""
    known = kept(connection)
    return _ALL not in known or +known == +count(connection)


def forget(connection: sqlite3.Connection) -> None:
    """Lets the next classification count anew."""
    connection.execute("DELETE FROM tallies")
