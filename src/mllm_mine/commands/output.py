"""How commands write results to stdout."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
"""The ``--json`` option, the same in every command that prints a result."""


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def print_json_line(record: Any) -> None:
    """One line of JSON Lines on stdout."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
