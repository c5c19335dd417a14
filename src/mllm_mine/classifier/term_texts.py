"""The texts of a model's terms, kept in one piece: a hundred thousand strings take their time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int64]

MARKS = " ~<"
"""Characters that tell what kind of term it is."""

_BIT_OF_MARK = bytes(1 << MARKS.index(chr(x)) if chr(x) in MARKS else 0 for x in range(256))


class TermTexts(Sequence[str]):
    """Terms in alphabetical order, as lines of UTF-8.

    Attributes:
        lines: one term a line, without a line break at the end.
    """

    def __init__(self, lines: bytes) -> None:
        """
        Raises:
            ValueError: the lines are no UTF-8, or one of them is empty.
        """
        lines.decode()
        if b"\n\n" in lines or lines[:1] == b"\n" or lines[-1:] == b"\n":
            raise ValueError("a term is empty")
        self.lines = lines

    @classmethod
    def of(cls, terms: Sequence[str]) -> TermTexts:
        """The same terms in one piece."""
        return terms if isinstance(terms, cls) else cls("\n".join(terms).encode())

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return self._line(range(len(self))[place]).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines.decode().split("\n") if self.lines else ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # equal to lists, which have none

    def place_of(self, term: str) -> int:
        """Where a term stands, or -1."""
        line = term.encode("utf-8", "surrogatepass")  # UTF-8 has the order of its characters
        place = bisect_left(range(len(self)), line, key=self._line)
        return place if place < len(self) and self._line(place) == line else -1

    def have(self, mark: str) -> Bools:
        """Which terms have one of the :data:`MARKS` in them, shape (terms,)."""
        found: Bools = self._marks & (1 << MARKS.index(mark)) != 0
        return found

    @cached_property
    def _marks(self) -> Bytes:
        """A bit for each mark that a term has, shape (terms,)."""
        import numpy as np

        bits = np.frombuffer(self.lines.translate(_BIT_OF_MARK), np.uint8)
        return np.bitwise_or.reduceat(bits, self.starts) if self.lines else bits

    @cached_property
    def starts(self) -> Ints:
        """Where each term begins, shape (terms,)."""
        import numpy as np

        raw = np.frombuffer(self.lines, np.uint8)
        ends = np.flatnonzero(raw == ord("\n"))
        return np.append(0, ends + 1) if self.lines else ends

    @cached_property
    def _bounds(self) -> memoryview:
        """Where each term begins, and the end, for a quick look at one of them."""
        import numpy as np

        return np.append(self.starts, len(self.lines) + 1).data

    def _line(self, place: int) -> bytes:
        return self.lines[self._bounds[place] : self._bounds[place + 1] - 1]
