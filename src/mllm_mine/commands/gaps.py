"""``mine gaps``: where the taxonomy no longer fits the field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.filter_options import SinceOption
from mllm_mine.commands.output import JsonOption, Piece, print_json, print_lines
from mllm_mine.wording import counted

if TYPE_CHECKING:
    from mllm_mine.gaps import Gaps
    from mllm_mine.gaps.finding import Example, Group


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("gaps")(run)


def run(
    context: typer.Context,
    since: SinceOption = "",
    fewest: Annotated[
        int, typer.Option("--min-papers", min=3, metavar="N", help="How many papers make a group.")
    ] = 10,
    json: JsonOption = False,
) -> None:
    """Show where the taxonomy may no longer fit the field.

    Groups of papers in scope that no label explains, with the terms that tell them from others:
    candidates for new categories. Labels whose papers fall into two groups. Siblings that the
    model cannot tell apart. A group is shown only when it comes back in random parts of the
    papers; its stability says how much of it does, from 0 to 1.

    Example: mine gaps --since 2025-01-01
    """
    from mllm_mine.gaps import as_document, find_gaps

    with context.obj.index() as index:
        found = find_gaps(index, since=since, fewest=fewest)
        scope = index.taxonomy.scope
    if json:
        print_json(as_document(found))
    else:
        print_lines(_lines(found, "" if scope is None else " in scope"))


def _lines(gaps: Gaps, scope: str) -> Iterator[Sequence[Piece]]:
    looked = "" if gaps.looked_at == gaps.in_scope else f" A sample of {gaps.looked_at:,} was read."
    yield [
        f"{counted(gaps.in_scope, 'paper')}{scope}; {gaps.unexplained:,} without a label of at "
        f"least 0.50.{looked}"
    ]
    yield []
    yield [("Groups that no label explains", "bold")]
    if not gaps.groups:
        yield ["  None: nothing speaks for a new category."]
    for group in gaps.groups:
        yield from _group(group)
    yield []
    yield [("Labels that have split in two", "bold")]
    if not gaps.splits:
        yield ["  None."]
    for split in gaps.splits:
        near = ""
        if split.like:
            near = f"; {split.like} tells them apart best ({split.correlation:.2f})"
        yield ["  ", (split.label, "bold cyan"), f" {counted(split.papers, 'paper')}{near}"]
        for half in split.halves:
            yield from _group(half, "    ")
    yield []
    yield [("Siblings that are hard to tell apart", "bold")]
    if not gaps.confusions:
        yield ["  None."]
    for confusion in gaps.confusions:
        yield [
            "  ",
            (" and ".join(confusion.labels), "bold cyan"),
            f" {counted(confusion.papers, 'paper')} near both thresholds, "
            f"{confusion.lift:.1f} times as many as by chance",
        ]
        yield from _examples(confusion.examples, "    ")


def _group(group: Group, indent: str = "  ") -> Iterator[Sequence[Piece]]:
    yield [
        f"{indent}{counted(group.papers, 'paper')}, stability {group.stability:.2f}: ",
        (", ".join(group.terms), "cyan"),
    ]
    yield from _examples(group.examples, indent + "  ")


def _examples(examples: Sequence[Example], indent: str) -> Iterator[Sequence[Piece]]:
    for example in examples:
        yield [indent, (example.arxiv_id, "dim"), f"  {example.title}"]
