"""``mine resources``: data sets, benchmarks, leaderboards, models and code in the papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.filter_options import LabelOption, SinceOption, UntilOption
from mllm_mine.commands.output import (
    JsonOption,
    Piece,
    on_terminal,
    print_json,
    print_lines,
    print_tabs,
    say,
)
from mllm_mine.wording import counted

if TYPE_CHECKING:
    from mllm_mine.resources import Resource

_PAPERS = 3  # shown of each resource


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("resources")(run)


def run(
    context: typer.Context,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="dataset, benchmark, leaderboard, model or code; repeat it for several.",
        ),
    ] = None,
    released: Annotated[
        bool, typer.Option("--released", help="Only what one of the papers releases.")
    ] = False,
    label: LabelOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    limit: Annotated[int, typer.Option(min=0, help="At most this many; 0 for all.")] = 50,
    json: JsonOption = False,
) -> None:
    """List data sets, benchmarks, models and code in the papers.

    They, and leaderboards, are found by links (Hugging Face, GitHub, Zenodo and others), by the
    sentence that introduces them, and by names the field knows, in abstracts and full texts of
    papers in scope. Papers that are new or changed are read first. What most papers speak of
    comes first, each with the sentence that tells. --json gives all, whatever the limit.

    Example: mine resources --kind dataset --released --since 90d
    """
    from mllm_mine.index.filters import PaperFilter
    from mllm_mine.resources import ResourceFilter, find_resources, read_pending

    papers = PaperFilter(
        labels=tuple(label or ()),
        since=since,
        until=until,
        in_scope=True,
    )
    wanted = ResourceFilter(tuple(kind or ()), released)
    with context.obj.index() as index, context.obj.progress() as progress:
        read_pending(index, progress)
        found = find_resources(index, papers, wanted)
    if json:
        print_json([as_document(resource) for resource in found])
        return
    shown = found[:limit] if limit else found
    if on_terminal():
        print_lines(line for resource in shown for line in _page(resource))
    else:
        for resource in shown:
            print_tabs(
                (
                    resource.name,
                    resource.kind,
                    resource.url,
                    resource.stage,
                    resource.origin,
                    ",".join(resource.released_by),
                    ",".join(row.arxiv_id for row in resource.papers),
                    resource.papers[0].evidence,
                )
            )
    if len(shown) < len(found):
        total = counted(len(found), "resource")
        say(f"{len(shown)} of {total} shown: --limit 0 shows all", quiet=context.obj.quiet)
    elif not found:
        say("no resource found in the papers in scope", quiet=context.obj.quiet)


def as_document(resource: Resource) -> dict[str, Any]:
    """A resource as plain data."""
    return {
        "name": resource.name,
        "kind": resource.kind,
        "url": resource.url,
        "stage": resource.stage,
        "origin": resource.origin,
        "released_by": resource.released_by,
        "papers": [
            {
                "arxiv_id": row.arxiv_id,
                "role": row.role,
                "name": row.name,
                "url": row.url,
                "evidence": row.evidence,
            }
            for row in resource.papers
        ],
    }


def _page(resource: Resource) -> Iterator[Sequence[Piece]]:
    group = ", ".join(filter(None, (resource.stage, resource.origin)))
    yield [
        (resource.name, "bold cyan"),
        f" {resource.kind}, {counted(len(resource.papers), 'paper')}",
        (f" ({group})" if group else "", "dim"),
    ]
    if resource.url:
        yield ["  ", resource.url]
    for row in resource.papers[:_PAPERS]:
        yield ["  ", (f"{row.arxiv_id} {row.role}: ", "dim"), row.evidence]
    if (more := len(resource.papers) - _PAPERS) > 0:
        yield [f"  and {more:,} more"]
