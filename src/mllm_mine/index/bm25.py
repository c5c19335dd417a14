"""BM25 (Robertson and Zaragoza, 2009) of some papers, from their titles and abstracts alone.

FTS5's own ``bm25`` first counts all papers that hold each word; this takes the words' weights as
given, and costs the same in any index.
"""

from __future__ import annotations

import heapq
import json
import re
import sqlite3
import unicodedata
from collections.abc import Mapping, Sequence

from mllm_mine.index.search_query import Phrase, Query

TITLE_WEIGHT, ABSTRACT_WEIGHT, TEXT_WEIGHT = 10.0, 4.0, 1.0
"""How much a word counts in each field when search results are ranked."""
READ = 2_000
"""So many abstracts are read."""

_SATURATION, _LENGTH = 1.2, 0.75  # k1 and b, as in FTS5
_WORD = re.compile(r"[^\W_]+")


def best_by_words(
    connection: sqlite3.Connection,
    query: Query,
    docids: Sequence[int],
    weights: Mapping[Phrase, float],
    limit: int,
    read: int = READ,
) -> list[tuple[int, float]]:
    """The best of some papers that match a search.

    Args:
        docids: of equal rank, the greater (newer) is better.
        weights: inverse document frequency of each phrase.
        read: of more papers, only those most promising by their titles are read.

    Returns:
        Docid and BM25 (less is better, as in FTS5), best first. Lengths are counted in letters. A
        paper that matches by its full text alone counts as holding one of the phrases once.
    """
    if len(docids) > read:
        docids = _promising(connection, query, docids, weights, read)
    papers = _titles_and_abstracts(connection, docids)
    patterns = [(_pattern(phrase), weight) for phrase, weight in weights.items()]
    mean = sum(len(title) + len(abstract) for _, title, abstract in papers) / len(papers)
    least = min(weights.values())
    ranks = []
    for docid, title, abstract in papers:
        length = (len(title) + len(abstract)) / (mean or 1)
        saturation = _SATURATION * (1 - _LENGTH + _LENGTH * length)
        rank = 0.0
        for pattern, weight in patterns:
            count = TITLE_WEIGHT * len(pattern.findall(title))
            count += ABSTRACT_WEIGHT * len(pattern.findall(abstract))
            rank -= weight * count * (_SATURATION + 1) / (count + saturation)
        if not rank:
            rank = -least * TEXT_WEIGHT * (_SATURATION + 1) / (TEXT_WEIGHT + saturation)
        ranks.append((rank, -docid))
    return [(-docid, rank) for rank, docid in heapq.nsmallest(limit, ranks)]


def _promising(
    connection: sqlite3.Connection,
    query: Query,
    docids: Sequence[int],
    weights: Mapping[Phrase, float],
    read: int,
) -> list[int]:
    """Those whose titles hold the most of what is looked for; of equal ones the newest."""
    heaviest = max(weights.values())
    telling = [phrase for phrase, weight in weights.items() if weight > heaviest / 100]
    titled = " OR ".join(phrase.expression for phrase in telling)
    expression = f"title : ({titled})"
    if len(weights) > 1:
        expression = f"{query.expression} AND {expression}"
    rows = connection.execute(
        "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? AND rowid >= ? AND rowid <= ?",
        (expression, min(docids), max(docids)),
    )
    promise = dict.fromkeys(docids, 0.0)
    with_one = [row[0] for row in rows if row[0] in promise]
    if len(telling) == 1:
        promise.update(dict.fromkeys(with_one, 1.0))
    else:
        patterns = [(_pattern(phrase), weights[phrase]) for phrase in telling]
        for docid, title, _ in _titles_and_abstracts(connection, with_one):
            held = (weight for pattern, weight in patterns if pattern.search(title))
            promise[docid] = sum(held)
    return heapq.nsmallest(read, promise, key=lambda docid: (-promise[docid], -docid))


def _titles_and_abstracts(
    connection: sqlite3.Connection, docids: Sequence[int]
) -> list[tuple[int, str, str]]:
    """Some papers, folded."""
    rows = connection.execute(
        "SELECT docid, title, abstract FROM papers WHERE docid IN (SELECT value FROM json_each(?))",
        (json.dumps(docids),),
    )
    return [(docid, _folded(title), _folded(abstract)) for docid, title, abstract in rows]


def words_of(text: str) -> list[str]:
    """The words of a text as the full-text index has them: without case and diacritics."""
    return _WORD.findall(_folded(text))


def _pattern(phrase: Phrase) -> re.Pattern[str]:
    """Finds a phrase in a folded text, whatever stands between its words."""
    first, *others = words_of(phrase.text)
    # It begins with letters, which the regular expressions of Python find quickest.
    words = [rf"{first}(?<![^\W_]{first})", *others]
    return re.compile(r"[\W_]+".join(words) + ("" if phrase.prefix else r"(?![^\W_])"))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in decomposed if not unicodedata.combining(each))
