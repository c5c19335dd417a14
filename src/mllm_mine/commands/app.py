"""The Typer application: the global options and the list of commands."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.context import Context

# In the order of a researcher's work; each is a module beside this one with a function `run`.
COMMANDS = ("taxonomy",)

app = typer.Typer(
    name="mine",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs no Rich, and so appears at once
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with 'mine demo', or 'mine init' in a folder of your own.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from mllm_mine import __version__

        typer.echo(f"mine {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    db: Annotated[
        Path | None, typer.Option(help="The index file.", envvar="MINE_DB", show_envvar=True)
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="The configuration file.", envvar="MINE_CONFIG", show_envvar=True),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only results and errors.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say more; tracebacks on errors.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Mine the literature of a living survey: fetch, extract, classify, report."""
    context.obj = Context(db=db, config=config, quiet=quiet, verbose=verbose)
    context.obj.set_up_logging()


for _name in COMMANDS:
    importlib.import_module(f"mllm_mine.commands.{_name}").register(app)
