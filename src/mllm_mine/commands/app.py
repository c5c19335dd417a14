"""The Typer application: the global options and the list of commands.

Only the command that runs is imported. The others are known by name and summary, so that
``mine --help`` and completion stay quick however many commands there are.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from mllm_mine.commands.context import Context

# In the order of a researcher's work. Each is a module of that name beside this one, with
# functions `register` and `run`; the summary is the first line of `run`'s docstring.
COMMANDS = {
    "demo": "Run the whole pipeline offline, on a bundled, invented sample.",
    "init": "Write a commented mine.toml and an empty index.",
    "fetch": "Bring in what is new and changed since the last fetch.",
    "list": "List papers of the index, newest first.",
    "show": "Show one paper: labels, reasons, text and history.",
    "search": "Search titles, abstracts and full texts, best matches first.",
    "report": "Write a report of the classified papers, newest first.",
    "trends": "Show papers by label and month, shares, and what grows fastest.",
    "resources": "List data sets, benchmarks, models and code in the papers.",
    "audit": "Find what a survey's list lacks, and what is wrong in it.",
    "compare": "Show results of tuning and frozen papers side by side.",
    "gaps": "Show where the taxonomy may no longer fit the field.",
    "label": "Set labels of papers by hand; they win over the model.",
    "labels": "Export and import labels by hand, with their history.",
    "status": "Show what the index holds, how far it reaches, what is missing.",
    "doctor": "Check set-up and index, and say how to mend what is wrong.",
    "extract": "Extract the full text of PDFs that have not been read yet.",
    "text": "Show the text of one PDF; --json adds its structure.",
    "classify": "Label papers that are new, changed or under another model.",
    "train": "Train a model from labelled papers, and say how good it is.",
    "review": "Review the papers that teach the model most, a key a decision.",
    "simulate": "Replay labelled papers as if a person read them in our order.",
    "update": "Fetch, extract, classify and report: the one command for cron.",
    "evaluate": "Score a model on labelled papers that it was not trained on.",
    "cron": "Print, install or remove the nightly schedule of 'mine update'.",
    "taxonomy": "Show the taxonomy as a tree, with the definition of each label.",
}


class LazyGroup(TyperGroup):
    """Stands in for each command by its summary until it is run."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, summary in COMMANDS.items():
            self.add_command(TyperCommand(name, help=summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Finds the command to run or to complete; this is where its module is imported."""
        if args[0] in COMMANDS:
            self.add_command(load_command(args[0]), args[0])
        return super().resolve_command(ctx, args)


def load_command(name: str) -> Any:
    """Imports a command's module and returns the command, or the group of its sub-commands."""
    part = typer.Typer(rich_markup_mode=None)
    importlib.import_module(f"mllm_mine.commands.{name}").register(part)
    return typer.main.get_group(part).commands[name]


app = typer.Typer(
    name="mine",
    cls=LazyGroup,
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
