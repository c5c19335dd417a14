"""``mine audit``: what a survey's list lacks, and what is wrong with its entries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.filter_options import LabelOption
from mllm_mine.commands.output import JsonOption, print_json, say
from mllm_mine.wording import counted


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("audit")(run)


def run(
    context: typer.Context,
    survey_list: Annotated[
        Path | None,
        typer.Argument(
            metavar="[LIST]",
            help="Markdown README, BibTeX, RIS, or CSV of ids or titles; '-' is stdin.  "
            "[default: the survey's own list]",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            metavar="DATE",
            help="Look for papers from this date on.  [default: after the list's newest id]",
        ),
    ] = "",
    label: LabelOption = None,
    top: Annotated[
        int, typer.Option(min=0, metavar="N", help="At most so many papers; 0 for all.")
    ] = 50,
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Which labels the sections stand for; 'mine labels import --write-mapping' "
            "makes one to edit.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write the Markdown there instead.")
    ] = None,
    unchecked: Annotated[
        bool,
        typer.Option(
            "--unchecked", help="Only the listed ids that the index lacks, for 'mine fetch --ids'."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Find what a survey's list lacks, and what is wrong in it.

    Papers in scope that no entry means, by confidence and by how many papers of the index cite
    them, as lines in the list's own style under its own sections; data sets and benchmarks they
    release; entries that stand twice, have wrong ids or none, are out of date, or are filed
    where the model would not file them. Markdown for a pull request, or --json.

    Example: mine audit README.md --since 2025-01-01 --output audit.md
    """
    from mllm_mine.audit import as_document, audit, pull_request

    with context.obj.index() as index:
        found = audit(
            index,
            survey_list,
            since=since,
            labels=tuple(label or ()),
            top=top,
            mapping=mapping,
        )
        taxonomy = index.taxonomy
    if unchecked:
        print_json(list(found.unchecked)) if json else print(",".join(found.unchecked))
        return
    if output is not None:
        from mllm_mine.atomic_write import atomic_write

        with atomic_write(output) as file:
            file.write(pull_request(found, taxonomy).encode())
        say(
            f"{counted(len(found.papers), 'paper')} to add and "
            f"{counted(len(found.findings), 'remark')} written to {output}",
            quiet=context.obj.quiet,
        )
    if json:
        print_json(as_document(found, taxonomy))
    elif output is None:
        sys.stdout.write(pull_request(found, taxonomy))
