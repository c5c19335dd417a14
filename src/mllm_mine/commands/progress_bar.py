"""Shows progress: bars on a terminal, notes as plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mllm_mine.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


class Lines(Silent):
    """Writes notes to the log (``--verbose`` shows them) and draws nothing, for cron and pipes.

    A retry that helped is no reason for cron to send mail; what failed is told at a run's end.
    """

    def note(self, message: str) -> None:
        logging.getLogger("mllm_mine").info("%s", message)


class Bars:
    """One bar for the task at hand, notes above it."""

    def __init__(self, rich: RichProgress) -> None:
        self._rich = rich
        self._task: object = None

    def start(self, task: str, total: int | None = None) -> None:
        self.finish()
        self._task = self._rich.add_task(task, total=total)

    def advance(self, steps: int = 1) -> None:
        if self._task is not None:
            self._rich.advance(self._task, steps)  # type: ignore[arg-type]

    def note(self, message: str) -> None:
        self._rich.console.print(message, markup=False, highlight=False)

    def finish(self) -> None:
        if self._task is not None:
            self._rich.remove_task(self._task)  # type: ignore[arg-type]
            self._task = None


@contextmanager
def bar_or_lines(*, quiet: bool) -> Iterator[Progress]:
    """A progress display for stderr."""
    if quiet:
        yield Silent()
        return
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as rich:
        yield Bars(rich)
