"""One request at a time, and some seconds apart, across all mine processes of this user.

A lock file is held during each request; the time of the last one, and until when arXiv wants to
be left alone, stand in a file beside it. Both lie in the user's state folder, because arXiv
counts requests by user, not by index.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mllm_mine.errors import DiskError

ARXIV_DELAY = 3.0
ARXIV_BACKOFF = 10.0
"""Seconds; for hosts under arxiv.org neither is ever less, whatever the settings say."""

LONGEST_COOL_DOWN = 3600.0
_POLL_SECONDS = 0.05

Idle = Callable[[float], None]
"""Called with the seconds we are about to wait, so that other work can be done meanwhile."""


def is_arxiv_host(url: str) -> bool:
    """Whether a URL leads to arxiv.org or a host under it."""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    return host == "arxiv.org" or host.endswith(".arxiv.org")


def state_folder() -> Path:
    """Where what all runs of this user share is kept: ``MINE_STATE_DIR``, or the system's place."""
    named = os.environ.get("MINE_STATE_DIR")
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("mllm-mine", appauthor=False)


class Politeness:
    """Gives turns to ask one site.

    Args:
        url: any address of the site; all hosts under arxiv.org are one site.
        delay: seconds between the end of a request and the beginning of the next.
        idle: called while a turn is awaited.
    """

    def __init__(self, url: str, delay: float, idle: Idle | None = None) -> None:
        from filelock import FileLock

        host = (urlsplit(url).hostname or "localhost").lower()
        site = (
            "arxiv.org"
            if is_arxiv_host(url)
            else "".join(c for c in host if c.isalnum() or c in ".-")
        )
        self.delay = max(delay, ARXIV_DELAY) if is_arxiv_host(url) else delay
        self._idle = idle
        folder = state_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error) from error
        self._lock = FileLock(folder / f"{site}.lock")
        self._state = folder / f"{site}.json"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for our turn, and holds it for one request."""
        self._take_turn()
        try:
            self._write(last=time.time())  # for those who come after us, should we die meanwhile
            try:
                yield
            finally:
                self._write(last=time.time())
        finally:
            self._lock.release()

    def cool_down(self, seconds: float) -> None:
        """No process of this user asks the site for so many seconds."""
        with self._lock:
            until = time.time() + min(seconds, LONGEST_COOL_DOWN)
            self._write(not_before=max(until, self._read()["not_before"]))

    def _take_turn(self) -> None:
        """Waits without the lock, so that others may have their turn, until nothing is to wait."""
        from filelock import Timeout

        while True:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                self._wait(_POLL_SECONDS)
                continue
            except OSError as error:
                raise _unusable(self._state.parent, error) from error
            seconds = self._seconds_to_wait()
            if seconds <= 0:
                return
            self._lock.release()
            self._wait(seconds)

    def _seconds_to_wait(self) -> float:
        state, now = self._read(), time.time()
        last, not_before = state["last"], state["not_before"]
        if last > now:  # the clock was set back: do not wait for the old time to come
            last, not_before = now, not_before - (last - now)
            self._write(last=last, not_before=not_before)
        return max(last + self.delay - now, min(not_before - now, LONGEST_COOL_DOWN))

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        if self._idle is not None:
            self._idle(seconds)
        remaining = end - time.monotonic()
        if remaining > 0:
            time.sleep(remaining)

    def _read(self) -> dict[str, float]:
        try:
            found = json.loads(self._state.read_text(encoding="utf-8"))
            return {"last": float(found["last"]), "not_before": float(found["not_before"])}
        except FileNotFoundError:
            return {"last": 0.0, "not_before": 0.0}
        except (OSError, ValueError, KeyError, TypeError):
            # Damaged. Somebody may just have asked: one delay from now on, and only one.
            state = {"last": time.time(), "not_before": 0.0}
            self._replace(state)
            return state

    def _write(self, **changes: float) -> None:
        self._replace(self._read() | changes)

    def _replace(self, state: dict[str, float]) -> None:
        """Writes the state as a whole, so that a death meanwhile leaves the one before."""
        new = self._state.with_suffix(".new")
        try:
            new.write_text(json.dumps(state), encoding="utf-8")
            new.replace(self._state)
        except OSError as error:
            raise _unusable(self._state.parent, error) from error


def _unusable(folder: Path, error: OSError) -> DiskError:
    return DiskError(
        f"cannot keep the time of the last request in {folder} ({error.strerror or error}); "
        "make it writable, or name another folder with MINE_STATE_DIR"
    )
