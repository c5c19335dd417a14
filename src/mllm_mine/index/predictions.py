"""What the model made of each paper, and the queue of papers it has yet to see."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.clock import utc_now
from mllm_mine.index import monthly_sums, tallies
from mllm_mine.index.changes import record_changes
from mllm_mine.index.stored_prediction import KEPT_PROBABILITY, StoredPrediction
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

MODEL_SETTING = "model_id"
"""The setting that names the model in use."""


@dataclass(frozen=True, slots=True)
class PendingPaper:
    """What is to be classified of a paper."""

    arxiv_id: str
    version: int
    title: str
    abstract: str


_WHAT_IS_CLASSIFIED = "SELECT arxiv_id, version, title, abstract FROM papers"


class Predictions:
    """Predictions of the model in use, one set a paper, and the queue behind them."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    def use_model(self, model_id: str, *, every: bool = False) -> None:
        """Makes a model the one in use; all papers are queued if it is another, or ``every``."""
        if self._index.setting(MODEL_SETTING) == model_id and not every:
            return
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO classify_queue SELECT arxiv_id FROM papers ORDER BY arxiv_id"
            )
            self._index.set_setting(MODEL_SETTING, model_id)

    def queue_outdated(self) -> None:
        """Queues papers that changed, or came, since they were classified, or by another model.

        The queue holds them by itself, unless it or its triggers were missing for a time.
        """
        with self._index.transaction() as connection:
            connection.execute(
                """INSERT OR IGNORE INTO classify_queue
                SELECT papers.arxiv_id FROM papers LEFT JOIN classifications USING (arxiv_id)
                WHERE classifications.arxiv_id IS NULL
                    OR classifications.version <> papers.version
                    OR papers.last_changed >= classified_at
                    OR model_id <> coalesce(?, model_id)""",
                (self._index.setting(MODEL_SETTING),),
            )

    def pending(self) -> int:
        """How many papers wait for the model."""
        return int(self._connection.execute("SELECT count(*) FROM classify_queue").fetchone()[0])

    def next_batch(self, limit: int) -> list[PendingPaper]:
        """The next waiting papers by id."""
        rows = self._connection.execute(
            f"{_WHAT_IS_CLASSIFIED} WHERE arxiv_id IN "
            "(SELECT arxiv_id FROM classify_queue ORDER BY arxiv_id LIMIT ?) "
            "ORDER BY arxiv_id",
            (limit,),
        )
        return [PendingPaper(*row) for row in rows]

    def what_is_classified(self, arxiv_id: str) -> PendingPaper | None:
        """What the model reads of one paper, or None when the index does not hold it."""
        row = self._connection.execute(
            f"{_WHAT_IS_CLASSIFIED} WHERE arxiv_id = ?", (arxiv_id,)
        ).fetchone()
        return None if row is None else PendingPaper(*row)

    def store(self, model_id: str, predictions: Sequence[StoredPrediction]) -> None:
        """Replaces the predictions of these papers and takes them off the queue, or neither."""
        now = utc_now()
        ids = [(prediction.arxiv_id,) for prediction in predictions]
        changed = [prediction.arxiv_id for prediction in predictions]
        with self._index.transaction() as connection:
            counted = tallies.count(connection, changed)
            summed = monthly_sums.summed(connection, changed)
            record_changes(connection, model_id, predictions, now)
            connection.executemany("DELETE FROM predictions WHERE arxiv_id = ?", ids)
            connection.executemany(
                "INSERT OR REPLACE INTO classifications VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        each.arxiv_id,
                        model_id,
                        each.version,
                        each.in_scope,
                        each.p_in_scope,
                        each.uncertain,
                        each.unfamiliar,
                        each.used_text,
                        each.error,
                        now,
                    )
                    for each in predictions
                ],
            )
            connection.executemany(
                "INSERT INTO predictions VALUES (?, ?, ?, ?, ?)",
                (row for each in predictions for row in _rows(each, model_id)),
            )
            connection.executemany("DELETE FROM classify_queue WHERE arxiv_id = ?", ids)
            tallies.keep(connection, counted, tallies.count(connection, changed))
            monthly_sums.keep(connection, summed, monthly_sums.summed(connection, changed))

    def of(self, arxiv_id: str) -> list[sqlite3.Row]:
        """A paper's kept predictions, likeliest first."""
        return self._connection.execute(
            "SELECT * FROM predictions WHERE arxiv_id = ? ORDER BY probability DESC, label",
            (arxiv_id,),
        ).fetchall()

    def classification(self, arxiv_id: str) -> sqlite3.Row | None:
        """What the model made of a paper as a whole, or None when it has not seen it."""
        row: sqlite3.Row | None = self._connection.execute(
            "SELECT * FROM classifications WHERE arxiv_id = ?", (arxiv_id,)
        ).fetchone()
        return row


def _rows(prediction: StoredPrediction, model_id: str) -> Iterable[tuple[object, ...]]:
    if prediction.p_in_scope is not None:
        yield prediction.arxiv_id, SCOPE, prediction.p_in_scope, prediction.in_scope, model_id
    for label, probability in prediction.probabilities.items():
        assigned = label in prediction.labels
        if assigned or probability >= KEPT_PROBABILITY:
            yield prediction.arxiv_id, label, probability, assigned, model_id
