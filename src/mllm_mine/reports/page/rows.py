"""The papers of the page as plain data: a short row each, and details of those in scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mllm_mine.index.citations import Citation
from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.index.resources import ResourceRow
from mllm_mine.reports.citation import doi
from mllm_mine.reports.list_report import days_before
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.page.document import data_block
from mllm_mine.reports.page.reasons import paper_reasons
from mllm_mine.reports.released import mentions_of
from mllm_mine.taxonomy import Taxonomy

DETAILED = 5000
"""So many papers have their abstract and reasons in the page: about 2.5 kB each."""
COLUMNS = (
    *("id", "version", "title", "authors", "published", "scope", "p", "labels"),
    *("marks", "cited", "block"),
)
"""What stands in a row. ``published`` is a day; ``scope`` 1, 0 or null; ``labels`` pairs of a
label's place in the taxonomy and its probability, null by hand; ``marks`` a sum of
:data:`MARKS`; ``cited`` by how many papers of the index; ``block`` where its details are, or -1."""
MARKS = {"new": 1, "uncertain": 2, "unfamiliar": 4, "resources": 8}

_AT_ONCE = 100  # papers whose details are one block; a page reads a block when it needs it
_AUTHORS = 30
_DIGITS = 3


class Rows:
    """Turns papers into rows as they stream past, and gathers what is said of all of them.

    Attributes:
        count: papers so far.
        detailed: of those, the ones with details.
        newest: the date of the first paper, which is the newest; "" without one.
        details: finished blocks of details, as JSON.
        since: papers from this moment on are new; "" when none are.
    """

    def __init__(self, taxonomy: Taxonomy, options: ReportOptions) -> None:
        self.count = 0
        self.detailed = 0
        self.newest = ""
        self.since = options.new_since
        self._taxonomy = taxonomy
        self._options = options
        self._place = {label: place for place, label in enumerate(taxonomy.label_ids)}
        self._cited: dict[str, int] = {}
        if options.index is not None:
            self._cited = options.index.citations.counts()
        self._blocks: list[bytes] = []
        self._block: dict[str, Any] = {}

    @property
    def details(self) -> list[bytes]:
        """The blocks of details, the last one perhaps shorter."""
        return [*self._blocks, *([data_block(self._block)] if self._block else [])]

    def row(self, classified: ClassifiedPaper) -> list[Any]:
        """The row of the next paper, see :data:`COLUMNS`."""
        paper = classified.paper
        if not self.newest:
            self.newest = paper.published
            self.since = self.since or days_before(self.newest)
        self.count += 1
        resources = mentions_of(paper.arxiv_id, self._options)
        marks = {
            "new": bool(self.since) and paper.published >= self.since,
            "uncertain": classified.uncertain,
            "unfamiliar": classified.unfamiliar,
            "resources": bool(resources),
        }
        return [
            paper.arxiv_id,
            paper.version,
            paper.title,
            _names(paper.authors),
            paper.published[:10],
            None if classified.in_scope is None else int(classified.in_scope),
            None if classified.p_in_scope is None else round(classified.p_in_scope, _DIGITS),
            [
                [self._place[each.label], None if each.by_hand else round(each.probability, 3)]
                for each in classified.labels
            ],
            sum(MARKS[name] for name, holds in marks.items() if holds),
            self._cited.get(paper.arxiv_id, 0),
            self._keep_details(classified, resources),
        ]

    def _keep_details(self, classified: ClassifiedPaper, resources: Sequence[ResourceRow]) -> int:
        """Keeps a paper's details; returns the number of their block, or -1."""
        outside = classified.in_scope is False and self._taxonomy.scope is not None
        if outside or self.detailed >= DETAILED:
            return -1
        self.detailed += 1
        if len(self._block) == _AT_ONCE:
            self._blocks.append(data_block(self._block))
            self._block = {}
        self._block[classified.paper.arxiv_id] = self._details(classified, resources)
        return len(self._blocks)

    def _details(
        self, classified: ClassifiedPaper, resources: Sequence[ResourceRow]
    ) -> dict[str, Any]:
        paper, index = classified.paper, self._options.index
        known: dict[str, Any] = {
            "abstract": paper.abstract,
            "categories": list(paper.categories),
            "updated": paper.updated[:10],
            "comment": paper.comment,
            "venue": paper.journal_ref,
            "doi": doi(paper),
            "reasons": paper_reasons(classified, self._place, self._options.explain),
            "resources": [_resource(row) for row in resources],
        }
        if index is not None:
            known["cites"] = _cited(index.citations.cites(paper.arxiv_id))
            known["citedBy"] = _cited(index.citations.cited_by(paper.arxiv_id))
        return {name: value for name, value in known.items() if value}


def _names(authors: Sequence[str]) -> str:
    shown = ", ".join(authors[:_AUTHORS])
    more = len(authors) - _AUTHORS
    return f"{shown} and {more} more" if more > 0 else shown


def _resource(row: ResourceRow) -> dict[str, str]:
    """What a paper says of a resource, without what it does not say."""
    names = ("name", "kind", "role", "url", "stage", "origin", "evidence")
    return {name: value for name in names if (value := getattr(row, name))}


def _cited(citations: Sequence[Citation]) -> list[list[str]]:
    return [[each.arxiv_id, each.title, each.published[:10]] for each in citations]
