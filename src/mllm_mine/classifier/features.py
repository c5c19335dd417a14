"""What a model sees of a record: title and abstract as a whole, the title, and each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mllm_mine.classifier.records import Record
from mllm_mine.classifier.sparse import SparseRows, counted, tf_idf
from mllm_mine.classifier.text_arrays import split
from mllm_mine.classifier.tokens import sentence_spans, tokenise
from mllm_mine.classifier.vocabulary import KINDS, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

KIND_LENGTHS = (1.0, 0.5, 0.5)
"""The length of each kind of terms in a row: words, cues, classes."""

PLACES = ("(title)", "(first sentence)", "(last sentence)")
"""Where a sentence stands, as further columns behind the terms of a sentence's row."""

_FEW_TEXTS = 2  # of one record; up to here, Python is done before the vocabulary has its tables

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

    def of_record(self, number: int) -> Views:
        """The views of one record of the batch alone."""
        import numpy as np

        first, end = self.starts[number : number + 2].tolist()
        row = np.array([number])
        return Views(
            documents=self.documents.rows(row),
            titles=self.titles.rows(row),
            sentences=self.sentences.rows(np.arange(first, end)),
            starts=np.array([0, end - first]),
            counts=self.counts.rows(row),
            words=self.words[row],
        )


def views_of(vocabulary: Vocabulary, records: Sequence[Record]) -> Views:
    """The rows of a batch of records."""
    import numpy as np

    texts, owners, titles = _texts(records)
    text, sentence, row, column = _occurrences(vocabulary, texts, titles)
    owner = np.array(owners, np.int64)[text]
    place = _places(text, np.array(titles, bool))
    width = len(vocabulary)
    idf, kinds = _idf_and_kinds(vocabulary)
    placed = np.flatnonzero(place < len(PLACES))
    by_sentence, by_record = counted(
        np.append(row, placed),
        np.append(column, width + place[placed]),
        owner,
        len(records),
        once=kinds > 0,
    )
    counts = by_record.first_columns(width)
    sentences = tf_idf(by_sentence, idf, kinds, (*KIND_LENGTHS, PLACE_WEIGHT))
    title_of = np.full(len(records), -1)
    title_of[owner[place == 0]] = np.flatnonzero(place == 0)
    return Views(
        documents=tf_idf(counts, vocabulary.idf, vocabulary.kinds, KIND_LENGTHS),
        titles=sentences.rows(title_of).first_columns(width),
        sentences=sentences,
        starts=np.searchsorted(owner, np.arange(len(records) + 1)),
        counts=counts,
        words=np.bincount(owner[sentence], minlength=len(records)),
    )


def _occurrences(
    vocabulary: Vocabulary, texts: list[str], titles: list[bool]
) -> tuple[Ints, Ints, Ints, Ints]:
    """The text of each sentence, the sentence of each word, and the sentence and column of each
    occurrence of a term."""
    import numpy as np

    if len(texts) > _FEW_TEXTS:
        words = split(texts, titles)
        return words.text, words.sentence, *vocabulary.occurrences(words)
    sentences = [
        (number, tokenise(sentence))
        for number, (text, title) in enumerate(zip(texts, titles, strict=True))
        for sentence in ([text] if title else (text[a:b] for a, b in sentence_spans(text)))
    ]
    text_of = np.array([number for number, _ in sentences], np.int64)
    sizes = [len(tokens) for _, tokens in sentences]
    found = vocabulary.occurrences_in([tokens for _, tokens in sentences])
    return text_of, np.repeat(np.arange(len(sizes)), sizes), *found


@lru_cache(maxsize=4)
def _idf_and_kinds(vocabulary: Vocabulary) -> tuple[Floats, Ints]:
    """Of the columns of sentences: a place is of a kind by itself, with an idf of one."""
    import numpy as np

    idf = np.append(vocabulary.idf, [1.0] * len(PLACES))
    return idf, np.append(vocabulary.kinds, [KINDS] * len(PLACES))


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
    """The title and the abstract's sentences, verbatim, in the order of :class:`Views`."""
    title = record.title.strip()
    spans = sentence_spans(record.abstract)
    return [title] * bool(title) + [record.abstract[start:end] for start, end in spans]


def _texts(records: Sequence[Record]) -> tuple[list[str], list[int], list[bool]]:
    """Titles and abstracts that hold anything, the record of each, and whether it is a title."""
    texts: list[str] = []
    owners: list[int] = []
    titles: list[bool] = []
    for number, record in enumerate(records):
        for text, title in ((record.title, True), (record.abstract, False)):
            if text and not text.isspace():
                texts.append(text)
                owners.append(number)
                titles.append(title)
    return texts, owners, titles


def _places(text: Ints, titles: NDArray[np.bool_]) -> Ints:
    """Where each sentence stands: 0 title, 1 first, 2 last, 3 elsewhere."""
    import numpy as np

    divides = np.flatnonzero(np.diff(text)) + 1
    place = np.full(len(text), 3)
    if len(text):
        place[np.append(divides - 1, len(text) - 1)] = 2
        place[np.append(0, divides)] = 1
    place[titles[text]] = 0
    return place
