"""``mine evaluate``: how well a model does on labelled papers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from mllm_mine.commands.labelled_warnings import labelled_warnings
from mllm_mine.commands.output import JsonOption, print_json
from mllm_mine.commands.score_table import score_lines
from mllm_mine.wording import counted

_CONFUSIONS = 8


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("evaluate")(run)


def run(
    context: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Labelled JSON Lines (.gz, .zst).")
    ],
    model: Annotated[
        Path | None, typer.Option(help="A model file; default: the configured or bundled one.")
    ] = None,
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Say instead where the taxonomy fits the papers badly.")
    ] = False,
    include_trained: Annotated[
        bool,
        typer.Option("--include-trained", help="Score papers that trained the model as well."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Score a model on labelled papers that it was not trained on.

    Example: mine evaluate labelled.jsonl --model my.model
    """
    from mllm_mine.classifier.evaluation import evaluate
    from mllm_mine.classifier.fit import taxonomy_fit
    from mllm_mine.classifier.labelled import read_labelled
    from mllm_mine.classifier.model_file import load_model

    loaded = load_model(model or context.obj.settings.classify.model or None)
    labelled = read_labelled(files, loaded.taxonomy)
    for warning in labelled_warnings(labelled, "the model"):
        typer.echo(f"mine: {warning}", err=True)
    measure = taxonomy_fit if gaps else evaluate
    result = measure(loaded, labelled.records, include_trained=include_trained)
    if json:
        print_json(result)
        return
    for line in _gap_lines(result) if gaps else _lines(result):
        typer.echo(line)


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield from _trained_lines(result)
    if unsaid := result["scope_unsaid"]:
        verb = "does" if unsaid == 1 else "do"
        yield f"Scope is not measured: {counted(unsaid, 'paper')} {verb} not say 'in_scope'."
    if rare := result["unlearned"]:
        named = ", ".join(f"{label} ({counted(count, 'paper')})" for label, count in rare.items())
        yield f"Not measured, since the model did not learn them: {named}"
    yield from score_lines(result)
    ranges = [
        f"{name} {low:.3f} to {high:.3f}"
        for name, key in (("scope", "scope_f1"), ("micro", "micro_f1"), ("macro", "macro_f1"))
        if (bounds := result["intervals"].get(key))
        for low, high in [bounds]
    ]
    yield f"95 % intervals of F1: {', '.join(ranges)}"
    uncertain, certain = result["uncertain"]["papers"], result["uncertain"]["certain"]
    rest = f"; micro F1 of the others {certain['micro_f1']:.3f}" if certain else ""
    verb = "is" if uncertain == 1 else "are"
    yield f"{counted(uncertain, 'paper')} {verb} marked uncertain{rest}"
    yield ""
    yield "Probabilities against what happened:"
    yield "   said         decisions   mean said   were right"
    for row in result["reliability"]:
        yield (
            f"   {row['lower']:.1f} to {row['upper']:.1f}  {row['count']:>11,}"
            f"  {row['mean_probability']:>10.3f}  {row['frequency']:>11.3f}"
        )
    if result["confusions"]:
        yield ""
        yield "Siblings most often confused:"
        for pair in result["confusions"][:_CONFUSIONS]:
            yield f"   {pair['papers']:>4}  {pair['missed']} taken for {pair['given']}"


def _trained_lines(result: dict[str, Any]) -> Iterator[str]:
    trained = result["trained_on"]
    if trained["count"] and trained["scored"]:
        which = f"{trained['count']:,} of these papers"
        yield f"Careful: {which} trained the model, which knows them by heart."
    elif trained["count"]:
        yield f"Left out: {counted(trained['count'], 'paper')} that trained the model."


def _gap_lines(result: dict[str, Any]) -> Iterator[str]:
    yield from _trained_lines(result)
    unfit = result["in_scope_without_label"]
    yield (
        f"In scope without any label: {unfit['labelled']['count']:,} by the reader, "
        f"{unfit['predicted']['count']:,} by the model"
    )
    for paper in unfit["labelled"]["papers"][:5]:
        yield f"   {paper['id']}  {paper['title']}"
    yield ""
    yield "Labels that come together almost always:"
    for pair in result["together"]:
        yield (
            f"   {pair['label']} comes with {pair['with']} in {pair['share']:.0%} "
            f"of {counted(pair['papers'], 'paper')}"
        )
    if not result["together"]:
        yield "   none"
    yield ""
    yield "Precision that moved between earlier and later papers:"
    for row in result["drift"]:
        yield (
            f"   {row['label']}: {row['before']:.2f} until {row['until']}, {row['after']:.2f} after"
        )
    if result["dated_months"] < 2:
        yield f"   nothing to compare: the ids tell {counted(result['dated_months'], 'month')}"
    elif not result["drift"]:
        yield "   none beyond chance"
