"""The terms a model knows, and where they occur in texts.

Terms are of three kinds: words and neighbours (``corpus``, ``parallel corpus``); cues with another
word of their sentence (``release ~ corpus``); and word classes of the taxonomy, alone and two in a
sentence (``<dataset>``, ``<build> ~ <dataset>``). Words become integers once and pairs integer
keys, so that the work per text is array work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from mllm_mine.classifier.cues import CUES, FUNCTION_WORDS
from mllm_mine.classifier.term_tables import CUED, Phrases, TermTables, crossed, distinct
from mllm_mine.classifier.term_texts import TermTexts
from mllm_mine.classifier.text_arrays import Words
from mllm_mine.classifier.tokens import tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.taxonomy import WordClass

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

KINDS = 3
"""Words and neighbours; cues; classes. Each kind has a part of its own in a row."""


class Vocabulary:
    """The terms of a model.

    Attributes:
        terms: the text of each column, in alphabetical order.
        idf: inverse document frequency of each, shape (terms,).
        classes: the word classes of the taxonomy.
    """

    def __init__(
        self, terms: Sequence[str], idf: Floats, classes: Sequence[WordClass] = ()
    ) -> None:
        self.terms = TermTexts.of(terms)
        self.idf = idf
        self.classes = tuple(classes)

    def __len__(self) -> int:
        return len(self.terms)

    @cached_property
    def kinds(self) -> Ints:
        """The kind of each term, 0 to 2 in the order above, shape (terms,)."""
        import numpy as np

        kinds = np.where(self.terms.have("~"), 1, 0)
        kinds[self.terms.have("<")] = 2
        return kinds

    @cached_property
    def is_word(self) -> Bools:
        """Which terms are single words, shape (terms,)."""
        return ~(self.terms.have(" ") | self.terms.have("<"))

    @cached_property
    def class_of_phrase(self) -> dict[tuple[str, ...], str]:
        """The word class of each of its phrases, given as tokens."""
        return {tuple(tokenise(words)): each.id for each in self.classes for words in each.words}

    @cached_property
    def _tables(self) -> TermTables:
        return TermTables(self.terms, self.classes)

    @cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self.classes)

    def occurrences(self, words: Words) -> tuple[Ints, Ints]:
        """Sentence and column of every occurrence of a term in some sentences.

        No pair reaches beyond its sentence. Those of cues and classes count once in it, but may
        be given more often.
        """
        import numpy as np

        tables = self._tables
        sentence, sentences = words.sentence, len(words.text)
        numbers = tables.numbers.find(words.keys)
        together = np.flatnonzero(
            tables.begins_pair.take(numbers[:-1])
            & tables.ends_pair.take(numbers[1:])
            & (sentence[:-1] == sentence[1:])
        )
        cue_sentence, cue = distinct(sentence, tables.cue_of.take(numbers))
        cued = np.zeros(sentences, bool)
        cued[cue_sentence] = True
        content = np.flatnonzero(tables.is_content.take(numbers) & cued.take(sentence))
        word, with_cue = crossed(sentence[content], cue_sentence, sentences)
        class_sentence, class_ = tables.phrases.found(sentence, numbers)
        one, two = crossed(class_sentence, class_sentence, sentences)
        found = [
            (sentence, tables.word_columns.take(numbers)),
            (
                sentence.take(together),
                tables.neighbours.find(numbers.take(together), numbers.take(together + 1)),
            ),
            (sentence[content][word], tables.cued[cue[with_cue], numbers[content][word]]),
            (class_sentence, tables.class_columns[class_]),
            (class_sentence[one], tables.class_pairs[class_[one], class_[two]]),
        ]
        row, column = (np.concatenate(parts) for parts in zip(*found, strict=True))
        known = np.flatnonzero(column >= 0)
        return row.take(known), column.take(known)

    def occurrences_in(self, sentences: Sequence[list[str]]) -> tuple[Ints, Ints]:
        """The same for a few sentences, given as tokens: done before the tables would be ready."""
        import numpy as np

        place_of = lru_cache(maxsize=None)(self.terms.place_of)  # most terms stand there again
        found = [
            (row, column)
            for row, tokens in enumerate(sentences)
            for term in terms_of(tokens, self._phrases)
            if (column := place_of(term)) >= 0
        ]
        rows, columns = np.array(found, np.int64).reshape(-1, 2).T
        return rows, columns


def fit_vocabulary(
    papers: Iterable[Sequence[list[str]]],
    classes: Sequence[WordClass],
    min_papers: int,
    min_pair_papers: int,
) -> Vocabulary:
    """Finds the terms of papers, each given as tokenised sentences.

    The inverse document frequency is ln((1 + n) / (1 + df)) + 1, scikit-learn's smoothed one.

    Args:
        min_papers: in how many papers a word or neighbours must occur.
        min_pair_papers: in how many papers a term of the other kinds must occur.
    """
    import numpy as np

    found: Counter[str] = Counter()
    phrases = Phrases(classes)
    number = 0
    for sentences in papers:
        number += 1
        found.update({term for tokens in sentences for term in terms_of(tokens, phrases)})
    least = (min_papers, min_pair_papers, min_pair_papers)
    terms = sorted(term for term, count in found.items() if count >= least[_kind(term)])
    counts = np.array([found[term] for term in terms], np.float64)
    return Vocabulary(terms, np.log((1 + number) / (1 + counts)) + 1.0, classes)


def terms_of(tokens: list[str], phrases: Phrases) -> list[str]:
    """The terms of a tokenised sentence, as often as they count."""
    cues = {CUES[token] for token in tokens if token in CUES}
    words = {token for token in tokens if token not in FUNCTION_WORDS} if cues else ()
    cued = [f"{cue}{CUED}{word}" for cue in cues for word in words if CUES.get(word) != cue]
    classes = [f"<{name}>" for name in phrases.names_in(tokens)]
    met = [CUED.join(pair) for pair in combinations(classes, 2)]
    return [*tokens, *map(" ".join, pairwise(tokens)), *cued, *classes, *met]


def _kind(term: str) -> int:
    return 2 if term[0] == "<" else 1 if CUED in term else 0
