"""One reported result, as it stands in a sentence or a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A number that a paper reports on a benchmark; what the text does not say is "".

    The fields are those of task, data set, metric and score that leaderboards are extracted by
    (Hou et al., 2019; Kardas et al., 2020), with the model and the languages beside them.

    Attributes:
        benchmark, model, metric: by the name the bundled list has for them.
        size: of the model, as the text gives it (``7B``, ``large``).
        baseline: the model, with its size, that a difference is measured against.
        number: as written, with sign and unit.
        kind: ``value`` or ``difference``.
        languages: as written; several are joined with ``; ``.
        evidence: the sentence, or the caption and the cell with its headers.
    """

    benchmark: str
    model: str
    size: str
    baseline: str
    metric: str
    number: str
    kind: str
    languages: str
    evidence: str
