"""How long a question takes, beside what a user would pick instead on the same papers.

    python benchmarks/latency.py
    python benchmarks/latency.py 1000000 --folder /mnt/large
    python benchmarks/latency.py --index mine.db        # only the last table, of an index there is

Invented papers (generate.py) as JSON Lines, imported by ``mine``, and by ``sqlite-utils insert``
with ``enable-fts``. Each question is put to ``mine search``, ``sqlite-utils search``, the
``sqlite3`` shell with the same FTS5 query (where installed) and ``grep`` over the JSON Lines; each
time a program of its own, the quickest of three rounds. The ratio is the other's CPU seconds over
mine's: above 1, mine takes less. ``grep`` neither ranks nor knows words, and stops at the twentieth
line. The last table is the time of these and harder questions inside one process that has the index
open: the least of the processor, and the median by the clock.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import MINE, SQLITE_UTILS, Cost, generate, machine, measured, quickest

QUESTIONS = {
    "a rare word": "Quechua",
    "two words": "Quechua hallucination",
    "a phrase": '"low-rank adapters"',
    "a common word": "language",
    "the commonest word": "the",
}
INSIDE = {
    **QUESTIONS,
    "common words": "language models",
    "the commonest words": "of the",
    "a phrase of common words": '"language model"',
    "a phrase of the commonest words": '"of the"',
    "a common and a rare word": "the Quechua",
    "a prefix of nine letters": "hallucina*",
    "a prefix of two letters": "to*",
}
FILTERED = {
    "a common word, label": ("language", {"labels": ("rlhf",)}),
    "a common word, in scope": ("language", {"in_scope": True}),
    "the commonest word, since": ("the", {"since": "newest month"}),
    "a phrase, label, since": ('"language model"', {"labels": ("rlhf",), "since": "newest month"}),
}
SHOWN = 20


def ask_all(papers: Path, index: Path, plain: Path) -> None:
    """Prints each question's costs."""
    print(f"\n{'':22}{'':24}{'s':>8}{'CPU s':>8}{'peak MB':>9}{'ratio':>7}")
    for name, words in QUESTIONS.items():
        costs = ask(words, papers, index, plain)
        ours = costs["mine search"].cpu_seconds
        for tool, cost in costs.items():
            print(
                f"{name:22}{tool:24}{cost.seconds:8.2f}{cost.cpu_seconds:8.2f}"
                f"{cost.peak_megabytes:9.0f}{cost.cpu_seconds / ours:7.2f}",
                flush=True,
            )
            name = ""


def ask(words: str, papers: Path, index: Path, plain: Path) -> dict[str, Cost]:
    """One question to each tool."""
    query = (
        "SELECT p.id, p.title, snippet(papers_fts, -1, '[', ']', '…', 24) FROM papers_fts "
        "JOIN papers p ON p.rowid = papers_fts.rowid "
        f"WHERE papers_fts MATCH '{words}' ORDER BY rank LIMIT {SHOWN}"
    )
    commands = {
        "mine search": [*MINE, "--db", str(index), "search", words],
        "sqlite-utils search": [
            *(*SQLITE_UTILS, "search", str(plain), "papers", words),
            *("-c", "id", "-c", "title", "--limit", str(SHOWN)),
        ],
        "sqlite3": ["sqlite3", str(plain), query],
        "grep": ["grep", "-i", "-m", str(SHOWN), words.strip('"').replace(" ", ".*"), str(papers)],
    }
    return {
        tool: quickest(command, codes=(0, 1))
        for tool, command in commands.items()
        if shutil.which(command[0])
    }


def inside(index_path: Path, rounds: int = 20) -> None:
    """Prints the times of questions to an index that is open."""
    from mllm_mine.index import Index
    from mllm_mine.index.filters import PaperFilter

    print(f"\n{'inside one process, ms':46}{'least CPU':>10}{'median':>10}{'worst':>10}")
    with Index.open(index_path) as index:
        newest = index.connection.execute("SELECT max(published) FROM papers").fetchone()[0]
        questions: dict[str, tuple[str, dict[str, Any]]] = {
            **{name: (words, {}) for name, words in INSIDE.items()},
            **FILTERED,
        }
        for name, (words, wanted) in questions.items():
            since = f"{newest[:7]}-01" if "since" in wanted else ""
            papers = PaperFilter(**{**wanted, "since": since})
            clock, processor = [], []
            for _ in range(rounds):
                began = time.perf_counter(), time.process_time()
                index.reading.search(words, papers, SHOWN)
                clock.append((time.perf_counter() - began[0]) * 1000)
                processor.append((time.process_time() - began[1]) * 1000)
            print(
                f"{name:46}{min(processor):10.1f}"
                f"{statistics.median(clock):10.1f}{max(clock):10.1f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=100_000, help="how many papers")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    parser.add_argument("--index", type=Path, help="only ask this one, inside one process")
    arguments = parser.parse_args()
    print(machine())
    if arguments.index is not None:
        inside(arguments.index)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        papers, index, plain = folder / "papers.jsonl", folder / "mine.db", folder / "plain.db"
        generate("plain", arguments.count, papers)
        measured([*MINE, "--db", str(index), "fetch", "--from", str(papers)])
        insert = [*SQLITE_UTILS, "insert", str(plain), "papers", str(papers), "--nl", "--pk", "id"]
        measured(insert)
        measured([*SQLITE_UTILS, "enable-fts", str(plain), "papers", "title", "abstract"])
        print(f"{arguments.count:,} papers, {papers.stat().st_size / 1e6:,.0f} MB of JSON Lines")
        ask_all(papers, index, plain)
        inside(index)


if __name__ == "__main__":
    main()
