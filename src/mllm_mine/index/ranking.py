"""Ranks the papers that match a search, in bounded time however many they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from mllm_mine.index.docids import FIRST_DOCID, LAST_DOCID, last_docid

TITLE_WEIGHT, ABSTRACT_WEIGHT, TEXT_WEIGHT = 10.0, 4.0, 1.0
"""How much a word counts in each field when search results are ranked."""

RANKED = 20_000
"""At most so many papers are ranked, the newest that match; for rarer words that is all."""
RANKED_FILTERED = 100_000
"""The same for a search with filters, which may leave few of them."""

_BM25 = f"papers_fts.rank MATCH 'bm25({TITLE_WEIGHT}, {ABSTRACT_WEIGHT}, {TEXT_WEIGHT})'"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best matches of a search.

    Attributes:
        best: numbers of papers in the full-text index and their ranks (BM25, less is better).
        after: when the matches were too many to rank them all, the number after which they were;
            otherwise None.
    """

    best: list[tuple[int, float]]
    after: int | None


def best_matches(
    connection: sqlite3.Connection,
    expression: str,
    condition: str,
    values: Sequence[object],
    limit: int,
    until: str = "",
) -> Ranking:
    """Ranks papers by BM25 (Robertson and Zaragoza, 2009), the title weighing most.

    A rank costs the same for each paper that matches, so a word that millions of papers hold would
    take seconds. The numbers of the papers grow with their dates: the newest come first.

    Args:
        expression: in the language of FTS5.
        condition, values: of :class:`mllm_mine.index.filters.PaperFilter`; "1" lets all pass.
        until: the filter's last moment, or "": where not all are ranked, no later ones are.
    """
    most = RANKED if condition == "1" else RANKED_FILTERED
    within, bounds = "", []
    after = _beyond(connection, expression, most, LAST_DOCID)
    if after is not None:
        newest = last_docid(until)
        after = _beyond(connection, expression, most, newest)
        within = "AND papers_fts.rowid > ? AND papers_fts.rowid <= ?"
        bounds = [FIRST_DOCID if after is None else after, newest]
    found = connection.execute(
        f"""SELECT papers_fts.rowid AS docid, papers_fts.rank AS rank
        FROM papers_fts JOIN papers ON papers.docid = papers_fts.rowid
        LEFT JOIN classifications USING (arxiv_id)
        WHERE papers_fts MATCH ? AND {_BM25} {within} AND {condition}
        ORDER BY papers_fts.rank LIMIT ?""",
        (expression, *bounds, *values, limit),
    )
    best = [(int(row["docid"]), float(row["rank"])) for row in found]
    return Ranking(best, after)


def _beyond(connection: sqlite3.Connection, expression: str, most: int, newest: int) -> int | None:
    """The newest match that is one too many, or None when all can be ranked."""
    row = connection.execute(
        "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? AND rowid <= ? "
        "ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        (expression, newest, most),
    ).fetchone()
    return None if row is None else int(row[0])
