"""What goes into the classifier and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """What the classifier reads of a paper.

    Attributes:
        text: the extracted full text, or "" when there is none.
    """

    id: str
    title: str
    abstract: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class LabelledRecord(Record):
    """A record whose right answer is known.

    Attributes:
        in_scope: None where the field has no scope.
        labels: ids as they were given, without what they imply.
        evidence: for a label id, the sentences a reader marked: (0, 0) for the title, or
            ``[start, end)`` offsets into the abstract. Empty where nobody marked any.
    """

    in_scope: bool | None = None
    labels: tuple[str, ...] = ()
    evidence: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model makes of one record.

    Attributes:
        in_scope, p_in_scope: None where the model knows no scope.
        labels: assigned labels in the taxonomy's order; a child brings its parent.
        scores: calibrated probability between 0 and 1 of every label the model knows.
        uncertain: whether the decision is close enough to be worth a person's look.
        unfamiliar: whether the record is unlike anything the model was trained on.
        model: the model's id.
    """

    id: str
    in_scope: bool | None
    p_in_scope: float | None
    labels: tuple[str, ...]
    scores: dict[str, float]
    uncertain: bool
    unfamiliar: bool
    model: str


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """Why a label got its score.

    Attributes:
        label: the label's id, or ``in_scope``.
        score: the log-odds; ``bias`` and the contributions of all terms sum to it. The bias is
            what is there without any term; where a network mixes the scores, it depends on the
            record.
        terms: every term of the record that the model knows, with its contribution, largest
            contribution first. Of word classes and cues, the words of the record stand here.
        sentences: the record's sentences (title among them), verbatim, best first.
        exclusive: whether each record gets exactly one label of this one's dimension, the
            likeliest; then the threshold decides nothing.
    """

    label: str
    probability: float
    threshold: float
    assigned: bool
    score: float
    bias: float
    terms: tuple[tuple[str, float], ...]
    sentences: tuple[str, ...]
    exclusive: bool = False

    def best_sentences(self, most: int) -> list[str]:
        """Up to so many sentences, best first; one that stands in the record twice once."""
        return list(dict.fromkeys(self.sentences))[:most]

    def sum_of_terms(self, most: int) -> dict[str, Any]:
        """The score and what it is the sum of, as plain data.

        Args:
            most: so many terms are named; ``other_terms`` is what all others add.
        """
        amounts = [{"term": term, "contribution": round(x, 4)} for term, x in self.terms[:most]]
        return {
            "score": round(self.score, 4),
            "bias": round(self.bias, 4),
            "terms": amounts,
            "other_terms": round(sum(amount for _, amount in self.terms[most:]), 4),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """A prediction with the reasons for it, label by label, ``in_scope`` first."""

    prediction: Prediction
    labels: dict[str, LabelExplanation]
