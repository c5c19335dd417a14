"""The time, in the one form the index keeps it: ISO 8601, UTC, whole seconds."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment; ``MINE_NOW`` (ISO 8601) stands in for it to replay past nights."""
    pinned = os.environ.get("MINE_NOW")
    if pinned:
        moment = datetime.fromisoformat(pinned.replace("Z", "+00:00"))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.now(UTC)


def utc_now() -> str:
    """The present moment as ``2025-01-31T17:59:59Z``."""
    return iso(now())


def iso(moment: datetime) -> str:
    """A moment as ``2025-01-31T17:59:59Z``; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> datetime:
    """Reads ``2025-01-31``, ``2025-01-31T17:59:59Z`` and other ISO 8601 forms, UTC by default.

    Raises:
        ValueError: when the text is no date.
    """
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
