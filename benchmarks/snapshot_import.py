"""Imports an invented snapshot with mine and with sqlite-utils, side by side in one run.

    python benchmarks/snapshot_import.py 100000 1000000

Three ways from the same JSON Lines file to an SQLite file, each a program of its own:

- ``mine fetch --from``: ids checked, texts cleaned, versions compared, searchable;
- ``sqlite-utils insert --nl``: the records as they are, not searchable;
- the same followed by ``sqlite-utils enable-fts``: the records as they are, searchable.

The ratios are the other's CPU seconds over mine's: above 1, mine takes less. CPU seconds tell more
than those of the clock when other programs run on the machine. Peak memory is that of the largest
process.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measuring import MINE, SQLITE_UTILS, generate, machine, measured


def compare(count: int, folder: Path) -> None:
    """Prints the table for a number of records."""
    source = folder / "snapshot.json"
    generate("snapshot", count, source)
    ours, theirs, searchable = folder / "mine.db", folder / "plain.db", folder / "searchable.db"
    options = ["papers", str(source), "--nl", "--pk", "id"]
    index = [*SQLITE_UTILS, "enable-fts", str(searchable), "papers", "title", "abstract"]
    costs = {
        "mine fetch --from": measured([*MINE, "--db", str(ours), "fetch", "--from", str(source)]),
        "sqlite-utils insert --nl": measured([*SQLITE_UTILS, "insert", str(theirs), *options]),
        "the same, then enable-fts": measured([*SQLITE_UTILS, "insert", str(searchable), *options])
        + measured(index),
    }
    print(f"\n{count:,} records, {source.stat().st_size / 1e6:,.0f} MB of JSON Lines")
    print(f"{'':28}{'s':>8}{'CPU s':>8}{'records/s':>11}{'peak MB':>9}{'file MB':>9}{'ratio':>7}")
    databases = (ours, theirs, searchable)
    for (name, cost), database in zip(costs.items(), databases, strict=True):
        print(
            f"{name:28}{cost.seconds:8.1f}{cost.cpu_seconds:8.1f}"
            f"{count / cost.seconds:11,.0f}{cost.peak_megabytes:9.0f}"
            f"{database.stat().st_size / 1e6:9.0f}"
            f"{cost.cpu_seconds / costs['mine fetch --from'].cpu_seconds:7.2f}",
            flush=True,
        )
        database.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("counts", type=int, nargs="*", default=[100_000], metavar="COUNT")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for count in arguments.counts:
            compare(count, Path(folder))


if __name__ == "__main__":
    main()
