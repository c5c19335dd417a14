"""Papers with their labels, as lists, searches and reports read them."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index import tallies
from mllm_mine.index.filters import IN_SCOPE, PaperFilter, day_or_moment, label_ids
from mllm_mine.index.index import translated_errors
from mllm_mine.index.papers import paper_from_row
from mllm_mine.paper import Paper
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index
    from mllm_mine.index.ranking import Match

_BATCH = 400  # papers whose labels are read at a time; below SQLite's oldest limit of parameters
# A label (or scope, or doubt) is frequent from so many papers on; where all papers with it are
# asked for, rather than the newest or those of some dates, from this share of all papers on.
_FREQUENT = 5_000
_FREQUENT_SHARE = 0.05
_COLUMNS = (
    f"papers.*, {IN_SCOPE} AS in_scope, classifications.p_in_scope, "
    "classifications.uncertain, classifications.unfamiliar, "
    "classifications.error = '' AS classified"
)
_FROM = "papers LEFT JOIN classifications USING (arxiv_id)"


@dataclass(frozen=True, slots=True)
class AssignedLabel:
    """A label a paper carries, whoever gave it.

    Attributes:
        probability: the model's, calibrated; 1 for a label by hand.
        by_hand: whether a person decided it.
    """

    label: str
    probability: float
    by_hand: bool


@dataclass(frozen=True, slots=True)
class ClassifiedPaper:
    """A paper and what it was filed under.

    Attributes:
        in_scope: a person's decision or the model's; None when neither has seen the paper, or
            the field has no scope.
        p_in_scope: the model's probability; None when it has not seen the paper, or knows no
            scope.
        labels: in the taxonomy's order.
        uncertain: the model is unsure of a decision, and nobody has labelled the paper.
        unfamiliar: the paper is unlike anything in training, and nobody has labelled it.
        classified: the model has seen the paper, and could read it.
    """

    paper: Paper
    in_scope: bool | None
    p_in_scope: float | None
    labels: tuple[AssignedLabel, ...]
    uncertain: bool = False
    unfamiliar: bool = False
    classified: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result. Words that matched stand between U+0002 and U+0003 in the snippet."""

    classified: ClassifiedPaper
    snippet: str
    rank: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: best first.
        ranked_since: when the words are in so many papers that only the newest were ranked, the
            date of the oldest of those; otherwise "".
    """

    hits: list[Hit]
    ranked_since: str = ""


class Reading:
    """Reads papers together with their labels."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def papers(self, wanted: PaperFilter, limit: int | None = None) -> Iterator[ClassifiedPaper]:
        """Papers that pass the filter, newest first (by date of version 1, then id).

        Streams: memory does not grow with the number of papers. All are read as of one moment,
        whatever other processes write meanwhile.

        Raises:
            ConfigurationError: a label or a date of the filter makes no sense.
        """
        frequent = self._frequent(wanted, limit)
        condition, values = wanted.conditions(self._index.taxonomy, frequent)
        # Only ids are sorted, not whole papers, so that a long list takes little memory.
        query = (
            f"SELECT papers.arxiv_id FROM {_FROM} WHERE {condition} "
            "ORDER BY papers.published DESC, papers.arxiv_id DESC LIMIT ?"
        )
        with self.snapshot():
            rows = self._connection.execute(query, (*values, -1 if limit is None else limit))
            while ids := [row[0] for row in itertools.islice(rows, _BATCH)]:
                yield from self._classified(ids, wanted.min_probability)

    def paper(self, arxiv_id: str) -> ClassifiedPaper | None:
        """One paper with its labels, or None."""
        with self.snapshot():
            return next(self._classified([arxiv_id]), None)

    def search(self, words: str, wanted: PaperFilter, limit: int = 20) -> SearchResult:
        """Papers that hold all the words in title, abstract or text, best first.

        Of words that very many papers hold only the newest papers are ranked, see
        :func:`mllm_mine.index.ranking.best_matches`; the result says so.

        Args:
            words: words, ``"phrases"``, ``prefixes*`` and ``-excluded`` words.

        Raises:
            ConfigurationError: nothing to search for, or a filter that makes no sense.
        """
        from mllm_mine.index.ranking import best_matches
        from mllm_mine.index.search_query import parse_query

        frequent = self._frequent(wanted, limit)
        condition, values = wanted.conditions(self._index.taxonomy, frequent)
        query = parse_query(words)
        with self.snapshot():
            since = day_or_moment(wanted.since) if wanted.since else ""
            until = day_or_moment(wanted.until, end=True) if wanted.until else ""
            few_pass = self._begins_with_few(wanted, frequent)
            ranking = best_matches(
                self._connection, query, condition, values, limit, since, until, few_pass
            )
            hits = list(self._hits(ranking.best))
            if ranking.after is None:
                return SearchResult(hits)
            row = self._connection.execute(
                "SELECT published FROM papers WHERE docid = ?", (ranking.after,)
            ).fetchone()
            since = row["published"][:10] if row else ""
            return SearchResult(hits, ranked_since=since or "the first with a date")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A block that sees the index as of one moment; other processes may go on writing."""
        with translated_errors(self._index.path):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                # A reader that stops early may be cleared away after the index was closed.
                with suppress(sqlite3.ProgrammingError):
                    if self._connection.in_transaction:
                        self._connection.execute("COMMIT")

    def _frequent(self, wanted: PaperFilter, limit: int | None = None) -> set[str]:
        """What of a filter many papers are: a condition asks papers for these, and begins with
        the others."""
        taxonomy = self._index.taxonomy
        counts = tallies.kept(self._connection)
        some = int(counts["classified", ""] * _FREQUENT_SHARE)
        in_part = bool(limit is not None or wanted.since or wanted.until)
        asked = {label for name in wanted.labels for label in label_ids(name, taxonomy)}
        many = _FREQUENT if in_part else max(_FREQUENT, some)
        frequent = {label for label in asked if self._is_carried_by(label, many)}
        for name, papers in (
            (SCOPE, counts["label", SCOPE]),
            ("uncertain", counts["uncertain", ""]),
            ("unfamiliar", counts["unfamiliar", ""]),
        ):
            if in_part or not some or papers > some:
                frequent.add(name)
        return frequent

    def _begins_with_few(self, wanted: PaperFilter, frequent: set[str]) -> bool:
        """Whether a filter need not go through many papers to find all that pass."""
        if any(
            frequent.isdisjoint(label_ids(name, self._index.taxonomy)) for name in wanted.labels
        ):
            return True
        if not wanted.since:
            return False
        counted = self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM papers WHERE published >= ? LIMIT ?)",
            (day_or_moment(wanted.since), _FREQUENT),
        )
        return int(counted.fetchone()[0]) < _FREQUENT

    def _is_carried_by(self, label: str, papers: int) -> bool:
        """Whether the model gave a label to at least so many papers."""
        counted = self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM predictions "
            "WHERE label = ? AND assigned = 1 LIMIT ?)",
            (label, papers),
        )
        return int(counted.fetchone()[0]) == papers

    def _hits(self, best: Sequence[Match]) -> Iterator[Hit]:
        for at in range(0, len(best), _BATCH):
            part = best[at : at + _BATCH]
            papers = self._classified([match.arxiv_id for match in part])
            for match, classified in zip(part, papers, strict=True):
                yield Hit(classified, match.snippet, -match.rank)

    def _classified(
        self, ids: Sequence[str], min_probability: float = 0.0
    ) -> Iterator[ClassifiedPaper]:
        """These papers, in this order."""
        order = {label: place for place, label in enumerate(self._index.taxonomy.label_ids)}
        found: dict[str, list[AssignedLabel]] = {arxiv_id: [] for arxiv_id in ids}
        marks = ", ".join("?" * len(ids))
        for arxiv_id, label, given_by, probability in self._connection.execute(
            "SELECT arxiv_id, label, given_by, probability FROM effective_labels "
            f"WHERE arxiv_id IN ({marks})",
            ids,
        ):
            if label in order and probability >= min_probability:
                found[arxiv_id].append(AssignedLabel(label, probability, given_by == "hand"))
        by_hand = {
            row[0]
            for row in self._connection.execute(
                f"SELECT DISTINCT arxiv_id FROM hand_labels WHERE arxiv_id IN ({marks})", ids
            )
        }
        rows = {
            row["arxiv_id"]: row
            for row in self._connection.execute(
                f"SELECT {_COLUMNS} FROM {_FROM} WHERE papers.arxiv_id IN ({marks})", ids
            )
        }
        for arxiv_id in ids:
            if arxiv_id in rows:
                labels = sorted(found[arxiv_id], key=lambda given: order[given.label])
                yield _from_row(rows[arxiv_id], tuple(labels), arxiv_id in by_hand)


def _from_row(
    row: sqlite3.Row, labels: tuple[AssignedLabel, ...], by_hand: bool
) -> ClassifiedPaper:
    return ClassifiedPaper(
        paper=paper_from_row(row),
        in_scope=None if row["in_scope"] is None else bool(row["in_scope"]),
        p_in_scope=row["p_in_scope"],
        labels=labels,
        uncertain=bool(row["uncertain"]) and not by_hand,
        unfamiliar=bool(row["unfamiliar"]) and not by_hand,
        classified=bool(row["classified"]),
    )
