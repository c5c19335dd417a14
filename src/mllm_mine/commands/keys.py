"""Single keys and short lines from a terminal, without waiting for Enter."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

END = ""
"""What :meth:`Keyboard.key` returns when the terminal has gone."""
ENTER, ESCAPE = "\n", "\x1b"


class Keyboard:
    """Reads from the terminal that stdin is."""

    def key(self) -> str:
        """The next key: a character, ``ENTER``, ``ESCAPE`` (also for arrows and the like)."""
        if os.name == "nt":
            return _windows_key()
        with _key_by_key():
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

    def line(self) -> str:
        """A line typed and ended with Enter; "" when nothing was typed or the terminal has gone."""
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
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        yield
    finally:
        with suppress(termios.error):  # the terminal may have gone
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _windows_key() -> str:
    import msvcrt

    key = str(msvcrt.getwch())  # type: ignore[attr-defined,unused-ignore]
    if key in ("\x00", "\xe0"):
        msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
        return ESCAPE
    if key == "\x03":
        raise KeyboardInterrupt
    return ENTER if key == "\r" else END if key == "\x1a" else key
