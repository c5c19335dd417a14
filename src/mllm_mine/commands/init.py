"""``mine init``: a folder for a survey of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("init")(run)


def run(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; made when missing.")
    ] = Path(),
    taxonomy: Annotated[
        bool,
        typer.Option(
            "--taxonomy", help="Also write a taxonomy and labelled examples to make your own."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a commented mine.toml and an empty index.

    Nothing is ever overwritten.

    Example: mine init my-survey --taxonomy
    """
    from mllm_mine.scaffold import create_folder

    written = create_folder(directory, index=context.obj.db, taxonomy=taxonomy)
    if json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(f"wrote {path}")
    where = "" if directory.resolve() == Path().resolve() else f"cd {directory} && "
    if taxonomy:
        typer.echo("Next: put your own field into taxonomy.toml and labelled.jsonl, then")
        typer.echo(f"  {where}mine train labelled.jsonl --taxonomy taxonomy.toml --output my.model")
    else:
        typer.echo(f"Next: {where}mine update")
