"""What a fetch would ask and bring, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.source.fetching import chosen_queries, chosen_sets, last_day
from mllm_mine.source.harvesting import Harvesting
from mllm_mine.source.request import FetchRequest
from mllm_mine.source.transport import Transport

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.progress import Progress


@dataclass(frozen=True, slots=True)
class PlannedQuery:
    """A query as it would be sent.

    Attributes:
        total: how many papers arXiv states for the period, or None where it does not tell (OAI).
        known: how many papers of that period the query has brought already.
    """

    source: str
    query: str
    since: str
    until: str
    total: int | None
    known: int


def plan(
    index: Index, settings: Settings, request: FetchRequest, progress: Progress
) -> list[PlannedQuery]:
    """Asks arXiv for the totals of what a fetch would bring: one request a query.

    Raises:
        SourceError, SourceUnavailableError: as for a fetch.
    """
    from mllm_mine.index.runs import Run

    h = Harvesting(index, settings, request, Run(0), progress)
    transport = Transport(settings, settings.arxiv.api_url, progress)
    try:
        if request.ids:
            known = len(index.papers.versions(request.ids))
            return [PlannedQuery("api", ", ".join(request.ids), "", "", len(request.ids), known)]
        if (request.source or settings.fetch.source) == "oai":
            return _planned_sets(h, transport)
        return _planned_queries(h, transport)
    finally:
        transport.close()


def _planned_queries(h: Harvesting, transport: Transport) -> list[PlannedQuery]:
    from mllm_mine.source.api_harvest import ApiHarvest
    from mllm_mine.source.api_windows import SOURCE

    harvest = ApiHarvest(h, transport)
    planned = []
    for query in chosen_queries(h.settings, h.request):
        period = harvest.period(query)
        total = harvest.total(query, period)
        known = h.index.harvest.count_papers(SOURCE, query, *period.bounds)
        planned.append(PlannedQuery(SOURCE, query, *period.bounds, total, known))
    return planned


def _planned_sets(h: Harvesting, transport: Transport) -> list[PlannedQuery]:
    from mllm_mine.source.oai_harvest import SOURCE, OaiHarvest

    harvest = OaiHarvest(h, transport)
    until = last_day(h.request.until)
    return [
        PlannedQuery(SOURCE, oai_set, harvest.since(oai_set), until, None, 0)
        for oai_set in chosen_sets(h.settings, h.request)
    ]
