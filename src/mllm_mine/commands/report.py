"""``mine report``: the classified papers as a file for people and programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.filter_options import LabelOption, SinceOption, UntilOption
from mllm_mine.commands.output import JsonOption, counted, print_json, say


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("report")(run)


def run(
    context: typer.Context,
    format: Annotated[str, typer.Option(metavar="csv|json", help="What to write.")] = "csv",
    output: Annotated[
        str, typer.Option(metavar="PATH", help="Where to; '-' is stdout. Replaced as a whole.")
    ] = "-",
    since: SinceOption = "",
    until: UntilOption = "",
    label: LabelOption = None,
    in_scope: Annotated[
        bool, typer.Option("--in-scope/--all", help="Only papers in scope, or all.")
    ] = True,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Leave CSV cells alone that a spreadsheet would take for formulas."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a report of the classified papers, newest first.

    CSV is UTF-8 after RFC 4180; a cell that begins with = + - @ gets an apostrophe in front,
    unless --raw. --json stands for --format json, or tells what was written to --output.

    Example: mine report --since 2025-01-01 --output papers.csv
    """
    from mllm_mine.index.filters import PaperFilter
    from mllm_mine.reports import write_report

    wanted = PaperFilter(
        labels=tuple(label or ()), since=since, until=until, in_scope=True if in_scope else None
    )
    to_stdout = output == "-"
    if json and to_stdout:
        format = "json"
    with context.obj.index() as index:
        target = sys.stdout.buffer if to_stdout else Path(output)
        sys.stdout.flush()
        written = write_report(index, target, wanted, format=format, raw=raw)
    if json and not to_stdout:
        print_json({"output": output, "format": written.format, "papers": written.papers})
    elif not to_stdout:
        say(f"{counted(written.papers, 'paper')} written to {output}", quiet=context.obj.quiet)
