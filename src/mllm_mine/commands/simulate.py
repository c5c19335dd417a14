"""``mine simulate``: how much reading our order saves, shown on labelled papers."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json

if TYPE_CHECKING:
    from mllm_mine.review.simulation import Simulation


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("simulate")(run)


def run(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Labelled JSON Lines (.gz, .zst; - is stdin), or one .csv with title, abstract "
            "and a column of 0 and 1 for each label.",
        ),
    ],
    target: Annotated[
        str, typer.Option(help="What the reader looks for: a label id, or in_scope.")
    ],
    seed: Annotated[
        list[int] | None,
        typer.Option(min=0, help="Draws the papers known at the start; repeatable.  [default: 1]"),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            help="Begin with this model's opinion ('builtin' is the bundled one). "
            "Default: from nothing."
        ),
    ] = None,
    prior_relevant: Annotated[
        int, typer.Option(min=1, help="Relevant papers known at the start.")
    ] = 1,
    prior_other: Annotated[int, typer.Option(min=1, help="Other papers known at the start.")] = 10,
    recall: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Share to find before stopping.")
    ] = 0.95,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="How sure to be of that before stopping.")
    ] = 0.95,
    plot: Annotated[
        Path | None, typer.Option(help="Write the recall curves to this file as SVG.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Replay labelled papers as if a person read them in our order.

    Says how much has to be read to find 95 % of the papers that carry the target, and when the
    stopping rule lets the reader go. The papers known at the start are drawn by the seed, and
    are neither read nor counted as found. Shares are of the papers left to read.

    Each line needs id, title, abstract, labels, and in_scope where that is the target. Labels may
    stand in a file of their own: a line without title and abstract takes them from another line
    of that id. A paper that stands in several files counts once, with its last labels.

    Example: mine simulate labelled.jsonl --target code-switching --seed 1 --seed 2
    """
    from mllm_mine.commands.taxonomy import taxonomy_in_use
    from mllm_mine.review.recall_plot import write_plot
    from mllm_mine.review.simulation import simulate_files
    from mllm_mine.review.stopping import StoppingRule

    with context.obj.progress() as progress:
        simulation = simulate_files(
            files,
            taxonomy_in_use(context),
            target,
            tuple(seed or (1,)),
            relevant_priors=prior_relevant,
            other_priors=prior_other,
            rule=StoppingRule(recall, confidence),
            start=start,
            progress=progress,
        )
    if plot is not None:
        write_plot(simulation, plot)
    if json:
        print_json(simulation.as_record())
    else:
        _print(simulation)


def _print(simulation: Simulation) -> None:
    """Figures and a curve for people."""
    from mllm_mine.review.recall_plot import as_text

    first = simulation.replays[0]
    start = f"model {simulation.start}" if simulation.start else "nothing but the known papers"
    typer.echo(f"{simulation.target}: {simulation.relevant:,} of {simulation.papers:,} papers")
    typer.echo(f"Starts from {start}; known at the start: {len(first.priors)} papers, not counted.")
    if simulation.seen_in_training:
        typer.echo(
            f"Careful: {simulation.seen_in_training:,} of these papers trained that model; "
            "it knows their answers."
        )
    typer.echo("")
    typer.echo(
        "seed   read for 95 %   WSS@95   recall at 10 %   found after   stopped   recall then"
    )
    for row in (replay.as_record() for replay in simulation.replays):
        typer.echo(
            f"{row['seed']:>4}   {row['read_for_95']:>13.1%}   {row['wss_95']:>6.3f}"
            f"   {row['recall_at_10pct']:>14.1%}   {row['time_to_discovery']:>11.1%}"
            f"   {row['stopped_at']:>7.1%}   {row['recall_at_stop']:>11.1%}"
        )
    typer.echo("")
    for line in as_text(first.curve):
        typer.echo(line)
    typer.echo("")
    rule = simulation.rule
    typer.echo(
        f"Stopped too early in {simulation.stopped_too_early} of {len(simulation.replays)} replays "
        f"(rule: {rule.recall:.0%} found with {rule.confidence:.0%} confidence)."
    )
    for line in textwrap.wrap(f"The rule assumes that {rule.assumption}.", 80):
        typer.echo(line)
