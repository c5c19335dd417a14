"""Measures reading of PDFs side by side with the tools a user would pick instead.

    python benchmarks/extraction.py [--pdfs FOLDER] [--truth FILE]… [--papers N] [--json]

Quality is measured on papers typeset here, whose text is known, in seven layouts; with ``--truth``
also on real papers: JSON Lines with ``file`` and, where known, ``abstract``, ``headings`` (a list)
and ``references`` (how many); several files are put together. Speed is measured on ``--pdfs`` (or
the typeset papers): processor seconds of one process a tool, in rounds that take turns, the median
ratio and the best time of five. ``benchmarks/extraction_speed.py`` measures whole runs.

Needs PyMuPDF; ``pip install rapidfuzz pypdfium2 pymupdf4llm`` and ``pdftotext`` (Poppler) join in
when they are installed. ``pymupdf4llm`` may live in another environment: ``--python4llm PATH``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from typeset import Layout, Truth, invent_paper, typeset

LAYOUTS = {
    "two columns": Layout(),
    "one column": Layout(columns=1, size=10.5),
    "line numbers": Layout(line_numbers=True, references="spaced"),
    "numbered references": Layout(references="numbered"),
    "wide abstract": Layout(wide_abstract=True),
    "capitals": Layout(columns=1, references="numbered", heading_case="upper"),
    "unnumbered": Layout(numbered=False, references="spaced"),
}

# Each reads the PDFs named on its command line and prints one JSON string a file.
_MINE = """
import sys, json, gc
from pathlib import Path
from mllm_mine.fulltext.document import Limits
from mllm_mine.fulltext.reader import read_document
gc.disable()  # as the workers do
for path in sys.argv[1:]:
    document = read_document(Path(path), Limits(600), {})
    print(json.dumps({"text": document.text, "abstract": document.abstract,
        "headings": [f"{s.number} {s.heading}".strip() for s in document.sections],
        "references": [r.text for r in document.references], "pages": document.pages}))
"""
_PYMUPDF = """
import sys, json, pymupdf
for path in sys.argv[1:]:
    document = pymupdf.open(path)
    print(json.dumps({"text": "\\n".join(page.get_text() for page in document),
        "pages": len(document)}))
"""
_PDFIUM = """
import sys, json, pypdfium2
for path in sys.argv[1:]:
    document = pypdfium2.PdfDocument(path)
    print(json.dumps({"text": "\\n".join(
        page.get_textpage().get_text_range().replace("\\r", "") for page in document),
        "pages": len(document)}))
"""
_FOR_LLM = """
import sys, json, pymupdf, pymupdf4llm
for path in sys.argv[1:]:
    print(json.dumps({"text": pymupdf4llm.to_markdown(path, show_progress=False),
        "pages": len(pymupdf.open(path))}), file=sys.stderr)
"""


@dataclass
class Read:
    """What one tool made of one file."""

    text: str
    abstract: str = ""
    headings: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    pages: int = 0


@dataclass
class Tool:
    """A reader of PDFs: ``run`` returns what it read, and its processor seconds."""

    name: str
    run: Callable[[list[Path]], tuple[list[Read], float]]


def script(
    code: str,
    python: str = sys.executable,
    *,
    on_stderr: bool = False,
    settings: dict[str, str] | None = None,
):
    """A tool that is a Python script in a process of its own."""

    def run(paths: list[Path]) -> tuple[list[Read], float]:
        before = _children_seconds()
        done = subprocess.run(
            [python, "-c", code, *map(str, paths)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **(settings or {})},
        )
        seconds = _children_seconds() - before
        lines = (done.stderr if on_stderr else done.stdout).splitlines()
        return [Read(**json.loads(line)) for line in lines if line.startswith("{")], seconds

    return run


def pdftotext(paths: list[Path]) -> tuple[list[Read], float]:
    """Poppler's tool, one process a file."""
    before = _children_seconds()
    texts = [
        subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout
        for path in paths
    ]
    return [Read(text.decode("utf-8", "replace")) for text in texts], _children_seconds() - before


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def tools(python4llm: str) -> list[Tool]:
    """The tools that are installed."""
    from mllm_mine.fulltext.pool import WORKER_SETTINGS

    found = [
        Tool("mine", script(_MINE, settings=WORKER_SETTINGS)),
        Tool("PyMuPDF get_text", script(_PYMUPDF)),
    ]
    if importlib.util.find_spec("pypdfium2"):
        found.append(Tool("pypdfium2", script(_PDFIUM)))
    if shutil.which("pdftotext"):
        found.append(Tool("pdftotext", pdftotext))
    if python4llm or importlib.util.find_spec("pymupdf4llm"):
        run = script(_FOR_LLM, python4llm or sys.executable, on_stderr=True)
        found.append(Tool("pymupdf4llm", run))
    return found


def folded(text: str) -> str:
    """Text with all white space alike."""
    return " ".join(text.split())


def plain(text: str) -> str:
    """A heading without Markdown's marks."""
    return folded(text.replace("*", "").replace("#", "").replace("_", "")).casefold()


def similarity(truth: str, found: str) -> float:
    """Levenshtein ratio after white space is folded."""
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.normalized_similarity(folded(truth), folded(found))


def share_of_headings(headings: list[str], read: Read) -> float:
    """How many headings stand on a line of their own."""
    lines = {plain(line) for line in [*read.text.split("\n"), *read.headings]}
    return mean(plain(heading) in lines for heading in headings)


def share_of_references(references: list[str], read: Read) -> float:
    """How many entries are given whole and apart (or, by tools without entries, whole)."""
    if read.references:
        entries = {folded(entry) for entry in read.references}
        return mean(folded(entry) in entries for entry in references)
    text = folded(read.text)
    return mean(folded(entry) in text for entry in references)


def on_typeset(found: list[Tool], papers: int, folder: Path) -> dict[str, dict[str, float]]:
    """Quality on papers whose text is known."""
    truths: list[Truth] = []
    paths: list[Path] = []
    for name, layout in LAYOUTS.items():
        for seed in range(1, papers + 1):
            path = folder / f"{name.replace(' ', '-')}-{seed}.pdf"
            truths.append(typeset(invent_paper(seed), layout, path))
            paths.append(path)
    rows = {}
    for tool in found:
        reads, _ = tool.run(paths)
        pairs = list(zip(truths, reads, strict=True))
        rows[tool.name] = {
            "similarity": mean(similarity(truth.text, read.text) for truth, read in pairs),
            "worst": min(similarity(truth.text, read.text) for truth, read in pairs),
            "abstracts": mean(folded(truth.abstract) in folded(read.text) for truth, read in pairs),
            "headings": mean(
                share_of_headings([f"{n} {h}".strip() for n, h in truth.headings], read)
                for truth, read in pairs
            ),
            "references": mean(
                share_of_references(truth.references, read) for truth, read in pairs
            ),
        }
    return rows


def on_real(found: list[Tool], files: list[Path], folder: Path) -> dict[str, dict[str, float]]:
    """Quality on real papers, as far as the truth is stated."""
    known: dict[str, dict[str, Any]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            known.setdefault(entry["file"], {}).update(entry)
    truths = list(known.values())
    paths = [folder / truth["file"] for truth in truths]
    rows = {}
    for tool in found:
        pairs = list(zip(truths, tool.run(paths)[0], strict=True))
        row: dict[str, float] = {}
        if abstracts := [(t["abstract"], read) for t, read in pairs if t.get("abstract")]:
            row["abstracts"] = mean(folded(words) in folded(read.text) for words, read in abstracts)
        if headings := [(t["headings"], read) for t, read in pairs if t.get("headings")]:
            row["headings"] = mean(share_of_headings(known, read) for known, read in headings)
        if tool.name == "mine":
            counted = [(t["references"], len(r.references)) for t, r in pairs if "references" in t]
            if counted:
                wrong = sum(abs(known - got) for known, got in counted)
                row["references off"] = wrong / sum(known for known, _ in counted)
        rows[tool.name] = row
    return rows


def speed(found: list[Tool], paths: list[Path]) -> dict[str, dict[str, float]]:
    """Pages a second of one processor in the best of five rounds, start-up included."""
    seconds: dict[str, list[float]] = {}
    pages = 0
    for _ in range(5):
        for tool in found:
            if tool.name == "pymupdf4llm" and tool.name in seconds:
                continue  # minutes; once is enough
            reads, spent = tool.run(paths)
            seconds.setdefault(tool.name, []).append(spent)
            if tool.name == "PyMuPDF get_text":
                pages = sum(read.pages for read in reads)
    base = seconds["PyMuPDF get_text"]
    return {
        name: {
            "pages a second": pages / min(rounds),
            "times get_text": median(plain / own for plain, own in zip(base, rounds, strict=False)),
        }
        for name, rounds in seconds.items()
    }


def show(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Prints a table."""
    columns = list(next(iter(rows.values())))
    print(f"\n{title}\n{'':18}" + "".join(f"{column:>16}" for column in columns))
    for name, row in rows.items():
        cells = "".join(
            f"{row[column]:16.4f}" if column in row else f"{'-':>16}" for column in columns
        )
        print(f"{name:18}{cells}")


def main() -> None:
    """Runs all parts that the arguments allow."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pdfs", type=Path, help="a folder of PDFs to measure speed on")
    parser.add_argument(
        "--truth", type=Path, action="append", help="what is known of real papers, JSON Lines"
    )
    parser.add_argument("--papers", type=int, default=3, help="typeset papers a layout")
    parser.add_argument("--python4llm", default="", help="a Python that has pymupdf4llm")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    found = tools(options.python4llm)
    results: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results["typeset papers"] = on_typeset(found, options.papers, folder)
        if options.truth:
            results["real papers"] = on_real(found, options.truth, options.pdfs or Path())
        paths = sorted((options.pdfs or folder).glob("*.pdf"))
        results["speed"] = speed(found, paths)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for title, rows in results.items():
        show(title, rows)
    print(f"\n{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
