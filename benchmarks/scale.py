"""What an index of 10,000, 100,000 … papers costs: time, memory, disk, and a second night's work.

    python benchmarks/scale.py 10000 100000
    python benchmarks/scale.py 1000000 3000000 --folder /mnt/large --memory 4
    python benchmarks/scale.py --index mine.db          # reads only: an index that is there

For each size invented papers (generate.py) are imported as arXiv's snapshot and classified; then
come the commands that people wait for, and an import of 1,000 papers, half of them new and half
new versions of papers that are there. Each is a program of its own, started anew; reading commands
run four times, and the quickest of the last three counts. CPU seconds hold where other programs
run on the machine; ``--memory`` limits each program's address space, in GB.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from generate import PAPERS_A_MONTH, Papers
from measuring import MINE, Cost, generate, machine, measured, quickest

CHANGED = 1_000


def reading_commands(index: Path) -> dict[str, list[str]]:
    """What people ask an index for, on papers and dates that are in it."""
    connection = sqlite3.connect(index)
    arxiv_id, newest = connection.execute(
        "SELECT arxiv_id, published FROM papers ORDER BY published DESC, arxiv_id LIMIT 1"
    ).fetchone()
    connection.close()
    since = f"{newest[:7]}-01"
    return {
        "status": ["status"],
        "show": ["show", arxiv_id],
        "list (newest 50)": ["list"],
        "list --label rlhf": ["list", "--label", "rlhf"],
        "search, rare word": ["search", "Quechua", "hallucination"],
        "search, common word": ["search", "language"],
        "search, commonest word": ["search", "the"],
        "search, phrase": ["search", '"language model"'],
        f"report --label --since {since}": ["report", "--label", "rlhf", "--since", since],
        "trends --since 12 months": ["trends", "--since", "365d"],
        "doctor (quick)": ["doctor"],
    }


def read(index: Path, memory: float) -> dict[str, Cost]:
    """Each reading command's cost."""
    environment = {"MINE_NOW": _newest(index)}
    return {
        name.partition(" 2")[0]: quickest(
            [*MINE, "--db", str(index), *command],
            codes=(0, 1),
            memory=memory,
            environment=environment,
        )
        for name, command in reading_commands(index).items()
    }


def build(count: int, folder: Path, memory: float) -> dict[str, Cost]:
    """Makes an index of ``count`` papers in ``folder``; import and classification are measured."""
    source, index = folder / "snapshot.json", folder / "mine.db"
    generate("snapshot", count, source)
    imported = measured([*MINE, "--db", str(index), "fetch", "--from", str(source)], memory=memory)
    source.unlink()
    classified = measured([*MINE, "--db", str(index), "classify"], memory=memory)
    return {"import": imported, "classify": classified}


def change(index: Path, count: int, folder: Path, memory: float) -> dict[str, Cost]:
    """Imports and classifies 1,000 new and changed papers."""
    source = folder / "night.json"
    write_night = [sys.executable, __file__, "--night", str(source), str(count)]
    subprocess.run(write_night, check=True)  # in a process of its own, as in `generate`
    mine = [*MINE, "--db", str(index)]
    imported = measured([*mine, "fetch", "--from", str(source)], memory=memory)
    return {
        f"import {CHANGED:,} more": imported,
        f"classify {CHANGED:,} more": measured([*mine, "classify"], memory=memory),
        "classify, nothing new": measured([*mine, "classify"], memory=memory),
    }


def _night(count: int) -> list[dict[str, Any]]:
    """Half new papers of a later month, half new versions of papers spread over the index."""
    later = [
        {**record, "id": f"99{number // PAPERS_A_MONTH + 1:02}.{record['id'].partition('.')[2]}"}
        for number, record in enumerate(Papers(seed=2).records(CHANGED // 2))
    ]
    known = Papers().records(min(count, 50_000))
    step = max(1, min(count, 50_000) // (CHANGED // 2))
    for number, record in enumerate(known):
        if number % step == 0:
            created = record["versions"][-1]["created"]
            version = {"version": f"v{len(record['versions']) + 1}", "created": created}
            record["versions"].append(version)
            record["abstract"] += "Revised and extended by one more sentence."
            later.append(record)
    return later[:CHANGED]


def _newest(index: Path) -> str:
    connection = sqlite3.connect(index)
    newest = connection.execute("SELECT max(published) FROM papers").fetchone()[0]
    connection.close()
    return str(newest)


def print_table(name: str, index: Path, costs: dict[str, Cost], papers: int) -> None:
    """One size's results."""
    size = index.stat().st_size / 1e6
    print(f"\n{name}: {papers:,} papers, {size:,.0f} MB ({size / papers * 1e6:,.0f} bytes a paper)")
    print(f"{'':28}{'s':>9}{'CPU s':>9}{'peak MB':>9}")
    for what, cost in costs.items():
        print(f"{what:28}{cost.seconds:9.2f}{cost.cpu_seconds:9.2f}{cost.peak_megabytes:9.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("counts", type=int, nargs="*", metavar="COUNT")
    parser.add_argument("--index", type=Path, help="only read this one")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    parser.add_argument("--night", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--memory", type=float, default=0.0, help="limit in GB a program")
    arguments = parser.parse_args()
    if arguments.night is not None:
        with arguments.night.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in _night(arguments.counts[0]))
        return
    print(machine())
    if arguments.index is not None:
        connection = sqlite3.connect(arguments.index)
        papers = connection.execute("SELECT count(*) FROM papers").fetchone()[0]
        connection.close()
        costs = read(arguments.index, arguments.memory)
        print_table(str(arguments.index), arguments.index, costs, papers)
    for count in arguments.counts or ([] if arguments.index else [10_000, 100_000]):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
            folder = Path(name)
            costs = build(count, folder, arguments.memory)
            index = folder / "mine.db"
            costs |= read(index, arguments.memory)
            costs |= change(index, count, folder, arguments.memory)
            print_table("index", index, costs, count)


if __name__ == "__main__":
    main()
