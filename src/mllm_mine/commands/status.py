"""``mine status``: what the index holds and what was last done to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import typer

from mllm_mine.commands.output import JsonOption, Piece, print_json, print_lines

if TYPE_CHECKING:
    from mllm_mine.index.overview import Overview

_SHOWN_FAILURES = 3


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("status")(run)


def run(context: typer.Context, json: JsonOption = False) -> None:
    """Show what the index holds, how far it reaches, what is missing.

    Example: mine status --json | jq .gaps
    """
    from mllm_mine.index.overview import overview

    with context.obj.index() as index:
        seen = overview(index)
    if json:
        print_json({"index": str(context.obj.settings.db), **as_document(seen)})
    else:
        print_lines(_lines(seen, str(context.obj.settings.db)))


def as_document(seen: Overview) -> dict[str, Any]:
    """The overview as plain data."""
    from dataclasses import asdict

    document = asdict(seen)
    taxonomy = seen.taxonomy
    document["taxonomy"] = {
        "id": taxonomy.id,
        "title": taxonomy.title,
        "version": taxonomy.version,
    }
    return document


def _first_step(papers: int) -> str:
    return "'mine classify' labels the papers" if papers else "'mine fetch' brings papers in"


def _lines(seen: Overview, path: str) -> Iterator[Sequence[Piece]]:
    from mllm_mine.drift import Drift

    yield [("Index      ", "bold"), f"{path} ({seen.bytes / 1e6:,.1f} MB)"]
    newest = f", the newest of {seen.newest[:10]}" if seen.newest else ""
    withdrawn = f", {seen.withdrawn:,} withdrawn" if seen.withdrawn else ""
    yield [("Papers     ", "bold"), f"{seen.papers:,}{newest}{withdrawn}"]
    if seen.taxonomy.scope is not None:
        yield [("In scope   ", "bold"), f"{seen.in_scope:,}"]
    model = f"by {seen.model_id}" if seen.model_id else _first_step(seen.papers)
    waiting = f"; {seen.waiting:,} wait to be classified" if seen.waiting else ""
    yield [
        ("Labels     ", "bold"),
        f"{seen.papers - seen.unclassified:,} papers classified, {model}{waiting}",
    ]
    if seen.uncertain or seen.unfamiliar:
        yield [
            ("To review  ", "bold"),
            f"{seen.uncertain:,} uncertain (mine list --uncertain), "
            f"{seen.unfamiliar:,} unfamiliar (mine list --unfamiliar)",
        ]
    for number, row in enumerate(seen.drift):
        yield [("           " if number else "Drift      ", "bold"), (Drift(**row).text, "yellow")]
    if seen.by_hand:
        absent = (
            f", {seen.absent_by_hand:,} of them not in the index" if seen.absent_by_hand else ""
        )
        yield [("By hand    ", "bold"), f"{seen.by_hand:,} papers{absent}"]
    if seen.pdfs:
        yield [("PDFs       ", "bold"), _counts(seen.pdfs)]
    if seen.texts:
        yield [("Full texts ", "bold"), _counts(seen.texts)]
    yield from _label_lines(seen)
    yield from _harvest_lines(seen)
    yield from _run_lines(seen)


def _label_lines(seen: Overview) -> Iterator[Sequence[Piece]]:
    if seen.unclassified == seen.papers and not seen.by_hand:
        return
    widest = max(len(label) for label in seen.labels)
    for dimension in seen.taxonomy.dimensions:
        yield []
        yield [(dimension.title, "bold")]
        for label in seen.taxonomy.in_dimension(dimension.id):
            indent = "  " * (1 + len(seen.taxonomy.ancestors(label.id)))
            width = widest + 8 - len(indent)
            yield [f"{indent}{label.id:<{width}}{seen.labels[label.id]:>7,}"]


def _harvest_lines(seen: Overview) -> Iterator[Sequence[Piece]]:
    if seen.watermarks:
        yield []
        yield [("Fetched whole, but for the gaps" if seen.gaps else "Fetched whole", "bold")]
        for mark in seen.watermarks:
            window = f"{mark['since'][:10]} to {mark['reached']}"
            yield [f"  {window}  {mark['source']}: {mark['query']}"]
    if seen.gaps:
        yield []
        yield [(f"Gaps ({len(seen.gaps)}): the next 'mine fetch' tries them again", "bold red")]
        for gap in seen.gaps:
            period = f"{gap['since'][:10]} to {gap['until'][:10]}"
            window = period if gap["since"] else "one paper"
            yield [f"  {window}  {gap['source']}: {gap['query']}: {gap['reason']}"]


def _run_lines(seen: Overview) -> Iterator[Sequence[Piece]]:
    if not seen.runs:
        return
    yield []
    yield [("Last runs", "bold")]
    for run in seen.runs:
        counts = ", ".join(
            f"{name.replace('_', ' ')} {number:,}" for name, number in run["counts"].items()
        )
        bad = run["status"] in ("failed", "died", "partial")
        yield [
            f"  {run['started']}  {run['command']}: ",
            (run["status"], "red" if bad else "green"),
            f"  {counts}" if counts else "",
            f"  {run['message']}" if run["message"] else "",
        ]
        for failure in run["failures"][:_SHOWN_FAILURES]:
            yield [f"    {failure['subject']}: {failure['reason']}"]
        if len(run["failures"]) > _SHOWN_FAILURES:
            yield [f"    and {len(run['failures']) - _SHOWN_FAILURES:,} more failures"]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {status}" for status, number in sorted(counts.items()))
