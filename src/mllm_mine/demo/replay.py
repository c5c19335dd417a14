"""Replays two nights of the sample through the true pipeline, in a folder of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.clock import iso, parse_iso
from mllm_mine.config import (
    CONFIG_NAME,
    INDEX_NAME,
    ArxivSettings,
    FetchSettings,
    ReportSettings,
    Settings,
)
from mllm_mine.demo.sample import NIGHTS
from mllm_mine.demo.server import SampleArxiv, serve_sample
from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.lock import run_lock
from mllm_mine.pipeline import UpdateSummary, update
from mllm_mine.scaffold import create_folder

if TYPE_CHECKING:
    from mllm_mine.index.reading import ClassifiedPaper
    from mllm_mine.progress import Progress

_CSV_NAME = "papers.csv"
_PAGE_NAME = "survey.html"
_MARK = "demo"
_FIRST_NIGHT = datetime(1999, 12, 16, 6, tzinfo=UTC)
_BETWEEN_NIGHTS = timedelta(days=7)
_SINCE = "1999-10-01"
# Not the built-in field's queries: those start afresh when mine is used in earnest here.
_QUERY = "all:multilingual"
_REPORT = f"""
[[report]]
output = "{_CSV_NAME}"
in_scope = false

[[report]]
output = "{_PAGE_NAME}"
format = "html"
"""


@dataclass(frozen=True)
class Demo:
    """What the demo did.

    Attributes:
        csv, page: the reports that the nights wrote.
        nights: what the update did on each night.
        again: the folder held an earlier demo, so that only one more night was run.
        papers: all papers of the index with their labels, oldest first.
    """

    folder: Path
    csv: Path
    page: Path
    index: Path
    again: bool
    nights: list[UpdateSummary]
    papers: list[ClassifiedPaper]


def run_demo(folder: Path, progress: Progress) -> Demo:
    """Fetches, extracts, classifies and reports the sample, over two nights.

    Run again in the same folder, it runs one more night, in which arXiv has nothing new.

    Raises:
        ConfigurationError: the folder holds an index or a configuration that is not the demo's.
        IndexLockedError: another run holds the demo's index.
    """
    again = _prepare(folder)
    settings = _settings(folder)
    nights = []
    with (
        serve_sample() as arxiv,
        run_lock(settings.db),
        Index.open(settings.db) as index,
    ):
        moment = _night_after(index) if again else _FIRST_NIGHT
        for night in (NIGHTS,) if again else range(1, NIGHTS + 1):
            arxiv.night = night
            nights.append(_run_night(index, settings, arxiv, moment, progress))
            moment += _BETWEEN_NIGHTS
        papers = list(index.reading.papers(PaperFilter()))
    return Demo(
        folder=folder,
        csv=folder / _CSV_NAME,
        page=folder / _PAGE_NAME,
        index=settings.db,
        again=again,
        nights=nights,
        papers=sorted(papers, key=lambda paper: paper.paper.arxiv_id),
    )


def _prepare(folder: Path) -> bool:
    """Makes the folder; returns whether it holds an earlier demo."""
    index_path = folder / INDEX_NAME
    if index_path.exists():
        with Index.open(index_path) as index:
            if index.setting(_MARK) is not None:
                return True
    for path in (index_path, folder / CONFIG_NAME, folder / _CSV_NAME, folder / _PAGE_NAME):
        if path.exists():
            raise ConfigurationError(
                f"{path} exists and is not the demo's, which overwrites nothing; name a folder "
                "of its own: mine demo SOME-NEW-FOLDER"
            )
    create_folder(folder)
    with (folder / CONFIG_NAME).open("a", encoding="utf-8") as file:
        file.write(_REPORT)
    with Index.open(index_path) as index:
        index.set_setting(_MARK, "yes")
    return False


def _settings(folder: Path) -> Settings:
    return Settings(
        db=folder / INDEX_NAME,
        fetch=FetchSettings(queries=(_QUERY,), since=_SINCE),
        report=(
            ReportSettings(output=str(folder / _CSV_NAME), in_scope=False),
            ReportSettings(output=str(folder / _PAGE_NAME), format="html"),
        ),
    )


def _night_after(index: Index) -> datetime:
    """A day after the newest run, so that nothing of an earlier night counts as new."""
    runs = index.runs.latest()
    return parse_iso(runs[0]["started"]) + timedelta(days=1) if runs else _FIRST_NIGHT


def _run_night(
    index: Index, settings: Settings, arxiv: SampleArxiv, moment: datetime, progress: Progress
) -> UpdateSummary:
    settings.arxiv = ArxivSettings(
        api_url=arxiv.api_url,
        pdf_url=arxiv.pdf_url,
        delay=0.0,  # seconds; our own machine needs no rest
        backoff=0.05,
    )
    settings.fetch.max_retries = 2
    with _replayed(moment):
        return update(index, settings, progress)


@contextmanager
def _replayed(moment: datetime) -> Iterator[None]:
    """A block for which it is ``moment``, loopback needs no proxy, and no trace is left outside."""
    with tempfile.TemporaryDirectory(prefix="mine-demo-") as state:
        pinned = {"MINE_NOW": iso(moment), "MINE_STATE_DIR": state, "no_proxy": "127.0.0.1"}
        before = {name: os.environ.get(name) for name in pinned}
        os.environ.update(pinned)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
