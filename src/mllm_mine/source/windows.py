"""Date windows: a period is split until each part has few enough results to be paged through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mllm_mine.clock import iso, parse_iso

BEGINNING = datetime(1991, 8, 1, tzinfo=UTC)
"""arXiv's first papers are of this month."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A period in whole minutes, both ends inclusive.

    Neighbours share a minute: whether arXiv counts the seconds of the last minute in is not
    documented, and a paper seen twice is no harm.
    """

    since: datetime
    until: datetime

    @classmethod
    def covering(cls, since: str, until: str) -> Window:
        """The smallest window that covers a period given as ISO dates."""
        begin, end = parse_iso(since), parse_iso(until)
        begin = max(begin.replace(second=0, microsecond=0), BEGINNING)
        if end.second or end.microsecond:
            end = end.replace(second=0, microsecond=0) + _MINUTE
        return cls(begin, max(begin, end))

    def halves(self) -> tuple[Window, ...]:
        """Two windows for this one; the window itself when it is too short to split."""
        minutes = (self.until - self.since) // _MINUTE
        if minutes < 2:
            return (self,)
        middle = self.since + (minutes // 2) * _MINUTE
        return Window(self.since, middle), Window(middle, self.until)

    @property
    def bounds(self) -> tuple[str, str]:
        """Both ends as ISO text."""
        return iso(self.since), iso(self.until)

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"
