"""A model's opinion of a paper, as the index keeps it."""

from __future__ import annotations

from dataclasses import dataclass

KEPT_PROBABILITY = 0.05
"""Probabilities below this are not kept, unless the label is assigned."""


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """A model's opinion of one paper at one version, as the index keeps it.

    Attributes:
        in_scope, p_in_scope: None where the field has no scope.
        probabilities: calibrated, by label id, scope not among them.
        labels: ids of the assigned labels.
        used_text: whether full text was read.
        error: why the paper could not be classified, or "".
    """

    arxiv_id: str
    version: int
    in_scope: bool | None
    p_in_scope: float | None
    probabilities: dict[str, float]
    labels: frozenset[str]
    uncertain: bool
    unfamiliar: bool
    used_text: bool
    error: str = ""
