"""The table of resources: data sets, benchmarks, models and code that papers release or use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.unread import Unread, count_unread, keep_state

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_READINGS = "resource_readings"


@dataclass(frozen=True, slots=True)
class ReadablePaper:
    """The words of a paper; ``text`` is its full text up to the references, or ""."""

    title: str
    abstract: str
    text: str


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource in one paper; ``name_key`` is what the spellings of a name share."""

    arxiv_id: str
    name_key: str
    name: str
    kind: str
    url: str
    role: str
    stage: str
    origin: str
    evidence: str


class Resources:
    """Resources by paper, and which papers have yet to be read for them."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def unread(self, reader: str) -> Unread:
        """Papers in scope that were not read as they are now.

        Args:
            reader: names the rules of reading.
        """
        return Unread(self._index, _READINGS, reader)

    def count_unread(self, reader: str) -> int:
        """How many these are."""
        return count_unread(self._index, _READINGS, reader)

    def paper(self, arxiv_id: str) -> ReadablePaper:
        """What there is to read of a paper of the index."""
        row = self._connection.execute(
            """SELECT title, abstract, coalesce(text, '') AS text, (
                SELECT min(json_extract(value, '$.start'))
                FROM json_each(coalesce(structure, '{}'), '$.sections')
                WHERE lower(json_extract(value, '$.heading')) IN ('references', 'bibliography')
            ) AS text_end
            FROM papers LEFT JOIN fulltexts USING (arxiv_id) WHERE papers.arxiv_id = ?""",
            (arxiv_id,),
        ).fetchone()
        return ReadablePaper(row["title"], row["abstract"], row["text"][: row["text_end"]])

    def keep(self, arxiv_id: str, state: str, found: Iterable[ResourceRow]) -> None:
        """Replaces what is known of a paper's resources."""
        with self._index.transaction() as connection:
            connection.execute("DELETE FROM resources WHERE arxiv_id = ?", (arxiv_id,))
            connection.executemany(
                "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(row.arxiv_id, row.name_key, row.name, row.kind, row.url),
                        *(row.role, row.stage, row.origin, row.evidence),
                    )
                    for row in found
                ],
            )
            keep_state(connection, _READINGS, arxiv_id, state)

    def of(self, arxiv_id: str) -> list[ResourceRow]:
        """What is known of a paper's resources, by name."""
        rows = self._connection.execute(
            "SELECT * FROM resources WHERE arxiv_id = ? ORDER BY name_key, kind", (arxiv_id,)
        )
        return [ResourceRow(**dict(row)) for row in rows]

    def rows(self, wanted: PaperFilter) -> list[ResourceRow]:
        """Resources of the papers that match a filter, newest paper first."""
        condition, values = wanted.conditions(self._index.taxonomy)
        rows = self._connection.execute(
            f"""SELECT resources.*
            FROM resources JOIN papers USING (arxiv_id)
                LEFT JOIN classifications USING (arxiv_id)
            WHERE {condition or "1"}
            ORDER BY papers.published DESC, papers.arxiv_id, resources.name_key, resources.kind""",
            values,
        )
        return [ResourceRow(**dict(row)) for row in rows]
