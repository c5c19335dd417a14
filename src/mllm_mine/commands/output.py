"""How commands write results to stdout."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
"""The ``--json`` option, the same in every command that prints a result."""

Piece = str | tuple[str, str]
"""Part of a line: plain text, or text and a Rich style that only a terminal shows."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def print_json_line(record: Any) -> None:
    """One line of JSON Lines on stdout."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def on_terminal() -> bool:
    """Whether results go to a terminal rather than a file or another program."""
    return sys.stdout.isatty()


def print_tabs(cells: Iterable[str]) -> None:
    """One line of cells for other programs, with a tab between them and none within."""
    sys.stdout.write("\t".join(printable(cell) for cell in cells) + "\n")


def print_lines(lines: Iterable[Sequence[Piece]]) -> None:
    """Lines of text: wrapped and in colour on a terminal, as they are elsewhere."""
    if not on_terminal():
        for line in lines:
            sys.stdout.write("".join(printable(_text(piece)) for piece in line).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines:
        text = Text.assemble(*(_printable(piece) for piece in line))
        first = _text(line[0]) if line else ""
        hang = len(first) - len(first.lstrip())
        for number, part in enumerate(text.wrap(console, max(20, console.width - hang))):
            console.print(Text(" " * hang) + part if number else part)


def printable(text: str) -> str:
    """Text on one line, without characters that steer a terminal."""
    return _UNPRINTABLE.sub(" ", text)


def say(message: str, *, quiet: bool = False) -> None:
    """A remark beside the result, on stderr."""
    if not quiet:
        print(f"mine: {message}", file=sys.stderr)


def _text(piece: Piece) -> str:
    return piece if isinstance(piece, str) else piece[0]


def _printable(piece: Piece) -> Piece:
    return printable(piece) if isinstance(piece, str) else (printable(piece[0]), piece[1])
