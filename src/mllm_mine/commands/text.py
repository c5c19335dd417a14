"""``mine text``: the text of one PDF, without an index."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("text")(run)


def run(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The PDF.", metavar="FILE.pdf")],
    json: JsonOption = False,
) -> int:
    """Show the text of one PDF; --json adds its structure.

    That is title, sections with their headings, captions, tables, references and pages.

    Example: mine text 2501.01234v2.pdf --json | jq -r '.references[].title'
    """
    from mllm_mine.errors import PdfError
    from mllm_mine.fulltext import Limits, read_pdf
    from mllm_mine.fulltext.document import READABLE
    from mllm_mine.input_path import require_file

    require_file(file)
    settings = context.obj.settings.extract
    document = read_pdf(file, Limits(settings.timeout_seconds, settings.memory_megabytes))
    if json:
        print_json(document.to_dict())
    if document.status not in READABLE:
        raise PdfError(f"no text in {file}: {document.reason}")
    if not json:
        typer.echo(document.text)
    if document.status == "partial":
        typer.echo(f"mine: {file}: {document.reason}", err=True)
        return 3
    return 0
