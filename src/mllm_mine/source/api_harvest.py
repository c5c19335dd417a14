"""Fetches queries through the API: windows that add up, and new versions of old papers."""

from __future__ import annotations

import arxiv

from mllm_mine.clock import utc_now
from mllm_mine.errors import SourceError
from mllm_mine.index.harvest import days_before
from mllm_mine.paper import Paper
from mllm_mine.source import queries
from mllm_mine.source.api import MAX_RESULTS, ArxivClient, Page
from mllm_mine.source.harvesting import Harvesting, short
from mllm_mine.source.transport import Transport
from mllm_mine.source.windows import BEGINNING, Window

SOURCE = "api"
UPDATES = "api-updates"
"""Names of the watermarks: by date of submission, and by date of the last version."""

FIRST_RUN_DAYS = 30
_MAX_SHIFTS = 4
_EMPTY_ANSWERS = 3
_IDS_A_REQUEST = 100


class ApiHarvest:
    """Brings what the queries match.

    Raises (all methods):
        SourceUnavailableError: arXiv gave no good answer; what came before is saved.
        SourceError: arXiv calls a query wrong.
    """

    def __init__(self, harvesting: Harvesting, transport: Transport) -> None:
        self._h = harvesting
        self._transport = transport
        self._client = ArxivClient(transport, harvesting.settings.arxiv.api_url)
        self._size = harvesting.settings.fetch.page_size
        self._understood: set[str] = set()

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
        """Brings a query's papers of its period, then new versions of older ones."""
        current = self._h.index.harvest.newest_update()
        self.fetch_period(query, self.period(query))
        if not self._h.request.until:
            self.fetch_updates(query, current)

    def fetch_period(self, query: str, period: Window) -> None:
        """Fetches a period window by window, earliest first, splitting those that are too large.

        When arXiv stops answering, the rest of the period is recorded as a gap.
        """
        pending = [period]
        try:
            while pending:
                window = pending.pop(0)
                if self._fetch_window(query, window):
                    continue
                halves = window.halves()
                if len(halves) == 1:
                    self._gap(query, window, f"more than {MAX_RESULTS} papers in one minute")
                    continue
                pending[:0] = halves
        except SourceError as error:
            if error.exit_code != 1:  # a wrong query leaves no gap: it would never close
                self._gap(query, Window(window.since, period.until), str(error))
            raise

    def fetch_newest(self, query: str) -> None:
        """Fetches no more than ``max_papers``, the newest first; moves no watermark."""
        window = self.period(query)
        search = _search(queries.within(query, window.since, window.until), newest_first=True)
        start = 0
        while (wanted := self._h.wanted or 0) > 0:
            page = self._page(search, query, start, min(self._size, wanted))
            with self._h.index.transaction():
                self._h.save(page.papers, SOURCE, query)
            self._report_bad(page)
            start += self._size
            if start >= min(page.total, MAX_RESULTS):
                return

    def fetch_ids(self, ids: tuple[str, ...]) -> None:
        """Fetches papers by id; names those that arXiv does not know."""
        for begin in range(0, len(ids), _IDS_A_REQUEST):
            part = ids[begin : begin + _IDS_A_REQUEST]
            search = arxiv.Search(id_list=list(part))
            page = self._client.page(search, 0, len(part))
            if not page.count:  # perhaps all are unknown, perhaps it is a fault
                page = self._client.page(search, 0, len(part))
            with self._h.index.transaction():
                self._h.save(page.papers, SOURCE, "ids")
            self._report_bad(page)
            found = {paper.arxiv_id for paper in page.papers} | {bad.arxiv_id for bad in page.bad}
            for arxiv_id in part:
                if arxiv_id not in found:
                    self._h.run.fail(arxiv_id, "arXiv does not know this id")

    def fetch_updates(self, query: str, current: str) -> None:
        """Pages through the query by date of the last version, down to where we were last time.

        The range ``lastUpdatedDate:[…]`` finds no new versions of old papers (arXiv rewrites it
        to the date of submission), but sorting by that date is true.

        Args:
            current: for a query without watermark, how current the index was before this run;
                "" when it was empty, so that nothing in it can be out of date.
        """
        harvest = self._h.index.harvest
        begun = utc_now()
        mark = harvest.watermark(UPDATES, query)
        down_to = mark.reached if mark is not None else current
        if down_to:
            down_to = days_before(down_to, self._h.settings.fetch.overlap_days)
            try:
                self._updates(query, None, down_to)
            except SourceError as error:
                self._h.report_gap(UPDATES, query, down_to, begun, str(error))
                raise
        with self._h.index.transaction():
            harvest.accept(UPDATES, query, down_to or begun, begun)

    def total(self, query: str, window: Window) -> int:
        """How many papers arXiv states for a window, without fetching them."""
        search = _search(queries.within(query, window.since, window.until))
        for _ in range(_EMPTY_ANSWERS):
            page = self._page(search, query, 0, 1)
            if page.total:
                break
        return page.total

    def _updates(self, query: str, window: Window | None, down_to: str) -> None:
        for _ in range(_MAX_SHIFTS):
            outcome = self._updates_once(query, window, down_to)
            if outcome != "shifted":
                break
        if outcome == "too many":
            whole = window or Window.covering(BEGINNING.isoformat(), utc_now())
            for half in whole.halves():
                if half != whole:
                    self._updates(query, half, down_to)
        if outcome == "shifted":
            # Every paper was seen that did not move meanwhile; the next run's overlap sees those.
            self._h.progress.note(f"{short(query)}: the list of new versions kept shifting")

    def _updates_once(self, query: str, window: Window | None, down_to: str) -> str:
        asked = queries.within(query, window.since, window.until) if window else f"({query})"
        search = arxiv.Search(asked, sort_by=arxiv.SortCriterion.LastUpdatedDate)
        total: int | None = None
        for start in range(0, MAX_RESULTS, self._size):
            page = self._page(search, query, start, self._size)
            if total is not None and page.total != total:
                self._transport.doubt(f"the total moved from {total} to {page.total}")
                return "shifted"
            total = page.total
            recent = [paper for paper in page.papers if paper.updated >= down_to]
            with self._h.index.transaction():
                self._h.save(filter(lambda p: self._concerns_us(query, p), recent), SOURCE, query)
            if len(recent) < len(page.papers) or start + self._size >= total:
                return "done"
        return "too many"

    def _concerns_us(self, query: str, paper: Paper) -> bool:
        """Whether a recently updated paper is in the index, or belongs to the fetched period."""
        mark = self._h.index.harvest.watermark(SOURCE, query)
        if mark is not None and mark.since <= paper.published <= mark.reached:
            return True
        return self._h.index.papers.get(paper.arxiv_id) is not None

    def _fetch_window(self, query: str, window: Window) -> bool:
        """Fetches a window; False when it has too many results to be paged through."""
        for _ in range(_MAX_SHIFTS):
            trouble = self._page_through(query, window)
            if trouble is None:
                return True
            if trouble == _TOO_MANY:
                return False
            self._transport.doubt(trouble)
        self._gap(query, window, trouble or "")
        return True

    def _page_through(self, query: str, window: Window) -> str | None:
        """Saves a window's papers page by page; the last page moves the watermark.

        Returns:
            None when the window is whole: as many distinct papers as arXiv says there are.
            Otherwise why not.
        """
        h = self._h
        search = _search(queries.within(query, window.since, window.until))
        first = self._first_page(search, query)
        if first.total > MAX_RESULTS:
            return _TOO_MANY
        seen: set[str] = set()
        bad = 0
        page, start = first, 0
        h.progress.start(f"{short(query, 40)} {window.since:%Y-%m-%d}", first.total)
        while True:
            seen.update(paper.arxiv_id for paper in page.papers)
            bad += len(page.bad)
            h.progress.advance(page.count)
            start += self._size
            last = start >= first.total
            whole = last and len(seen) == first.total
            with h.index.transaction():
                h.save(page.papers, SOURCE, query)
                if whole:
                    h.index.harvest.accept(SOURCE, query, *window.bounds)
            self._report_bad(page)
            if last:
                break
            page = self._page(search, query, start, self._size)
            if page.total != first.total:
                return f"the total moved from {first.total} to {page.total}"
        h.progress.finish()
        if whole:
            return None
        if bad and len(seen) + bad == first.total:
            self._gap(query, window, f"{bad} entries could not be read")
            return None
        return f"{len(seen)} different papers where arXiv states {first.total}"

    def _first_page(self, search: arxiv.Search, query: str) -> Page:
        """The first page; that there is nothing at all is believed only when said repeatedly."""
        for _ in range(_EMPTY_ANSWERS):
            page = self._page(search, query, 0, self._size)
            if page.total:
                break
        return page

    def _page(self, search: arxiv.Search, query: str, start: int, size: int) -> Page:
        page = self._client.page(search, start, size)
        if query not in self._understood:
            self._understood.add(query)
            if not queries.same_query(search.query, page.understood):
                self._h.progress.note(f"arXiv understood the query as {page.understood}")
        return page

    def _report_bad(self, page: Page) -> None:
        for record in page.bad:
            self._h.report_bad(record)

    def _gap(self, query: str, window: Window, reason: str) -> None:
        self._h.report_gap(SOURCE, query, *window.bounds, reason)


_TOO_MANY = "too many"


def _search(query: str, *, newest_first: bool = False) -> arxiv.Search:
    """A search in the order of submission, which late announcements disturb least."""
    order = arxiv.SortOrder.Descending if newest_first else arxiv.SortOrder.Ascending
    return arxiv.Search(query, sort_by=arxiv.SortCriterion.SubmittedDate, sort_order=order)
