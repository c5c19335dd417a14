"""The texts of a model's terms, kept in one piece: a hundred thousand strings take their time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int64]


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
        line = term.encode("utf-8", "surrogatepass")
        low, high = 0, len(self)
        while low < high:  # UTF-8 has the order of its characters
            middle = (low + high) // 2
            if self._line(middle) < line:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self._line(low) == line else -1

    def have(self, character: str) -> Bools:
        """Which terms have an ASCII character in them, shape (terms,)."""
        import numpy as np

        if not self.lines:
            return np.zeros(0, bool)
        held = np.frombuffer(self.lines, np.uint8) == ord(character)
        found: Bools = np.logical_or.reduceat(held, self.starts)
        return found

    @cached_property
    def starts(self) -> Ints:
        """Where each term begins, shape (terms,)."""
        import numpy as np

        raw = np.frombuffer(self.lines, np.uint8)
        ends = np.flatnonzero(raw == ord("\n"))
        return np.append(0, ends + 1) if self.lines else ends

    def _line(self, place: int) -> bytes:
        end = self.starts[place + 1] - 1 if place + 1 < len(self.starts) else len(self.lines)
        return self.lines[self.starts[place] : end]
