"""Fetches from arXiv: chooses the queries and the source, and keeps going when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError, SourceError, SourceUnavailableError
from mllm_mine.source import queries
from mllm_mine.source.harvesting import UNREADABLE, Harvesting, short
from mllm_mine.source.pdf_download import download_pdfs
from mllm_mine.source.politeness import Idle
from mllm_mine.source.request import FetchRequest, FetchSummary
from mllm_mine.source.transport import Transport

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.index.runs import Run
    from mllm_mine.progress import Progress

NOT_ASKED = "not asked, because arXiv had stopped answering"


def fetch(
    index: Index,
    settings: Settings,
    request: FetchRequest,
    run: Run,
    progress: Progress,
    idle: Idle | None = None,
) -> FetchSummary:
    """Brings new and changed papers into the index, and their PDFs if the request says so.

    What fails is named in the run and recorded as a gap, which the next fetch closes; all that
    was fetched before is saved. Hold the index's run lock meanwhile.

    Args:
        idle: called with the seconds of each wait that politeness asks for, so that other work
            can be done meanwhile.

    Raises:
        SourceError: arXiv calls the only query wrong; with several, the others go on.
        ConfigurationError: the request does not fit its source.
        DiskError, IndexFileError: the disk is full, read-only, and so on.
    """
    h = Harvesting(index, settings, request, run, progress)
    use_oai = (request.source or settings.fetch.source) == "oai" and not request.ids
    url = settings.arxiv.oai_url if use_oai else settings.arxiv.api_url
    transport = Transport(settings, url, progress, idle)
    try:
        (_harvest_sets if use_oai else _harvest_queries)(h, transport)
    except SourceUnavailableError as error:
        if str(error) not in (reason for _, reason in run.failures):
            run.fail("arXiv", str(error))
    finally:
        h.summary.requests += transport.requests
        h.summary.faults += transport.faults
        transport.close()
    if request.pdf:
        pdfs = download_pdfs(index, settings, run, progress, idle)
        h.summary.pdfs, h.summary.pdf_failures = pdfs.downloaded, pdfs.failed
        h.summary.requests += pdfs.requests
        h.summary.faults += pdfs.faults
    _count(run, h.summary)
    return h.summary


def chosen_queries(settings: Settings, request: FetchRequest) -> tuple[str, ...]:
    """The queries a request means: its own, or the configured ones, or the built-in field's."""
    if request.queries or request.categories:
        return queries.build_queries(request.queries, request.categories, builtin=False)
    fetch = settings.fetch
    return queries.build_queries(fetch.queries, fetch.categories, builtin=True)


def chosen_sets(settings: Settings, request: FetchRequest) -> tuple[str, ...]:
    """The OAI sets a request means.

    Raises:
        ConfigurationError: OAI cannot search.
    """
    if request.queries:
        raise ConfigurationError(
            "--source oai harvests whole categories and knows no queries; leave --query out, "
            "or use --source api"
        )
    categories = request.categories or settings.fetch.categories or queries.OAI_CATEGORIES
    return tuple(dict.fromkeys(queries.oai_set(category) for category in categories))


def leaves_out_queries(settings: Settings, request: FetchRequest) -> bool:
    """Whether there are configured queries that a request does not ask, since OAI knows none."""
    source = request.source or settings.fetch.source
    return source == "oai" and bool(settings.fetch.queries) and not request.ids


def _harvest_queries(h: Harvesting, transport: Transport) -> None:
    from mllm_mine.source.api_harvest import ApiHarvest
    from mllm_mine.source.api_windows import SOURCE

    harvest = ApiHarvest(h, transport)
    if h.request.ids:
        harvest.fetch_ids(h.request.ids)
        return
    wanted = list(chosen_queries(h.settings, h.request))
    only_one = len(wanted) == 1
    while wanted:
        query = wanted.pop(0)
        try:
            if h.request.max_papers is not None:
                harvest.fetch_newest(query)
            else:
                harvest.fetch_query(query)
        except SourceUnavailableError:
            for other in wanted if h.request.max_papers is None else ():
                h.report_gap(SOURCE, other, *harvest.period(other).bounds, NOT_ASKED)
            raise
        except SourceError as error:
            if only_one:
                raise
            h.run.fail(short(query), str(error))
    if h.request.max_papers is None:
        harvest.fetch_gaps()
        harvest.fetch_unreadable()
        harvest.finish()


def _harvest_sets(h: Harvesting, transport: Transport) -> None:
    from mllm_mine.source.oai_harvest import SOURCE, OaiHarvest

    harvest = OaiHarvest(h, transport)
    wanted = list(chosen_sets(h.settings, h.request))
    only_one = len(wanted) == 1
    until = last_day(h.request.until)
    while wanted:
        oai_set = wanted.pop(0)
        try:
            harvest.fetch_set(oai_set, harvest.since(oai_set), until)
        except SourceUnavailableError:
            for other in wanted if h.request.max_papers is None else ():
                harvest.report_gap(other, harvest.since(other), until, NOT_ASKED)
            raise
        except SourceError as error:
            if only_one:
                raise
            h.run.fail(oai_set, str(error))
        if h.wanted is not None and h.wanted <= 0:
            return
    if h.request.max_papers is None:
        for gap in h.index.harvest.due_gaps(SOURCE):
            harvest.fetch_set(gap.query, gap.since[:10], gap.until[:10])
        _ask_for_unreadable(h)


def _ask_for_unreadable(h: Harvesting) -> None:
    """Single papers are asked for through the API, which OAI's server does not know."""
    from mllm_mine.source.api_harvest import ApiHarvest

    if not h.index.harvest.due_gaps(UNREADABLE):
        return
    transport = Transport(h.settings, h.settings.arxiv.api_url, h.progress)
    try:
        ApiHarvest(h, transport).fetch_unreadable()
    finally:
        h.summary.requests += transport.requests
        h.summary.faults += transport.faults
        transport.close()


def last_day(until: str) -> str:
    """The last whole day before a moment, or "" for none: OAI knows days only."""
    from datetime import timedelta

    from mllm_mine.clock import iso, parse_iso

    return iso(parse_iso(until) - timedelta(seconds=1))[:10] if until else ""


def _count(run: Run, summary: FetchSummary) -> None:
    run.add(
        new=summary.new,
        new_versions=summary.new_versions,
        changed=summary.changed,
        unchanged=summary.unchanged,
        withdrawn=len(summary.withdrawn),
        requests=summary.requests,
        faults=summary.faults,
        pdfs=summary.pdfs,
    )
