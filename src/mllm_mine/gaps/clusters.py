"""Groups of papers that are really there: found again when only some of the papers are looked at.

Papers are points in the space of latent semantic analysis (Deerwester et al., 1990), normalised,
so that k-means groups them by the cosine. A group counts when it comes back in most random parts
of the papers, by the clusterwise Jaccard coefficient of Hennig (2007: Cluster-wise assessment of
cluster stability; he takes 0.6 for a pattern and 0.75 for a stable cluster), and is denser than
its surroundings (silhouettes, Rousseeuw, 1987). All seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

PATTERN, STABLE = 0.6, 0.75
"""Clusterwise Jaccard coefficients from which on a group is a pattern, and stable."""

_DIMENSIONS = 100
_RESAMPLES, _SHARE = 10, 0.75  # how often, and how much of the papers, is looked at again
_STARTS = 4
_SILHOUETTE_SAMPLE = 2000


@dataclass(frozen=True)
class Cluster:
    """A group of papers.

    Attributes:
        rows: of the points that were clustered, the most typical first.
        stability: mean clusterwise Jaccard coefficient, from 0 to 1.
        density: mean silhouette, from -1 to 1.
    """

    rows: Ints
    stability: float
    density: float


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps linear algebra to one thread, so that sums are the same on every machine."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def latent_points(weights: csr_matrix) -> Floats:
    """Papers as points of length one in at most 100 dimensions, shape (papers, dimensions)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    dimensions = max(1, min(_DIMENSIONS, *(side - 1 for side in weights.shape)))
    points = TruncatedSVD(dimensions, random_state=0).fit_transform(weights)
    normalised: Floats = normalize(points)
    return normalised


def clusters(points: Floats, number: int) -> list[Cluster]:
    """Splits points into so many groups, and measures each."""
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_samples

    fitted = KMeans(number, n_init=_STARTS, random_state=0).fit(points)
    stability = _stability(points, fitted.labels_, number)
    some = np.arange(len(points))
    if len(points) > _SILHOUETTE_SAMPLE:  # its cost grows with the square
        some = np.random.default_rng(0).choice(len(points), _SILHOUETTE_SAMPLE, replace=False)
    present = len(np.unique(fitted.labels_[some]))
    density = np.zeros(len(some))
    if 1 < present < len(some):
        density = silhouette_samples(points[some], fitted.labels_[some])
    found = []
    for group in range(number):
        rows = np.flatnonzero(fitted.labels_ == group)
        distance = ((points[rows] - fitted.cluster_centers_[group]) ** 2).sum(axis=1)
        here = density[fitted.labels_[some] == group]
        found.append(
            Cluster(
                rows[np.argsort(distance, kind="stable")],
                float(stability[group]),
                float(here.mean()) if len(here) else 0.0,
            )
        )
    return found


def separate(found: Iterable[Cluster]) -> list[Cluster]:
    """Of overlapping groups the most stable ones, most stable first."""
    chosen: list[Cluster] = []
    for cluster in sorted(found, key=lambda each: (-each.stability, -len(each.rows))):
        rows = set(cluster.rows.tolist())
        shared = (len(rows.intersection(each.rows.tolist())) for each in chosen)
        if all(
            3 * number <= min(len(rows), len(each.rows))
            for number, each in zip(shared, chosen, strict=True)
        ):
            chosen.append(cluster)
    return chosen


def _stability(points: Floats, labels: Ints, number: int) -> Floats:
    """For each group how much of it comes back, on average over random parts of the points."""
    import numpy as np
    from sklearn.cluster import KMeans

    draw = np.random.default_rng(0)
    found = np.zeros((_RESAMPLES, number))
    for turn in range(_RESAMPLES):
        part = draw.choice(len(points), max(number, int(_SHARE * len(points))), replace=False)
        again = KMeans(number, n_init=1, random_state=turn).fit(points[part]).labels_
        both = np.zeros((number, number))
        np.add.at(both, (labels[part], again), 1)
        either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
        found[turn] = (both / np.maximum(either, 1)).max(axis=1)
    mean: Floats = found.mean(axis=0)
    return mean
