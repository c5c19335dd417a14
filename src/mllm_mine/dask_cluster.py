"""Runs a function over parts of some work on Dask: many machines, or processes of this one.

The only module that knows Dask. Each part is a call of its own whose result is small; what it
makes, it writes itself. Dask repeats the parts of a worker that dies.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from mllm_mine.errors import ConfigurationError, MineError
from mllm_mine.processors import processors

_SECONDS_TO_CONNECT = 30
_RETRIES = 3  # of a part, beside those for workers that die

Part = TypeVar("Part")
Result = TypeVar("Result")


def run_parts(
    function: Callable[[Part, Any], Result],
    parts: Sequence[Part],
    shared: Any,
    *,
    scheduler: str = "",
    jobs: int = 0,
) -> Iterator[Result]:
    """Calls ``function(part, shared)`` for each part, and yields results as they come.

    Args:
        function: importable on the workers, where this package must be installed.
        shared: what all parts need; sent to each worker once.
        scheduler: address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``; a cluster of
            processes on this machine, for as long as it takes, when left out.
        jobs: processes of such a cluster; 0 is one a processor.

    Raises:
        ConfigurationError: Dask is not installed, or the scheduler cannot be reached.
        MineError: a part ended several workers in a row; what it raised comes through as it is.
    """
    with _client(scheduler, jobs) as client:
        from distributed import KilledWorker, as_completed

        # A task, so that Dask makes it again when all workers that hold it have died.
        everywhere = client.submit(_itself, shared, pure=False)
        futures = [
            client.submit(function, part, everywhere, pure=False, retries=_RETRIES)
            for part in parts
        ]
        try:
            for future in as_completed(futures):
                yield future.result()
        except KilledWorker as error:
            raise MineError(
                "a part of the work ended several Dask workers in a row, perhaps for want of "
                "memory; give the workers more. What is done is kept: the same command goes on"
            ) from error
        finally:
            client.cancel(futures)


def _itself(value: Any) -> Any:
    return value


@contextmanager
def _client(scheduler: str, jobs: int) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ConfigurationError(
            "--engine dask needs Dask: pip install 'mllm-mine[dask]'"
        ) from error
    if scheduler:
        try:
            client = Client(scheduler, timeout=_SECONDS_TO_CONNECT)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"no Dask scheduler answers at {scheduler} ({error}); start one with 'dask "
                "scheduler', or leave --scheduler out to use this machine"
            ) from error
        with client:
            yield client
        return
    cluster = LocalCluster(
        n_workers=jobs or processors(),
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=logging.ERROR,
    )
    with cluster, Client(cluster) as client:
        yield client
