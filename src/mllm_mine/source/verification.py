"""Compares what arXiv states with what the index has, without fetching papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mllm_mine.clock import iso, utc_now
from mllm_mine.errors import ConfigurationError
from mllm_mine.source import queries
from mllm_mine.source.fetching import chosen_queries
from mllm_mine.source.harvesting import Harvesting
from mllm_mine.source.politeness import Idle
from mllm_mine.source.request import FetchRequest
from mllm_mine.source.windows import Window

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.index.runs import Run
    from mllm_mine.progress import Progress

WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True)
class WindowCheck:
    """A window of a query, held against the index.

    Attributes:
        stated: how many papers arXiv says there are.
        known: how many of the window's papers the query has brought into the index.
    """

    source: str
    query: str
    since: str
    until: str
    stated: int
    known: int

    @property
    def missing(self) -> int:
        """How many papers the index lacks; 0 when it has all, or more than arXiv states.

        It may have more when a paper has since left the category or lost the words.
        """
        return max(0, self.stated - self.known)


def verify(
    index: Index,
    settings: Settings,
    request: FetchRequest,
    run: Run,
    progress: Progress,
    idle: Idle | None = None,
) -> list[WindowCheck]:
    """Asks arXiv for the totals since ``request.since``, one request for each 30 days of a query.

    A window in which papers are missing is recorded as a gap, which the next fetch closes, and
    named in the run.

    Raises:
        ConfigurationError: the request has no ``since``.
        SourceError, SourceUnavailableError: as for a fetch.
    """
    from mllm_mine.source.api_harvest import ApiHarvest
    from mllm_mine.source.transport import Transport

    if not request.since:
        raise ConfigurationError("--verify needs the date to verify from, like 2026-01-01")
    h = Harvesting(index, settings, request, run, progress)
    transport = Transport(settings, settings.arxiv.api_url, progress, idle)
    harvest = ApiHarvest(h, transport)
    windows = list(_windows(request))
    asked = list(_asked(settings, request))
    checks = []
    try:
        progress.start("verify", len(asked) * len(windows))
        for source, name, query in asked:
            for window in windows:
                check = _check(h, harvest.total(query, window), source, name, window)
                checks.append(check)
                if check.missing:
                    reason = f"arXiv states {check.stated} papers, the index has {check.known}"
                    h.report_gap(source, name, *_gap_bounds(source, window), reason)
                progress.advance()
        progress.finish()
    finally:
        run.add(requests=transport.requests, faults=transport.faults)
        transport.close()
    return checks


def _asked(settings: Settings, request: FetchRequest) -> Iterator[tuple[str, str, str]]:
    """Source, name in the index and API query of each thing to verify."""
    if (request.source or settings.fetch.source) == "oai":
        categories = request.categories or settings.fetch.categories or queries.OAI_CATEGORIES
        for category in dict.fromkeys(categories):
            # OAI states no totals; the API does, for the same category.
            yield "oai", queries.oai_set(category), queries.any_of("cat", (category,))
    else:
        for query in chosen_queries(settings, request):
            yield "api", query, query


def _windows(request: FetchRequest) -> Iterator[Window]:
    whole = Window.covering(request.since, min(request.until or utc_now(), utc_now()))
    begin = whole.since
    while begin < whole.until:
        end = min(begin + timedelta(days=WINDOW_DAYS), whole.until)
        yield Window(begin, end)
        begin = end


def _gap_bounds(source: str, window: Window) -> tuple[str, str]:
    """What to fetch again. OAI has a paper under the day of its last change, in or after it."""
    if source == "api":
        return window.bounds
    return f"{window.bounds[0][:10]}T00:00:00Z", f"{utc_now()[:10]}T00:00:00Z"


def _check(h: Harvesting, stated: int, source: str, name: str, window: Window) -> WindowCheck:
    """Counts a window's papers, leaving the seconds of its last minute to arXiv's favour."""
    since, until = window.bounds
    count = h.index.harvest.count_papers
    with_last_minute = count(source, name, since, iso(window.until + timedelta(seconds=59)))
    known = count(source, name, since, until)
    return WindowCheck(
        source, name, since, until, stated, max(known, min(stated, with_last_minute))
    )
