"""How the library tells its caller what it is doing, without ever printing."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives progress of a long operation; the command line draws bars and lines from it."""

    def start(self, task: str, total: int | None = None) -> None:
        """A task begins. ``total`` is its number of steps, or None when unknown."""

    def advance(self, steps: int = 1) -> None:
        """``steps`` more of the current task are done."""

    def note(self, message: str) -> None:
        """Something a person may want to know (a retry, a skipped paper)."""

    def finish(self) -> None:
        """The current task is over."""


class Silent:
    """A :class:`Progress` that drops everything."""

    def start(self, task: str, total: int | None = None) -> None: ...

    def advance(self, steps: int = 1) -> None: ...

    def note(self, message: str) -> None: ...

    def finish(self) -> None: ...
