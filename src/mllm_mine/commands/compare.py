"""``mine compare``: results of parameter-tuning and parameter-frozen papers side by side."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.filter_options import SinceOption, UntilOption
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
    from mllm_mine.index.results import ResultRow
    from mllm_mine.reports.comparison import Comparison, Comparisons

_STYLES = {"parameter-tuning": "green", "parameter-frozen": "blue", "both": "magenta"}
_NAMES = {"parameter-tuning": "tuning", "parameter-frozen": "frozen", "both": "both"}
_CAPTION = 100  # letters of a table's caption on the terminal
_EACH = 3  # sentences and cells of a paper that the terminal shows


class Format(StrEnum):
    """How results are written for other programs."""

    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("compare")(run)


def run(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Only this model, as XLM-R or Llama-2-7B; repeat it for several."
        ),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this benchmark, as XNLI; repeat it for several."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Only results that name this language, as Hindi or hi; repeatable."
        ),
    ] = None,
    since: SinceOption = "",
    until: UntilOption = "",
    unmatched: Annotated[
        bool,
        typer.Option("--unmatched", help="Show the results without a counterpart instead."),
    ] = False,
    limit: Annotated[
        int, typer.Option(min=0, help="At most this many comparisons; 0 for all.")
    ] = 20,
    format: Annotated[
        Format | None, typer.Option(help="Write all of them for other programs.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write CSV, or JSON, to this file.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show results of tuning and frozen papers side by side.

    Numbers are read from abstracts, full texts and tables of papers in scope, where a sentence or
    a cell with its headers names the benchmark. They are compared where papers of both families
    name the same benchmark and the same model, not in different sizes. Nothing is inferred: what
    the text does not say is left empty, each number stands with its sentence, and a model that
    only the abstract names is marked. The family is that of the paper's labels; the number may be
    of a baseline that the paper reports. CSV and JSON give all comparisons, whatever the limit.

    Example: mine compare --benchmark XNLI --model mBERT
    """
    from mllm_mine.index.filters import PaperFilter
    from mllm_mine.reports.comparison import ComparisonFilter, as_csv, as_document, compare, write
    from mllm_mine.results import read_pending_results

    papers = PaperFilter(since=since, until=until, in_scope=True)
    wanted = ComparisonFilter(tuple(model or ()), tuple(benchmark or ()), tuple(language or ()))
    with context.obj.index() as index, context.obj.progress() as progress:
        read_pending_results(index, progress)
        comparisons = compare(index, papers, wanted)
    found = comparisons.unmatched if unmatched else comparisons.matched
    if output is not None:
        write(found, output, "json" if json or format is Format.JSON else "csv")
    elif json or format is Format.JSON:
        print_json(as_document(found))
    elif format is Format.CSV:
        sys.stdout.write(as_csv(found))
    else:
        _show(found[:limit] if limit else found)
        if limit and len(found) > limit:
            total = counted(len(found), "comparison")
            say(f"{limit} of {total} shown: --limit 0 shows all", quiet=context.obj.quiet)
    if not unmatched and (remark := _left_out(comparisons)):
        say(remark, quiet=context.obj.quiet)


def _left_out(found: Comparisons) -> str:
    number = sum(len(each.results) for each in found.unmatched)
    if not number:
        return "" if found.matched else "no paper with a label of either family reports a result"
    left = f"{counted(number, 'result')} left out, without a counterpart (--unmatched shows them)"
    return left if found.matched else f"nothing to compare: {left}"


def _show(comparisons: Sequence[Comparison]) -> None:
    if on_terminal():
        print_lines(line for each in comparisons for line in _page(each))
        return
    for each in comparisons:
        for result in each.results:
            row = result.row
            print_tabs(
                (
                    *(row.benchmark, each.model, row.size, _NAMES[result.setting], row.number),
                    *(row.kind, row.metric, row.languages, row.arxiv_id, str(row.page or "")),
                    row.evidence,
                )
            )


def _page(comparison: Comparison) -> Iterator[Sequence[Piece]]:
    yield [
        (comparison.benchmark, "bold cyan"),
        (f" with {comparison.model}" if comparison.model else ", no model named", "bold"),
        (f", {counted(comparison.papers, 'paper')}", "dim"),
    ]
    shown: Counter[str] = Counter()
    left_out = 0
    for _, grouped in groupby(
        comparison.results, key=lambda each: (each.row.arxiv_id, each.row.evidence)
    ):
        results = list(grouped)  # of one sentence or cell
        row = results[0].row
        shown[row.arxiv_id] += 1
        if shown[row.arxiv_id] > _EACH:
            left_out += len(results)
            continue
        setting = results[0].setting
        yield [
            (f"  {_NAMES[setting]:6} ", _STYLES[setting]),
            ("; ".join(_number(each.row) for each in results), "bold"),
            f"  {row.arxiv_id}",
            f", page {row.page}" if row.page else ", abstract",
            " (which names the model)" if row.model_from == "abstract" and not row.page else "",
            " (model named in the abstract)" if row.model_from == "abstract" and row.page else "",
        ]
        yield ["         ", (_evidence(row), "dim")]
    if left_out:
        yield [(f"         and {left_out:,} more of these papers: --format csv gives all", "dim")]
    yield []


def _number(row: ResultRow) -> str:
    """``79.2 accuracy, Hindi``; ``1.4 points difference over mBERT``."""
    words = " ".join(filter(None, (row.number, row.metric)))
    if row.kind == "difference":
        words += " difference" + (f" over {row.baseline}" if row.baseline else "")
    size = f"{row.size}: " if row.size else ""
    return size + (f"{words}, {row.languages}" if row.languages else words)


def _evidence(row: ResultRow) -> str:
    if row.source != "table":
        return row.evidence
    caption, *cell = row.evidence.split(" | ")
    short = caption if len(caption) <= _CAPTION else caption[:_CAPTION].rsplit(" ", 1)[0] + " …"
    return " | ".join((short, *cell))
