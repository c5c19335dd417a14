"""``mine trends``: papers by label and month, shares and growth."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.filter_options import UntilOption
from mllm_mine.commands.output import JsonOption, Piece, print_json, print_lines
from mllm_mine.wording import some

if TYPE_CHECKING:
    from mllm_mine.reports.intervals import Estimate
    from mllm_mine.reports.trends import Fastest, LabelTrend, Trends
    from mllm_mine.taxonomy import Taxonomy

_BARS = "▁▂▃▄▅▆▇█"
_LABEL_WIDTH = 23


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("trends")(run)


def run(
    context: typer.Context,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label", metavar="LABEL", help="Only this label or group of labels; repeatable."
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option(metavar="DATE", help="From this date on.  [default: the newest 24 months]"),
    ] = "",
    until: UntilOption = "",
    window: Annotated[
        int,
        typer.Option(min=1, metavar="MONTHS", help="Months that growth compares with as many."),
    ] = 6,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print a row for each label and month instead.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show papers by label and month, shares, and what grows fastest.

    The bars are papers a month, smoothed over three months, each row to its own height. Behind
    each share and growth stands the range that chance leaves it, at 95 %; the errors of the
    model come on top. Growth compares the newest whole months with as many before.

    Example: mine trends --label safety --label fairness --since 2023-01-01
    """
    from mllm_mine.reports.trends import as_csv, as_document, trends

    with context.obj.index() as index:
        found = trends(index, since=since, until=until, labels=tuple(label or ()), window=window)
        taxonomy = index.taxonomy
    if json:
        print_json(as_document(found))
    elif csv:
        sys.stdout.write(as_csv(found))
    else:
        print_lines(_lines(found, taxonomy))


def _lines(found: Trends, taxonomy: Taxonomy) -> Iterator[Sequence[Piece]]:
    if not found.months:
        yield ["No papers in this period; 'mine fetch' brings them in."]
        return
    parts = [month for month, whole in zip(found.months, found.whole, strict=True) if not whole]
    note = f" (only part of {' and '.join(parts)})" if parts else ""
    papers = "Papers" if taxonomy.scope is None else "Papers in scope"
    yield [(f"{papers}, {found.months[0]} to {found.months[-1]}", "bold"), note]
    width = len(found.months)
    yield [(f"{'':{_LABEL_WIDTH}} {'':{width}} papers share     growth", "dim")]
    yield _row("all", found.field, with_share=False)
    for dimension in taxonomy.dimensions:
        rows = [each for each in found.labels if each.dimension == dimension.id]
        if rows:
            yield []
            yield [(dimension.title, "bold")]
        for each in rows:
            indent = " " * (1 + len(taxonomy.ancestors(each.label)))
            yield _row(indent + each.label, each)
    yield []
    if found.recent is None or found.before is None:
        yield ["Growth cannot be told: it takes two whole months at least."]
        return
    yield [
        (f"Share of {_span(found.recent)}; growth of papers against {_span(found.before)}.", "dim")
    ]
    titles = {dimension.id: dimension.title for dimension in taxonomy.dimensions}
    by_id = {each.label: each for each in found.labels}
    for fastest in found.fastest:
        yield [(f"{titles[fastest.dimension]}: ", "bold"), _verdict(fastest, by_id)]


def _row(name: str, trend: LabelTrend, *, with_share: bool = True) -> Sequence[Piece]:
    style = ""
    if trend.growth is not None:
        style = "green" if trend.growth.low > 1 else "red" if trend.growth.high < 1 else ""
    return [
        f"{name:{_LABEL_WIDTH}} ",
        (_sparkline(trend), "cyan"),
        f" {sum(trend.counts):>6,} {_percent(trend.share) if with_share else '':<9} ",
        (_times(trend.growth), style),
    ]


def _verdict(fastest: Fastest, by_id: dict[str, LabelTrend]) -> str:
    if not fastest.label:
        return "too few papers to tell which grows fastest"
    named = f"{fastest.label} {_times(by_id[fastest.label].growth)}"
    growths = [by_id[label].growth for label in (fastest.label, *fastest.rivals)]
    if all(growth is not None and growth.high < 1 for growth in growths):
        return f"none grows; {named} comes nearest to it"
    if fastest.told:
        return f"{named} grows fastest"
    if not fastest.rivals:
        return f"which grows fastest cannot be told; {named} leads, but may not grow at all"
    rivals = sorted(fastest.rivals, key=lambda label: -by_id[label].recent)
    return f"which grows fastest cannot be told; {named} leads, within chance of {some(rivals)}"


def _sparkline(trend: LabelTrend) -> str:
    """A bar a month, a dot for no paper, a space where no month nearby is there whole."""
    highest = max((each.value for each in trend.smoothed if each), default=0.0)

    def bar(each: Estimate | None) -> str:
        if each is None:
            return " "
        return _BARS[round(each.value / highest * (len(_BARS) - 1))] if each.value else "·"

    return "".join(map(bar, trend.smoothed))


def _percent(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:.0f}% {low:.0f}–{high:.0f}"


def _times(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"×{_factor(estimate.value)} {_factor(estimate.low)}–{_factor(estimate.high)}"


def _factor(value: float) -> str:
    return "∞" if value == float("inf") else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _span(months: tuple[str, str]) -> str:
    return months[0] if months[0] == months[1] else f"{months[0]} to {months[1]}"
