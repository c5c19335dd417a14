"""Measures a whole extraction beside plain text extraction on the same files and processes.

    python benchmarks/extraction_speed.py --pdfs FOLDER [--copies N] [--rounds N] [--jobs N]

``get_text`` is a pool of processes that call PyMuPDF's ``page.get_text()`` and keep nothing;
``reading`` is the worker processes of mine alone; ``mine extract`` is the command from start to
end: folder, reading, structure, references, full-text index. All take turns in this run. Processor
seconds are those of all their processes; the ratio is the median over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import pymupdf
from measuring import MINE, Cost, measured

_PLAIN = """
import multiprocessing, sys
import pymupdf

def read(path):
    document = pymupdf.open(path)
    return "\\n".join(page.get_text() for page in document)

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(int(sys.argv[1])) as pool:
        for _ in pool.imap_unordered(read, sys.argv[2:]):
            pass
"""
_READING = """
import sys
from pathlib import Path
from mllm_mine.fulltext.document import Limits
from mllm_mine.fulltext.pool import WorkerPool

waiting = [Path(name) for name in sys.argv[2:]]
with WorkerPool(int(sys.argv[1]), Limits()) as pool:
    while waiting or pool.busy:
        while waiting and pool.free:
            pool.start("", waiting.pop())
        pool.finished(60.0)
"""


def main() -> None:
    """Runs all rounds and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pdfs", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=10, help="of each PDF")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papers = []
        (folder / "pdfs").mkdir()
        for _ in range(options.copies):
            for path in sorted(options.pdfs.glob("*.pdf")):
                paper = f"9912.{len(papers) + 1:05d}"
                shutil.copy(path, folder / "pdfs" / f"{paper}v1.pdf")
                papers.append({"id": paper, "title": f"Paper {paper}", "abstract": "None."})
        (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, papers)))
        (folder / "plain.py").write_text(_PLAIN)
        (folder / "reading.py").write_text(_READING)
        mine = [*MINE, "--db", str(folder / "mine.db")]
        measured([*mine, "fetch", "--from", str(folder / "papers.jsonl"), "--no-pdf"])
        shutil.copy(folder / "mine.db", folder / "empty.db")
        jobs, files = str(options.jobs), sorted(map(str, (folder / "pdfs").glob("*.pdf")))
        pages = sum(len(pymupdf.open(file)) for file in files)
        commands = {
            "get_text": [sys.executable, str(folder / "plain.py"), jobs, *files],
            "reading": [sys.executable, str(folder / "reading.py"), jobs, *files],
            "mine extract": [*mine, "extract", "--pdf-dir", str(folder / "pdfs"), "--jobs", jobs],
        }
        rounds: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for old in folder.glob("mine.db*"):
                old.unlink()
            shutil.copy(folder / "empty.db", folder / "mine.db")
            for name, command in commands.items():
                rounds[name].append(measured(command))
    print(f"{len(papers)} PDFs, {pages} pages, {options.jobs} processes, {options.rounds} rounds")
    print(f"{'':14}{'pages/CPU s':>14}{'x get_text':>14}{'pages/s':>14}{'x get_text':>14}")
    for name, own in rounds.items():
        cells = []
        for kind in ("cpu_seconds", "seconds"):
            times = [getattr(cost, kind) for cost in own]
            plain = [getattr(cost, kind) for cost in rounds["get_text"]]
            ratio = median(base / time for base, time in zip(plain, times, strict=True))
            cells.append(f"{pages / min(times):14.0f}{ratio:14.2f}")
        print(f"{name:14}" + "".join(cells))


if __name__ == "__main__":
    main()
