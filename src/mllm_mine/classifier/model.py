"""A trained model: scores, probabilities and decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.features import Views, known_share, views_of
from mllm_mine.classifier.linear import Mixture, Weights, in_steps, pooled
from mllm_mine.classifier.records import Explanation, Prediction, Record
from mllm_mine.classifier.vocabulary import Vocabulary
from mllm_mine.errors import ModelError
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_RECORDS_AT_ONCE = 256
_MOST_KNOWN = 100_000  # combinations of outputs whose labels are remembered
_DECIMALS = 6  # of a probability, in what is given out
_MANY_TERMS = 4_096  # a taught output has weights among so many
_EVEN = 0.3  # probability of error from which a decision on scope is nearly even


def expected_errors(probabilities: Floats, assigned: Bools) -> Floats:
    """The probability that each decision is wrong, shape (records, outputs)."""
    import numpy as np

    return np.where(assigned, 1.0 - probabilities, probabilities)


@dataclass(frozen=True, slots=True)
class Judgements:
    """What a model makes of some records.

    Attributes:
        probabilities: calibrated, rounded, shape (records, outputs).
        assigned: which outputs are decided for, shape (records, outputs).
        uncertain, unfamiliar: as of :class:`Prediction`, shape (records,).
    """

    probabilities: Floats
    assigned: Bools
    uncertain: Bools
    unfamiliar: Bools


@dataclass(frozen=True)
class Model:
    """Linear models over TF-IDF features and their mixture, one output a label and one for scope.

    Two document models score title and abstract as a whole, one by all terms and one by words
    and neighbours alone; a sentence model scores each sentence, and a record's sentences are
    pooled. A mixture of the three gives the log-odds of each output.

    Attributes:
        id: names the taxonomy and the contents; two models with the same id score alike.
        taxonomy: the tree the labels come from.
        outputs: ``in_scope`` (where the field has scope) and the label ids, in order.
        exclusive: dimensions of which every record carries exactly one label.
        vocabulary: the terms.
        document, title: weights of the terms in each view, those of the model of all terms and
            then those of the model of words, shape (terms, 2 · outputs).
        sentence: weights of the terms, and of the places, in a sentence.
        reason: weights that tell the sentences of a paper which carry a label from its others.
        sharpness: how much the telling sentences of a record outweigh the others.
        mixture: how the scores become log-odds.
        threshold: probability from which an output is assigned, shape (outputs,).
        doubt: a record is uncertain when more wrong decisions than this are to be expected.
        familiarity: a record is unfamiliar when a smaller share of its words is known.
        manifest_json: what the model was trained on and with; see :attr:`manifest`.
        correction: weights of the terms of title and abstract as a whole that labels by hand
            add to the log-odds, shape (terms, outputs).
    """

    id: str
    taxonomy: Taxonomy
    outputs: tuple[str, ...]
    exclusive: tuple[str, ...]
    vocabulary: Vocabulary
    document: Weights
    title: Weights
    sentence: Weights
    reason: Weights
    sharpness: float
    mixture: Mixture
    threshold: Floats
    doubt: float
    familiarity: float
    manifest_json: bytes = b"{}"
    correction: Weights | None = None

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """``ids`` and ``hashes`` of the training papers, ``tools``, ``seed``, ``scores``.

        Raises:
            ModelError: it is not what a training writes.
        """
        try:
            found = json.loads(self.manifest_json)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ModelError(
                f"what the model {self.id} was trained on cannot be read; make it anew with "
                "'mine train'"
            )
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

    @cached_property
    def taught(self) -> Bools:
        """Which outputs the sentence model learned from readers' marks, shape (outputs,)."""
        import numpy as np

        steps = self.sentence.steps
        marked: Bools = np.any(steps[:_MANY_TERMS], axis=0)
        return marked if marked.all() else np.any(steps, axis=0)

    def document_scores(self, views: Views) -> Floats:
        """Scores of title and abstract as a whole, shape (records, 2 · outputs)."""
        return self.document.scores(views.documents) + self.title.scores(views.titles)

    def sentence_scores(self, views: Views) -> Floats:
        """Scores of every sentence, shape (sentences, outputs)."""
        return self.sentence.scores(views.sentences)

    def decision_function(self, records: Sequence[Record]) -> Floats:
        """Log-odds of every output, shape (records, outputs)."""
        import numpy as np

        parts = [self.log_odds_of(views) for views in self._batches(records)]
        return np.concatenate([np.empty((0, len(self.outputs))), *parts])

    def log_odds_of(self, views: Views) -> Floats:
        """Log-odds of records that are already views of this vocabulary."""
        import numpy as np

        sentences = pooled(self.sentence_scores(views), views.starts, self.sharpness)
        odds = self.mixture.log_odds(np.hstack([self.document_scores(views), sentences]))
        return odds if self.correction is None else odds + self.correction.scores(views.documents)

    def corrected(self, weights: Floats, bias: Floats) -> Model:
        """The model with something added to the log-odds, by terms and in general.

        Args:
            weights: shape (terms, outputs), for the terms of title and abstract as a whole.
            bias: shape (outputs,).
        """
        import numpy as np

        if self.correction is not None:
            weights = weights + self.correction.of(np.arange(len(self.vocabulary)))
        mixture = replace(self.mixture, bias=self.mixture.bias + bias)
        return replace(self, correction=in_steps(weights), mixture=mixture)

    def probabilities(self, records: Sequence[Record]) -> Floats:
        """Calibrated probabilities, shape (records, outputs)."""
        return self.as_probabilities(self.decision_function(records))

    def judge(self, records: Sequence[Record]) -> Judgements:
        """Probabilities, labels and doubts of records, as arrays."""
        return self._judged(self._batches(records))

    def _judged(self, batches: Iterable[Views]) -> Judgements:
        import numpy as np

        probabilities = [np.empty((0, len(self.outputs)))]
        unfamiliar = [np.empty(0, bool)]
        for views in batches:
            probabilities.append(self.as_probabilities(self.log_odds_of(views)))
            unfamiliar.append(known_share(self.vocabulary, views) < self.familiarity)
        probability = np.concatenate(probabilities)
        assigned = self.assigned(probability)
        return Judgements(
            probabilities=probability.round(_DECIMALS),
            assigned=assigned,
            uncertain=self.is_uncertain(probability, assigned),
            unfamiliar=np.concatenate(unfamiliar),
        )

    def predict(self, records: Sequence[Record]) -> list[Prediction]:
        """Labels, probabilities and doubts of each record, in order."""
        return self.predict_views(records, self._batches(records))

    def predict_views(
        self, records: Sequence[Record], batches: Iterable[Views]
    ) -> list[Prediction]:
        """The same of records that are already views of this vocabulary, batch by batch."""
        judged = self._judged(batches)
        scope = self.outputs.index(SCOPE) if self.has_scope else -1
        found = []
        for record, probability, labels, assigned, uncertain, unfamiliar in zip(
            records,
            judged.probabilities.tolist(),
            self.labels_of(judged.assigned),
            judged.assigned,
            judged.uncertain.tolist(),
            judged.unfamiliar.tolist(),
            strict=True,
        ):
            scores = dict(zip(self.outputs, probability, strict=True))
            found.append(
                Prediction(
                    id=record.id,
                    in_scope=bool(assigned[scope]) if self.has_scope else None,
                    p_in_scope=scores.pop(SCOPE, None),
                    labels=labels,
                    scores=scores,
                    uncertain=uncertain,
                    unfamiliar=unfamiliar,
                    model=self.id,
                )
            )
        return found

    def labels_of(self, assigned: Bools) -> list[tuple[str, ...]]:
        """The labels of each record in the taxonomy's order, given shape (records, outputs)."""
        import numpy as np

        known = self._known_labels
        if len(known) > _MOST_KNOWN:
            known.clear()
        found = []
        for row in np.packbits(assigned, axis=1):
            key = row.tobytes()
            if key not in known:
                chosen = np.unpackbits(row, count=len(self.outputs)).tolist()
                outputs = [output for output, yes in zip(self.outputs, chosen, strict=True) if yes]
                known[key] = self.taxonomy.with_ancestors(outputs)
            found.append(known[key])
        return found

    @cached_property
    def _known_labels(self) -> dict[bytes, tuple[str, ...]]:
        """The labels of combinations of outputs that have occurred; few do."""
        return {}

    def explain(self, record: Record, outputs: Sequence[str] | None = None) -> Explanation:
        """A record's prediction with the terms and sentences that carried each label.

        Args:
            outputs: which labels to explain (``in_scope`` for scope); all when left out.
        """
        from mllm_mine.classifier.explanation import explain

        return explain(self, record, outputs)

    def as_probabilities(self, log_odds: Floats) -> Floats:
        """Probabilities of log-odds, shape (records, outputs); a parent's is never below a
        child's."""
        import numpy as np

        probabilities = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0)))
        for parent, child in self._parents_and_children():
            probabilities[:, parent] = np.maximum(probabilities[:, parent], probabilities[:, child])
        return probabilities

    def assigned(self, probabilities: Floats) -> Bools:
        """Which outputs are assigned, given probabilities of shape (records, outputs)."""
        import numpy as np

        chosen = probabilities >= self.threshold
        for dimension in self.exclusive:
            columns = self._columns_of(dimension)
            best = np.argmax(probabilities[:, columns], axis=1)
            chosen[:, columns] = np.arange(len(columns)) == best[:, None]
        for parent, child in self._parents_and_children():
            chosen[:, parent] |= chosen[:, child]
        return chosen

    def is_uncertain(self, probabilities: Floats, assigned: Bools) -> Bools:
        """Which records are worth a person's look, shape (records,).

        Those where the probabilities lead to expect more wrong decisions than ``doubt``, or where
        scope is nearly even.
        """
        wrong = expected_errors(probabilities, assigned)
        uncertain: Bools = wrong.sum(axis=1) > self.doubt
        if self.has_scope:
            uncertain = uncertain | (wrong[:, self.outputs.index(SCOPE)] > _EVEN)
        return uncertain

    def _batches(self, records: Sequence[Record]) -> Iterator[Views]:
        for at in range(0, len(records), _RECORDS_AT_ONCE):
            yield views_of(self.vocabulary, records[at : at + _RECORDS_AT_ONCE])

    def _columns_of(self, dimension: str) -> list[int]:
        return [
            column
            for column, output in enumerate(self.outputs)
            if output != SCOPE and self.taxonomy.by_id[output].dimension == dimension
        ]

    def _parents_and_children(self) -> Iterator[tuple[int, int]]:
        """Columns of each label and the one above it, deepest first."""
        column = {output: place for place, output in enumerate(self.outputs)}
        for label in reversed(self.taxonomy.labels):  # parents come before children in the file
            if label.id in column and label.parent in column:
                yield column[label.parent], column[label.id]
