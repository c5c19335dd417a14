"""What every command needs from the command line: settings, index, progress and output."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.progress import Progress


@dataclass
class Context:
    """The global options; ``context.obj`` of every command."""

    db: Path | None = None
    config: Path | None = None
    quiet: bool = False
    verbose: bool = False

    def set_up_logging(self) -> None:
        """Sends the library's log to stderr: warnings, or all of it with ``--verbose``."""
        logger = logging.getLogger("mllm_mine")
        logger.setLevel(
            logging.DEBUG if self.verbose else logging.ERROR if self.quiet else logging.WARNING
        )
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("mine: %(message)s"))
        logger.handlers[:] = [handler]

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        from mllm_mine.config import load_settings

        return load_settings(self.config, self.db)

    @contextmanager
    def index(self, *, create: bool = False) -> Iterator[Index]:
        """The index of these settings, open."""
        from mllm_mine.index import Index

        with Index.open(self.settings.db, create=create) as index:
            yield index

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Bars on a terminal; otherwise a line for each thing worth noting, or nothing."""
        from mllm_mine.commands.progress_bar import bar_or_lines

        with bar_or_lines(quiet=self.quiet) as progress:
            yield progress
