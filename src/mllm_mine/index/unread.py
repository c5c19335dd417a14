"""Which papers have yet to be read for something, by a table of the states that were read."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

# What a reading depends on: its rules, the paper and its text. Another state: read it again.
_STATE = "' ' || papers.last_changed || ' ' || coalesce(fulltexts.extracted_at, '')"


def unread_ids(index: Index, readings: str, reader: str) -> list[tuple[str, str]]:
    """Papers in scope that were not read as they are now, by id.

    Args:
        readings: the table of the states that were read.
        reader: names the rules of reading.

    Returns:
        Ids, and the state that is to be kept with what is found.
    """
    condition, values = PaperFilter(in_scope=True).conditions(index.taxonomy)
    rows = index.connection.execute(
        f"""SELECT papers.arxiv_id, ? || {_STATE} AS now
        FROM papers LEFT JOIN classifications USING (arxiv_id)
            LEFT JOIN fulltexts USING (arxiv_id)
            LEFT JOIN {readings} AS reading USING (arxiv_id)
        WHERE (reading.state IS NULL OR reading.state <> ? || {_STATE}) AND {condition or "1"}
        ORDER BY papers.arxiv_id""",
        (reader, reader, *values),
    )
    return [(row[0], row[1]) for row in rows]


def keep_state(connection: sqlite3.Connection, readings: str, arxiv_id: str, state: str) -> None:
    """Notes that a paper was read in this state."""
    connection.execute(f"INSERT OR REPLACE INTO {readings} VALUES (?, ?)", (arxiv_id, state))
