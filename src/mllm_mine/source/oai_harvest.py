"""Harvests whole categories through OAI-PMH: all that changed since a day, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from mllm_mine.clock import utc_now
from mllm_mine.errors import InputFileError, SourceError
from mllm_mine.index.harvest import Resumption, days_before
from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.harvesting import Harvesting
from mllm_mine.source.oai_records import DeletedRecord, OaiPage, OaiPaper, read_oai_page
from mllm_mine.source.transport import BadAnswerError, Transport

SOURCE = "oai"
FIRST_RUN_DAYS = 30
OVERLAP_DAYS = 2
"""Datestamps are whole days in arXiv's time zone, and a day's records appear until its end."""

_PREFIX = "arXivRaw"
_MAX_PAGE_BYTES = 64 << 20
_FINAL_ERRORS = (
    "badArgument",
    "badVerb",
    "cannotDisseminateFormat",
    "noSetHierarchy",
    "idDoesNotExist",
)
_MAX_RESTARTS = 3


class OaiHarvest:
    """Brings the records of OAI sets by the day of their last change.

    Each page is saved together with the token of the next, so that a harvest that was cut off
    goes on where it stopped.

    Raises (all methods):
        SourceUnavailableError: arXiv gave no good answer; what came before is saved.
        SourceError: arXiv calls the request wrong.
    """

    def __init__(self, harvesting: Harvesting, transport: Transport) -> None:
        self._h = harvesting
        self._transport = transport
        self._url = harvesting.settings.arxiv.oai_url

    def since(self, oai_set: str) -> str:
        """The day from which a set is to be harvested."""
        if self._h.request.since:
            return self._h.request.since[:10]
        mark = self._h.index.harvest.watermark(SOURCE, oai_set)
        if mark is not None:
            return days_before(mark.reached, OVERLAP_DAYS)[:10]
        return (self._h.settings.fetch.since or days_before(utc_now(), FIRST_RUN_DAYS))[:10]

    def fetch_set(self, oai_set: str, since: str, until: str = "") -> None:
        """Harvests a set.

        Args:
            since, until: days (``2025-01-31``), both inclusive; no ``until`` is best for staying
                current.
        """
        place = self._begun(oai_set, since, until)
        try:
            for _ in range(_MAX_RESTARTS):
                if self._follow(place):
                    return
                place = Resumption(SOURCE, oai_set, since, until, "", "")
            raise SourceError(f"arXiv keeps rejecting its own resumption tokens for {oai_set}")
        except SourceError as error:
            self.report_gap(oai_set, since, until, str(error))
            raise

    def report_gap(self, oai_set: str, since: str, until: str, reason: str) -> None:
        """Records that a set could not be harvested; the next run tries again."""
        end = max(until or utc_now()[:10], since)
        self._h.report_gap(SOURCE, oai_set, _midnight(since), _midnight(end), reason)

    def _begun(self, oai_set: str, since: str, until: str) -> Resumption:
        """The harvest that was cut off, if it is this one; otherwise a new one."""
        kept = self._h.index.harvest.resumption(SOURCE, oai_set)
        if kept is not None and kept.since <= since and kept.until == until:
            return kept
        return Resumption(SOURCE, oai_set, since, until, "", "")

    def _follow(self, place: Resumption) -> bool:
        """Follows the tokens to the end; False when the server rejects one."""
        harvest = self._h.index.harvest
        token, begun = place.token, place.begun
        self._h.progress.start(f"harvest {place.query} since {place.since}")
        while True:
            page = self._page(place, token)
            if page.error_code == "badResumptionToken":
                harvest.forget_resumption(SOURCE, place.query)
                return False
            begun = begun or page.day or utc_now()[:10]
            token = page.token
            with self._h.index.transaction():
                self._save(page, place.query)
                if token and self._h.wanted is None:
                    harvest.keep_resumption(
                        Resumption(SOURCE, place.query, place.since, place.until, token, begun)
                    )
                elif not token:
                    harvest.forget_resumption(SOURCE, place.query)
                    reached = min(begun, place.until) if place.until else begun
                    harvest.accept(
                        SOURCE,
                        place.query,
                        _midnight(place.since),
                        max(_midnight(reached), _midnight(place.since)),
                    )
            self._h.progress.advance(len(page.records))
            if not token or (self._h.wanted is not None and self._h.wanted <= 0):
                self._h.progress.finish()
                return True

    def _page(self, place: Resumption, token: str) -> OaiPage:
        if token:
            arguments = {"verb": "ListRecords", "resumptionToken": token}
        else:
            arguments = {"verb": "ListRecords", "metadataPrefix": _PREFIX, "set": place.query}
            arguments["from"] = place.since
            if place.until:
                arguments["until"] = place.until

        def receive(chunks: Iterator[bytes]) -> OaiPage:
            try:
                page = read_oai_page(b"".join(chunks))
            except InputFileError as error:
                raise BadAnswerError(str(error)) from error
            known = (*_FINAL_ERRORS, "noRecordsMatch", "badResumptionToken")
            if page.error and page.error_code not in known:
                raise BadAnswerError(f"an error report: {page.error}")
            if not page.records and not page.error:
                raise BadAnswerError("a page without records")
            if page.token and page.token == token:
                raise BadAnswerError("a resumption token that leads back to itself")
            return page

        page = self._transport.ask(
            f"{self._url}?{urlencode(arguments)}",
            accept="text/xml",
            receive=receive,
            max_bytes=_MAX_PAGE_BYTES,
        )
        if page.error_code in _FINAL_ERRORS:
            raise SourceError(f"arXiv refuses the request for the set {place.query}: {page.error}")
        return page

    def _save(self, page: OaiPage, oai_set: str) -> None:
        papers = [record.paper for record in page.records if isinstance(record, OaiPaper)]
        self._h.save(papers[: self._h.wanted], SOURCE, oai_set)
        for record in page.records:
            if isinstance(record, DeletedRecord):
                self._h.mark_withdrawn(record.arxiv_id, SOURCE)
        self._h.report_bad(bad for bad in page.records if isinstance(bad, BadRecord))


def _midnight(day: str) -> str:
    return f"{day}T00:00:00Z"
