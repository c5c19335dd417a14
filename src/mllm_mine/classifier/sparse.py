"""Rows of a sparse matrix, as far as scoring needs them."""

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


_FEW_ROWS = 200  # up to here, NumPy is done before SciPy is imported


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

        if len(self) > _FEW_ROWS:
            return self._dot_by_scipy(matrix)
        product = np.zeros((len(self), matrix.shape[1]))
        bounds = self.starts.tolist()
        for row, (first, last) in enumerate(pairwise(bounds)):
            if first < last:
                product[row] = self.values[first:last] @ matrix[self.columns[first:last]]
        return product

    def _dot_by_scipy(self, matrix: NDArray[Any]) -> Floats:
        import numpy as np
        from scipy.sparse import csr_matrix

        # Few of the columns occur in a batch: the rest need not be made floating-point numbers.
        occurs = np.zeros(self.width, bool)
        occurs[self.columns] = True
        used = np.flatnonzero(occurs)
        place = np.empty(self.width, np.int32)
        place[used] = np.arange(len(used), dtype=np.int32)
        entries = self.values, place.take(self.columns), self.starts.astype(np.int32)
        product: Floats = csr_matrix(entries, (len(self), len(used))) @ matrix.take(
            used, axis=0
        ).astype(float)
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

    def first_columns(self, width: int) -> SparseRows:
        """The rows up to a column."""
        import numpy as np

        kept = np.flatnonzero(self.columns < width)
        starts = np.searchsorted(kept, self.starts)
        return SparseRows(starts, self.columns[kept], self.values[kept], width)


def counted(
    rows: Ints, columns: Ints, owner: Ints, groups: int, once: NDArray[np.bool_]
) -> tuple[SparseRows, SparseRows]:
    """How often each column occurs in each row, and in each group of rows.

    Args:
        rows, columns: shape (occurrences,).
        owner: the group of each row, shape (rows,), increasing.
        once: which columns count once in a row however often they occur, shape (columns,).
    """
    import numpy as np

    # One sort puts the same column of a group together, row by row. Timsort beats NumPy's default
    # where the processor has AVX-512 but is slow at it, and is never far behind.
    first_row = np.searchsorted(owner, np.arange(groups))
    within = np.arange(len(owner)) - first_row[owner]
    row_bits = int(within.max(initial=0)).bit_length()
    column_bits = len(once).bit_length()
    place_of_row = owner << column_bits + row_bits | within
    keys = np.sort(place_of_row.take(rows) | columns << row_bits, kind="stable")
    first = _first_of_each(keys)
    times = np.diff(np.append(first, len(keys)))
    keys = keys.take(first)
    in_group = keys >> row_bits
    column = in_group & (1 << column_bits) - 1
    times[once.take(column)] = 1
    first = _first_of_each(in_group)
    sums = np.diff(np.append(0, np.cumsum(times))[np.append(first, len(times))])
    starts = np.searchsorted(in_group[first], np.arange(groups + 1) << column_bits)
    by_group = SparseRows(starts, column[first], sums.astype(float), len(once))
    row = (keys & (1 << row_bits) - 1) + first_row.take(in_group >> column_bits)
    order = np.argsort(row.astype(np.min_scalar_type(len(owner))), kind="stable")
    starts = np.append(0, np.cumsum(np.bincount(row, minlength=len(owner))))
    return SparseRows(
        starts, column.take(order), times.take(order).astype(float), len(once)
    ), by_group


def _first_of_each(values: Ints) -> Ints:
    """Where each run of the same value begins."""
    import numpy as np

    return np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])


def tf_idf(counts: SparseRows, idf: Floats, kinds: Ints, lengths: Sequence[float]) -> SparseRows:
    """(1 + ln tf) · idf, the columns of each kind scaled to a length of their own in each row.

    For one kind of length one it is scikit-learn's TfidfVectorizer with ``sublinear_tf=True``
    (Salton and Buckley, 1988).

    Args:
        idf, kinds: shape (columns,).
        lengths: the length of each kind's part.
    """
    import numpy as np

    values = idf.take(counts.columns)
    often = np.flatnonzero(counts.values > 1)
    values[often] *= 1.0 + np.log(counts.values[often])
    parts = np.arange(0, len(counts) * len(lengths), len(lengths))
    part = np.repeat(parts, np.diff(counts.starts))
    part += kinds.take(counts.columns)
    norms = np.sqrt(np.bincount(part, values * values, len(counts) * len(lengths)))
    scale = np.tile(np.asarray(lengths), len(counts)) / np.where(norms > 0, norms, 1.0)
    values *= scale.take(part)
    return SparseRows(counts.starts, counts.columns, values, counts.width)
