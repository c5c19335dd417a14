"""Single keys and short lines from a terminal, without waiting for Enter."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

END = ""
"""What :meth:`Keyboard.key` returns when the terminal has gone."""
ENTER, ESCAPE = "\n", "\x1b"
_DRAINED = 1  # termios.TCSADRAIN: change the mode once what was written has been shown


class Keyboard:
    """Reads from the terminal that stdin is, within a ``with`` block.

    The terminal passes single keys on for the whole block, so that none that is typed while a
    page is drawn is echoed, held back until Enter, or lost.
    """

    def __enter__(self) -> Keyboard:
        self._mode = _key_by_key() if os.name != "nt" else nullcontext()
        self._mode.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._mode.__exit__(*error)

    def key(self) -> str:
        """The next key: a character, ``ENTER``, ``ESCAPE`` (also for arrows and the like)."""
        if os.name == "nt":
            return _windows_key()
        byte = self._byte()
        if byte in (b"\r", b"\n"):
            return ENTER
        if byte == b"\x04":
            return END
        if byte == b"\x1b":
            self._drop_sequence()
            return ESCAPE
        # A character of several bytes says in its first one how many follow.
        more = 0 if byte < b"\xc0" else 1 if byte < b"\xe0" else 2 if byte < b"\xf0" else 3
        return (byte + b"".join(self._byte() for _ in range(more))).decode("utf-8", "replace")

    def line(self, ask: Callable[[], None]) -> str:
        """A line typed and ended with Enter; "" when nothing was typed or the terminal has gone.

        Args:
            ask: shows the question, once a line can be typed.
        """
        with _whole_lines() if os.name != "nt" else nullcontext():
            ask()
            try:
                return input().strip()
            except EOFError:
                return ""

    def _byte(self) -> bytes:
        return os.read(sys.stdin.fileno(), 1)

    def _drop_sequence(self) -> None:
        """Drops what follows an escape at once: the rest of an arrow or function key."""
        import select

        while select.select([sys.stdin], [], [], 0.02)[0]:
            byte = os.read(sys.stdin.fileno(), 1)
            if not byte or byte.isalpha() or byte == b"~":
                return


@contextmanager
def _key_by_key() -> Iterator[None]:
    """The terminal without echo and without waiting for Enter; as it was afterwards."""
    import tty

    with _as_it_was():
        tty.setcbreak(sys.stdin.fileno(), _DRAINED)
        yield


@contextmanager
def _whole_lines() -> Iterator[None]:
    """The terminal with echo and waiting for Enter; as it was afterwards."""
    import termios

    with _as_it_was():
        terminal = sys.stdin.fileno()
        mode = termios.tcgetattr(terminal)
        mode[3] |= termios.ECHO | termios.ICANON
        termios.tcsetattr(terminal, _DRAINED, mode)
        yield


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Gives the terminal its present mode back at the end."""
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may have gone
            termios.tcsetattr(terminal, _DRAINED, before)


def _windows_key() -> str:
    import msvcrt

    key = str(msvcrt.getwch())  # type: ignore[attr-defined,unused-ignore]
    if key in ("\x00", "\xe0"):
        msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
        return ESCAPE
    if key == "\x03":
        raise KeyboardInterrupt
    return ENTER if key == "\r" else END if key == "\x1a" else key
