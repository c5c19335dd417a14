"""Looks up many 64-bit keys at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Keys = NDArray[np.uint64]

_SPREAD = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: Fibonacci hashing (Knuth, 6.4)
_ROOM = 2  # bits of room for each key, so that few share a place


class KeyTable:
    """A number for each of some distinct keys.

    Keys are multiplied by an odd constant, which spreads them evenly and tells all of them apart,
    and sorted. The first bits of a product say where among the sorted ones it would stand.
    """

    def __init__(self, keys: Keys, numbers: Ints, missing: int = -1) -> None:
        """
        Args:
            keys, numbers: shape (keys,).
            missing: the number of every other key.
        """
        import numpy as np

        spread = keys * np.uint64(_SPREAD)
        order = np.argsort(spread)
        bits = len(keys).bit_length() + _ROOM
        self._shift = np.uint64(64 - bits)
        held = np.bincount((spread >> self._shift).view(np.int64), minlength=1 << bits)
        self._first = (np.cumsum(held) - held).astype(np.int32)
        last = np.full(1, np.iinfo(np.uint64).max, np.uint64)  # stops a search at the end
        self._keys = np.concatenate([spread[order], last])
        self._numbers = np.append(numbers[order], missing)
        self._missing = missing

    def find(self, keys: Keys) -> Ints:
        """The number of each key, shape (keys,)."""
        import numpy as np

        wanted = keys * np.uint64(_SPREAD)
        place = self._first.take((wanted >> self._shift).view(np.int64))
        found = self._keys.take(place)
        later = np.flatnonzero(found < wanted)
        while len(later):
            place[later] += 1
            found[later] = self._keys[place[later]]
            later = later[found[later] < wanted[later]]
        return np.where(found == wanted, self._numbers.take(place), self._missing)


class PairTable:
    """A number for each of some pairs of numbers.

    Args:
        first, second, numbers: shape (pairs,).
        base: more than any second number, also of pairs that are looked up.
    """

    def __init__(self, first: Ints, second: Ints, numbers: Ints, base: int) -> None:
        self._base = base
        self._table = KeyTable(self._keys(first, second), numbers)

    def find(self, first: Ints, second: Ints) -> Ints:
        """The number of each pair, or -1."""
        return self._table.find(self._keys(first, second))

    def _keys(self, first: Ints, second: Ints) -> Keys:
        return (first * self._base + second).view("u8")
