"""A record of a feed or file that could not be read, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BadRecord:
    """What readers yield in place of a paper they cannot make sense of; reading goes on.

    Attributes:
        place: where it stands: ``entry 12``, ``record 3``, ``line 7``.
        reason: what is wrong with it.
        arxiv_id: the id it claims, or "".
    """

    place: str
    reason: str
    arxiv_id: str = ""
