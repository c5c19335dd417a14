"""Finds out what is wrong with a set-up or an index, and says how to mend it."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.errors import (
    ConfigurationError,
    DiskError,
    IndexLockedError,
    IndexNewerError,
    MineError,
)
from mllm_mine.index.checks import Checks
from mllm_mine.index.index import translated_errors
from mllm_mine.progress import Progress

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index

_SMALLEST_FREE_BYTES = 200_000_000
_WHOLE_BYTES = 300_000_000  # up to this size an index is read whole in a few seconds
_BYTES_A_SECOND = 40_000_000  # read by a full check, see benchmarks/RESULTS.md
_EMPTY_SHARE, _EMPTY_BYTES = 0.2, 100_000_000  # from here on it pays to pack the file
_LEFTOVER_SECONDS = 3600.0
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check found.

    Attributes:
        area: where: configuration, disk, index, search, fetch, import, pdfs, texts, model, runs.
        fault: whether it is wrong; otherwise it is only worth knowing.
        problem: what was found.
        mend: what to do about it.
        mended: whether that has just been done.
    """

    area: str
    fault: bool
    problem: str
    mend: str
    mended: bool = False


def diagnose(
    config: Path | None,
    db: Path | None,
    progress: Progress,
    *,
    mend: bool = False,
    full: bool = False,
) -> list[Finding]:
    """Checks the settings, the index and what lies around it.

    Args:
        config, db: as for :func:`mllm_mine.config.load_settings`.
        mend: do what is safe to do at once: make the search anew, remove rows without their
            paper and files that dead runs left half-written, close the books of dead runs.
    """
    from mllm_mine.config import load_settings
    from mllm_mine.index import Index

    try:
        settings = load_settings(config, db)
    except MineError as error:
        return [Finding("configuration", True, str(error), "correct the file, then look again")]
    found = [*_check_settings(settings), *_check_disk(settings), *_check_model(settings)]
    try:
        index = Index.open(settings.db)
    except DiskError as error:
        return [*found, *_disk_fault(error, found)]
    except MineError as error:
        return [*found, Finding("index", True, str(error), _mend_of_index(settings.db, error))]
    with index:
        for check in (
            _check_reports,
            _check_contents,
            _check_space,
            _check_fetching,
            _check_imports,
            _check_pdfs,
            _check_texts,
            _check_queue,
            _check_runs,
            _check_leftovers,
        ):
            progress.start(f"checking {check.__name__.removeprefix('_check_')}")
            try:
                with translated_errors(index.path):
                    found += check(_Subject(index, Checks(index), settings, mend, full))
            except DiskError as error:
                found += _disk_fault(error, found)
            except MineError as error:
                found.append(Finding("index", True, str(error), _RESTORE))
                break
            finally:
                progress.finish()
    return found


_RESTORE = (
    "restore a copy, or save the labels with 'mine labels export', move the file away and "
    "fetch again"
)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the checks of an open index look at."""

    index: Index
    checks: Checks
    settings: Settings
    mend: bool
    full: bool

    def mended(self, area: str, problem: str, mend: Callable[[], object], what: str) -> Finding:
        """A fault that we can mend ourselves, mended if we may."""
        if self.mend:
            mend()
        return Finding(area, True, problem, f"'mine doctor --mend' {what}", mended=self.mend)


def _check_settings(settings: Settings) -> Iterator[Finding]:
    if settings.config_path is None:
        yield Finding(
            "configuration", False, "there is no mine.toml; defaults are used", "'mine init'"
        )
    elif not settings.fetch.contact:
        yield Finding(
            "configuration",
            False,
            "no contact is set; arXiv asks programs to name one",
            f"set contact under [fetch] in {settings.config_path}",
        )


def _check_disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.db.parent if settings.db.parent.exists() else Path()
    if not os.access(folder, os.W_OK):
        yield Finding(
            "disk",
            True,
            f"the folder {folder} cannot be written",
            "correct its rights, or use --db",
        )
    free = shutil.disk_usage(folder).free
    if free < _SMALLEST_FREE_BYTES:
        yield Finding(
            "disk", True, f"only {free / 1e6:.0f} MB are free in {folder}", "free some space"
        )


def _disk_fault(error: DiskError, found: list[Finding]) -> Iterator[Finding]:
    """What the disk refused, unless a check of the disk has told why already."""
    if not any(finding.area == "disk" and finding.fault for finding in found):
        yield Finding(
            "disk", True, str(error), "make the disk and the file writable, then look again"
        )


def _check_model(settings: Settings) -> Iterator[Finding]:
    from mllm_mine.classifier import load_model

    try:
        load_model(settings.classify.model or None)
    except MineError as error:
        yield Finding(
            "model", True, str(error), "name another under [classify], or install mine again"
        )


def _mend_of_index(path: Path, error: MineError) -> str:
    if isinstance(error, IndexNewerError):
        return "upgrade mine; nothing is wrong with the file"
    return _RESTORE if path.exists() else "'mine init' or 'mine fetch' makes one"


def _check_reports(subject: _Subject) -> Iterator[Finding]:
    from mllm_mine.classifier import model_in_use
    from mllm_mine.reports import check_configured

    taxonomy = subject.index.taxonomy
    with suppress(MineError):  # a model that cannot be used is told elsewhere
        taxonomy = model_in_use(subject.index, subject.settings.classify.model).taxonomy
    for report in subject.settings.report:
        try:
            check_configured(report, taxonomy)
        except ConfigurationError as error:
            where = subject.settings.config_path
            yield Finding("configuration", True, str(error), f"correct it in {where}")


def _check_contents(subject: _Subject) -> Iterator[Finding]:
    size = subject.index.path.stat().st_size
    if subject.full or size <= _WHOLE_BYTES:
        yield from _check_damage(subject, subject.checks.damage())
        yield from _check_references(subject)
        yield from _check_search(subject, subject.checks.search_is_sound())
        yield from _check_tallies(subject)
        return
    yield from _check_damage(subject, subject.checks.damage_of_small_tables())
    yield from _check_search(subject, subject.checks.sample_is_sound())
    minutes = max(1, round(size / _BYTES_A_SECOND / 60))
    yield Finding(
        "index",
        False,
        "of this large index only labels by hand, bookkeeping and a sample of papers were checked",
        f"'mine doctor --full' reads all of it, in about {_counted(minutes, 'minute')}",
    )


def _check_damage(subject: _Subject, complaints: list[str]) -> Iterator[Finding]:
    for message in complaints:
        yield Finding("index", True, f"{subject.index.path} is damaged: {message}", _RESTORE)


def _check_references(subject: _Subject) -> Iterator[Finding]:
    for broken in subject.checks.broken_references():
        problem = f"{_counted(broken.rows, 'row')} of {broken.table} without {broken.parent}"
        yield subject.mended(
            "index", problem, subject.checks.remove_broken_references, "removes them"
        )


def _check_search(subject: _Subject, sound: bool) -> Iterator[Finding]:
    if not sound:
        problem = "the full-text index does not agree with the papers; searches may miss some"
        yield subject.mended("search", problem, subject.checks.rebuild_search, "makes it anew")


def _check_tallies(subject: _Subject) -> Iterator[Finding]:
    if not subject.checks.tallies_are_right():
        problem = "the counts that 'mine status' shows are not those of the papers"
        yield subject.mended("index", problem, subject.checks.count_anew, "counts anew")


def _check_space(subject: _Subject) -> Iterator[Finding]:
    from mllm_mine.index.lock import run_lock

    size, empty = subject.index.path.stat().st_size, subject.checks.empty_bytes()
    if empty < _EMPTY_BYTES or empty < _EMPTY_SHARE * size:
        return
    problem = f"{empty / 1e6:,.0f} of the index's {size / 1e6:,.0f} MB hold nothing"
    room = shutil.disk_usage(subject.index.path.parent).free > size
    if subject.mend and room:
        with suppress(IndexLockedError), run_lock(subject.index.path):
            subject.checks.pack()
            yield Finding("disk", False, problem, "packed", mended=True)
            return
    need = "" if room else f", once {size / 1e6:,.0f} MB are free,"
    yield Finding("disk", False, problem, f"'mine doctor --mend'{need} packs the file")


def _check_fetching(subject: _Subject) -> Iterator[Finding]:
    for gap in subject.index.harvest.gaps():
        yield Finding(
            "fetch",
            True,
            f"{gap.missing} could not be fetched ({gap.source}, tried {gap.attempts} times, "
            f"last {gap.last_tried[:10]}): {gap.reason}",
            "'mine fetch' closes the gap",
        )


def _check_imports(subject: _Subject) -> Iterator[Finding]:
    for unfinished in subject.index.imports.unfinished():
        path = unfinished["path"]
        problem = f"the import of {path} stopped after record {unfinished['record']}"
        if Path(path).exists():
            yield Finding("import", True, problem, f"'mine fetch --from {path}' goes on there")
        else:
            yield Finding(
                "import", False, f"{problem}; the file is gone", "import it again if needed"
            )


def _check_pdfs(subject: _Subject) -> Iterator[Finding]:
    missing = subject.checks.missing_pdfs()
    if missing:
        yield Finding(
            "pdfs",
            True,
            f"{_counted(len(missing), 'PDF')} no longer on disk ({_some(id for id, _ in missing)})",
            "put them back, or let 'mine extract' notice and 'mine fetch' bring them again",
        )
    failing = subject.index.pdfs.failing()
    given_up = [entry.arxiv_id for entry in failing if not entry.next_try]
    if given_up:
        yield Finding(
            "pdfs",
            False,
            f"{_counted(len(given_up), 'PDF')} failed too often, not tried again "
            f"({_some(given_up)})",
            "put the files into a folder and use 'mine extract --pdf-dir'",
        )
    waiting = Counter(entry.reason for entry in failing if entry.next_try)
    for reason, count in waiting.most_common(_NAMED):
        yield Finding(
            "pdfs", False, f"{_counted(count, 'PDF')} failed: {reason}", "later fetches try again"
        )


def _check_texts(subject: _Subject) -> Iterator[Finding]:
    kinds = Counter(status for _, status, _ in subject.index.fulltexts.failures())
    for status, count in kinds.most_common():
        yield Finding(
            "texts",
            False,
            f"{_counted(count, 'PDF')} gave no text ({status})",
            "'mine extract --retry-failed' tries again; 'mine show ID' names the reason",
        )


def _check_queue(subject: _Subject) -> Iterator[Finding]:
    waiting = subject.checks.waiting()
    if waiting:
        yield Finding(
            "model", False, f"{_counted(waiting, 'paper')} not yet labelled", "'mine classify'"
        )


def _check_runs(subject: _Subject) -> Iterator[Finding]:
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
            f"{_counted(len(dead), 'run')} died before the end, "
            f"the last one 'mine {command}' of {started}",
            "the next run of the same command goes on where it stopped",
            mended=subject.mend,
        )


def _check_leftovers(subject: _Subject) -> Iterator[Finding]:
    folders = {subject.settings.pdfs, subject.index.path.parent}
    old = time.time() - _LEFTOVER_SECONDS
    found = [
        path
        for folder in folders
        for path in sorted(folder.glob(".*.part"))
        if path.stat().st_mtime < old
    ]
    if found:
        names = _some(path.name for path in found)

        def remove() -> None:
            for path in found:
                path.unlink(missing_ok=True)

        problem = f"{_counted(len(found), 'half-written file')} left behind ({names})"
        yield subject.mended("disk", problem, remove, "removes them")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
