"""Refuses a file that is not there before anything is made for it, such as an empty index."""

from __future__ import annotations

from pathlib import Path

from mllm_mine.errors import ConfigurationError


def require_file(path: str | Path) -> None:
    """Makes sure that something is there to be read; ``-`` stands for standard input.

    Raises:
        ConfigurationError: there is no such file.
    """
    if str(path) != "-" and not Path(path).expanduser().exists():
        raise ConfigurationError(f"there is no file {path}; check its name and folder")
