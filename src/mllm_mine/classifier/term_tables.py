"""Finds terms among numbered words, many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from mllm_mine.classifier.cues import CUES, FUNCTION_WORDS
from mllm_mine.classifier.tokens import tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.taxonomy import WordClass

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

CUED = " ~ "
"""Stands in a term between two things that meet in a sentence."""


class TermTables:
    """Numbers of words, and columns of terms by numbers; -1 is none.

    Attributes:
        word_columns, cue_of, is_content: of each word its column, the cue it is a form of, and
            whether a cue may be paired with it, shape (words + 1,); the last entry stands for
            every unknown word.
        neighbours, cued, class_pairs: columns of pairs of words, of a cue and a word, and of
            two classes. class_columns: shape (classes,).
        phrases: where classes occur.
    """

    def __init__(self, terms: Sequence[str], classes: Sequence[WordClass]) -> None:
        import numpy as np

        self._numbers = _Known()
        cue_numbers = {cue: place for place, cue in enumerate(dict.fromkeys(CUES.values()))}
        class_numbers = {f"<{each.id}>": place for place, each in enumerate(classes)}
        entries: dict[str, list[tuple[int, int, int]]] = {
            kind: [] for kind in ("words", "neighbours", "cued", "classes", "class_pairs")
        }
        for column, term in enumerate(terms):
            first, _, second = term.partition(" ")
            met = second.removeprefix("~ ") if second.startswith("~ ") else ""
            if term[0] == "<":
                kind = "class_pairs" if met else "classes"
                entries[kind].append((class_numbers[first], class_numbers.get(met, -1), column))
            elif met:
                entries["cued"].append((cue_numbers[first], self._number(met), column))
            elif second:
                pair = (self._number(first), self._number(second), column)
                entries["neighbours"].append(pair)
            else:
                entries["words"].append((self._number(first), -1, column))
        self.phrases = Phrases(classes)
        self.phrases.number(self._number)
        size = len(self._numbers) + 1
        self.word_columns = _columns(entries["words"], size)
        self.class_columns = _columns(entries["classes"], len(classes))
        self.neighbours = PairTable(entries["neighbours"], size)
        self.cued = PairTable(entries["cued"], size)
        self.class_pairs = PairTable(entries["class_pairs"], len(classes) + 1)
        self.cue_of = np.full(size, -1, np.int64)
        self.is_content = np.zeros(size, bool)
        for text, word in self._numbers.items():
            self.cue_of[word] = cue_numbers.get(CUES.get(text, ""), -1)
            self.is_content[word] = text not in FUNCTION_WORDS

    def numbers(self, texts: Sequence[list[str]]) -> Ints:
        """The number of each token of some texts, one after another."""
        import numpy as np

        return np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(texts)), np.int64)

    def _number(self, word: str) -> int:
        return self._numbers.setdefault(word, len(self._numbers))


class _Known(dict[str, int]):
    """Numbers of words, and the next one for every other word."""

    def __missing__(self, word: str) -> int:
        return len(self)


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

    def number(self, number_of: Callable[[str], int]) -> None:
        """Gets ready for :meth:`found`, with the numbers that words go by."""
        import numpy as np

        edges = [
            (self._nodes[phrase[:-1]], number_of(phrase[-1]), node)
            for phrase, node in self._nodes.items()
            if phrase
        ]
        base = max((word for _, word, _ in edges), default=0) + 1
        self._edges = PairTable(edges, base)
        self._class_of = np.array(self._classes, np.int64)

    def found(self, text: Ints, words: Ints) -> tuple[Ints, Ints]:
        """Each class once for each text that has it: text and class, in order."""
        import numpy as np

        starts = np.arange(len(words))
        nodes = np.zeros(len(words), np.int64)
        texts, classes = [text[:0]], [text[:0]]
        for length in range(self._longest):
            inside = starts + length < len(words)
            starts, nodes = starts[inside], nodes[inside]
            same = text[starts] == text[starts + length]
            starts, nodes = starts[same], nodes[same]
            nodes = self._edges.columns(nodes, words[starts + length])
            starts, nodes = starts[nodes >= 0], nodes[nodes >= 0]
            texts.append(text[starts])
            classes.append(self._class_of[nodes])
        return distinct(np.concatenate(texts), np.concatenate(classes))


class PairTable:
    """Finds what belongs to many pairs of numbers at once."""

    def __init__(self, entries: Sequence[tuple[int, int, int]], base: int) -> None:
        import numpy as np

        table = np.array(entries, np.int64).reshape(-1, 3)
        keys = table[:, 0] * base + table[:, 1]
        order = np.argsort(keys)
        self._base, self._keys, self._columns = base, keys[order], table[order, 2]

    def columns(self, first: Ints, second: Ints) -> Ints:
        """The column of each pair, or -1."""
        import numpy as np

        if not len(self._keys):
            return np.full(len(first), -1)
        wanted = np.where(second < self._base, first * self._base + second, -1)
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[place] == wanted, self._columns[place], -1)


def distinct(text: Ints, number: Ints) -> tuple[Ints, Ints]:
    """Every number that is not negative once a text, in order of texts and numbers."""
    import numpy as np

    base = int(number.max(initial=0)) + 1
    present = number >= 0
    found = np.unique(text[present] * base + number[present])
    return found // base, found % base


def crossed(
    one_text: Ints, one: Ints, two_text: Ints, two: Ints, texts: int
) -> tuple[Ints, Ints, Ints]:
    """Each of a text's first numbers with each of its second: text, first and second.

    Args:
        one_text, two_text: increasing.
    """
    import numpy as np

    sizes = np.bincount(two_text, minlength=texts)
    first = np.cumsum(sizes) - sizes
    times = sizes[one_text]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    entries = np.repeat(first[one_text], times) + within
    return np.repeat(one_text, times), np.repeat(one, times), two[entries]


def _columns(entries: Sequence[tuple[int, int, int]], size: int) -> Ints:
    import numpy as np

    found = np.full(size, -1, np.int64)
    for number, _, column in entries:
        found[number] = column
    return found
