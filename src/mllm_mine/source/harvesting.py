"""What fetching from the query API and from OAI have in common: one run's state, and saving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.request import FetchRequest, FetchSummary

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.index.entries import KnownPaper
    from mllm_mine.index.runs import Run
    from mllm_mine.paper import Paper
    from mllm_mine.progress import Progress


UNREADABLE = "id"
"""Source of the gaps that are single papers, whose ids stand in place of a query."""


@dataclass
class Harvesting:
    """One fetch under way."""

    index: Index
    settings: Settings
    request: FetchRequest
    run: Run
    progress: Progress
    summary: FetchSummary = field(default_factory=FetchSummary)

    @property
    def wanted(self) -> int | None:
        """How many more papers may come, or None for any number."""
        if self.request.max_papers is None:
            return None
        brought = self.summary
        old = brought.new_versions + brought.changed + brought.unchanged
        return self.request.max_papers - brought.new - old

    def save(
        self,
        papers: Iterable[Paper],
        source: str,
        query: str,
        *,
        again: bool = False,
        digests: Mapping[str, bytes] | None = None,
    ) -> None:
        """Saves papers; call it in a transaction together with what depends on them.

        Args:
            again: the run may have met them before, so those unchanged are not counted.
            digests: of their entries by id, for papers that may come again as they are.
        """
        saved = []
        as_they_stand = []
        for paper in papers:
            known = self.index.papers.get(paper.arxiv_id) if paper.withdrawn else None
            outcome = self.index.papers.upsert(paper, source)
            saved.append(paper.arxiv_id)
            if not (again and outcome in ("unchanged", "older")):
                self._count(outcome)
            if paper.withdrawn and outcome != "older" and not (known and known.withdrawn):
                self.summary.withdrawn.append(paper.arxiv_id)
            if outcome != "older":
                as_they_stand.append(paper)
                if self.request.pdf:
                    self.index.pdfs.want(paper)
        self.index.harvest.add_papers(source, query, saved)
        self.index.entries.remember(as_they_stand, digests or {})

    def save_known(
        self, papers: Iterable[KnownPaper], source: str, query: str, *, again: bool = False
    ) -> None:
        """Does for papers that the index holds as they stand what :meth:`save` does for others."""
        ids = [paper.arxiv_id for paper in papers]
        if not again:
            self.summary.unchanged += len(ids)
        if self.request.pdf:
            self.index.pdfs.want_held(ids)
        self.index.harvest.add_papers(source, query, ids)

    def mark_withdrawn(self, arxiv_id: str, source: str) -> None:
        """A source has deleted a paper: it stays in the index, marked as withdrawn."""
        paper = self.index.papers.get(arxiv_id)
        if paper is not None and not paper.withdrawn:
            self.index.papers.upsert(replace(paper, withdrawn=True), source)
            self.summary.withdrawn.append(arxiv_id)

    def report_bad(self, records: Iterable[BadRecord]) -> None:
        """Names records that could not be read; those with an id are asked for again, alone."""
        for record in records:
            failure = (record.arxiv_id or record.place, record.reason)
            if failure in self.run.failures:  # a window that is tried again meets it again
                continue
            self.run.fail(*failure)
            if record.arxiv_id:
                self.index.harvest.record_gap(UNREADABLE, record.arxiv_id, "", "", record.reason)

    def report_gap(self, source: str, query: str, since: str, until: str, reason: str) -> None:
        """Records a window that could not be fetched whole; the next run tries again."""
        self.index.harvest.record_gap(source, query, since, until, reason)
        window = f"{short(query)} from {since[:16]} to {until[:16]}"
        self.summary.gaps.append(window)
        self.run.fail(window, reason)

    def _count(self, outcome: str) -> None:
        name = {"version": "new_versions", "older": "unchanged"}.get(outcome, outcome)
        setattr(self.summary, name, getattr(self.summary, name) + 1)


def short(query: str, length: int = 60) -> str:
    """A query cut to a length that fits into a line."""
    return query if len(query) <= length else query[: length - 1] + "…"
