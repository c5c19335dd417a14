"""Ranks the papers that match a search, in bounded time however many they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from mllm_mine.index.docids import FIRST_DOCID, LAST_DOCID, last_docid

TITLE_WEIGHT, ABSTRACT_WEIGHT, TEXT_WEIGHT = 10.0, 4.0, 1.0
"""How much a word counts in each field when search results are ranked."""

RANKED = 10_000
"""At most so many papers are ranked, the newest that match; for rarer words that is all."""
RANKED_FILTERED = 50_000
"""The same for a search with filters, which may leave few of them."""

_BM25 = f"papers_fts.rank MATCH 'bm25({TITLE_WEIGHT}, {ABSTRACT_WEIGHT}, {TEXT_WEIGHT})'"


@dataclass(frozen=True, slots=True)
class Match:
    """A paper that matches.

    Attributes:
        rank: BM25; less is better.
        snippet: words around a match; those that matched stand between U+0002 and U+0003.
    """

    arxiv_id: str
    rank: float
    snippet: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best matches of a search, best first.

    Attributes:
        after: when the matches were too many to rank them all, the number after which they were;
            otherwise None.
    """

    best: list[Match]
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
    # FTS5 makes snippets only of the rows that are given back; asked for later, one by one, each
    # would look all words up again, which takes long for the many words of a prefix.
    found = connection.execute(
        f"""SELECT papers.arxiv_id, papers_fts.rank,
            snippet(papers_fts, -1, char(2), char(3), '…', 24)
        FROM papers_fts JOIN papers ON papers.docid = papers_fts.rowid
        LEFT JOIN classifications USING (arxiv_id)
        WHERE papers_fts MATCH ? AND {_BM25} {within} AND {condition}
        ORDER BY papers_fts.rank LIMIT ?""",
        (expression, *bounds, *values, limit),
    )
    return Ranking([Match(*row) for row in found], after)


def _beyond(connection: sqlite3.Connection, expression: str, most: int, newest: int) -> int | None:
    """The newest match that is one too many, or None when all can be ranked."""
    row = connection.execute(
        "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? AND rowid <= ? "
        "ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        (expression, newest, most),
    ).fetchone()
    return None if row is None else int(row[0])
