"""What each run did: its arguments, counts, failures and how it ended."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mllm_mine.clock import utc_now
from mllm_mine.errors import MineError

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_PARTIAL = 3  # the exit code of a run in which some papers failed


@dataclass
class Run:
    """A run in progress. Stages add to ``counts`` and call :meth:`fail` for what they skip.

    Attributes:
        exit_code: 0, 3 when some papers failed, or the code of a stage that failed as a whole.
    """

    run_id: int
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    message: str = ""
    exit_code: int = 0

    def add(self, **counts: int) -> None:
        """Adds to named counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def fail(self, subject: str, reason: str, *, exit_code: int = _PARTIAL) -> None:
        """Records that one paper, line, window or stage could not be done, and why."""
        self.failures.append((subject, reason))
        if self.exit_code in (0, _PARTIAL):
            self.exit_code = exit_code


class Runs:
    """The table of runs."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._connection = index.connection

    @contextmanager
    def record(self, command: str, arguments: dict[str, Any]) -> Iterator[Run]:
        """Records a run from start to end, however it ends."""
        run = Run(self._start(command, arguments))
        try:
            yield run
        except BaseException as error:
            code = error.exit_code if isinstance(error, MineError) else 1
            self._finish(run, "failed", code, str(error) or type(error).__name__)
            raise
        status = {0: "done", _PARTIAL: "partial"}.get(run.exit_code, "failed")
        self._finish(run, status, run.exit_code, run.message)

    def latest(self, limit: int = 1) -> list[dict[str, Any]]:
        """The newest runs first, as plain dictionaries with ``counts`` and ``failures``."""
        found = []
        for row in self._connection.execute(
            "SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", (limit,)
        ):
            run = dict(row)
            run["counts"] = json.loads(run["counts"])
            run["arguments"] = json.loads(run["arguments"])
            run["failures"] = [
                dict(failure)
                for failure in self._connection.execute(
                    "SELECT subject, reason FROM run_failures WHERE run_id = ?", (run["run_id"],)
                )
            ]
            found.append(run)
        return found

    def _start(self, command: str, arguments: dict[str, Any]) -> int:
        with self._index.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (command, arguments, started, pid) VALUES (?, ?, ?, ?)",
                (command, json.dumps(arguments, default=str), utc_now(), os.getpid()),
            )
            return int(cursor.lastrowid or 0)

    def _finish(self, run: Run, status: str, exit_code: int, message: str) -> None:
        with self._index.transaction() as connection:
            connection.execute(
                "UPDATE runs SET finished = ?, status = ?, exit_code = ?, counts = ?, "
                "message = ? WHERE run_id = ?",
                (utc_now(), status, exit_code, json.dumps(run.counts), message, run.run_id),
            )
            connection.executemany(
                "INSERT INTO run_failures VALUES (?, ?, ?)",
                [(run.run_id, subject, reason) for subject, reason in run.failures],
            )
