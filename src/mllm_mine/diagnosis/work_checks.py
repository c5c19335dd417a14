"""Checks of what the stages have yet to do, and of what has failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mllm_mine.diagnosis.finding import Finding, Subject
from mllm_mine.errors import IndexLockedError
from mllm_mine.wording import NAMED, counted, some


def check_fetching(subject: Subject) -> Iterator[Finding]:
    """Windows that could not be fetched."""
    for gap in subject.index.harvest.gaps():
        yield Finding(
            "fetch",
            True,
            f"{gap.missing} could not be fetched ({gap.source}, tried {gap.attempts} times, "
            f"last {gap.last_tried[:10]}): {gap.reason}",
            "'mine fetch' closes the gap",
        )


def check_imports(subject: Subject) -> Iterator[Finding]:
    """Imports of files that stopped before the end."""
    for unfinished in subject.index.imports.unfinished():
        path = unfinished["path"]
        problem = f"the import of {path} stopped after record {unfinished['record']}"
        if Path(path).exists():
            yield Finding("import", True, problem, f"'mine fetch --from {path}' goes on there")
        else:
            yield Finding(
                "import", False, f"{problem}; the file is gone", "import it again if needed"
            )


def check_pdfs(subject: Subject) -> Iterator[Finding]:
    """PDFs that are gone, and those that could not be fetched."""
    missing = subject.checks.missing_pdfs()
    if missing:
        yield Finding(
            "pdfs",
            True,
            f"{counted(len(missing), 'PDF')} no longer on disk ({some(id for id, _ in missing)})",
            "put them back, or let 'mine extract' notice and 'mine fetch' bring them again",
        )
    failing = subject.index.pdfs.failing()
    given_up = [entry.arxiv_id for entry in failing if not entry.next_try]
    if given_up:
        yield Finding(
            "pdfs",
            False,
            f"{counted(len(given_up), 'PDF')} failed too often, not tried again ({some(given_up)})",
            "put the files into a folder and use 'mine extract --pdf-dir'",
        )
    waiting = Counter(entry.reason for entry in failing if entry.next_try)
    for reason, count in waiting.most_common(NAMED):
        yield Finding(
            "pdfs", False, f"{counted(count, 'PDF')} failed: {reason}", "later fetches try again"
        )


def check_texts(subject: Subject) -> Iterator[Finding]:
    """PDFs that gave no text."""
    kinds = Counter(status for _, status, _ in subject.index.fulltexts.failures())
    for status, count in kinds.most_common():
        yield Finding(
            "texts",
            False,
            f"{counted(count, 'PDF')} gave no text ({status})",
            "'mine extract --retry-failed' tries again; 'mine show ID' names the reason",
        )


def check_queue(subject: Subject) -> Iterator[Finding]:
    """Papers that wait for the model."""
    waiting = subject.checks.waiting()
    if waiting:
        yield Finding(
            "model", False, f"{counted(waiting, 'paper')} not yet labelled", "'mine classify'"
        )


def check_runs(subject: Subject) -> Iterator[Finding]:
    """Runs that died, or one that is under way."""
    from mllm_mine.index.lock import run_lock

    try:
        with run_lock(subject.index.path):
            dead = subject.checks.open_runs()
    except IndexLockedError:
        yield Finding("runs", False, "a run of mine is under way", "wait for it to end")
        return
    if dead:
        _, command, started = dead[-1]
        if subject.mend:
            subject.checks.close_runs([run[0] for run in dead])
        yield Finding(
            "runs",
            False,
            f"{counted(len(dead), 'run')} died before the end, "
            f"the last one 'mine {command}' of {started}",
            "the next run of the same command goes on where it stopped",
            mended=subject.mend,
        )
