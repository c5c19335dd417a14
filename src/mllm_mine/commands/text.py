"""``mine text``: the text of one PDF, without an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.engine import SCHEDULER, Engine, check_engine
from mllm_mine.commands.output import JsonOption, print_json

if TYPE_CHECKING:
    from mllm_mine.fulltext import Limits

_NAMED = 5


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("text")(run)


def run(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="The PDF, or a folder of PDFs.", metavar="FILE.pdf|FOLDER")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="For a folder: where the texts go, as Parquet.", metavar="PARQUET"),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(help="For a folder: PDFs at a time; 0: one a processor.", min=0, metavar="N"),
    ] = 0,
    engine: Annotated[
        Engine, typer.Option(help="For a folder: dask reads on many machines.")
    ] = Engine.LOCAL,
    scheduler: Annotated[str, SCHEDULER] = "",
    json: JsonOption = False,
) -> int:
    """Show the text of one PDF; --json adds its structure.

    That is title, sections with their headings, captions, tables, references and pages. Of a
    folder, the texts go to Parquet, one row a PDF, without an index.

    Example: mine text 2501.01234v2.pdf --json | jq -r '.references[].title'
    """
    from mllm_mine.errors import ConfigurationError, PdfError
    from mllm_mine.fulltext import Limits, read_pdf
    from mllm_mine.fulltext.document import READABLE
    from mllm_mine.input_path import require_file

    require_file(file)
    settings = context.obj.settings.extract
    limits = Limits(settings.timeout_seconds, settings.memory_megabytes)
    check_engine(engine, scheduler)
    if file.is_dir():
        where = scheduler if engine is Engine.DASK else None
        return _folder(context, file, output, limits, jobs, where, json=json)
    if output or jobs or engine is not Engine.LOCAL:
        raise ConfigurationError("--output, --jobs and --engine are for a folder of PDFs")
    document = read_pdf(file, limits)
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


def _folder(
    context: typer.Context,
    folder: Path,
    output: Path | None,
    limits: Limits,
    jobs: int,
    scheduler: str | None,
    *,
    json: bool,
) -> int:
    from mllm_mine.errors import ConfigurationError
    from mllm_mine.fulltext import texts_of_folder

    if output is None:
        raise ConfigurationError(f"{folder} is a folder: say with --output where its texts go")
    with context.obj.progress() as progress:
        summary = texts_of_folder(
            folder, output, progress, limits=limits, jobs=jobs, scheduler=scheduler
        )
    failures = sorted(summary.failures)
    if json:
        named = [{"path": path, "reason": reason} for path, reason in failures]
        print_json({"files": summary.files, "pages": summary.pages, "failures": named})
    else:
        typer.echo(
            f"{summary.files:,} PDFs, {summary.pages:,} pages, {len(failures):,} without text"
        )
    for path, reason in failures[:_NAMED]:
        typer.echo(f"mine: {path}: {reason}", err=True)
    return 3 if failures else 0
