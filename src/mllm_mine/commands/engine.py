"""Where work on files is done: the options ``--engine`` and ``--scheduler``."""

from __future__ import annotations

from enum import StrEnum

import typer

from mllm_mine.errors import ConfigurationError


class Engine(StrEnum):
    """On this machine, or on Dask."""

    LOCAL = "local"
    DASK = "dask"


SCHEDULER = typer.Option(
    "--scheduler",
    metavar="ADDRESS",
    help="With --engine dask: a scheduler such as tcp://10.0.0.1:8786; default: a cluster on this "
    "machine.",
)


def check_engine(engine: Engine, scheduler: str) -> None:
    """Refuses an address that nothing would use."""
    if scheduler and engine is not Engine.DASK:
        raise ConfigurationError("--scheduler goes with --engine dask")
