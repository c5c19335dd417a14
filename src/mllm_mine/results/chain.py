"""Numbers of a sentence that stand side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mllm_mine.results.quantities import Quantity

_JOINED = re.compile(r"[\s,/(→]*(?:and|or|to|vs\.?|down to|up to)?[\s(]*\+?")
LISTED = re.compile(r"(?:\s*,\s*|\s*/\s*|\s*,?\s*(?:and|or|&)\s+(?:the )?)")
"""What stands between the parts of a list."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Numbers that stand side by side (``2.1 and 3.4 points``)."""

    quantities: tuple[Quantity, ...]

    @property
    def start(self) -> int:
        """Where the first begins."""
        return self.quantities[0].start

    @property
    def end(self) -> int:
        """Where the last ends."""
        return self.quantities[-1].end


def chains_of(sentence: str, quantities: Sequence[Quantity]) -> list[Chain]:
    """The numbers of a sentence, those that are listed together."""
    chains: list[list[Quantity]] = []
    for quantity in quantities:
        if chains and _JOINED.fullmatch(sentence, chains[-1][-1].end, quantity.start):
            chains[-1].append(quantity)
        else:
            chains.append([quantity])
    return [Chain(tuple(chain)) for chain in chains]
