"""Looks for the places where a taxonomy no longer fits the papers in its scope."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mllm_mine.gaps.clusters import (
    PATTERN,
    STABLE,
    Cluster,
    clusters,
    latent_points,
    one_thread,
    separate,
)
from mllm_mine.gaps.terms import TermMatrix, term_matrix
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.near_thresholds import near_thresholds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mllm_mine.index import Index
    from mllm_mine.index.reading import ClassifiedPaper
    from mllm_mine.taxonomy import Taxonomy

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

WEAK = 0.5
"""A label of the model's below this probability does not explain a paper."""

_MOST_UNEXPLAINED, _MOST_OTHERS = 4_000, 6_000  # papers that are looked at
_MOST_OF_A_LABEL = 1_000
_NUMBERS_OF_GROUPS = (2, 3, 4, 6, 8, 12, 16, 24)
_DENSITY = 0.08  # of a group that no label explains
_SPLIT_DENSITY = 0.06
_SMALLEST_HALF = 0.15
_TOLD_ALREADY = 0.6  # correlation with another label, from which on a split is nothing new
_CHANCE = 2.0  # times as many doubtful papers as chance would give
_FEWEST_DOUBTFUL = 5
_FEWEST_TERMS = 3  # that tell a group from others; with fewer it has no subject
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A paper that is typical of what was found."""

    arxiv_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """Papers that belong together.

    Attributes:
        papers: how many.
        terms: what tells them from other papers in scope, or from the other half of a label.
        stability: see :mod:`mllm_mine.gaps.clusters`.
    """

    papers: int
    terms: tuple[str, ...]
    stability: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """A label whose papers (of frequent labels a random sample) fall into two groups.

    Attributes:
        like: the label that comes nearest to telling the halves apart, and its correlation
            with them (Matthews, 1975), from 0 to 1; "" where there is none.
    """

    label: str
    papers: int
    density: float
    halves: tuple[Group, ...]
    like: str
    correlation: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two sibling labels between which the model is in two minds.

    Attributes:
        papers: how many papers are near both thresholds.
        lift: how many times as many that is as if the doubts had nothing to do with each other.
    """

    labels: tuple[str, str]
    papers: int
    lift: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where the taxonomy may no longer fit.

    Attributes:
        in_scope: papers in scope, of which ``unexplained`` carry no label, or only weak ones.
        looked_at: how many of them were compared; fewer than all only in large indexes.
        groups: of unexplained papers, most stable first: candidates for new categories.
        splits: labels that have split in two, the clearest first.
        confusions: siblings that are hard to tell apart, the most confused first.
    """

    in_scope: int
    unexplained: int
    looked_at: int
    groups: tuple[Group, ...] = ()
    splits: tuple[Split, ...] = ()
    confusions: tuple[Confusion, ...] = field(default=())


def find_gaps(index: Index, *, since: str = "", fewest: int = 10) -> Gaps:
    """Looks for unexplained groups, split labels and confused siblings.

    The same index gives the same answer. Of more than 10,000 papers a random sample is read.

    Args:
        since: only papers from this date on.
        fewest: how many papers make a group.

    Raises:
        ConfigurationError: a date that makes no sense.
    """
    wanted = PaperFilter(since=since, in_scope=True)
    unexplained, others, counts = _sample(index.reading.papers(wanted))
    papers = [*unexplained, *others]
    taxonomy = index.taxonomy
    groups: list[Group] = []
    splits: list[Split] = []
    if len(papers) >= 2 * fewest:
        with one_thread():
            matrix = term_matrix([_text(paper) for paper in papers])
            if len(matrix.terms) > 1:
                points = latent_points(matrix.weights)
                groups = _groups(papers, len(unexplained), matrix, points, fewest)
                splits = _splits(papers, matrix, points, taxonomy, fewest)
    return Gaps(
        in_scope=sum(counts),
        unexplained=counts[0],
        looked_at=len(papers),
        groups=tuple(groups),
        splits=tuple(splits),
        confusions=tuple(_confusions(index, wanted, sum(counts))),
    )


def as_document(gaps: Gaps) -> dict[str, Any]:
    """All of it as plain data."""
    document = asdict(gaps)
    for group in (
        *document["groups"],
        *(h for split in document["splits"] for h in split["halves"]),
    ):
        group["stability"] = round(group["stability"], 3)
    for split in document["splits"]:
        split["density"] = round(split["density"], 3)
        split["correlation"] = round(split["correlation"], 3)
    for confusion in document["confusions"]:
        confusion["lift"] = round(confusion["lift"], 2)
    return document


def _sample(
    papers: Iterable[ClassifiedPaper],
) -> tuple[list[ClassifiedPaper], list[ClassifiedPaper], tuple[int, int]]:
    """Unexplained and other papers, each a random sample of bounded size, and how many there are.

    Reservoir sampling (Vitter, 1985, algorithm R), so that memory does not grow with the index.
    """
    chance = random.Random(0)
    kept: tuple[list[ClassifiedPaper], list[ClassifiedPaper]] = ([], [])
    counts = [0, 0]
    for paper in papers:
        if paper.paper.withdrawn:
            continue
        side = int(any(given.by_hand or given.probability >= WEAK for given in paper.labels))
        most = (_MOST_UNEXPLAINED, _MOST_OTHERS)[side]
        counts[side] += 1
        if len(kept[side]) < most:
            kept[side].append(paper)
        elif (place := chance.randrange(counts[side])) < most:
            kept[side][place] = paper
    return *kept, (counts[0], counts[1])


def _groups(
    papers: Sequence[ClassifiedPaper],
    unexplained: int,
    matrix: TermMatrix,
    points: Floats,
    fewest: int,
) -> list[Group]:
    """Stable, dense groups among the first papers, at several resolutions."""
    import numpy as np

    found = [
        cluster
        for number in _NUMBERS_OF_GROUPS
        if number * fewest <= 2 * unexplained
        for cluster in clusters(points[:unexplained], number)
        if cluster.stability >= PATTERN
        and cluster.density >= _DENSITY
        and len(cluster.rows) >= fewest
    ]
    every = np.arange(len(papers))
    groups = (
        _group(cluster, cluster.rows, np.setdiff1d(every, cluster.rows), papers, matrix)
        for cluster in separate(found)
    )
    return [group for group in groups if len(group.terms) >= _FEWEST_TERMS]


def _splits(
    papers: Sequence[ClassifiedPaper],
    matrix: TermMatrix,
    points: Floats,
    taxonomy: Taxonomy,
    fewest: int,
) -> list[Split]:
    """Labels whose papers fall into two stable groups that no other label tells apart."""
    import numpy as np

    carried = [{given.label for given in paper.labels} for paper in papers]
    found = []
    for label in taxonomy.label_ids:
        rows = np.flatnonzero([label in labels for labels in carried])
        number = len(rows)
        if number < 6 * fewest:
            continue
        if number > _MOST_OF_A_LABEL:
            rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_OF_A_LABEL, replace=False))
        halves = clusters(points[rows], 2)
        smallest = min(len(half.rows) for half in halves)
        density = sum(half.density * len(half.rows) for half in halves) / len(rows)
        if (
            min(half.stability for half in halves) < STABLE
            or smallest < max(fewest, _SMALLEST_HALF * len(rows))
            or density < _SPLIT_DENSITY
        ):
            continue
        first = np.isin(np.arange(len(rows)), halves[0].rows)
        like, correlation = _nearest_label([carried[row] for row in rows], first, label, taxonomy)
        if correlation < _TOLD_ALREADY:
            sides = [rows[half.rows] for half in halves]
            groups = tuple(
                _group(half, side, other, papers, matrix)
                for half, side, other in zip(halves, sides, reversed(sides), strict=True)
            )
            if min(len(group.terms) for group in groups) >= _FEWEST_TERMS:
                found.append(Split(label, number, density, groups, like, correlation))
    return sorted(found, key=lambda split: -split.density)


def _nearest_label(
    carried: Sequence[set[str]], first: NDArray[np.bool_], label: str, taxonomy: Taxonomy
) -> tuple[str, float]:
    """The other label that best tells the first half from the second, and how well."""
    import numpy as np
    from sklearn.metrics import matthews_corrcoef

    best = ("", 0.0)
    for other in taxonomy.label_ids:
        held = np.array([other in labels for labels in carried])
        if other != label and 0 < held.sum() < len(held):
            correlation = abs(float(matthews_corrcoef(held, first)))
            best = max(best, (other, correlation), key=lambda each: each[1])
    return best


def _group(
    cluster: Cluster,
    rows: Ints,
    others: Ints,
    papers: Sequence[ClassifiedPaper],
    matrix: TermMatrix,
) -> Group:
    typical = [papers[row].paper for row in rows[:_EXAMPLES]]
    return Group(
        papers=len(rows),
        terms=tuple(matrix.distinguishing(rows, others)),
        stability=cluster.stability,
        examples=tuple(Example(paper.arxiv_id, paper.title) for paper in typical),
    )


def _confusions(index: Index, wanted: PaperFilter, in_scope: int) -> list[Confusion]:
    """Pairs of siblings near whose thresholds the same papers are, more often than by chance."""
    near = near_thresholds(index, wanted)
    found = []
    for one, other in itertools.combinations(index.taxonomy.labels, 2):
        if (one.dimension, one.group, one.parent) != (other.dimension, other.group, other.parent):
            continue
        second = {paper.arxiv_id for paper in near[other.id]}
        both = [paper for paper in near[one.id] if paper.arxiv_id in second]
        if len(both) < _FEWEST_DOUBTFUL:
            continue
        lift = len(both) * in_scope / (len(near[one.id]) * len(second))
        if lift >= _CHANCE:
            examples = tuple(Example(each.arxiv_id, each.title) for each in both[:_EXAMPLES])
            found.append(Confusion((one.id, other.id), len(both), lift, examples))
    return sorted(found, key=lambda confusion: -confusion.lift)


def _text(classified: ClassifiedPaper) -> str:
    return f"{classified.paper.title}. {classified.paper.abstract}"
