"""How ``mine list`` and ``mine search`` show papers: a table, lines with tabs, or JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mllm_mine.commands.output import on_terminal, print_json_line, print_tabs, printable
from mllm_mine.reports.record import detailed_record

if TYPE_CHECKING:
    from rich.text import Text

    from mllm_mine.index.reading import ClassifiedPaper
    from mllm_mine.taxonomy import Taxonomy

MATCH_START, MATCH_END = "\x02", "\x03"
"""Stand around words that matched a search, as the index marks them."""


def print_papers(
    papers: Iterable[ClassifiedPaper],
    taxonomy: Taxonomy,
    *,
    json: bool,
    snippets: Sequence[str] = (),
    ranks: Sequence[float] = (),
) -> int:
    """Prints papers in the form the place asks for, and returns how many they were.

    Args:
        snippets, ranks: for a search, one for each paper.
    """
    if not json and on_terminal():
        return _print_table(papers, snippets)
    count = 0
    for count, paper in enumerate(papers, 1):
        if json:
            extra: dict[str, object] = {"rank": round(ranks[count - 1], 4)} if ranks else {}
            if snippets:
                extra["snippet"] = _plain(snippets[count - 1])
            print_json_line({**detailed_record(paper, taxonomy), **extra})
        else:
            print_tabs(
                (
                    paper.paper.arxiv_id,
                    paper.paper.published[:10],
                    scope_word(paper),
                    ", ".join(given.label for given in paper.labels),
                    paper.paper.title,
                )
            )
    return count


def scope_word(paper: ClassifiedPaper) -> str:
    """``in``, ``out``, or ``-`` where nobody has classified the paper or the field has no scope."""
    return {True: "in", False: "out", None: "-"}[paper.in_scope]


def _print_table(papers: Iterable[ClassifiedPaper], snippets: Sequence[str]) -> int:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("paper", no_wrap=True)
    table.add_column("date", no_wrap=True)
    table.add_column("title and labels", ratio=1)
    count = 0
    for count, paper in enumerate(papers, 1):
        snippet = snippets[count - 1] if snippets else ""
        style = "dim" if paper.in_scope is False or paper.paper.withdrawn else ""
        table.add_row(
            paper.paper.arxiv_id, paper.paper.published[:10], _cell(paper, snippet), style=style
        )
    if count:
        Console(highlight=False).print(table)
    return count


def _cell(paper: ClassifiedPaper, snippet: str) -> Text:
    from rich.text import Text

    cell = Text(printable(paper.paper.title))
    remarks = [
        remark
        for remark, holds in (
            ("withdrawn", paper.paper.withdrawn),
            ("out of scope", paper.in_scope is False),
            ("not classified", paper.in_scope is None and not paper.classified),
            ("uncertain", paper.uncertain),
            ("unfamiliar", paper.unfamiliar),
        )
        if holds
    ]
    if paper.labels or remarks:
        cell.append("\n")
    for place, given in enumerate(paper.labels):
        cell.append(", " if place else "")
        mark = "by hand" if given.by_hand else f"{given.probability:.2f}"
        cell.append(given.label, style="bold green" if given.by_hand else "cyan")
        cell.append(f" {mark}", style="dim")
    if remarks:
        cell.append(("; " if paper.labels else "") + ", ".join(remarks), style="yellow")
    if snippet and _plain(snippet).strip("…") not in paper.paper.title:
        cell.append("\n")
        cell.append_text(highlighted(snippet))
    return cell


def _plain(snippet: str) -> str:
    return snippet.replace(MATCH_START, "").replace(MATCH_END, "")


def highlighted(snippet: str) -> Text:
    """A snippet with the words that matched in bold."""
    from rich.text import Text

    text = Text(style="dim")
    for place, part in enumerate(snippet.split(MATCH_START)):
        match, _, rest = part.partition(MATCH_END) if place else ("", "", part)
        text.append(printable(match), style="bold yellow not dim")
        text.append(printable(rest))
    return text
