"""Checks of what an index holds, and of the file that holds it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress

from mllm_mine.diagnosis.finding import RESTORE, Finding, Subject
from mllm_mine.errors import IndexLockedError
from mllm_mine.index.missing import Part, make_anew, missing_parts
from mllm_mine.wording import counted

_WHOLE_BYTES = 300_000_000  # up to this size an index is read whole in a few seconds
_BYTES_A_SECOND = 40_000_000  # read by a full check, see benchmarks/RESULTS.md
_EMPTY_SHARE, _EMPTY_BYTES = 0.2, 100_000_000  # from here on it pays to pack the file


def check_schema(subject: Subject) -> Iterator[Finding]:
    """Tables, indexes, triggers and views that are not there, as after a removal by hand."""
    missing = missing_parts(subject.index.connection)
    if not missing:
        return
    if all(part.can_be_made_anew for part in missing):
        what = "makes it anew" if len(missing) == 1 else "makes them anew"
        yield subject.mended(
            "index", _lacks(missing), lambda: make_anew(subject.index, missing), what
        )
    else:
        yield lost_parts(missing)


def lost_parts(missing: list[Part]) -> Finding:
    """The fault of an index that lacks tables whose rows nothing can bring back."""
    lost = {part.name for part in missing}
    if "labels" in lost:
        mend = "restore a copy, or move the file away and fetch again"
    elif "settings" in lost:  # without which 'mine labels export' cannot open the index
        mend = (
            "restore a copy, or save the table labels with an SQLite tool, move the file away "
            "and fetch again"
        )
    else:
        mend = RESTORE
    return Finding("index", True, _lacks(missing), mend)


def _lacks(missing: list[Part]) -> str:
    return f"missing from the index file: {', '.join(map(str, missing))}"


def check_contents(subject: Subject) -> Iterator[Finding]:
    """Damage, rows without their paper, search and counts; of a large index a sample."""
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
        f"'mine doctor --full' reads all of it, in about {counted(minutes, 'minute')}",
    )


def _check_damage(subject: Subject, complaints: list[str]) -> Iterator[Finding]:
    for message in complaints:
        yield Finding("index", True, f"{subject.index.path} is damaged: {message}", RESTORE)


def _check_references(subject: Subject) -> Iterator[Finding]:
    for broken in subject.checks.broken_references():
        problem = f"{counted(broken.rows, 'row')} of {broken.table} without {broken.parent}"
        yield subject.mended(
            "index", problem, subject.checks.remove_broken_references, "removes them"
        )


def _check_search(subject: Subject, sound: bool) -> Iterator[Finding]:
    if not sound:
        problem = "the full-text index does not agree with the papers; searches may miss some"
        yield subject.mended("search", problem, subject.checks.rebuild_search, "makes it anew")


def _check_tallies(subject: Subject) -> Iterator[Finding]:
    if not subject.checks.tallies_are_right():
        problem = "the counts that 'mine status' shows are not those of the papers"
        yield subject.mended("index", problem, subject.checks.count_anew, "counts anew")


def check_space(subject: Subject) -> Iterator[Finding]:
    """Whether much of the file holds nothing."""
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
