"""Checks of what lies around an index: settings, disk, model, reports, files left behind."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.diagnosis.finding import Finding, Subject
from mllm_mine.errors import ConfigurationError, DiskError, MineError
from mllm_mine.wording import counted, some

if TYPE_CHECKING:
    from mllm_mine.config import Settings

_SMALLEST_FREE_BYTES = 200_000_000
_LEFTOVER_SECONDS = 3600.0


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Whether there are settings, and whether they name a contact."""
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


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Whether the index's folder can be written and has room."""
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


def disk_fault(error: DiskError, found: list[Finding]) -> Iterator[Finding]:
    """What the disk refused, unless a check of the disk has told why already."""
    if not any(finding.area == "disk" and finding.fault for finding in found):
        yield Finding(
            "disk", True, str(error), "make the disk and the file writable, then look again"
        )


def check_model(settings: Settings) -> Iterator[Finding]:
    """Whether the configured model can be loaded."""
    from mllm_mine.classifier import load_model

    try:
        load_model(settings.classify.model or None)
    except MineError as error:
        yield Finding(
            "model", True, str(error), "name another under [classify], or install mine again"
        )


def check_reports(subject: Subject) -> Iterator[Finding]:
    """Whether the configured reports can be written with the labels of the model in use."""
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


def check_leftovers(subject: Subject) -> Iterator[Finding]:
    """Files that dead runs left half-written."""
    folders = {subject.settings.pdfs, subject.index.path.parent}
    old = time.time() - _LEFTOVER_SECONDS
    found = [
        path
        for folder in folders
        for path in sorted(folder.glob(".*.part"))
        if path.stat().st_mtime < old
    ]
    if found:
        names = some(path.name for path in found)

        def remove() -> None:
            for path in found:
                path.unlink(missing_ok=True)

        problem = f"{counted(len(found), 'half-written file')} left behind ({names})"
        yield subject.mended("disk", problem, remove, "removes them")
