"""A trained model: scores, probabilities, decisions and the reasons for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.features import Block, SparseRows, transform
from mllm_mine.classifier.records import Explanation, Prediction, Record
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Decision:
    """How scores become probabilities and labels; every array has one entry an output.

    Attributes:
        slope, intercept: Platt's calibration, p = 1 / (1 + exp(-(slope · score + intercept)))
            (Platt, 1999).
        threshold: probability from which an output is assigned.
        doubt: an output is doubtful when its probability of being decided wrongly exceeds this.
    """

    slope: Floats
    intercept: Floats
    threshold: Floats
    doubt: float = 0.35


@dataclass(frozen=True)
class Model:
    """A linear model over TF-IDF features, one output a label and one for scope.

    Attributes:
        id: names the taxonomy and the contents; two models with the same id score alike.
        taxonomy: the tree the labels come from.
        outputs: ``in_scope`` (where the field has scope) and the label ids, in order.
        exclusive: dimensions of which every record carries exactly one label.
        blocks: the features.
        steps: the weights as small integers, shape (columns of all blocks, outputs).
        step_size: what one step is worth, shape (outputs,).
        bias: shape (outputs,).
        decision: calibration and thresholds.
        manifest_json: what the model was trained on and with; see :attr:`manifest`.
    """

    id: str
    taxonomy: Taxonomy
    outputs: tuple[str, ...]
    exclusive: tuple[str, ...]
    blocks: tuple[Block, ...]
    steps: NDArray[np.int8]
    step_size: Floats
    bias: Floats
    decision: Decision
    manifest_json: bytes = b"{}"

    @cached_property
    def weights(self) -> Floats:
        """The weights, shape (columns of all blocks, outputs)."""
        import numpy as np

        return np.ascontiguousarray(self.steps * self.step_size)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """``ids`` and ``hashes`` of the training papers, ``tools``, ``seed``, ``scores``."""
        found: dict[str, Any] = json.loads(self.manifest_json)
        return found

    @cached_property
    def trained_on(self) -> tuple[frozenset[str], frozenset[str]]:
        """Ids, and fingerprints of title and abstract, of the training papers."""
        manifest = self.manifest
        return frozenset(manifest.get("ids", ())), frozenset(manifest.get("hashes", ()))

    @property
    def has_scope(self) -> bool:
        """Whether the model decides scope."""
        return SCOPE in self.outputs

    @property
    def labels(self) -> tuple[str, ...]:
        """Ids of the labels the model knows; those too rare to be learned are missing."""
        return tuple(output for output in self.outputs if output != SCOPE)

    def decision_function(self, records: Sequence[Record]) -> Floats:
        """Linear scores before calibration, shape (records, outputs)."""
        import numpy as np

        scores = np.empty((len(records), len(self.outputs)))
        for at in range(0, len(records), _ROWS_AT_ONCE):
            part = records[at : at + _ROWS_AT_ONCE]
            scores[at : at + len(part)] = self._sum_of_blocks(transform(self.blocks, part))
        return scores

    def probabilities(self, records: Sequence[Record]) -> Floats:
        """Calibrated probabilities, shape (records, outputs)."""
        return self.calibrated(self.decision_function(records))

    def predict(self, records: Sequence[Record]) -> list[Prediction]:
        """Labels, probabilities and doubts of each record, in order."""
        probabilities = self.probabilities(records)
        assigned = self.assigned(probabilities)
        uncertain = self.is_uncertain(probabilities, assigned)
        rows = zip(records, probabilities, assigned, uncertain, strict=True)
        return [self._prediction(*row) for row in rows]

    def explain(self, record: Record) -> Explanation:
        """A record's prediction with the terms and sentences that carried each label."""
        from mllm_mine.classifier.explanation import explain

        return explain(self, record)

    def assigned(self, probabilities: Floats) -> Bools:
        """Which outputs are assigned, given probabilities of shape (records, outputs)."""
        import numpy as np

        chosen = probabilities >= self.decision.threshold
        for dimension in self.exclusive:
            columns = self._columns_of(dimension)
            best = np.argmax(probabilities[:, columns], axis=1)
            chosen[:, columns] = np.arange(len(columns)) == best[:, None]
        for parent, child in self._parents_and_children():
            chosen[:, parent] |= chosen[:, child]
        return chosen

    def is_uncertain(self, probabilities: Floats, assigned: Bools) -> Bools:
        """Which records have a decision that may well be wrong, shape (records,)."""
        import numpy as np

        return np.asarray((np.abs(assigned - probabilities) > self.decision.doubt).any(axis=1))

    def _columns_of(self, dimension: str) -> list[int]:
        return [
            column
            for column, output in enumerate(self.outputs)
            if output != SCOPE and self.taxonomy.by_id[output].dimension == dimension
        ]

    def _sum_of_blocks(self, rows: Sequence[SparseRows]) -> Floats:
        import numpy as np

        total = np.tile(self.bias, (len(rows[0]), 1))
        first = 0
        for part in rows:
            total += part.dot(self.weights[first : first + part.width])
            first += part.width
        return total

    def calibrated(self, scores: Floats) -> Floats:
        """Probabilities of scores, shape (records, outputs); a parent's is at least a child's."""
        import numpy as np

        margin = self.decision.slope * scores + self.decision.intercept
        probabilities = 1.0 / (1.0 + np.exp(-np.clip(margin, -500.0, 500.0)))
        for parent, child in self._parents_and_children():
            probabilities[:, parent] = np.maximum(probabilities[:, parent], probabilities[:, child])
        return probabilities

    def _parents_and_children(self) -> Iterator[tuple[int, int]]:
        """Columns of each label and the one above it, deepest first."""
        column = {output: place for place, output in enumerate(self.outputs)}
        for label in reversed(self.taxonomy.labels):  # parents come before children in the file
            if label.id in column and label.parent in column:
                yield column[label.parent], column[label.id]

    def _prediction(
        self, record: Record, probability: Floats, assigned: Bools, uncertain: np.bool_
    ) -> Prediction:
        scores = {
            output: round(float(value), 6)
            for output, value in zip(self.outputs, probability, strict=True)
        }
        chosen = {output for output, yes in zip(self.outputs, assigned, strict=True) if yes}
        return Prediction(
            id=record.id,
            in_scope=SCOPE in chosen if self.has_scope else None,
            p_in_scope=scores.pop(SCOPE, None),
            labels=self.taxonomy.with_ancestors(chosen),
            scores=scores,
            uncertain=bool(uncertain),
            unfamiliar=False,
            model=self.id,
        )
