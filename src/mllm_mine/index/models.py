"""Models that learned from the labels by hand of this index, and which one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.clock import utc_now

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

ADOPTED_SETTING = "adopted_model"
"""The setting that names the model in use; "" or missing for the configured or bundled one."""


class Models:
    """Adopted models. None is ever deleted, so that a former one can be brought back."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    @property
    def adopted_id(self) -> str:
        """Id of the adopted model, or "" while the configured or bundled one is in use."""
        return self._index.setting(ADOPTED_SETTING) or ""

    def adopted(self) -> bytes | None:
        """The file of the adopted model, or None."""
        row = self._connection.execute(
            "SELECT content FROM models WHERE model_id = ?", (self.adopted_id,)
        ).fetchone()
        return None if row is None else bytes(row["content"])

    def adopt(self, model_id: str, content: bytes, papers: int) -> None:
        """Makes a model the one that classifies from now on.

        Args:
            papers: how many papers labelled by hand it learned from.
        """
        former = self.adopted_id
        if former == model_id:
            return
        with self._index.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?)",
                (model_id, former, papers, utc_now(), content),
            )
            self._index.set_setting(ADOPTED_SETTING, model_id)

    def restore(self) -> str | None:
        """Brings back the model that was in use before the adopted one.

        Returns:
            Its id ("" is the configured or bundled one), or None when none was adopted.
        """
        if not self.adopted_id:
            return None
        row = self._connection.execute(
            "SELECT replaced FROM models WHERE model_id = ?", (self.adopted_id,)
        ).fetchone()
        former = str(row["replaced"]) if row is not None else ""
        self._index.set_setting(ADOPTED_SETTING, former)
        return former
