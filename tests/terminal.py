"""Drives a program in a real terminal of 80 columns, as a person at the keyboard would."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")


class Terminal:
    """A running ``mine`` whose stdin, stdout and stderr are one terminal."""

    def __init__(
        self, arguments: list[str | Path], cwd: Path, environment: Mapping[str, str]
    ) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mllm_mine", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env={**environment, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = ""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.kill()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """Everything shown so far, without what steers the terminal."""
        return _STEERING.sub("", self.raw)

    def expect(self, words: str, seconds: float = 60) -> str:
        """Waits until the words are shown after those expected before; returns what came between.

        Raises:
            AssertionError: the time is up, or the program has ended without showing them.
        """
        end = time.monotonic() + seconds
        while (at := self.text.find(words, self._seen)) < 0:
            alive = self._read(max(0.0, end - time.monotonic()))
            found = self.text.find(words, self._seen) >= 0
            assert found or (alive and time.monotonic() < end), (
                f"{words!r} was not shown; the screen holds:\n{self.text[self._seen :]}"
            )
        between = self.text[self._seen : at]
        self._seen = at + len(words)
        return between

    def press(self, keys: str) -> None:
        """Types keys; ``\\n`` is Enter."""
        os.write(self._ours, keys.encode())

    def wait(self, seconds: float = 60) -> int:
        """Reads to the end, and returns the exit code."""
        while self._read(seconds):
            pass
        return self._process.wait(seconds)

    def kill(self) -> None:
        """kill -9."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _read(self, seconds: float) -> bool:
        """Reads what has come; False when the program has closed the terminal."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
