"""Numbers, lists and faults in words, as people read them."""

from __future__ import annotations

from collections.abc import Iterable

NAMED = 3
"""So many of a kind are named."""


def counted(number: int, noun: str) -> str:
    """``1 paper``, ``1,234 papers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some(names: Iterable[str], most: int = NAMED) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def json_fault(error: ValueError | RecursionError) -> str:
    """Why a text could not be read as JSON."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
