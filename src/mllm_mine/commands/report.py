"""``mine report``: the classified papers as a file for people and programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.filter_options import (
    HandOption,
    LabelOption,
    SinceOption,
    UntilOption,
)
from mllm_mine.commands.output import JsonOption, print_json, say
from mllm_mine.wording import counted

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.reports.options import Explain


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("report")(run)


def run(
    context: typer.Context,
    format: Annotated[
        str, typer.Option(metavar="csv|json|md|html|bibtex|ris|atom", help="What to write.")
    ] = "csv",
    output: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="Where to; '-' is stdout. Replaced as a whole, but for md: see above.",
        ),
    ] = "-",
    since: SinceOption = "",
    until: UntilOption = "",
    label: LabelOption = None,
    in_scope: Annotated[
        bool, typer.Option("--in-scope/--all", help="Only papers in scope, or all.")
    ] = True,
    hand: HandOption = False,
    min_probability: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Only papers and labels that are at least this probable; by hand counts as 1.",
        ),
    ] = 0.0,
    changed_since: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="Only papers that are new here, or changed or moved, since then."
        ),
    ] = "",
    new_since: Annotated[
        str,
        typer.Option(
            metavar="DATE",
            help="md, html: mark papers from this date on as new.  [default: the newest 30 days]",
        ),
    ] = "",
    changed: Annotated[
        bool,
        typer.Option(
            "--changed",
            help="Instead: which labels were given or taken back, when and why; --since then "
            "is the day of the change.",
        ),
    ] = False,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Leave CSV cells alone that a spreadsheet would take for formulas."
        ),
    ] = False,
    resources: Annotated[
        bool,
        typer.Option(
            "--resources", help="csv: a last column of what papers release; others have it anyway."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a report of the classified papers, newest first.

    CSV is UTF-8 after RFC 4180; a cell that begins with = + - @ gets an apostrophe in front,
    unless --raw. --json stands for --format json, or tells what was written to --output.
    md is a list under the sections of the taxonomy. Of an existing file it replaces only what
    stands between the lines <!-- mine:begin --> and <!-- mine:end -->, and it refuses a file
    without them. html is a page of its own, to publish or to open from disk, with the reasons
    for the labels. atom is a feed of the newest 100 papers. md, html, bibtex and ris leave
    withdrawn papers out.

    Example: mine report --label safety --format bibtex --output safety.bib
    """
    from mllm_mine.index.filters import PaperFilter
    from mllm_mine.reports import write_changes, write_report

    wanted = PaperFilter(
        labels=tuple(label or ()),
        since="" if changed else since,
        until=until,
        in_scope=True if in_scope and not changed else None,  # a paper may have left the scope
        by_hand=hand,
        min_probability=min_probability,
        changed_since=changed_since,
    )
    to_stdout = output == "-"
    if json and to_stdout:
        format = "json"
    with context.obj.index() as index:
        target = sys.stdout.buffer if to_stdout else Path(output)
        sys.stdout.flush()
        if changed:
            written = write_changes(index, target, wanted, since=since, format=format, raw=raw)
        else:
            written = write_report(
                index,
                target,
                wanted,
                format=format,
                raw=raw,
                resources=resources,
                new_since=new_since,
                explain=_explain(context, index) if format == "html" else None,
            )
    if json and not to_stdout:
        counts = {"changes" if changed else "papers": written.papers}
        print_json({"output": output, "format": written.format, **counts})
    elif not to_stdout:
        what = counted(written.papers, "change" if changed else "paper")
        say(f"{what} written to {output}", quiet=context.obj.quiet)


def _explain(context: typer.Context, index: Index) -> Explain | None:
    """The reasons for labels; a model that cannot be loaded is no reason to write no page."""
    from mllm_mine.classifier import explainer, model_in_use
    from mllm_mine.errors import ModelError

    try:
        return explainer(index, model_in_use(index, context.obj.settings.classify.model))
    except ModelError as error:
        say(f"no reasons in the page: {error}")
        return None
