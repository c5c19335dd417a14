"""Fetches through the query API: whole queries, the newest papers, or papers by id."""

from __future__ import annotations

from collections.abc import Sequence

import arxiv

from mllm_mine.clock import utc_now
from mllm_mine.index.harvest import Resumption, days_before
from mllm_mine.source.api import MAX_RESULTS, QueryApi
from mllm_mine.source.api_updates import UpdateFetch
from mllm_mine.source.api_windows import SOURCE, WindowFetch, is_recent, submitted_within
from mllm_mine.source.harvesting import UNREADABLE, Harvesting
from mllm_mine.source.transport import Transport
from mllm_mine.source.windows import Window

FIRST_RUN_DAYS = 30
_IDS_A_REQUEST = 100

_RUN = "api-run"
"""Name of the places where a run stands: which of its queries it is through with."""
_WINDOWS_DONE = "windows"
_ALL_DONE = "all"


class ApiHarvest:
    """Brings what the queries match.

    Raises (all methods):
        SourceUnavailableError: arXiv gave no good answer; what came before is saved.
        SourceError: arXiv calls a query wrong.
    """

    def __init__(self, harvesting: Harvesting, transport: Transport) -> None:
        self._h = harvesting
        self._api = QueryApi(transport, harvesting.settings, harvesting.progress, harvesting.index)
        self._windows = WindowFetch(harvesting, self._api)
        self._updates = UpdateFetch(harvesting, self._api)

    def period(self, query: str) -> Window:
        """What to ask a query for: where the last run ended, less the overlap, until now."""
        request, fetch = self._h.request, self._h.settings.fetch
        until = min(request.until or utc_now(), utc_now())
        if request.since:
            return Window.covering(request.since, until)
        mark = self._h.index.harvest.watermark(SOURCE, query)
        if mark is not None and not request.until:
            return Window.covering(days_before(mark.reached, fetch.overlap_days), until)
        since = min(fetch.since, until) if fetch.since else days_before(until, FIRST_RUN_DAYS)
        return Window.covering(since, until)

    def fetch_query(self, query: str) -> None:
        """Brings a query's papers of its period, then new versions of older ones.

        What a run did that was cut off not long ago is not asked for again.
        """
        request = self._h.request
        if request.since or request.until:
            self._windows.fetch_period(query, self.period(query))
            if not request.until:
                self._updates.fetch(query)
            return
        done = self._done(query)
        if not done:
            self._windows.fetch_period(query, self.period(query))
            self._mark_done(query, _WINDOWS_DONE)
        if done != _ALL_DONE:
            self._updates.fetch(query)
            self._mark_done(query, _ALL_DONE)

    def fetch_gaps(self) -> None:
        """Tries the windows again that earlier runs could not fetch whole."""
        for gap in self._h.index.harvest.due_gaps(SOURCE):
            self._windows.fetch_period(gap.query, Window.covering(gap.since, gap.until))

    def finish(self) -> None:
        """The run is through with all queries: the next one begins anew."""
        self._h.index.harvest.forget_resumption(_RUN)

    def fetch_newest(self, query: str) -> None:
        """Fetches no more than ``max_papers``, the newest first; moves no watermark."""
        search = submitted_within(query, self.period(query), newest_first=True)
        start = 0
        while (wanted := self._h.wanted or 0) > 0:
            size = min(self._api.page_size, wanted)
            page = (
                self._api.first_page(search, size)
                if not start
                else self._api.page(search, start, size)
            )
            with self._h.index.transaction():
                self._h.save(page.papers, SOURCE, query, digests=page.digests)
                self._h.save_known(page.known, SOURCE, query)
                self._h.report_bad(page.bad)
            start += size
            if start >= min(page.total, MAX_RESULTS):
                return

    def fetch_ids(self, ids: Sequence[str]) -> None:
        """Fetches papers by id; names those that arXiv does not know."""
        for begin in range(0, len(ids), _IDS_A_REQUEST):
            part = ids[begin : begin + _IDS_A_REQUEST]
            page = self._api.first_page(arxiv.Search(id_list=list(part)), len(part))
            with self._h.index.transaction():
                self._h.save(page.papers, SOURCE, "ids", digests=page.digests)
                self._h.save_known(page.known, SOURCE, "ids")
                for arxiv_id in page.ids - {bad.arxiv_id for bad in page.bad}:
                    self._h.index.harvest.close_gaps(UNREADABLE, arxiv_id)
                self._h.report_bad(page.bad)
            for arxiv_id in part:
                if arxiv_id not in page.ids:
                    self._h.run.fail(arxiv_id, "arXiv does not know this id")

    def fetch_unreadable(self) -> None:
        """Asks again for single papers that could not be read in earlier runs."""
        known = {subject for subject, _ in self._h.run.failures}
        due = [gap.query for gap in self._h.index.harvest.due_gaps(UNREADABLE)]
        self.fetch_ids([arxiv_id for arxiv_id in due if arxiv_id not in known])

    def total(self, query: str, window: Window) -> int:
        """How many papers arXiv states for a window, without fetching them."""
        return self._api.first_page(submitted_within(query, window), 1).total

    def _done(self, query: str) -> str:
        """How far a run got with a query that was cut off not long ago."""
        kept = self._h.index.harvest.resumption(_RUN, query)
        return kept.token if kept is not None and is_recent(kept) else ""

    def _mark_done(self, query: str, how_far: str) -> None:
        place = Resumption(_RUN, query, "", "", how_far, utc_now())
        self._h.index.harvest.keep_resumption(place)
