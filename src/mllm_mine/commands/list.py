"""``mine list``: the papers of the index, newest first."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.filter_options import (
    HandOption,
    LabelOption,
    ScopeOption,
    SinceOption,
    UncertainOption,
    UnfamiliarOption,
    UntilOption,
)
from mllm_mine.commands.output import JsonOption, say
from mllm_mine.wording import counted

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.filters import PaperFilter


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("list")(run)


def run(
    context: typer.Context,
    label: LabelOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    in_scope: ScopeOption = None,
    uncertain: UncertainOption = False,
    unfamiliar: UnfamiliarOption = False,
    hand: HandOption = False,
    limit: Annotated[int, typer.Option(min=0, help="At most this many; 0 for all.")] = 50,
    json: JsonOption = False,
) -> None:
    """List papers of the index, newest first.

    Into a pipe go lines of id, date, scope, labels and title with tabs between them; --json
    prints one object a line. --uncertain, --unfamiliar and --hand look at all papers, in scope
    or not.

    Example: mine list --label rlhf --since 30d
    """
    from mllm_mine.commands.paper_rows import print_papers
    from mllm_mine.index.filters import PaperFilter

    if in_scope is None:
        in_scope = not (uncertain or unfamiliar or hand)
    wanted = PaperFilter(
        labels=tuple(label or ()),
        since=since,
        until=until,
        in_scope=True if in_scope else None,
        uncertain=uncertain,
        unfamiliar=unfamiliar,
        by_hand=hand,
    )
    with context.obj.index() as index:
        found = index.reading.papers(wanted, limit + 1 if limit else None)
        shown = print_papers(
            itertools.islice(found, limit) if limit else found, index.taxonomy, json=json
        )
        more = bool(limit) and next(found, None) is not None
        quiet = context.obj.quiet or json
        if more:
            say(
                f"{counted(shown, 'paper')} shown, there are more: --limit 0 shows all", quiet=quiet
            )
        elif not shown:
            say(f"no paper to list{_reason(index, wanted)}", quiet=quiet)


def _reason(index: Index, wanted: PaperFilter) -> str:
    """Why a list may be empty, and what to do about it."""
    if not index.papers.count():
        return "; the index is empty, 'mine fetch' fills it"
    if wanted.in_scope and index.predictions.pending() == index.papers.count():
        return "; no paper is classified yet, 'mine classify' does that, --all lists them"
    return "; --all also lists papers out of scope" if wanted.in_scope else ""
