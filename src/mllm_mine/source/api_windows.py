"""Fetches a query's papers by date of submission, in windows that add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import arxiv

from mllm_mine.clock import now, parse_iso, utc_now
from mllm_mine.errors import SourceError
from mllm_mine.index.harvest import Resumption
from mllm_mine.source import queries
from mllm_mine.source.api import MAX_RESULTS, Page, QueryApi
from mllm_mine.source.harvesting import Harvesting, short
from mllm_mine.source.windows import Window

SOURCE = "api"
"""Name of these watermarks, gaps and places."""

STALE_AFTER = timedelta(hours=6)
"""Where a fetch was interrupted longer ago than this, it begins anew."""

_MAX_SHIFTS = 4
_TOO_MANY = "too many"


@dataclass(frozen=True)
class _Place:
    """Where the paging through a window was interrupted, and what its total was."""

    window: Window
    start: int
    total: int


class WindowFetch:
    """Pages through date windows and accepts those in which nothing is missing.

    Raises (all methods):
        SourceUnavailableError: arXiv gave no good answer; what came before is saved.
        SourceError: arXiv calls a query wrong.
    """

    def __init__(self, harvesting: Harvesting, api: QueryApi) -> None:
        self._h = harvesting
        self._api = api

    def fetch_period(self, query: str, period: Window) -> None:
        """Fetches a period window by window, earliest first, splitting those that are too large.

        A window in which an earlier run was interrupted goes on where that one stopped. When
        arXiv stops answering, the rest of the period is recorded as a gap.
        """
        place = self._interrupted(query, period)
        pending = _around(period, place)
        try:
            while pending:
                window = pending[0]
                if self._fetch_window(query, window, place):
                    pending.pop(0)
                elif len(halves := window.halves()) > 1:
                    pending[:1] = halves
                else:
                    pending.pop(0)
                    self._gap(query, window, f"more than {MAX_RESULTS} papers in one minute")
        except SourceError as error:
            if error.exit_code != 1:  # a wrong query leaves no gap: it would never close
                self._gap(query, Window(pending[0].since, period.until), str(error))
            raise

    def _interrupted(self, query: str, period: Window) -> _Place | None:
        """Where an earlier run was interrupted, if that was not long ago and still of use."""
        kept = self._h.index.harvest.resumption(SOURCE, query)
        if kept is None or not is_recent(kept):
            return None
        window = Window.covering(kept.since, kept.until)
        if window.since < period.since or window.until <= period.since:
            return None
        if window.until > period.until:
            return None
        start, total = kept.token.split()
        return _Place(window, int(start), int(total))

    def _fetch_window(self, query: str, window: Window, place: _Place | None) -> bool:
        """Fetches a window; False when it has too many results to be paged through."""
        if (
            place is not None
            and place.window == window
            and self._page_through(query, window, place) is None
        ):
            return True  # otherwise things have changed meanwhile: from the beginning then
        trouble: str | None = ""
        for _ in range(_MAX_SHIFTS):
            trouble = self._page_through(query, window)
            if trouble is None:
                return True
            if trouble == _TOO_MANY:
                return False
            self._api.transport.doubt(trouble)
        self._gap(query, window, trouble or "")
        return True

    def _page_through(self, query: str, window: Window, place: _Place | None = None) -> str | None:
        """Saves a window's papers page by page; the last page moves the watermark.

        Args:
            place: where to go on; what the index knows of the window counts as seen then.

        Returns:
            None when the window is whole: as many distinct papers as arXiv says there are.
            Otherwise why not.
        """
        search = submitted_within(query, window)
        if place is None:
            start, seen = 0, set[str]()
            page = self._api.first_page(search)
        else:
            start = place.start
            seen = self._h.index.harvest.paper_ids(SOURCE, query, *window.bounds)
            page = self._api.page(search, start)
        total = place.total if place else page.total
        if total > MAX_RESULTS:
            return _TOO_MANY
        self._h.progress.start(f"{short(query, 40)} {window.since:%Y-%m-%d}", total)
        self._h.progress.advance(start)
        while True:
            if page.total != total:
                return f"the total moved from {total} to {page.total}"
            seen.update(page.ids)
            start += self._api.page_size
            last = start >= total
            whole = last and len(seen) == total
            self._save(query, window, page, "" if last else f"{start} {total}", whole=whole)
            if last:
                break
            page = self._api.page(search, start)
        self._h.progress.finish()
        if whole:
            return None
        return f"{len(seen)} different papers where arXiv states {total}"

    def _save(self, query: str, window: Window, page: Page, place: str, *, whole: bool) -> None:
        """Saves a page, and in the same transaction how far that brings us."""
        harvest = self._h.index.harvest
        with self._h.index.transaction():
            self._h.save(page.papers, SOURCE, query, digests=page.digests)
            self._h.save_known(page.known, SOURCE, query)
            if whole:
                harvest.accept(SOURCE, query, *window.bounds)
            if place:
                kept = Resumption(SOURCE, query, *window.bounds, place, utc_now())
                harvest.keep_resumption(kept)
            else:
                harvest.forget_resumption(SOURCE, query)
            self._h.report_bad(page.bad)
        self._h.progress.advance(page.count)

    def _gap(self, query: str, window: Window, reason: str) -> None:
        self._h.report_gap(SOURCE, query, *window.bounds, reason)


def submitted_within(query: str, window: Window, *, newest_first: bool = False) -> arxiv.Search:
    """A search in the order of submission, which late announcements disturb least."""
    order = arxiv.SortOrder.Descending if newest_first else arxiv.SortOrder.Ascending
    return arxiv.Search(
        queries.within(query, window.since, window.until),
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=order,
    )


def is_recent(kept: Resumption) -> bool:
    """Whether a fetch was interrupted so lately that it can go on where it stopped."""
    age = now() - parse_iso(kept.begun)
    return timedelta() <= age <= STALE_AFTER


def _around(period: Window, place: _Place | None) -> list[Window]:
    """A period as windows; an interrupted one stays as it was, with the rest around it."""
    if place is None:
        return [period]
    window = place.window
    parts = (Window(period.since, window.since), window, Window(window.until, period.until))
    return [part for part in parts if part.since < part.until]
