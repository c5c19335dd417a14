"""Scores chunks in several processes, and gives the results in the order of the chunks."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeGuard

from mllm_mine.classifier.bulk.reading import Chunk
from mllm_mine.classifier.bulk.scoring import Scored, score_chunk
from mllm_mine.classifier.records import Record
from mllm_mine.errors import MineError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from mllm_mine.classifier.model import Model

_FEW_CHUNKS = 4  # are done here before other processes have loaded the model
_AHEAD = 2  # chunks a worker that wait or are done
_MOST_DEATHS = 3  # of workers, with no chunk done between them
_LOOK_AFTER = 2.0  # seconds without a result, until it is asked whether the workers live


@dataclass(frozen=True, slots=True)
class Job:
    """How chunks are to be scored; see :func:`mllm_mine.classifier.bulk.scoring.score_chunk`."""

    model: Model
    explain: bool
    arrow: bool

    def score(self, chunk: Chunk) -> Scored:
        """The results of one chunk."""
        return score_chunk(self.model, chunk, explain=self.explain, arrow=self.arrow)


def scored(job: Job, chunks: Iterator[Chunk], workers: int) -> Iterator[Scored]:
    """The results of each chunk, in order; those of a small file without other processes.

    A worker that dies (killed, or out of memory) is replaced, and its chunks are done again.

    Raises:
        MineError: workers die again and again.
    """
    few = list(islice(chunks, _FEW_CHUNKS))
    if workers == 1 or len(few) < _FEW_CHUNKS:
        yield from map(job.score, few)
        yield from map(job.score, chunks)
        return
    with _Pool(job, workers) as pool:
        for chunk in few:
            pool.add(chunk)
        for chunk in chunks:
            while pool.full:
                yield pool.next()
            pool.add(chunk)
        while pool.waiting:
            yield pool.next()


class _Pool:
    """Worker processes, and the chunks they are at, oldest first."""

    def __init__(self, job: Job, workers: int) -> None:
        self._workers = workers
        self._job = job
        self._executor = self._new()
        self._tasks: deque[tuple[Chunk, Future[Scored]]] = deque()
        self._deaths = 0

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(cancel_futures=True)

    @property
    def waiting(self) -> bool:
        """Whether any chunk's results have not been given out."""
        return bool(self._tasks)

    @property
    def full(self) -> bool:
        """Whether enough chunks are under way; more would only fill the memory."""
        return len(self._tasks) >= self._workers * (1 + _AHEAD)

    def add(self, chunk: Chunk) -> None:
        """Has a chunk scored."""
        from concurrent.futures.process import BrokenProcessPool

        try:
            self._tasks.append((chunk, self._executor.submit(_score, chunk)))
        except BrokenProcessPool:
            self._replace(chunk)

    def next(self) -> Scored:
        """The results of the oldest chunk."""
        from concurrent.futures.process import BrokenProcessPool

        while True:
            try:
                found = self._tasks[0][1].result(_LOOK_AFTER)
            except TimeoutError:
                self._end_if_worker_died()
                continue
            except BrokenProcessPool:
                self._replace()
                continue
            self._tasks.popleft()
            self._deaths = 0
            return found

    def _end_if_worker_died(self) -> None:
        """Ends all workers where one died in the middle of writing a result.

        The pool would wait for the rest of it, and the other workers for their turn to write,
        for ever. When nobody holds the pipe open any more, the pool sees that it is broken.
        """
        workers = list(self._executor._processes.values())
        if all(worker.is_alive() for worker in workers):
            return
        for worker in workers:
            worker.kill()
        self._executor._result_queue._writer.close()  # type: ignore[attr-defined]

    def _replace(self, *more: Chunk) -> None:
        """Starts new workers, who begin with the chunks whose results are lost."""
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            raise MineError(
                "the processes that classify are ended from outside again and again, perhaps for "
                "want of memory; try --jobs 1. What is done is kept: the same command goes on"
            )
        self._executor.shutdown(cancel_futures=True)
        self._executor = self._new()
        tasks = [*self._tasks, *((chunk, None) for chunk in more)]
        self._tasks = deque(
            (chunk, task if _is_done(task) else self._executor.submit(_score, chunk))
            for chunk, task in tasks
        )

    def _new(self) -> ProcessPoolExecutor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        from mllm_mine.classifier.model_file import model_bytes

        job = self._job
        if self._can_fork():
            _prepare(job.model)
            forking = multiprocessing.get_context("fork")
            return ProcessPoolExecutor(self._workers, forking, _begin, (job,))
        spawning = multiprocessing.get_context("spawn")
        start = (model_bytes(job.model, level=1), job.explain, job.arrow)
        return ProcessPoolExecutor(self._workers, spawning, _begin_with_bytes, start)

    def _can_fork(self) -> bool:
        """Whether nothing runs beside us, such as a progress bar's thread or Arrow's."""
        return (
            sys.platform == "linux"
            and threading.active_count() == 1
            and "pyarrow" not in sys.modules
        )


def _is_done(task: Future[Scored] | None) -> TypeGuard[Future[Scored]]:
    return task is not None and task.done() and task.exception() is None


_jobs: list[Job] = []  # in a worker: what it does, from when it begins


def _prepare(model: Model) -> None:
    """Loads and makes once what all workers share."""
    import scipy.sparse  # noqa: F401

    model.judge([Record("", "a title", "An abstract.")])


def _begin_with_bytes(model: bytes, explain: bool, arrow: bool) -> None:
    from mllm_mine.classifier.model_file import parse_model

    _begin(Job(parse_model(model, "the model"), explain, arrow))


def _begin(job: Job) -> None:
    """Gets a worker ready, and sees to it that it ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _jobs.append(job)


def _score(chunk: Chunk) -> Scored:
    return _jobs[0].score(chunk)


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
