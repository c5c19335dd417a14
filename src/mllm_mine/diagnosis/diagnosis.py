"""Looks at a set-up and its index, check after check."""

from __future__ import annotations

from pathlib import Path

from mllm_mine.diagnosis.contents_checks import (
    check_contents,
    check_schema,
    check_space,
    lost_parts,
)
from mllm_mine.diagnosis.finding import RESTORE, Finding, Subject
from mllm_mine.diagnosis.setup_checks import (
    check_disk,
    check_leftovers,
    check_model,
    check_reports,
    check_settings,
    disk_fault,
)
from mllm_mine.diagnosis.work_checks import (
    check_fetching,
    check_imports,
    check_pdfs,
    check_queue,
    check_runs,
    check_texts,
)
from mllm_mine.errors import DiskError, IndexFileError, IndexNewerError, MineError
from mllm_mine.index.checks import Checks
from mllm_mine.index.index import translated_errors
from mllm_mine.index.missing import cannot_be_read, missing_parts, missing_parts_of
from mllm_mine.progress import Progress


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
        mend: do what is safe to do at once: make anew the search, and what was removed of the
            schema and can be; remove rows without their paper and files that dead runs left
            half-written; close the books of dead runs.
    """
    from mllm_mine.config import load_settings
    from mllm_mine.index import Index

    try:
        settings = load_settings(config, db)
    except MineError as error:
        return [Finding("configuration", True, str(error), "correct the file, then look again")]
    found = [*check_settings(settings), *check_disk(settings), *check_model(settings)]
    try:
        index = Index.open(settings.db)
    except DiskError as error:
        return [*found, *disk_fault(error, found)]
    except MineError as error:
        return [*found, _why_it_cannot_be_opened(settings.db, error)]
    with index:
        for check in (
            check_schema,
            check_reports,
            check_contents,
            check_space,
            check_fetching,
            check_imports,
            check_pdfs,
            check_texts,
            check_queue,
            check_runs,
            check_leftovers,
        ):
            progress.start(f"checking {check.__name__.removeprefix('check_')}")
            try:
                with translated_errors(index.path):
                    found += check(Subject(index, Checks(index), settings, mend, full))
                    if check is check_schema and cannot_be_read(missing_parts(index.connection)):
                        break  # the other checks read what is not there
            except DiskError as error:
                found += disk_fault(error, found)
            except MineError as error:
                found.append(Finding("index", True, str(error), RESTORE))
                break
            finally:
                progress.finish()
    return found


def _why_it_cannot_be_opened(path: Path, error: MineError) -> Finding:
    if type(error) is IndexFileError and (missing := missing_parts_of(path)):
        return lost_parts(missing)
    if isinstance(error, IndexNewerError):
        mend = "upgrade mine; nothing is wrong with the file"
    else:
        mend = RESTORE if path.exists() else "'mine init' or 'mine fetch' makes one"
    return Finding("index", True, str(error), mend)
