"""Rows of a sparse matrix, as far as scoring needs them, with NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows in compressed form (SciPy's CSR).

    Attributes:
        starts: shape (rows + 1,); row r holds entries ``starts[r]:starts[r + 1]``.
        columns: shape (entries,), increasing within a row.
        values: shape (entries,).
        width: number of columns.
    """

    starts: Ints
    columns: Ints
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def dot(self, matrix: NDArray[Any]) -> Floats:
        """The product with a dense matrix of shape (width, outputs)."""
        import numpy as np

        product = np.zeros((len(self), matrix.shape[1]))
        bounds = self.starts.tolist()
        for row, (first, last) in enumerate(pairwise(bounds)):
            if first < last:
                product[row] = self.values[first:last] @ matrix[self.columns[first:last]]
        return product

    def rows(self, numbers: Ints) -> SparseRows:
        """Some of the rows, in the given order; -1 is a row of nothing."""
        import numpy as np

        present = numbers >= 0
        first = np.where(present, self.starts[numbers], 0)
        sizes = np.where(present, self.starts[numbers + 1] - self.starts[numbers], 0)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        entries = np.repeat(first - starts[:-1], sizes) + np.arange(starts[-1])
        return SparseRows(starts, self.columns[entries], self.values[entries], self.width)


def counted(rows: Ints, columns: Ints, times: Floats | None, height: int, width: int) -> SparseRows:
    """Rows that say how often each column occurs in each row.

    Args:
        rows, columns: shape (occurrences,).
        times: how often each occurrence counts; None is once.
    """
    import numpy as np

    keys, places = np.unique(rows * max(width, 1) + columns, return_inverse=True)
    values = np.bincount(places, times, len(keys)).astype(np.float64)
    found_rows, found_columns = np.divmod(keys, max(width, 1))
    starts = np.searchsorted(found_rows, np.arange(height + 1))
    return SparseRows(starts, found_columns, values, width)


def tf_idf(counts: SparseRows, idf: Floats, kinds: Ints, lengths: Sequence[float]) -> SparseRows:
    """(1 + ln tf) · idf, the columns of each kind scaled to a length of their own in each row.

    For one kind of length one it is scikit-learn's TfidfVectorizer with ``sublinear_tf=True``
    (Salton and Buckley, 1988).

    Args:
        idf, kinds: shape (columns,).
        lengths: the length of each kind's part.
    """
    import numpy as np

    values = (1.0 + np.log(counts.values)) * idf[counts.columns]
    row = np.repeat(np.arange(len(counts)), np.diff(counts.starts))
    part = row * len(lengths) + kinds[counts.columns]
    norms = np.sqrt(np.bincount(part, values * values, len(counts) * len(lengths)))
    scale = np.tile(np.asarray(lengths), len(counts)) / np.where(norms > 0, norms, 1.0)
    return SparseRows(counts.starts, counts.columns, values * scale[part], counts.width)
