"""``mine labels``: takes labels by hand out of the index, and brings them in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json, say


def register(app: typer.Typer) -> None:
    """Adds the command and its sub-commands."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Export and import labels by hand, with their history.\n\n"
        "Example: mine labels export labels.csv",
    )
    group.command("export")(export)
    group.command("import")(import_)
    app.add_typer(group, name="labels")


FormatOption = Annotated[
    str, typer.Option(metavar="csv|jsonl", help="The format, when the name does not tell.")
]


def export(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Where to; '-' is stdout.")] = "-",
    format: FormatOption = "",
    json: JsonOption = False,
) -> None:
    """Write every label ever given by hand, with who, when, on which version and why.

    --json writes JSON Lines to stdout, or tells what was written to FILE.

    Example: mine labels export labels.csv
    """
    from mllm_mine.labelling.exchange import export_labels

    if file == "-":
        with context.obj.index() as index:
            export_labels(index, sys.stdout.buffer, "jsonl" if json else format)
        return
    with context.obj.index() as index:
        count = export_labels(index, Path(file), format)
    if json:
        print_json({"output": file, "labels": count})
    else:
        say(f"{count} entries written to {file}", quiet=context.obj.quiet)


def import_(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What to read; '-' is stdin.")],
    format: FormatOption = "",
    json: JsonOption = False,
) -> None:
    """Bring in labels by hand; those that are known already are left alone.

    Labels of papers that are not in the index are kept until they are.

    Example: mine labels import labels.csv
    """
    from dataclasses import asdict

    from mllm_mine.labelling.exchange import import_labels

    with context.obj.index(create=True) as index:
        counts = import_labels(index, Path(file), format)
    if json:
        print_json(asdict(counts))
        return
    absent = f", {counts.absent} of them for papers not in the index" if counts.absent else ""
    typer.echo(f"{counts.added} labels added{absent}; {counts.known} were known already")
