"""The terms that papers are grouped by, and those that tell one group from the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Rows = NDArray[np.int64]

_WORD = re.compile(r"[^\W\d_][\w-]*[^\W_]")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")
_BREAK = re.compile(r"[^\w\s-]+")
# A word that says what a paper is about comes back in it; boilerplate ("propose") stands once.
_RECURRENCE = 1.25
_MOST_FREQUENT = 0.2  # of the papers; what stands in more tells no groups apart
_FEWEST_PAPERS = 3
_PRIOR = 10.0  # papers' worth of it
_TELLING = 2.0  # standard deviations


@dataclass(frozen=True)
class TermMatrix:
    """Terms by paper.

    Attributes:
        terms: words and pairs of adjacent words, in the order of the columns.
        weights: TF-IDF, shape (papers, terms), rows of length one.
    """

    terms: Sequence[str]
    weights: csr_matrix

    def distinguishing(self, rows: Rows, others: Rows, number: int = 8) -> list[str]:
        """The terms that papers hold more often than others do, most telling first.

        By the z-score of the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi
        and Quinn, 2008: Fightin' words), counting papers. No word is given twice.
        """
        import numpy as np

        here, there = (
            np.asarray((self.weights[part] > 0).sum(axis=0))[0] for part in (rows, others)
        )
        prior = _PRIOR * (here + there + 0.01) / (len(rows) + len(others))
        odds = np.log((here + prior) / (len(rows) + _PRIOR - here - prior))
        other_odds = np.log((there + prior) / (len(others) + _PRIOR - there - prior))
        spread = np.sqrt(1 / (here + prior) + 1 / (there + prior))
        chosen: list[str] = []
        used: set[str] = set()
        score = (odds - other_odds) / spread
        for column in np.argsort(-score, kind="stable"):
            if score[column] < _TELLING:
                break
            words = {word.removesuffix("s") for word in self.terms[column].split()}
            if words & used:
                continue
            chosen.append(self.terms[column])
            used |= words
            if len(chosen) == number:
                break
        return chosen


def term_matrix(texts: Sequence[str]) -> TermMatrix:
    """Weighs the terms of titles and abstracts in English.

    Left out are stop words, names (a category is a topic, no language and no model), what stands
    in more than a fifth of the papers, and words that hardly ever come back in a paper. That
    topical words recur within a document is from Church and Gale (1995: Poisson mixtures).
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

    names = _names(texts)
    segments = [[_WORD.findall(part) for part in _BREAK.split(text.lower())] for text in texts]
    frequency: Counter[str] = Counter()
    papers: Counter[str] = Counter()
    for paper in segments:
        counts = Counter(word for part in paper for word in part)
        frequency.update(counts)
        papers.update(counts.keys())
    kept = {
        word
        for word, number in papers.items()
        if word not in ENGLISH_STOP_WORDS
        and word not in names
        and frequency[word] >= _RECURRENCE * number
    }
    vectorizer = TfidfVectorizer(
        analyzer=lambda paper: _terms(paper, kept),
        min_df=max(_FEWEST_PAPERS, len(texts) // 1000),
        max_df=_MOST_FREQUENT,
        sublinear_tf=True,
    )
    try:
        weights = vectorizer.fit_transform(segments)
    except ValueError:  # no term is left
        from scipy.sparse import csr_matrix

        return TermMatrix((), csr_matrix((len(texts), 0)))
    return TermMatrix(vectorizer.get_feature_names_out().tolist(), weights)


def _terms(paper: Sequence[Sequence[str]], kept: set[str]) -> Iterator[str]:
    """Words, and pairs of words with nothing between them."""
    for part in paper:
        before = ""
        for word in part:
            if word in kept:
                yield word
                if before:
                    yield f"{before} {word}"
            before = word if word in kept else ""


def _names(texts: Sequence[str]) -> set[str]:
    """Words that are mostly written with a capital within sentences; ``ASR`` is none of them."""
    capital: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    for text in texts:
        for sentence in _SENTENCE_END.split(text):
            for word in _WORD.findall(sentence)[1:]:
                (capital if _is_capitalised(word) else plain)[word.lower()] += 1
    return {word for word, number in capital.items() if number > plain[word]}


def _is_capitalised(word: str) -> bool:
    parts = (part for part in word.split("-") if len(part) > 1)
    return any(part[0].isupper() and part[1:].islower() for part in parts)
