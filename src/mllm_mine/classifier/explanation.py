"""Why a model labelled a record as it did: terms that sum to the log-odds, and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mllm_mine.classifier.features import PLACES, sentences_of, views_of
from mllm_mine.classifier.linear import Weights, sentence_shares
from mllm_mine.classifier.records import Explanation, LabelExplanation, Prediction, Record
from mllm_mine.classifier.sparse import SparseRows
from mllm_mine.classifier.term_words import words_of_terms
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.classifier.features import Views
    from mllm_mine.classifier.model import Model

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_RECORDS_AT_ONCE = 512


def explain(model: Model, record: Record, outputs: Sequence[str] | None = None) -> Explanation:
    """The terms and sentences of some outputs, or of all; see :class:`LabelExplanation`."""
    views = views_of(model.vocabulary, [record])
    return _explained(model, record, views, model.predict_views([record], [views])[0], outputs)


def explain_each(
    model: Model, records: Sequence[Record], labels: Sequence[Sequence[str]]
) -> Iterator[Explanation]:
    """The same for many records, each with labels of its own; quicker than one by one."""
    for at in range(0, len(records), _RECORDS_AT_ONCE):
        part = records[at : at + _RECORDS_AT_ONCE]
        views = views_of(model.vocabulary, part)
        predictions = model.predict_views(part, [views])
        for number, (record, own) in enumerate(zip(part, labels[at:], strict=False)):
            yield _explained(model, record, views.of_record(number), predictions[number], own)


def _explained(
    model: Model,
    record: Record,
    views: Views,
    prediction: Prediction,
    outputs: Sequence[str] | None,
) -> Explanation:
    import numpy as np

    chosen = {*prediction.labels, *([SCOPE] if prediction.in_scope else [])}
    columns, contributions, constant = _contributions(model, views)
    known = model.vocabulary.terms
    sentences = sentences_of(record)
    names = (
        known[column] if column < len(known) else PLACES[column - len(known)]
        for column in columns.tolist()
    )
    terms, contributions = _by_words(
        words_of_terms(names, sentences, model.vocabulary), contributions
    )
    log_odds = contributions.sum(axis=0) + constant
    ranked = np.argsort(-_sentence_ranks(model, views), axis=0, kind="stable")
    labels, tree = {}, model.taxonomy.by_id
    for column, output in enumerate(model.outputs):
        if outputs is not None and output not in outputs:
            continue
        order = np.argsort(-contributions[:, column], kind="stable")
        amounts = contributions[order, column].tolist()
        labels[output] = LabelExplanation(
            label=output,
            probability=prediction.scores.get(output, prediction.p_in_scope or 0.0),
            threshold=float(model.threshold[column]),
            assigned=output in chosen,
            score=float(log_odds[column]),
            bias=float(constant[column]),
            terms=tuple(zip((terms[row] for row in order.tolist()), amounts, strict=True)),
            sentences=tuple(sentences[row] for row in ranked[:, column].tolist()),
            exclusive=output != SCOPE and tree[output].dimension in model.exclusive,
        )
    return Explanation(prediction, labels)


def _contributions(model: Model, views: Views) -> tuple[Ints, Floats, Floats]:
    """What each term of a single record adds to the log-odds, shape (terms, outputs), and what
    is there without any, shape (outputs,).

    A term adds through the document, the title and each sentence it stands in; a sentence's
    part counts by its share in the pooling, and every score by the slope of the mixture where
    the record lies.
    """
    import numpy as np

    by_sentence = model.sentence_scores(views)
    shares = sentence_shares(by_sentence, views.starts, model.sharpness)
    pooled = (shares * by_sentence).sum(axis=0)
    slopes, constant = model.mixture.linear_at(
        np.append(model.document_scores(views).ravel(), pooled)
    )
    of_documents, of_sentences = np.split(slopes, [model.document.steps.shape[1]])
    columns = [views.documents.columns, views.titles.columns, views.sentences.columns]
    amounts = [
        _added(views.documents, model.document) @ of_documents,
        _added(views.titles, model.title) @ of_documents,
        (_added(views.sentences, model.sentence) * _by_entry(shares, views.sentences))
        @ of_sentences,
    ]
    if model.correction is not None:
        columns.append(views.documents.columns)
        amounts.append(_added(views.documents, model.correction))
    known, place = np.unique(np.concatenate(columns), return_inverse=True)
    total = np.zeros((len(known), len(model.outputs)))
    np.add.at(total, place, np.concatenate(amounts))
    return known, total, constant


def _by_words(words: Sequence[str], contributions: Floats) -> tuple[list[str], Floats]:
    """Adds up what stands in the record as the same words: a word, and its class by that word."""
    import numpy as np

    rows = {word: row for row, word in enumerate(dict.fromkeys(words))}
    total = np.zeros((len(rows), contributions.shape[1]))
    np.add.at(total, [rows[word] for word in words], contributions)
    return list(rows), total


def _added(rows: SparseRows, weights: Weights) -> Floats:
    """What each entry of some rows adds to their scores, shape (entries, outputs)."""
    added: Floats = rows.values[:, None] * weights.of(rows.columns)
    return added


def _by_entry(shares: Floats, rows: SparseRows) -> Floats:
    """The share of the sentence that each entry stands in, shape (entries, outputs)."""
    import numpy as np

    return np.repeat(shares, np.diff(rows.starts), axis=0)


def _sentence_ranks(model: Model, views: Views) -> Floats:
    """How much each sentence speaks for each output, shape (sentences, outputs).

    The sentence model knows sentences that carry an output from those of other papers, the
    reason model from the others of the same paper; both count. Outputs that no reader's marks
    taught them are judged by the document's weights.
    """
    import numpy as np

    carried = model.sentence_scores(views) + model.reason.scores(views.sentences)
    if model.taught.all():
        return carried
    # Where a sentence stands adds nothing to the document's score.
    terms = views.sentences.first_columns(len(model.vocabulary))
    outputs, document = len(model.outputs), model.document
    by_document = Weights(document.steps[:, :outputs], document.step_size[:outputs])
    return np.where(model.taught, carried, by_document.scores(terms))
