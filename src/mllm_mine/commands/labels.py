"""``mine labels``: takes labels by hand out of the index, and brings them in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json, say
from mllm_mine.wording import counted


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


def export(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; '-' is stdout.")] = "-",
    format: Annotated[
        str, typer.Option(metavar="csv|jsonl", help="The format, when the name does not tell.")
    ] = "",
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
        say(f"{counted(count, 'label')} written to {file}", quiet=context.obj.quiet)


def import_(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What to read; '-' is stdin.")],
    format: Annotated[
        str,
        typer.Option(
            metavar="csv|jsonl|labelled|asreview|ris|bibtex|list",
            help="The format, when name and header do not tell; list is an awesome-list.",
        ),
    ] = "",
    label: Annotated[
        str,
        typer.Option(metavar="LABEL", help="What 'included' of ASReview's CSV and RIS means."),
    ] = "in_scope",
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which labels sections or keywords stand for."),
    ] = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write such a mapping to edit, and import nothing."),
    ] = None,
    author: Annotated[
        str,
        typer.Option(help="Whose labels these are.", envvar="MINE_AUTHOR", show_envvar=True),
    ] = "",
    json: JsonOption = False,
) -> int:
    """Bring in labels by hand: our own files, ASReview's CSV, RIS, BibTeX, or an awesome-list.

    Labelled papers (JSON Lines with id, title and labels, as mine train reads them) decide every
    label of theirs. Importing twice changes nothing. Labels of papers that are not in the index
    are kept until they are. Papers are known by arXiv id, DOI or title; sections and keywords
    become labels by their names or by a mapping.

    Example: mine labels import README.md --write-mapping sections.toml
    """
    from dataclasses import asdict

    from mllm_mine.input_path import require_file
    from mllm_mine.labelling import exchange
    from mllm_mine.labelling.giving import default_author

    path = Path(file)
    require_file(path)
    with context.obj.index(create=True) as index:
        if write_mapping is not None:
            count = exchange.write_mapping(index, path, write_mapping, format)
            if json:
                print_json({"output": str(write_mapping), "terms": count})
            else:
                say(f"{counted(count, 'name')} written to {write_mapping}; edit the labels there")
            return 0
        summary = exchange.import_labels(
            index,
            path,
            format,
            label=label,
            mapping=mapping,
            author=author or default_author(),
        )
    if json:
        print_json(asdict(summary))
    else:
        absent = (
            f", {summary.absent:,} of them for papers not in the index" if summary.absent else ""
        )
        typer.echo(
            f"{counted(summary.added, 'label')} added{absent}; {summary.known:,} known already"
        )
    for section in summary.unmapped:
        say(f"no label for the section {section!r}; --write-mapping helps")
    for entry in summary.unmatched:
        say(f"no paper known for {entry}")
    return 3 if summary.unmatched else 0
