"""What came into the index since a place in its order of arrival: the night's news, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import IN_SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


_BATCH = 400  # below SQLite's oldest limit of parameters


@dataclass(frozen=True, slots=True)
class News:
    """Papers the index first met since a place in its order of arrival.

    Attributes:
        in_scope: those of them in scope, by hand or by the model; all for a field without scope.
        labels: how many of those in scope carry each label, most frequent first.
    """

    papers: int
    in_scope: int
    labels: dict[str, int]


def place(index: Index) -> int:
    """Where the index stands: its newest paper's number in the order of arrival."""
    row = index.connection.execute("SELECT coalesce(max(rowid), 0) FROM papers").fetchone()
    return int(row[0])


def news_since(index: Index, start: int) -> News:
    """Counts the papers that came in after ``start``, a :func:`place` of earlier."""
    in_scope = f"{IN_SCOPE} = 1" if index.taxonomy.scope is not None else "1"
    with index.reading.snapshot():
        new = index.connection.execute(
            f"SELECT papers.arxiv_id, {in_scope} AS relevant "
            "FROM papers LEFT JOIN classifications USING (arxiv_id) WHERE papers.rowid > ?",
            (start,),
        ).fetchall()
        relevant = [row["arxiv_id"] for row in new if row["relevant"]]
        numbers = _labels_of(index, relevant)
    known = [label for label in index.taxonomy.label_ids if label in numbers]
    known.sort(key=lambda label: -numbers[label])
    return News(len(new), len(relevant), {label: numbers[label] for label in known})


def _labels_of(index: Index, arxiv_ids: Sequence[str]) -> Counter[str]:
    """How many of some papers carry each label."""
    numbers: Counter[str] = Counter()
    for first in range(0, len(arxiv_ids), _BATCH):
        batch = arxiv_ids[first : first + _BATCH]
        # SQLite looks single papers up in the view only where they are named one by one.
        rows = index.connection.execute(
            "SELECT label, count(*) FROM effective_labels "
            f"WHERE arxiv_id IN ({', '.join('?' * len(batch))}) GROUP BY label",
            batch,
        )
        numbers.update({row[0]: row[1] for row in rows})
    return numbers


def classified_place(index: Index) -> int:
    """The number of the latest classification; one that is made anew gets a new number."""
    row = index.connection.execute("SELECT coalesce(max(rowid), 0) FROM classifications").fetchone()
    return int(row[0])


def classified_since(index: Index, start: int) -> dict[str, int]:
    """Counts the papers classified after ``start``, a :func:`classified_place`, each once."""
    row = index.connection.execute(
        "SELECT count(*) AS classified, coalesce(sum(in_scope), 0) AS in_scope, "
        "coalesce(sum(uncertain), 0) AS uncertain, coalesce(sum(unfamiliar), 0) AS unfamiliar "
        "FROM classifications WHERE rowid > ? AND error = ''",
        (start,),
    ).fetchone()
    return {name: int(row[name]) for name in row.keys()}  # noqa: SIM118  a Row iterates values
