"""One writing run at a time: a lock file beside the index, freed by the system if we die."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mllm_mine.errors import IndexLockedError
from mllm_mine.index.index import translated_errors


def lock_path(index_path: Path) -> Path:
    """Where the lock of an index lies."""
    return index_path.with_name(index_path.name + ".lock")


@contextmanager
def run_lock(index_path: Path, *, wait: bool = False) -> Iterator[None]:
    """Holds the index for a run that fetches, extracts or classifies.

    Reading, and labels by hand, need no lock. The lock is the operating system's, so one left
    by a dead process is free at once.

    Args:
        wait: wait for the other run to end instead of raising.

    Raises:
        IndexLockedError: another run holds the index.
    """
    from filelock import FileLock, Timeout

    path = lock_path(index_path)
    with translated_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=-1 if wait else 0)
        try:
            lock.acquire()
        except Timeout:
            raise IndexLockedError(
                f"another run of mine holds {index_path}; wait for it to end (--wait does) "
                "or use another --db"
            ) from None
    try:
        yield
    finally:
        lock.release()
