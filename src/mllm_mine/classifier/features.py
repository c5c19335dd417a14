"""What a model sees of a record: title and abstract as a whole, the title, and each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.classifier.records import Record
from mllm_mine.classifier.sparse import SparseRows, counted, tf_idf
from mllm_mine.classifier.tokens import sentence_spans, tokenise
from mllm_mine.classifier.vocabulary import Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

KIND_LENGTHS = (1.0, 0.5, 0.5)
"""The length of each kind of terms in a row: words, cues, classes."""

PLACES = ("(title)", "(first sentence)", "(last sentence)")
"""Where a sentence stands, as further columns behind the terms of a sentence's row."""

PLACE_WEIGHT = 0.4
"""The value in these columns, beside terms of length one together."""


@dataclass(frozen=True, slots=True)
class Views:
    """A batch of records as a model sees them.

    Attributes:
        documents, titles: TF-IDF rows, one a record, a column a term.
        sentences: TF-IDF rows, one a sentence, a column a term and then one a place.
        starts: shape (records + 1,); record r's sentences are ``starts[r]:starts[r + 1]``,
            its title first where it has one.
        counts: how often each term occurs in each record.
        words: number of words of each record, known ones and others, shape (records,).
    """

    documents: SparseRows
    titles: SparseRows
    sentences: SparseRows
    starts: Ints
    counts: SparseRows
    words: Ints


def views_of(vocabulary: Vocabulary, records: Sequence[Record]) -> Views:
    """The rows of a batch of records."""
    import numpy as np

    texts, owners, places = _sentences(records)
    tokens = [tokenise(text) for text in texts]
    owner = np.array(owners, np.int64)
    place = np.array(places, np.int64)
    height, width = len(records), len(vocabulary)
    by_sentence = counted(*vocabulary.occurrences(tokens), None, len(texts), width)
    row = np.repeat(np.arange(len(texts)), np.diff(by_sentence.starts))
    counts = counted(owner[row], by_sentence.columns, by_sentence.values, height, width)
    sentences = tf_idf(by_sentence, vocabulary.idf, vocabulary.kinds, KIND_LENGTHS)
    title_of = np.full(height, -1)
    title_of[owner[place == 0]] = np.flatnonzero(place == 0)
    sizes = [len(each) for each in tokens]
    return Views(
        documents=tf_idf(counts, vocabulary.idf, vocabulary.kinds, KIND_LENGTHS),
        titles=sentences.rows(title_of),
        sentences=_with_places(sentences, place),
        starts=np.searchsorted(owner, np.arange(height + 1)),
        counts=counts,
        words=np.bincount(owner, sizes, height).astype(np.int64),
    )


def known_share(
    vocabulary: Vocabulary, views: Views, known: NDArray[np.bool_] | None = None
) -> Floats:
    """The share of each record's words that the vocabulary has, shape (records,).

    Args:
        known: which terms count as known, shape (terms,); all of them when left out.
    """
    import numpy as np

    counting = vocabulary.is_word if known is None else vocabulary.is_word & known
    counts = views.counts
    row = np.repeat(np.arange(len(counts)), np.diff(counts.starts))
    found = np.bincount(row, counts.values * counting[counts.columns], len(counts))
    share: Floats = found / np.maximum(views.words, 1)
    return share


def sentences_of(record: Record) -> list[str]:
    """The title and the abstract's sentences, verbatim."""
    return _sentences([record])[0]


def _sentences(records: Sequence[Record]) -> tuple[list[str], list[int], list[int]]:
    """Every sentence, its record, and its place (0 title, 1 first, 2 last, 3 elsewhere)."""
    texts: list[str] = []
    owners: list[int] = []
    places: list[int] = []
    for number, record in enumerate(records):
        title = record.title.strip()
        if title:
            texts.append(title)
            owners.append(number)
            places.append(0)
        spans = sentence_spans(record.abstract)
        for at, (start, end) in enumerate(spans):
            texts.append(record.abstract[start:end])
            owners.append(number)
            places.append(1 if at == 0 else 2 if at == len(spans) - 1 else 3)
    return texts, owners, places


def _with_places(rows: SparseRows, place: Ints) -> SparseRows:
    """Adds a column a place to the rows of sentences, a 1 at each sentence's own."""
    import numpy as np

    marked = place < len(PLACES)
    sizes = np.diff(rows.starts) + marked
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.empty(starts[-1], np.int64)
    values = np.empty(starts[-1])
    old = np.repeat(starts[:-1] - rows.starts[:-1], np.diff(rows.starts)) + np.arange(
        len(rows.columns)
    )
    columns[old], values[old] = rows.columns, rows.values
    last = starts[1:][marked] - 1
    columns[last], values[last] = rows.width + place[marked], PLACE_WEIGHT
    return SparseRows(starts, columns, values, rows.width + len(PLACES))
