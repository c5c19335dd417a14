"""Finds terms among the words of sentences, many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mllm_mine.classifier.cues import CUES, FUNCTION_WORDS
from mllm_mine.classifier.key_table import KeyTable, PairTable
from mllm_mine.classifier.term_texts import TermTexts
from mllm_mine.classifier.text_arrays import keys_of, keys_of_words
from mllm_mine.classifier.tokens import tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.taxonomy import WordClass

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Keys = NDArray[np.uint64]

CUED = " ~ "
"""Stands in a term between two things that meet in a sentence."""


class TermTables:
    """Numbers of words, and columns of terms by numbers; -1 is none.

    Attributes:
        numbers: finds the number of a word by its key; all unknown words share the last one.
        word_columns, cue_of, is_content: of each word its column, the cue it is a form of, and
            whether a cue may be paired with it, shape (words,).
        neighbours: columns of pairs of words.
        begins_pair, ends_pair: whether any pair begins or ends with a word, shape (words,).
        cued: columns of a cue and a word, shape (cues, words).
        class_columns, class_pairs: columns of classes, shape (classes,), and of two of them,
            shape (classes, classes).
        phrases: where classes occur.
    """

    def __init__(self, terms: TermTexts, classes: Sequence[WordClass]) -> None:
        import numpy as np

        read = _Terms(terms)
        cues = {cue: place for place, cue in enumerate(dict.fromkeys(CUES.values()))}
        phrases = Phrases(classes)
        others = [*CUES, *FUNCTION_WORDS, *phrases.words]
        keys, times = np.unique(np.concatenate([read.words, keys_of(others)]), return_counts=True)
        size = len(keys) + 1
        # Words of many terms are the frequent ones; close together, their entries stay in cache.
        number_of = np.empty(size - 1, np.int64)
        number_of[np.argsort(-times, kind="stable")] = np.arange(size - 1)
        self.numbers = KeyTable(keys, number_of, missing=size - 1)

        def number(words: list[str]) -> Ints:
            return self.numbers.find(keys_of(words))

        self.word_columns = np.full(size, -1)
        self.word_columns[self.numbers.find(read.words[read.single])] = read.columns[read.single]
        pair = np.flatnonzero(read.neighbours)
        first, second = (self.numbers.find(read.words[place]) for place in (pair, pair + 1))
        self.neighbours = PairTable(first, second, read.columns[pair], size)
        self.begins_pair, self.ends_pair = np.zeros(size, bool), np.zeros(size, bool)
        self.begins_pair[first], self.ends_pair[second] = True, True
        self.cue_of = np.full(size, -1)
        self.cue_of[number(list(CUES))] = [cues[cue] for cue in CUES.values()]
        self.is_content = np.ones(size, bool)
        self.is_content[number(list(FUNCTION_WORDS))] = False
        self.is_content[-1] = False  # no term has an unknown word
        cue_of_word = np.full(size, -1)
        cue_of_word[number(list(cues))] = list(cues.values())
        met = np.flatnonzero(read.cued)
        cue, word = (self.numbers.find(read.words[place]) for place in (met, met + 1))
        self.cued = np.full((len(cues), size), -1)
        self.cued[cue_of_word[cue], word] = read.columns[met]
        self.class_columns, self.class_pairs = _classes(terms, read.classes, classes)
        self.phrases = phrases
        phrases.number(number, size)


class _Terms:
    """Terms as arrays: the key of each of their words, and what the words' term is.

    Attributes:
        words, columns: key and column of each word, shape (words,).
        single, neighbours, cued: whether a word is a term, the first of two neighbours, or the
            cue of a term, shape (words,).
        classes: columns of the terms of word classes.
    """

    def __init__(self, terms: TermTexts) -> None:
        import numpy as np

        keys, places = keys_of_words(b"\n" + terms.lines + b"\n" * 8)
        columns = np.searchsorted(terms.starts, places - 1, "right") - 1
        met, of_class = terms.have("~"), terms.have("<")
        kept = ~of_class[columns]
        self.words, self.columns = keys[kept], columns[kept]
        sizes = np.bincount(self.columns, minlength=len(terms))
        first = np.append(True, np.diff(self.columns) != 0)[: len(self.columns)]
        self.single = first & (sizes == 1)[self.columns]
        self.neighbours = first & ((sizes == 2) & ~met)[self.columns]
        self.cued = first & ((sizes == 2) & met)[self.columns]
        self.classes = np.flatnonzero(of_class).tolist()


def _classes(
    terms: TermTexts, columns: Sequence[int], classes: Sequence[WordClass]
) -> tuple[Ints, Ints]:
    """Columns of classes and of pairs of them."""
    import numpy as np

    places = {f"<{each.id}>": place for place, each in enumerate(classes)}
    alone, pairs = np.full(len(classes), -1), np.full((len(classes), len(classes)), -1)
    for column in columns:
        one, _, two = terms[column].partition(CUED)
        if two:
            pairs[places[one], places[two]] = column
        else:
            alone[places[one]] = column
    return alone, pairs


class Phrases:
    """The phrases of word classes, as a tree of words."""

    def __init__(self, classes: Sequence[WordClass]) -> None:
        self._names = [each.id for each in classes]
        self._nodes: dict[tuple[str, ...], int] = {(): 0}
        self._classes: list[int] = [-1]  # the class that ends at each node
        for place, each in enumerate(classes):
            for phrase in map(tokenise, each.words):
                for length in range(1, len(phrase) + 1):
                    if tuple(phrase[:length]) not in self._nodes:
                        self._nodes[tuple(phrase[:length])] = len(self._classes)
                        self._classes.append(-1)
                if phrase:
                    self._classes[self._nodes[tuple(phrase)]] = place
        self._longest = max(map(len, self._nodes))
        self.words = list(dict.fromkeys(word for phrase in self._nodes for word in phrase))

    def names_in(self, tokens: Sequence[str]) -> list[str]:
        """The classes that occur in a sentence, in the taxonomy's order."""
        found = set()
        for start in range(len(tokens)):
            for end in range(start + 1, min(start + self._longest, len(tokens)) + 1):
                node = self._nodes.get(tuple(tokens[start:end]))
                if node is None:
                    break
                found.add(self._classes[node])
        return [self._names[place] for place in sorted(found - {-1})]

    def number(self, number_of: Callable[[list[str]], Ints], size: int) -> None:
        """Gets ready for :meth:`found`, with the numbers below ``size`` that words go by."""
        import numpy as np

        numbers = dict(zip(self.words, number_of(self.words).tolist(), strict=True))
        edges = [
            (self._nodes[phrase[:-1]], numbers[phrase[-1]], node)
            for phrase, node in self._nodes.items()
            if phrase
        ]
        nodes, words, ends = np.array(edges, np.int64).reshape(-1, 3).T
        self._first = np.full(size, -1)  # the node of each word that begins a phrase
        self._first[words[nodes == 0]] = ends[nodes == 0]
        self._edges = PairTable(nodes, words, ends, size)
        self._class_of = np.array(self._classes, np.int64)

    def found(self, sentence: Ints, words: Ints) -> tuple[Ints, Ints]:
        """Each class once for each sentence that has it: sentence and class, in order.

        Args:
            sentence, words: shape (words,); the sentence and the number of each word.
        """
        import numpy as np

        nodes = self._first.take(words)
        starts = np.flatnonzero(nodes >= 0)
        nodes = nodes[starts]
        places, classes = [starts], [self._class_of[nodes]]
        for length in range(1, self._longest):
            inside = np.flatnonzero(starts + length < len(words))
            starts, nodes = starts[inside], nodes[inside]
            ends = starts + length
            nodes = self._edges.find(nodes, words[ends])
            onward = np.flatnonzero((nodes >= 0) & (sentence[starts] == sentence[ends]))
            starts, nodes = starts[onward], nodes[onward]
            places.append(starts)
            classes.append(self._class_of[nodes])
        return distinct(sentence[np.concatenate(places)], np.concatenate(classes))


def distinct(sentence: Ints, number: Ints) -> tuple[Ints, Ints]:
    """Every number that is not negative once a sentence, in order of sentences and numbers."""
    import numpy as np

    present = np.flatnonzero(number >= 0)
    base = int(number.max(initial=0)) + 1
    keys = np.sort(sentence[present] * base + number[present])
    keys = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return keys // base, keys % base


def crossed(one: Ints, two: Ints, sentences: int) -> tuple[Ints, Ints]:
    """Each thing of a sentence with each other thing of it: places of one and of the other.

    Args:
        one, two: the sentences of things, increasing, shapes (things,) and (other things,).
    """
    import numpy as np

    sizes = np.bincount(two, minlength=sentences)
    first = np.cumsum(sizes) - sizes
    times = sizes[one]
    ends = np.cumsum(times)
    offset = np.repeat(first[one] - ends + times, times)
    return np.repeat(np.arange(len(one)), times), offset + np.arange(len(offset))
