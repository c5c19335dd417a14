"""What came into the index since a place in its order of arrival: the night's news, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import IN_SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


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
    new = (
        "SELECT papers.arxiv_id FROM papers LEFT JOIN classifications USING (arxiv_id) "
        "WHERE papers.rowid > ?"
    )
    with index.reading.snapshot():
        connection = index.connection
        papers = connection.execute(f"SELECT count(*) FROM ({new})", (start,)).fetchone()[0]
        if not papers:  # the labels take their time however few there are
            return News(0, 0, {})
        relevant = f"{new} AND {in_scope}"
        found = connection.execute(f"SELECT count(*) FROM ({relevant})", (start,)).fetchone()[0]
        labels = connection.execute(
            "SELECT known.label, count(*) AS number FROM effective_labels AS effective "
            "JOIN taxonomy_labels AS known USING (label) "
            f"WHERE effective.arxiv_id IN ({relevant}) "
            "GROUP BY known.label ORDER BY number DESC, known.position",
            (start,),
        ).fetchall()
    return News(int(papers), int(found), {row[0]: int(row[1]) for row in labels})


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
