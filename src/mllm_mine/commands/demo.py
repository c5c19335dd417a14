"""``mine demo``: the whole pipeline, offline, on the bundled sample."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.output import JsonOption, on_terminal, print_json, print_lines, printable

if TYPE_CHECKING:
    from mllm_mine.commands.output import Piece
    from mllm_mine.demo import Demo
    from mllm_mine.index.reading import ClassifiedPaper
    from mllm_mine.progress import Progress
    from mllm_mine.taxonomy import Taxonomy

_EXAMPLE_PAPER = "9911.00015"
_EXAMPLE_WORDS = '"low-resource languages"'
_WIDTH = 100  # columns, where there is no terminal to ask


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo")(run)


def run(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The demo's own folder; made when missing.")
    ] = Path("mine-demo"),
    json: JsonOption = False,
) -> None:
    """Run the whole pipeline offline, on a bundled, invented sample.

    Two nights are replayed against a small arXiv on this machine: papers are fetched, PDFs read,
    everything filed into the taxonomy and written as CSV and as a page. One PDF is broken and one
    paper is withdrawn, as on any night; the exit code is 0 all the same. The demo touches its
    folder only, and run again it adds a night in which nothing is new.

    Example: mine demo && mine --db mine-demo/mine.db list --label safety
    """
    from mllm_mine.demo import run_demo
    from mllm_mine.taxonomy import builtin_taxonomy

    with context.obj.progress() as progress:
        demo = run_demo(folder, _Unremarked(progress))
    if json:
        print_json(as_document(demo, builtin_taxonomy()))
        return
    print_lines(_opening(demo))
    sys.stdout.flush()
    _print_table(demo.papers, builtin_taxonomy())
    print_lines(_closing(demo))


class _Unremarked:
    """Progress without remarks: the demo tells at its end what went wrong, as it was meant to."""

    def __init__(self, progress: Progress) -> None:
        self.start, self.advance, self.finish = progress.start, progress.advance, progress.finish

    def note(self, message: str) -> None:
        """Drops it."""


def as_document(demo: Demo, taxonomy: Taxonomy) -> dict[str, Any]:
    """The demo's outcome as plain data."""
    from mllm_mine.commands.update import as_document as update_as_document
    from mllm_mine.reports.record import detailed_record

    return {
        "folder": str(demo.folder),
        "index": str(demo.index),
        "csv": str(demo.csv),
        "page": str(demo.page),
        "nights": [update_as_document(night) for night in demo.nights],
        "papers": [detailed_record(paper, taxonomy) for paper in demo.papers],
    }


def _opening(demo: Demo) -> Iterator[list[Piece]]:
    from mllm_mine.commands.update import summary_line

    what = "One more night" if demo.again else "Two nights"
    yield [(f"{what} of an invented arXiv, kept in {demo.folder}", "bold")]
    for night in demo.nights:
        yield [f"{night.date}  ", "nothing new" if night.quiet else summary_line(night)]
    yield []


def _closing(demo: Demo) -> Iterator[list[Piece]]:
    yield []
    yield [("What did not work, and why", "bold")]
    yield from _failure_lines(demo)
    yield []
    yield ["The table for your spreadsheet: ", (str(demo.csv), "bold")]
    yield ["The page for your browser:      ", (str(demo.page), "bold")]
    yield []
    yield ["Next, see why a paper was filed as it was, search them all, and start your own:"]
    for command in next_commands(demo):
        yield [f"  {command}"]


def _print_table(papers: list[ClassifiedPaper], taxonomy: Taxonomy) -> None:
    """Id, title cut short, and labels; parents are left out where a child says it already."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=None if on_terminal() else _WIDTH)
    name_width = max((len(_name(paper)) for paper in papers), default=0)
    title_width = (console.width - name_width) * 2 // 5
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("paper", width=name_width)
    table.add_column("title", width=title_width, no_wrap=True, overflow="ellipsis")
    table.add_column("filed under")
    for paper in papers:
        labels = [given.label for given in paper.labels]
        implied = {above for label in labels for above in taxonomy.ancestors(label)}
        filed = ", ".join(label for label in labels if label not in implied) or "-"
        out = paper.in_scope is False
        table.add_row(
            _name(paper),
            Text(printable(paper.paper.title)),
            Text("out of scope" if out else filed, style="" if out else "cyan"),
            style="dim" if out else "",
        )
    with console.capture() as lines:
        console.print(table)
    for line in lines.get().splitlines():
        typer.echo(line.rstrip())


def _name(paper: ClassifiedPaper) -> str:
    return f"{paper.paper.arxiv_id}v{paper.paper.version}"


def _failure_lines(demo: Demo) -> Iterator[list[Piece]]:
    for subject, reason in demo.nights[-1].failures:
        yield [f"{subject}    {reason}; later nights try again"]
    for paper in demo.papers:
        if paper.paper.withdrawn:
            yield [f"{_name(paper)}  withdrawn by its authors; marked, and kept"]


def next_commands(demo: Demo) -> list[str]:
    """Three commands that work when pasted into the terminal the demo was started from."""
    mine = _program()
    index = f"{mine} --db {shlex.quote(str(demo.index))}"
    return [
        f"{index} show {_EXAMPLE_PAPER}",
        f"{index} search '{_EXAMPLE_WORDS}'",
        f"{mine} init my-survey && cd my-survey && {_from_below(mine)} update",
    ]


def _program() -> str:
    """How this program was started, as one would type it."""
    if os.environ.get("UV_RUN_RECURSION_DEPTH"):
        return "uv run mine"
    name = sys.argv[0]
    if Path(name).name != "mine":
        return f"{shlex.quote(sys.executable)} -m mllm_mine"
    found = shutil.which("mine")
    if found and Path(found).resolve() == Path(name).resolve():
        return "mine"
    relative = os.path.relpath(name)
    return shlex.quote(name if relative.startswith("..") else relative)


def _from_below(mine: str) -> str:
    """The same program from a folder one further down."""
    return f"../{mine}" if os.sep in mine and not mine.startswith(("/", "'/")) else mine
