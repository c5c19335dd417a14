"""arXiv's query API, through the ``arxiv`` package, one validated page at a time.

The package builds the requests and reads the answers into results. What it leaves to its users
(time limits, turns, retries, telling a page from an excuse) happens in the session it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import arxiv
import requests

from mllm_mine.clock import iso
from mllm_mine.errors import InputFileError
from mllm_mine.paper import Paper
from mllm_mine.source.atom import FeedPage, paper_from_fields, read_page
from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.known_entries import NewEntries, new_entries
from mllm_mine.source.queries import same_query
from mllm_mine.source.transport import BadAnswerError, Transport

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.index.entries import KnownPaper
    from mllm_mine.progress import Progress

MAX_RESULTS = 10_000
"""How far one query can be paged: beyond it arXiv answers 500."""

_ACCEPT = "application/atom+xml"
_MAX_PAGE_BYTES = 64 << 20
_SHORT_PAGE_TRIES = 3
_EMPTY_ANSWERS = 3
_DATES = re.compile(r"submittedDate:\[[^]]*\]")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results.

    Attributes:
        total: how many results the query has.
        known: papers that the index holds just as the page has them; they are not in ``papers``.
        digests: of the entries of ``papers``, by id, as :class:`NewEntries` has them.
        bad: entries that could not be read.
        understood: the query as arXiv understood it, or "".
    """

    papers: list[Paper]
    bad: list[BadRecord]
    total: int
    understood: str
    known: list[KnownPaper]
    digests: dict[str, bytes]

    @property
    def count(self) -> int:
        """How many entries the page has."""
        return len(self.papers) + len(self.known) + len(self.bad)

    @property
    def ids(self) -> set[str]:
        """The ids of its entries, also of unreadable ones if they have one."""
        readable = {paper.arxiv_id for paper in self.papers}
        known = {paper.arxiv_id for paper in self.known}
        return readable | known | {bad.arxiv_id for bad in self.bad} - {""}


class QueryApi:
    """Asks the query API for pages of results, and says when it understands a query otherwise."""

    def __init__(
        self, transport: Transport, settings: Settings, progress: Progress, index: Index
    ) -> None:
        self.transport = transport
        self.page_size = settings.fetch.page_size
        self._client = _Client(transport, settings.arxiv.api_url, index)
        self._progress = progress
        self._compared: set[str] = set()

    def page(self, search: arxiv.Search, start: int, size: int | None = None) -> Page:
        """The results from ``start`` on, at most ``size`` (the setting ``fetch.page_size``).

        A page is taken when it holds as many entries as it should. One that stays short is taken
        after some tries: the caller's count against the total will tell.

        Raises:
            SourceError, SourceUnavailableError: as :meth:`Transport.ask`.
        """
        page = self._client.page(search, start, size or self.page_size)
        query = _DATES.sub("", search.query)
        if query not in self._compared:
            self._compared.add(query)
            if not same_query(search.query, page.understood):
                self._progress.note(f"arXiv understood the query as {page.understood}")
        return page

    def first_page(self, search: arxiv.Search, size: int | None = None) -> Page:
        """The first page; that there is nothing at all is believed only when said repeatedly."""
        for _ in range(_EMPTY_ANSWERS):
            page = self.page(search, 0, size)
            if page.total:
                break
        return page


class _Client(arxiv.Client):  # type: ignore[misc]  # the package has no types
    """The package's client, with our transport beneath it."""

    def __init__(self, transport: Transport, api_url: str, index: Index) -> None:
        super().__init__(delay_seconds=0, num_retries=0)  # the transport sees to both
        self.query_url_format = api_url.replace("{", "{{").replace("}", "}}") + "?{}"
        self._session = self._asking = _AskingSession(transport, index)

    def page(self, search: arxiv.Search, start: int, size: int) -> Page:
        size = min(size, MAX_RESULTS - start)
        url = self._format_url(search, start, size)
        self._asking.expect(start, size, list_of_ids=bool(search.id_list))
        feed = self._parse_feed(url, first_page=True)
        found, entries = self._asking.page, self._asking.entries
        return Page(
            papers=[_paper(result) for result in feed.results],
            bad=found.bad,
            total=found.total or 0,
            understood=found.query,
            known=entries.known,
            digests=entries.digests,
        )


class _AskingSession(requests.Session):
    """What the package takes for its HTTP session.

    It hands it validated pages only, without the entries that the index holds as they stand.
    """

    def __init__(self, transport: Transport, index: Index) -> None:
        super().__init__()
        self._transport = transport
        self._index = index
        self._expected = (0, 1, False)
        self._short = 0
        self.page = FeedPage()
        self.entries = NewEntries(b"")

    def expect(self, start: int, size: int, *, list_of_ids: bool) -> None:
        """Says what the next page must look like."""
        self._expected = (start, size, list_of_ids)
        self._short = 0

    def get(self, url: str | bytes, **_: Any) -> requests.Response:
        self.page = self._transport.ask(
            str(url), accept=_ACCEPT, receive=self._validated, max_bytes=_MAX_PAGE_BYTES
        )
        response = requests.Response()
        response.status_code = 200
        response._content = self.page.body
        return response

    def _validated(self, chunks: Iterator[bytes]) -> FeedPage:
        start, size, list_of_ids = self._expected
        body = b"".join(chunks)
        self.entries = entries = new_entries(self._index, body)
        try:
            page = read_page(entries.body)
        except InputFileError as error:
            raise BadAnswerError(_what_instead(body) or str(error)) from error
        if page.error:
            raise BadAnswerError(f"an error report: {page.error}")
        if page.total is None:
            raise BadAnswerError("a feed that does not say how many results there are")
        if start and not page.total:
            raise BadAnswerError("no results at all where there were some a moment ago")
        due = max(0, min(size, page.total - start))
        count = page.count + len(entries.known)
        if count > due and not list_of_ids:
            raise BadAnswerError(f"{count} results where {due} were due")
        if count < due:
            self._short += 1
            if not count or self._short < _SHORT_PAGE_TRIES:
                raise BadAnswerError(f"{count} results where {due} were due")
        return page


def _paper(result: arxiv.Result) -> Paper:
    """A paper from the package's result."""
    return paper_from_fields(
        link=result.entry_id,
        title=result.title,
        abstract=result.summary,
        authors=[author.name for author in result.authors],
        categories=result.categories,
        primary_category=result.primary_category,
        published=iso(result.published),
        updated=iso(result.updated),
        comment=result.comment or "",
        journal_ref=result.journal_ref or "",
        doi=result.doi or "",
    )


def _what_instead(body: bytes) -> str:
    """What came in place of a feed, where that is plain to see."""
    text = " ".join(body[:200].decode("utf-8", "replace").split())
    if re.match(r"<(!doctype )?html\b", text, re.I):
        return "a web page instead of a feed"
    if text and not text.startswith("<") and text.isprintable():
        return f'"{text[:60]}" instead of a feed'
    return "" if text else "an empty answer"
