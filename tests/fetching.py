"""Fetches in this process from an arXiv on loopback: for tests of what fetching does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from arxiv_server import FakeArxiv
from mllm_mine.config import ArxivSettings, FetchSettings, Settings
from mllm_mine.index import Index
from mllm_mine.index.runs import Run
from mllm_mine.progress import Silent
from mllm_mine.source import FetchRequest, FetchSummary, fetch
from served_papers import ServedPaper, Version

NIGHT = datetime(2099, 12, 20, 5, tzinfo=UTC)


class Notes(Silent):
    """Keeps what the user would be told."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def note(self, message: str) -> None:
        self.all.append(message)


@dataclass
class Fetched:
    """An index and what the last fetch into it said."""

    settings: Settings
    arxiv: FakeArxiv
    monkeypatch: pytest.MonkeyPatch
    run: Run = field(default_factory=lambda: Run(0))
    notes: list[str] = field(default_factory=list)
    summary: FetchSummary = field(default_factory=FetchSummary)

    def __call__(self, request: FetchRequest | None = None) -> FetchSummary:
        """Fetches at the server's time."""
        self.monkeypatch.setenv("MINE_NOW", self.arxiv.now.isoformat())
        notes = Notes()
        request = request or FetchRequest(pdf=False)
        with Index.open(self.settings.db, create=True) as index:
            with index.runs.record("fetch", {}) as self.run:
                self.summary = fetch(index, self.settings, request, self.run, notes)
            self.notes = notes.all
        return self.summary

    def ids(self) -> list[str]:
        """Id and version of all papers in the index."""
        with Index.open(self.settings.db) as index:
            return [f"{paper.arxiv_id}v{paper.version}" for paper in index.papers.each()]

    def gaps(self) -> list[str]:
        """The reasons of the open gaps."""
        with Index.open(self.settings.db) as index:
            return [gap.reason for gap in index.harvest.gaps()]


def settings_for(arxiv: FakeArxiv, folder: Path, **fetch_settings: object) -> Settings:
    """Settings that lead to a server, without waiting."""
    return Settings(
        db=folder / "mine.db",
        fetch=FetchSettings(
            queries=("all:invented",),
            categories=("cs.CL",),
            max_retries=3,
            page_size=10,
            **fetch_settings,  # type: ignore[arg-type]
        ),
        arxiv=ArxivSettings(
            api_url=f"{arxiv.base_url}/api/query",
            pdf_url=f"{arxiv.base_url}/pdf",
            oai_url=f"{arxiv.base_url}/oai",
            delay=0.0,
            backoff=0.001,
        ),
    )


def paper(
    number: int, *, days_ago: float = 3, lag: float = 1, later: Iterable[float] = (), **more: object
) -> ServedPaper:
    """An invented paper submitted so many days before the night.

    Args:
        lag: days from submission to announcement.
        later: days before the night at which further versions were submitted.
    """
    times = [NIGHT - timedelta(days=ago) for ago in (days_ago, *later)]
    versions = tuple(Version(moment, moment + timedelta(days=lag)) for moment in times)
    return ServedPaper(f"9912.{number:05}", versions, **more)  # type: ignore[arg-type]


def withdrawn(known: ServedPaper, days_ago: float, lag: float = 0) -> ServedPaper:
    """The paper with one more version, which withdraws it."""
    moment = NIGHT - timedelta(days=days_ago)
    last = Version(moment, moment + timedelta(days=lag), withdrawn=True)
    return replace(known, versions=(*known.versions, last))
