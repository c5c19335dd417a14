"""Ranks the papers that match a search, in bounded time however many they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mllm_mine.index.bm25 import (
    ABSTRACT_WEIGHT,
    READ,
    TEXT_WEIGHT,
    TITLE_WEIGHT,
    best_by_words,
    words_of,
)
from mllm_mine.index.docids import LAST_DOCID, first_docid, last_docid
from mllm_mine.index.document_frequency import DocumentFrequencies, papers_at_most
from mllm_mine.index.search_query import Phrase, Query

RANKED = 10_000
"""At most so many papers are ranked, the newest that match; for rarer words that is all."""
RANKED_FILTERED = 50_000
"""The same for a search with filters, which may leave few of them; but it stops …"""
PASSING = 300
"""… when so many have passed, if there are more matches than are ranked without filters."""
COUNTED, COUNTED_FOR_ALL = 500_000, 1_500_000
"""FTS5 counts all papers that hold a word before it ranks any. It may where these are no more; the
second holds where all matches are ranked."""

_BM25 = f"papers_fts.rank MATCH 'bm25({TITLE_WEIGHT}, {ABSTRACT_WEIGHT}, {TEXT_WEIGHT})'"
_MATCHES = (
    "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? AND rowid >= ? AND rowid <= ? "
    "ORDER BY rowid DESC"
)
_SNIPPET = "snippet(papers_fts, -1, char(2), char(3), '…', 24)"
# Words of more than half of all papers weigh nothing in BM25; as a sample has it, to be sure.
_WEIGHTLESS = 0.6


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
    query: Query,
    condition: str,
    values: Sequence[object],
    limit: int,
    since: str = "",
    until: str = "",
    few_pass: bool = False,
) -> Ranking:
    """Ranks papers by BM25 (Robertson and Zaragoza, 2009), the title weighing most.

    All matches are ranked where they are at most :data:`RANKED`, otherwise the newest: the numbers
    of the papers grow with their dates. Where the words are so common that FTS5 would count for
    long, their weights come from samples, and titles and abstracts are read instead.

    Args:
        condition, values: of :class:`mllm_mine.index.filters.PaperFilter`; "1" lets all pass.
        since, until: the filter's first and last moment, or "".
        few_pass: the filter begins with few papers, and is quickly asked for all that pass.
    """
    passing = _filtering(connection, condition, values)
    first, last = first_docid(connection, since), LAST_DOCID
    if few_pass:
        chosen = set(_all_passing(connection, condition, values))
        first, last = min(chosen, default=0), max(chosen, default=-1)

        def passing(docids: list[int]) -> list[int]:
            return [docid for docid in docids if docid in chosen]

    # A paper may have the number of a later day, so all are looked at where they can be.
    if until and _are_more(connection, query, first, last):
        last = min(last, last_docid(connection, until))
    most = RANKED if condition == "1" else RANKED_FILTERED
    docids, after = _newest(connection, query, first, last, passing, most, max(PASSING, limit))
    if not docids:
        return Ranking([], after)
    papers = papers_at_most(connection)
    if papers * len(_words_counted(query)) <= COUNTED:
        return Ranking(_ranked(connection, query, docids, limit), after)
    frequencies = DocumentFrequencies(connection)
    ranked_by = query if after is not None else _without_weightless(query, frequencies)
    counted = papers * sum(frequencies.share(word) for word in _words_counted(ranked_by))
    if counted <= (COUNTED if after is not None else COUNTED_FOR_ALL):
        return Ranking(_ranked(connection, ranked_by, docids, limit), after)
    weights = {phrase: frequencies.weight(phrase) for phrase in query.wanted}
    read = len(docids) if after is None else max(READ, limit)
    best = best_by_words(connection, query, docids, weights, limit, read)
    return Ranking(_with_snippets(connection, query, best), after)


def _are_more(connection: sqlite3.Connection, query: Query, first: int, last: int) -> bool:
    """Whether there are more matches than are ranked."""
    row = connection.execute(
        f"{_MATCHES} LIMIT 1 OFFSET ?", (query.expression, first, last, RANKED)
    )
    return row.fetchone() is not None


def _newest(
    connection: sqlite3.Connection,
    query: Query,
    first: int,
    last: int,
    passing: Callable[[list[int]], list[int]],
    most: int,
    enough: int,
) -> tuple[list[int], int | None]:
    """The newest papers that match and pass a filter, newest first.

    Args:
        first, last: docids between which to look.
        most: how many matches to look at where few pass.
        enough: how many need to pass, where there are more matches than are ranked.

    Returns:
        Their docids; and that of the next match where not all matches were looked at.
    """
    rows = connection.execute(_MATCHES, (query.expression, first, last))
    docids = [row[0] for row in rows.fetchmany(RANKED)]
    following = rows.fetchone()
    if following is None or most == RANKED:
        return passing(docids), None if following is None else following[0]
    found: list[int] = []
    looked_at, part = 0, max(RANKED // 2, 1)
    while docids and looked_at < most and len(found) < enough:
        found += passing(docids[:part])
        looked_at += part
        docids = docids[part:]
        if not docids and following is not None:
            docids = [following[0], *(row[0] for row in rows.fetchmany(RANKED - 1))]
            following = rows.fetchone()
    if docids:
        return found, docids[0]
    return found, None if following is None else following[0]


def _filtering(
    connection: sqlite3.Connection, condition: str, values: Sequence[object]
) -> Callable[[list[int]], list[int]]:
    """Lets those of some papers pass that a filter lets pass."""
    if condition == "1":
        return lambda docids: docids
    statement = f"""
        SELECT papers.docid FROM json_each(?) AS wanted
        CROSS JOIN papers ON papers.docid = wanted.value
        LEFT JOIN classifications USING (arxiv_id) WHERE {condition}"""

    def passing(docids: list[int]) -> list[int]:
        rows = connection.execute(statement, (json.dumps(docids), *values))
        return [row[0] for row in rows]

    return passing


def _all_passing(
    connection: sqlite3.Connection, condition: str, values: Sequence[object]
) -> list[int]:
    rows = connection.execute(
        "SELECT papers.docid FROM papers LEFT JOIN classifications USING (arxiv_id) "
        f"WHERE {condition}",
        values,
    )
    return [row[0] for row in rows]


def _words_counted(query: Query) -> list[Phrase]:
    """The words whose papers FTS5 goes through; those of phrases count double, as they take."""
    found = []
    for phrase in (*query.wanted, *query.excluded):
        words = words_of(phrase.text)
        singles = [Phrase(word) for word in words[:-1]] + [Phrase(words[-1], phrase.prefix)]
        found += singles if len(words) == 1 else singles * 2
    return found


def _without_weightless(query: Query, frequencies: DocumentFrequencies) -> Query:
    """A query that ranks its matches alike, and leaves out words too common to weigh."""
    if len(query.alternatives) > 1 or query.excluded:
        return query  # without them it would match, and rank, many more papers
    weighty = [each for each in query.wanted if frequencies.share(each) < _WEIGHTLESS]
    return Query((tuple(weighty),)) if weighty else query


def _ranked(
    connection: sqlite3.Connection, query: Query, docids: Sequence[int], limit: int
) -> list[Match]:
    """The best of some papers by FTS5's BM25."""
    # FTS5 makes snippets only of the rows that are given back; asked for later, one by one, each
    # would look all words up again, which takes long for the many words of a prefix.
    found = connection.execute(
        f"""SELECT papers.arxiv_id, papers_fts.rank, {_SNIPPET}
        FROM papers_fts JOIN papers ON papers.docid = papers_fts.rowid
        WHERE papers_fts MATCH ? AND {_BM25}
            AND papers_fts.rowid >= ? AND papers_fts.rowid <= ?
            AND +papers_fts.rowid IN (SELECT value FROM json_each(?))
        ORDER BY papers_fts.rank LIMIT ?""",
        (query.expression, docids[-1], docids[0], json.dumps(docids), limit),
    )
    return [Match(*row) for row in found]


def _with_snippets(
    connection: sqlite3.Connection, query: Query, best: Sequence[tuple[int, float]]
) -> list[Match]:
    """Ranked papers with words around their matches."""
    docids = [docid for docid, _ in best]
    # One by one is quicker, but for prefixes, whose words would be looked up each time.
    prefixes = any(phrase.prefix for phrase in (*query.wanted, *query.excluded))
    ranges = [(min(docids), max(docids))] if prefixes else [(docid, docid) for docid in docids]
    snippets = {
        docid: (arxiv_id, snippet)
        for first, last in ranges
        for docid, arxiv_id, snippet in connection.execute(
            f"""SELECT papers.docid, papers.arxiv_id, {_SNIPPET}
            FROM papers_fts JOIN papers ON papers.docid = papers_fts.rowid
            WHERE papers_fts MATCH ? AND papers_fts.rowid >= ? AND papers_fts.rowid <= ?
                AND +papers_fts.rowid IN (SELECT value FROM json_each(?))""",
            (query.expression, first, last, json.dumps(docids)),
        )
    }
    return [
        Match(snippets[docid][0], rank, snippets[docid][1])
        for docid, rank in best
        if docid in snippets
    ]
