"""Brings the text of PDFs into the index: what is new, in parallel, one commit a paper."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mllm_mine.fulltext.document import READABLE, Limits, extractor_name
from mllm_mine.index.fulltexts import PendingText
from mllm_mine.processors import processors

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.fulltext.pool import WorkerPool
    from mllm_mine.index import Index
    from mllm_mine.index.runs import Run
    from mllm_mine.progress import Progress

_BROKEN_DOWNLOAD = ("not-a-pdf", "truncated", "empty", "missing", "damaged")
"""Statuses that another download of the same paper may mend."""

_STORED_APART = frozenset(("text", "pages", "status", "reason", "seconds"))
_MOST_UNSAVED = 8  # papers
_LONGEST_UNSAVED = 1.0  # seconds


@dataclass
class ExtractSummary:
    """What a run of extraction did.

    Attributes:
        statuses: how many papers ended with each status.
        failures: id, status and reason of each paper that has no text now.
        unknown_files: PDFs of ``--pdf-dir`` whose papers are not in the index.
    """

    statuses: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    unknown_files: list[Path] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Papers tried."""
        return sum(self.statuses.values())

    @property
    def readable(self) -> int:
        """Papers whose text is in the index now."""
        return sum(self.statuses.get(status, 0) for status in READABLE)


class Extractor:
    """Extracts in the time that is left over elsewhere, with workers that stay warm.

    The queue is read again from the index whenever it is empty, so that PDFs which arrive while
    others are read are found. Use it in a ``with`` block.
    """

    def __init__(
        self,
        index: Index,
        settings: Settings,
        run: Run,
        progress: Progress | None = None,
        *,
        retry_failed: bool = False,
        jobs: int = 0,
        pdf_dir: Path | None = None,
    ) -> None:
        self.summary = ExtractSummary()
        self._index = index
        self._run = run
        self._progress = progress
        self._retry_failed = retry_failed
        self._pdf_dir = pdf_dir
        self._extractor = extractor_name()
        self._limits = Limits(settings.extract.timeout_seconds, settings.extract.memory_megabytes)
        self._jobs = jobs or settings.extract.jobs or processors()
        self._queue: deque[PendingText] = deque()
        self._reading: dict[str, PendingText] = {}
        self._tried: set[tuple[str, int]] = set()
        self._unsaved: list[tuple[PendingText, dict[str, Any]]] = []
        self._unsaved_since = 0.0

    def __enter__(self) -> Extractor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "_pool" in self.__dict__:
            self._pool.close()

    @cached_property
    def _pool(self) -> WorkerPool:
        """The workers; most nights have no PDF for them."""
        from mllm_mine.fulltext.pool import WorkerPool

        return WorkerPool(self._jobs, self._limits)

    def find(self) -> int:
        """Looks for PDFs that wait and were not tried by this run; returns how many there are."""
        if self._pdf_dir is not None:
            from mllm_mine.fulltext.folder import look_into

            folder = look_into(
                self._pdf_dir, self._index, self._extractor, retry_failed=self._retry_failed
            )
            self.summary.unknown_files = folder.unknown
            pending = folder.wanted
        else:
            pending = self._index.fulltexts.pending(
                self._extractor, retry_failed=self._retry_failed
            )
        self._queue.extend(
            paper for paper in pending if (paper.arxiv_id, paper.version) not in self._tried
        )
        self._tried.update((paper.arxiv_id, paper.version) for paper in self._queue)
        return len(self._queue)

    def work(self, seconds: float | None) -> int:
        """Extracts for up to some seconds, or until nothing waits (None).

        Texts are committed as they come, those of a moment together: the full-text index takes
        a few papers at once for little more than one. An abort loses what is not a second old.
        PDFs still being read when the time is up go on in the background.

        Returns:
            How many papers were finished.
        """
        until = time.monotonic() + seconds if seconds is not None else float("inf")
        before = self.summary.done
        self._start_reading()
        while self._reading:
            now = time.monotonic()
            unsaved_until = self._unsaved_since + _LONGEST_UNSAVED if self._unsaved else until
            finished = self._pool.finished(max(0.0, min(until - now, unsaved_until - now, 3600.0)))
            if finished and not self._unsaved:
                self._unsaved_since = time.monotonic()
            for arxiv_id, document in finished:
                self._unsaved.append((self._reading.pop(arxiv_id), document))
            self._start_reading()  # first, so that nobody waits while texts are saved
            if len(self._unsaved) >= _MOST_UNSAVED or time.monotonic() >= unsaved_until:
                self._save_all()
            if now >= until:
                break
        self._save_all()
        return self.summary.done - before

    def _start_reading(self) -> None:
        """Gives each free worker a PDF that waits."""
        if not self._queue and (not self._reading or self._pool.free):
            self.find()
        while self._queue and self._pool.free:
            paper = self._queue.popleft()
            self._reading[paper.arxiv_id] = paper
            self._pool.start(paper.arxiv_id, paper.path)

    def _save_all(self) -> None:
        """Keeps what was read in one transaction, in the order in which the index has papers."""
        if not self._unsaved:
            return
        saving = sorted(self._unsaved, key=lambda pair: pair[0].arxiv_id)
        self._unsaved = []
        with self._index.transaction():
            for paper, document in saving:
                self._save(paper, document)
        for paper, document in saving:
            self._count(paper, document)

    def _save(self, paper: PendingText, document: Mapping[str, Any]) -> None:
        """Keeps a document, given as plain data."""
        status, reason = document["status"], document["reason"]
        structure = {k: v for k, v in document.items() if k not in _STORED_APART}
        readable = status in READABLE
        broken = document["cut_short"] or status in _BROKEN_DOWNLOAD
        broken_download = broken and self._pdf_dir is None
        self._index.fulltexts.save(
            paper.arxiv_id,
            paper.version,
            status=status,
            reason=reason,
            text=document["text"] if readable else "",
            structure=structure if readable else {},
            pages=document["pages"],
            extractor="" if broken_download else self._extractor,
            seconds=document["seconds"],
        )
        if broken_download:
            self._index.pdfs.fail(paper.arxiv_id, paper.version, reason)

    def _count(self, paper: PendingText, document: Mapping[str, Any]) -> None:
        """Records the outcome of a document that was saved."""
        status, reason = document["status"], document["reason"]
        summary = self.summary
        summary.statuses[status] = summary.statuses.get(status, 0) + 1
        summary.pages += document["pages"]
        if status in READABLE:
            self._run.add(extracted=1)
        else:
            summary.failures.append((paper.arxiv_id, status, reason))
            self._run.add(extract_failed=1)
            self._run.fail(f"{paper.arxiv_id}v{paper.version}", reason)
        if self._progress is not None:
            self._progress.advance()
            if reason:
                self._progress.note(f"{paper.arxiv_id}v{paper.version}: {status}: {reason}")


def extract_pending(
    index: Index,
    settings: Settings,
    run: Run,
    progress: Progress,
    *,
    retry_failed: bool = False,
    jobs: int = 0,
    pdf_dir: Path | None = None,
) -> ExtractSummary:
    """Extracts the text of all papers that have a PDF and no text of that version yet.

    Args:
        retry_failed: also try again what failed before.
        jobs: PDFs at a time; 0 for the setting, or one a processor.
        pdf_dir: take PDFs from this folder, named by arXiv id, instead of those downloaded.

    Raises:
        ConfigurationError: ``pdf_dir`` is no folder.
    """
    with Extractor(
        index, settings, run, progress, retry_failed=retry_failed, jobs=jobs, pdf_dir=pdf_dir
    ) as extractor:
        progress.start("Extracting text", extractor.find())
        extractor.work(None)
        progress.finish()
        return extractor.summary
