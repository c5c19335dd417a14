"""Why a model labelled a record as it did: terms that sum to the score, and sentences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mllm_mine.classifier.features import Block, character_ngrams, tokens_of_field
from mllm_mine.classifier.records import Explanation, LabelExplanation, Record
from mllm_mine.classifier.tokens import sentence_spans
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.classifier.model import Model

    Floats = NDArray[np.float64]


def explain(model: Model, record: Record) -> Explanation:
    """Every output's terms and sentences; see :class:`LabelExplanation`."""
    import numpy as np

    prediction = model.predict([record])[0]
    terms, contributions = term_contributions(model, record)
    scores = contributions.sum(axis=0) + model.bias
    sentences = sentences_of(record)
    ranked = np.argsort(-sentence_scores(model, sentences), axis=0, kind="stable")
    labels = {}
    chosen = {*prediction.labels, *([SCOPE] if prediction.in_scope else [])}
    for column, output in enumerate(model.outputs):
        order = np.argsort(-contributions[:, column], kind="stable")
        labels[output] = LabelExplanation(
            label=output,
            probability=prediction.scores.get(output, prediction.p_in_scope or 0.0),
            threshold=float(model.decision.threshold[column]),
            assigned=output in chosen,
            score=float(scores[column]),
            bias=float(model.bias[column]),
            terms=tuple((terms[row], float(contributions[row, column])) for row in order),
            sentences=tuple(sentences[row] for row in ranked[:, column]),
        )
    return Explanation(prediction, labels)


def term_contributions(model: Model, record: Record) -> tuple[list[str], Floats]:
    """The record's terms and what each adds to every score, shape (terms, outputs).

    A term is a word or a pair of words. What character n-grams add counts for the words they
    stand in, shared by how often they occur in each.
    """
    import numpy as np

    totals: dict[str, Floats] = {}
    first = 0
    for block in model.blocks:
        tokens = tokens_of_field([record], block.settings.field)[0]
        weights = model.weights[first : first + len(block)]
        first += len(block)
        rows = block.transform([tokens])
        amounts = rows.values[:, None] * weights[rows.columns]
        named = [block.terms[column] for column in rows.columns]
        if block.settings.unit == "char":
            _share_among_words(block, tokens, dict(zip(named, amounts, strict=True)), totals)
        else:
            for name, amount in zip(named, amounts, strict=True):
                totals[name] = totals.get(name, 0.0) + amount
    if not totals:
        return [], np.zeros((0, len(model.outputs)))
    return list(totals), np.array(list(totals.values()))


def sentences_of(record: Record) -> list[str]:
    """The title and the abstract's sentences, verbatim."""
    spans = sentence_spans(record.abstract)
    found = [record.title.strip(), *(record.abstract[start:end] for start, end in spans)]
    return [sentence for sentence in found if sentence]


def sentence_scores(model: Model, sentences: list[str]) -> Floats:
    """How much each sentence speaks for each output, shape (sentences, outputs)."""
    return model.decision_function([Record("", "", sentence) for sentence in sentences])


def _share_among_words(
    block: Block, tokens: list[str], amounts: dict[str, Floats], totals: dict[str, Floats]
) -> None:
    words = Counter(tokens)
    grams = {word: Counter(character_ngrams(word, block.settings)) for word in words}
    occurrences: Counter[str] = Counter()
    for word, count in words.items():
        for gram, times in grams[word].items():
            occurrences[gram] += times * count
    for word, count in words.items():
        for gram, times in grams[word].items():
            if gram in amounts:
                share = times * count / occurrences[gram]
                totals[word] = totals.get(word, 0.0) + amounts[gram] * share
