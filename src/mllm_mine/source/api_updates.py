"""Notices new versions of old papers: pages through a query by date of the last version."""

from __future__ import annotations

from typing import Literal

import arxiv

from mllm_mine.clock import utc_now
from mllm_mine.errors import SourceError
from mllm_mine.index.harvest import Resumption, days_before
from mllm_mine.paper import Paper
from mllm_mine.source import queries
from mllm_mine.source.api import MAX_RESULTS, QueryApi
from mllm_mine.source.api_windows import SOURCE, is_recent
from mllm_mine.source.harvesting import Harvesting, short
from mllm_mine.source.windows import BEGINNING, Window

UPDATES = "api-updates"
"""Name of these watermarks, gaps and places."""

_MAX_SHIFTS = 4
_Outcome = Literal["done", "shifted", "too many"]


class UpdateFetch:
    """Fetches what was updated since last time.

    The range ``lastUpdatedDate:[…]`` finds no new versions of old papers, because arXiv rewrites
    it to the date of submission; but sorting by that date is true.
    """

    def __init__(self, harvesting: Harvesting, api: QueryApi) -> None:
        self._h = harvesting
        self._api = api

    def fetch(self, query: str) -> None:
        """Pages down to where we were last time, less the overlap, and moves the watermark.

        A query's first run goes back to when the papers were current that came into the index
        otherwise (imported, say); without such papers nothing can be out of date.

        Raises:
            SourceUnavailableError: arXiv gave no good answer; what came before is saved.
        """
        harvest = self._h.index.harvest
        begun = utc_now()
        mark = harvest.watermark(UPDATES, query)
        down_to = mark.reached if mark is not None else harvest.newest_import()
        if down_to:
            down_to = days_before(down_to, self._h.settings.fetch.overlap_days)
            try:
                self._fetch(query, None, down_to)
            except SourceError as error:
                self._h.report_gap(UPDATES, query, down_to, begun, str(error))
                raise
        with self._h.index.transaction():
            harvest.accept(UPDATES, query, down_to or begun, begun)
            harvest.forget_resumption(UPDATES, query)

    def _fetch(self, query: str, window: Window | None, down_to: str) -> None:
        """Fetches updates of papers submitted in a window, split when they are too many."""
        outcome = self._page_through(query, window, down_to, self._interrupted(query, window))
        for _ in range(_MAX_SHIFTS):
            if outcome != "shifted":
                break
            outcome = self._page_through(query, window, down_to)
        if outcome == "too many":
            whole = window or Window.covering(BEGINNING.isoformat(), utc_now())
            for half in whole.halves():
                if half != whole:
                    self._fetch(query, half, down_to)
        if outcome == "shifted":
            # Every paper was seen that did not move meanwhile; the next run's overlap sees those.
            self._h.progress.note(f"{short(query)}: the list of new versions kept shifting")

    def _interrupted(self, query: str, window: Window | None) -> tuple[int, int]:
        """First result and total where an earlier run was interrupted; (0, 0) when none was."""
        kept = self._h.index.harvest.resumption(UPDATES, query)
        if window is not None or kept is None or not is_recent(kept):
            return 0, 0
        start, total = kept.token.split()
        return int(start), int(total)

    def _page_through(
        self,
        query: str,
        window: Window | None,
        down_to: str,
        place: tuple[int, int] = (0, 0),
    ) -> _Outcome:
        asked = queries.within(query, window.since, window.until) if window else f"({query})"
        search = arxiv.Search(asked, sort_by=arxiv.SortCriterion.LastUpdatedDate)
        first, total = place
        size = self._api.page_size
        for start in range(first, MAX_RESULTS, size):
            page = self._api.page(search, start) if start else self._api.first_page(search)
            if total and page.total != total:
                if start != first:  # at the first page of a resumed pass it is no surprise
                    self._api.transport.doubt(f"the total moved from {total} to {page.total}")
                return "shifted"
            total = page.total
            recent = [paper for paper in page.papers if paper.updated >= down_to]
            known = [paper for paper in page.known if paper.updated >= down_to]
            past = len(recent) + len(known) < len(page.papers) + len(page.known)
            ended = past or start + size >= total
            ours = [paper for paper in recent if self._concerns_us(query, paper)]
            with self._h.index.transaction():
                self._h.save(ours, SOURCE, query, again=True, digests=page.digests)
                self._h.save_known(known, SOURCE, query, again=True)
                self._h.report_bad(page.bad)
                if not ended and window is None:
                    token = f"{start + size} {total}"
                    self._h.index.harvest.keep_resumption(
                        Resumption(UPDATES, query, down_to, "", token, utc_now())
                    )
            if ended:
                return "done"
        return "too many"

    def _concerns_us(self, query: str, paper: Paper) -> bool:
        """Whether a recently updated paper is in the index, or belongs to the fetched period."""
        mark = self._h.index.harvest.watermark(SOURCE, query)
        if mark is not None and mark.since <= paper.published <= mark.reached:
            return True
        return self._h.index.papers.get(paper.arxiv_id) is not None
