"""Worker processes that read PDFs and may hang, grow or die without taking us along."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

import msgspec

from mllm_mine.fulltext.document import Document, Limits, Status
from mllm_mine.fulltext.worker import PAGE_RECORD

_GRACE_SECONDS = 2.0  # beyond the limit, for a worker that is about to answer
_LEAST_SECONDS = 3.0  # another attempt with less time than this is not worth a start
_MOST_ATTEMPTS = 6
WORKER_SETTINGS = {
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
    "MALLOC_TOP_PAD_": str(16 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(64 * 2**20),
}
"""Environment of the workers. The C library keeps freed memory for the next page instead of giving
it back and asking again, which reads pages a fifth faster; the limit of memory holds as before."""
_TIMED_OUT = (-signal.SIGALRM, -signal.SIGXCPU) if hasattr(signal, "SIGALRM") else ()
_KILLED = -signal.SIGKILL if hasattr(signal, "SIGKILL") else None

_Done = tuple[str, dict[str, Any]]


def read_pdf(path: str | Path, limits: Limits | None = None) -> Document:
    """Reads one PDF in a process of its own.

    Never raises for what is in the file: ``status`` and ``reason`` of the document tell.
    """
    with WorkerPool(1, limits or Limits()) as pool:
        pool.start("", Path(path))
        while True:
            for _, document in pool.finished(seconds=60.0):
                return Document.from_dict(document)


@dataclass
class _Task:
    """A PDF that is being read, and what earlier attempts at it taught."""

    key: str
    path: Path
    began: float
    skip: dict[int, str] = field(default_factory=dict)
    attempts: int = 0
    died_on: list[int] = field(default_factory=list)


class _Worker:
    """A process, and a thread that passes its answers on."""

    def __init__(self, events: queue.SimpleQueue[tuple[_Worker, bytes]]) -> None:
        package_folder = str(Path(__file__).resolve().parents[2])
        inherited = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([package_folder, inherited] if inherited else [package_folder])
        self._page_file = _file_in_memory()
        self.process = subprocess.Popen(
            # -P: a json.py in the user's folder must not stand in for Python's own.
            [sys.executable, "-P", "-m", "mllm_mine.fulltext.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._page_file,
            env={**WORKER_SETTINGS, **os.environ, "PYTHONPATH": path},
        )
        self.task: _Task | None = None
        self.deadline = float("inf")
        self.overdue = False
        self._thread = threading.Thread(target=self._pass_on, args=(events,), daemon=True)
        self._thread.start()

    def _pass_on(self, events: queue.SimpleQueue[tuple[_Worker, bytes]]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            events.put((self, line))
        events.put((self, b""))

    def send(self, request: dict[str, Any]) -> None:
        """Passes a request; a worker that is already dead shows by the end of its answers."""
        assert self.process.stdin is not None
        self._page_file.seek(0)
        self._page_file.write(PAGE_RECORD % 0)
        self._page_file.flush()
        with suppress(OSError):
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    def page(self) -> int:
        """Where a dead worker was: the number of a page, 0: opening, -1: ordering the text."""
        self._page_file.seek(0)
        with suppress(ValueError):  # it died before it could say anything
            return int(self._page_file.read(len(PAGE_RECORD % 0)))
        return 0

    def no_more(self) -> None:
        """Tells a worker that nothing more comes: one that reads is ended, an idle one leaves."""
        if self.process.poll() is None and self.task is not None:
            self.process.kill()
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def end(self) -> int:
        """Ends the process and returns its exit status (negative: the signal that ended it)."""
        assert self.process.stdout is not None
        self.no_more()
        self._thread.join(timeout=5)  # its answers end when it does
        if self._thread.is_alive():
            self.process.kill()
            self._thread.join()
        status = self.process.wait()
        self.process.stdout.close()
        self._page_file.close()
        return status


def _file_in_memory() -> BinaryIO:
    """A file without a name, which a full disk does not touch where the system has such files."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("page"), "w+b")
    return cast(BinaryIO, tempfile.TemporaryFile())


class WorkerPool:
    """Up to ``jobs`` workers; start tasks while :attr:`free`, and collect what is finished.

    Workers start when first needed and stay warm until the pool is closed.
    """

    def __init__(self, jobs: int, limits: Limits) -> None:
        self.jobs = jobs
        self.limits = limits
        self._events: queue.SimpleQueue[tuple[_Worker, bytes]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers; PDFs still being read are dropped."""
        for worker in self._workers:
            worker.no_more()
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    @property
    def busy(self) -> int:
        """How many PDFs are being read."""
        return sum(worker.task is not None for worker in self._workers)

    @property
    def free(self) -> int:
        """How many more could be started now."""
        return self.jobs - self.busy

    @property
    def process_ids(self) -> list[int]:
        """The workers' processes."""
        return [worker.process.pid for worker in self._workers]

    def start(self, key: str, path: Path) -> None:
        """Has a free worker read a PDF; ``key`` comes back with the document."""
        self._give(_Task(key, path, time.monotonic()))

    def finished(self, seconds: float) -> list[_Done]:
        """Waits up to some seconds for PDFs that are done, and returns them with their keys.

        The documents are plain data, as :meth:`Document.to_dict` gives them without the sections'
        texts. Returns at once with an empty list when nothing is being read.
        """
        until = time.monotonic() + seconds
        done: list[_Done] = []
        while self.busy and not done:
            now = time.monotonic()
            wait = min(until, min(worker.deadline for worker in self._workers)) - now
            try:
                event = self._events.get(timeout=max(0.0, wait))
            except queue.Empty:
                self._end_overdue()
                if time.monotonic() >= until:
                    break
                continue
            self._take(*event, done)
            while not self._events.empty():
                self._take(*self._events.get(), done)
        return done

    def _give(self, task: _Task) -> None:
        worker = next((worker for worker in self._workers if worker.task is None), None)
        if worker is None:
            worker = _Worker(self._events)
            self._workers.append(worker)
        left = self.limits.seconds - (time.monotonic() - task.began)
        task.attempts += 1
        worker.task = task
        worker.deadline = time.monotonic() + left + _GRACE_SECONDS
        worker.send(
            {
                "path": str(task.path),
                "seconds": left,
                "megabytes": self.limits.megabytes,
                "skip": task.skip,
            }
        )

    def _take(self, worker: _Worker, line: bytes, done: list[_Done]) -> None:
        task = worker.task
        if not line:
            self._bury(worker, done)
        elif task is not None:
            document, leaving = msgspec.json.decode(line)
            document["seconds"] = round(time.monotonic() - task.began, 3)
            worker.task = None
            worker.deadline = float("inf")
            if leaving:
                self._workers.remove(worker)
                worker.end()
            done.append((task.key, document))

    def _end_overdue(self) -> None:
        for worker in self._workers:
            if worker.deadline <= time.monotonic():
                worker.overdue = True
                worker.deadline = float("inf")
                worker.process.kill()  # the end of its answers follows

    def _bury(self, worker: _Worker, done: list[_Done]) -> None:
        """A worker is dead: tries its PDF again without the page it died on, or gives it up."""
        if worker not in self._workers:
            return  # it left as arranged
        self._workers.remove(worker)
        task = worker.task
        page = worker.page() if task is not None else 0
        status = worker.end()
        if task is None:
            return
        timed_out = worker.overdue or status in _TIMED_OUT
        # A first death by SIGKILL may be someone else's doing; the page is not to blame yet.
        blame = timed_out or status != _KILLED or page in task.died_on
        task.died_on.append(page)
        left = self.limits.seconds - (time.monotonic() - task.began)
        if blame and page > 0:
            task.skip[page] = "took too long" if timed_out else "crashed the reader"
        hopeless = page <= 0 and (timed_out or task.died_on.count(page) > 1)
        if not hopeless and left >= _LEAST_SECONDS and task.attempts < _MOST_ATTEMPTS:
            self._give(task)
            return
        document = _given_up(task, timed_out or left < _LEAST_SECONDS, status, self.limits)
        document.seconds = round(time.monotonic() - task.began, 3)
        done.append((task.key, document.to_dict(section_text=False)))


def _given_up(task: _Task, timed_out: bool, status: int, limits: Limits) -> Document:
    page = task.died_on[-1]
    where = {0: "opening it", -1: "ordering its text"}.get(page, f"reading page {page}")
    kind: Status = "timeout" if timed_out else "crashed"
    if timed_out:
        reason = f"{where} took too long (the limit is {limits.seconds:g} s for the file)"
    elif status == _KILLED:
        reason = f"{where} was killed {task.attempts} times, perhaps for want of memory"
    else:
        reason = f"{where} crashed the reader {task.attempts} times (exit status {status})"
    return Document(status=kind, reason=reason)
