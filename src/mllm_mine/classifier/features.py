"""TF-IDF features of records: word n-grams and character n-grams, without scikit-learn.

The weighting is the one of :class:`sklearn.feature_extraction.text.TfidfVectorizer` with
``sublinear_tf=True``: (1 + ln tf) · idf, each block of features scaled to unit length
(Salton and Buckley, 1988). Words become integers once and n-grams integer keys, so that the
work per record is array work; the tests hold the result against scikit-learn's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mllm_mine.classifier.records import Record
from mllm_mine.classifier.tokens import tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_CACHED_TOKENS = 200_000


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows of a sparse matrix in compressed form (as SciPy's CSR).

    Attributes:
        starts: shape (rows + 1,); row r holds entries ``starts[r]:starts[r + 1]``.
        columns, values: shape (entries,).
        width: number of columns.
    """

    starts: Ints
    columns: Ints
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def dot(self, weights: Floats) -> Floats:
        """The product with a dense matrix of shape (width, outputs)."""
        import numpy as np

        product = np.zeros((len(self), weights.shape[1]))
        for row in range(len(self)):
            part = slice(self.starts[row], self.starts[row + 1])
            product[row] = self.values[part] @ weights[self.columns[part]]
        return product


@dataclass(frozen=True, slots=True)
class BlockSettings:
    """One block of features.

    Attributes:
        name: unique within a model.
        field: ``title`` or ``all`` (title and abstract).
        unit: ``word``, or ``char`` for n-grams of characters within a token.
        shortest, longest: lengths of the n-grams.
        min_papers: in how many training papers a term must occur.
        weight: length of the block's part of a row.
    """

    name: str
    field: str
    unit: str
    shortest: int
    longest: int
    min_papers: int
    weight: float = 1.0


class Block:
    """A fitted block: its terms and their inverse document frequencies.

    Attributes:
        settings: what the block looks at.
        terms: the text of each column.
        idf: shape (columns,).
    """

    def __init__(self, settings: BlockSettings, terms: Sequence[str], idf: Floats) -> None:
        self.settings = settings
        self.terms = list(terms)
        self.idf = idf
        self._grams: dict[str, Ints] = {}

    def __len__(self) -> int:
        return len(self.terms)

    @cached_property
    def _column_of(self) -> dict[str, int]:
        return {term: column for column, term in enumerate(self.terms)}

    @cached_property
    def _words(self) -> tuple[dict[str, int], Ints, Ints, Ints]:
        """Ids of words, each word's own column or -1, sorted keys of pairs, and their columns."""
        import numpy as np

        word_ids: dict[str, int] = {}
        singles: list[tuple[int, int]] = []
        pairs: list[tuple[int, int, int]] = []
        for column, term in enumerate(self.terms):
            first, _, second = term.partition(" ")
            one = word_ids.setdefault(first, len(word_ids))
            if second:
                pairs.append((one, word_ids.setdefault(second, len(word_ids)), column))
            else:
                singles.append((one, column))
        own = np.full(len(word_ids) + 1, -1, np.int64)
        for word, column in singles:
            own[word] = column
        table = np.array(pairs, np.int64).reshape(-1, 3)
        keys = table[:, 0] * len(word_ids) + table[:, 1]
        order = np.argsort(keys)
        return word_ids, own, keys[order], table[order, 2]

    def transform(self, documents: Sequence[list[str]]) -> SparseRows:
        """The block's TF-IDF rows of tokenised documents."""
        import numpy as np

        rows, columns = self._occurrences(documents)
        keys, counts = np.unique(rows * len(self) + columns, return_counts=True)
        rows, columns = np.divmod(keys, max(len(self), 1))
        values = (1.0 + np.log(counts)) * self.idf[columns]
        lengths = np.sqrt(np.bincount(rows, values * values, len(documents)))
        values *= self.settings.weight / np.where(lengths > 0, lengths, 1.0)[rows]
        starts = np.searchsorted(rows, np.arange(len(documents) + 1))
        return SparseRows(starts, columns, values, len(self))

    def _occurrences(self, documents: Sequence[list[str]]) -> tuple[Ints, Ints]:
        """Row and column of every occurrence of a known term."""
        import numpy as np

        sizes = [len(tokens) for tokens in documents]
        rows = np.repeat(np.arange(len(documents)), sizes)
        if self.settings.unit == "char":
            found = [self._grams_of(token) for tokens in documents for token in tokens]
            lengths = np.array([len(grams) for grams in found], np.int64)
            nothing = np.empty(0, np.int64)
            return np.repeat(rows, lengths), np.concatenate([*found, nothing])
        word_ids, own, keys, key_columns = self._words
        unknown = len(word_ids)
        ids = np.array(
            [word_ids.get(token, unknown) for tokens in documents for token in tokens], np.int64
        )
        found_rows, found_columns = [], []
        if self.settings.shortest == 1:
            single = own[ids]
            known = single >= 0
            found_rows.append(rows[known])
            found_columns.append(single[known])
        if self.settings.longest >= 2 and len(ids) > 1 and len(keys):
            together = (rows[:-1] == rows[1:]) & (ids[:-1] < unknown) & (ids[1:] < unknown)
            pair = ids[:-1][together] * unknown + ids[1:][together]
            place = np.minimum(np.searchsorted(keys, pair), len(keys) - 1)
            known = keys[place] == pair
            found_rows.append(rows[:-1][together][known])
            found_columns.append(key_columns[place[known]])
        empty = np.empty(0, np.int64)
        return np.concatenate([empty, *found_rows]), np.concatenate([empty, *found_columns])

    def _grams_of(self, token: str) -> Ints:
        """Columns of a token's character n-grams; worked out once a token."""
        import numpy as np

        grams = self._grams.get(token)
        if grams is None:
            if len(self._grams) >= _CACHED_TOKENS:
                self._grams.clear()
            known = self._column_of
            found = (known.get(gram, -1) for gram in character_ngrams(token, self.settings))
            grams = np.array([column for column in found if column >= 0], np.int64)
            self._grams[token] = grams
        return grams


def character_ngrams(token: str, settings: BlockSettings) -> list[str]:
    """A token's n-grams with its borders as spaces, as scikit-learn's ``char_wb`` counts them."""
    padded = f" {token} "
    grams: list[str] = []
    for size in range(settings.shortest, settings.longest + 1):
        grams += [padded[at : at + size] for at in range(max(len(padded) - size, 0) + 1)]
        if len(padded) <= size:
            break
    return grams


def word_ngrams(tokens: list[str], settings: BlockSettings) -> list[str]:
    """A document's word n-grams, joined by spaces."""
    grams: list[str] = []
    for size in range(settings.shortest, settings.longest + 1):
        grams += [" ".join(tokens[at : at + size]) for at in range(len(tokens) - size + 1)]
    return grams


def fit_block(settings: BlockSettings, documents: Sequence[list[str]]) -> Block:
    """Finds a block's terms in tokenised training documents.

    The inverse document frequency is ln((1 + n) / (1 + df)) + 1, scikit-learn's smoothed one.
    """
    import numpy as np

    papers: Counter[str] = Counter()
    grams_of: dict[str, list[str]] = {}
    for tokens in documents:
        if settings.unit == "char":
            seen: set[str] = set()
            for token in set(tokens):
                if token not in grams_of:
                    grams_of[token] = character_ngrams(token, settings)
                seen.update(grams_of[token])
            papers.update(seen)
        else:
            papers.update(set(word_ngrams(tokens, settings)))
    terms = sorted(term for term, count in papers.items() if count >= settings.min_papers)
    counts = np.array([papers[term] for term in terms], np.float64)
    return Block(settings, terms, np.log((1 + len(documents)) / (1 + counts)) + 1.0)


def tokens_of_field(records: Sequence[Record], field: str) -> list[list[str]]:
    """Tokens of each record's title, or of its title and abstract."""
    if field == "title":
        return [tokenise(record.title) for record in records]
    return [tokenise(f"{record.title}\n{record.abstract}") for record in records]


def transform(blocks: Sequence[Block], records: Sequence[Record]) -> list[SparseRows]:
    """Rows of all blocks; each field is tokenised once."""
    tokens: dict[str, Any] = {}
    for block in blocks:
        field = block.settings.field
        if field not in tokens:
            tokens[field] = tokens_of_field(records, field)
    return [block.transform(tokens[block.settings.field]) for block in blocks]
