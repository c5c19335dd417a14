"""What a night costs on top of what is there: one that brings papers in, and one with nothing new.

    python benchmarks/incremental_night.py
    python benchmarks/incremental_night.py 1000000 --folder /mnt/large

Invented papers (generate.py) are imported and classified. Then ``mine update`` runs night after
night against an arXiv on loopback that follows arXiv's habits (tests/arxiv_server.py), with no
pause between requests, so that the seconds are our own: a first night that brings in what the
query has, one with a day's papers and new versions, three with nothing new. The same nights on an
index without the imported papers tell what the size of the index adds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from measuring import MINE, Cost, generate, machine, measured

from arxiv_server import serve
from nights import CATEGORIES, FIRST_DAY, QUERY
from served_papers import invent_papers

_DAYS = 60


def prepare(folder: Path, count: int) -> None:
    """An index with imported papers, and the settings of the nights."""
    (folder / "mine.toml").write_text(
        f"[fetch]\nqueries = ['{QUERY}']\ncategories = {list(CATEGORIES)}\n"
        f"since = '{FIRST_DAY:%Y-%m-%d}'\npdf = false\n"
        "[[report]]\nformat = 'csv'\noutput = 'new.csv'\nsince = '7d'\n",
        encoding="utf-8",
    )
    mine = [*MINE, "--db", str(folder / "mine.db"), "--config", str(folder / "mine.toml")]
    if count:
        source = folder / "snapshot.json"
        generate("snapshot", count, source)
        measured([*mine, "fetch", "--from", str(source)])
        measured([*mine, "classify"])
        source.unlink()


def nights(folder: Path, papers: int) -> list[tuple[str, int, Cost]]:
    """Name, requests and cost of each night."""
    served = invent_papers(papers, FIRST_DAY, _DAYS, seed=3)
    first = FIRST_DAY + timedelta(days=_DAYS - 2)
    found = []
    with serve(served, first) as arxiv:
        for name, days in (("first night", 0), ("a day's papers", 1), *[("nothing new", 0)] * 3):
            arxiv.now += timedelta(days=days)
            before = len(arxiv.log)
            cost = measured(
                [
                    *(*MINE, "--db", str(folder / "mine.db")),
                    *("--config", str(folder / "mine.toml"), "update"),
                ],
                environment=arxiv.environment(0.0),
            )
            found.append((name, len(arxiv.log) - before, cost))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=100_000, help="papers imported")
    parser.add_argument("--served", type=int, default=3_000, help="papers of the query")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    arguments = parser.parse_args()
    print(machine())
    print(f"{'imported papers':>16}  {'':16}{'requests':>9}{'s':>8}{'CPU s':>8}{'peak MB':>9}")
    for count in (0, arguments.count):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            prepare(Path(folder), count)
            for name, requests, cost in nights(Path(folder), arguments.served):
                print(
                    f"{count:16,}  {name:16}{requests:9}{cost.seconds:8.2f}"
                    f"{cost.cpu_seconds:8.2f}{cost.peak_megabytes:9.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
