"""Which entries of arXiv's answers the index holds as they stand, so that they need no reading.

Every night the same papers come again, three weeks of them. Of each entry that was taken in, a
digest is kept until something changes the paper's row (a trigger forgets it, whoever wrote): an
entry with the same digest would change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.paper import Paper

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """A paper that the index holds just as an entry has it."""

    arxiv_id: str
    updated: str


class Entries:
    """The table of entries that were taken in."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def known(self, digests: Mapping[str, bytes]) -> list[KnownPaper]:
        """Those of some papers, given by id and digest of their entry, that it would not change."""
        rows = self._index.connection.execute(
            "SELECT entries.arxiv_id, entries.digest, entries.updated FROM json_each(?) AS asked "
            "CROSS JOIN entries ON entries.arxiv_id = asked.value "
            "CROSS JOIN papers ON papers.arxiv_id = asked.value",
            (json.dumps(list(digests)),),
        )
        return [KnownPaper(row[0], row[2]) for row in rows if digests[row[0]] == row[1]]

    def forget(self) -> None:
        """Lets every entry be read again."""
        with self._index.transaction() as connection:
            connection.execute("DELETE FROM entries")

    def remember(self, papers: Iterable[Paper], digests: Mapping[str, bytes]) -> None:
        """Keeps digests of entries; call it in the transaction that has saved their papers."""
        with self._index.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
                [
                    (paper.arxiv_id, digests[paper.arxiv_id], paper.updated)
                    for paper in papers
                    if paper.arxiv_id in digests
                ],
            )
