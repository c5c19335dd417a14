"""What a check finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.index.checks import Checks

RESTORE = (
    "restore a copy, or save the labels with 'mine labels export', move the file away and "
    "fetch again"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check found.

    Attributes:
        area: where: configuration, disk, index, search, fetch, import, pdfs, texts, model, runs.
        fault: whether it is wrong; otherwise it is only worth knowing.
        problem: what was found.
        mend: what to do about it.
        mended: whether that has just been done.
    """

    area: str
    fault: bool
    problem: str
    mend: str
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What the checks of an open index look at."""

    index: Index
    checks: Checks
    settings: Settings
    mend: bool
    full: bool

    def mended(self, area: str, problem: str, mend: Callable[[], object], what: str) -> Finding:
        """A fault that we can mend ourselves, mended if we may."""
        if self.mend:
            mend()
        return Finding(area, True, problem, f"'mine doctor --mend' {what}", mended=self.mend)
