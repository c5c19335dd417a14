"""Imports a file of papers into the index: any size, any of the formats, resumable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.clock import iso, parse_iso
from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.index.imports import FileIdentity, ImportPosition
from mllm_mine.paper import Paper
from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.file_formats import Format, InputFile
from mllm_mine.source.records import Record, read_records

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.runs import Run
    from mllm_mine.progress import Progress

BATCH = 5_000
"""Records a transaction; also what an interruption costs at most."""

MAX_NAMED = 100
"""Records that failed and are named in the run; the rest are counted."""

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ImportFilters:
    """Which papers of a file to take.

    Attributes:
        categories: any of these, as primary category or cross-list; ``cs.*`` takes all of cs.
        since, until: ISO dates, both inclusive, of version 1 (or of this version, where the file
            does not tell version 1's); papers without any date are then left out.
        max_papers: at most so many, from the beginning of the file.

    Raises:
        ConfigurationError: a date is none, or the number of papers is negative.
    """

    categories: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    max_papers: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", _moment(self.since, "--since", ""))
        object.__setattr__(self, "until", _moment(self.until, "--until", "T23:59:59"))
        if self.max_papers is not None and self.max_papers < 0:
            raise ConfigurationError(f"--max must not be negative, and is {self.max_papers}")

    def passes(self, paper: Paper) -> bool:
        """Whether a paper is of these categories and dates."""
        if self.categories and not any(
            _in_category(term, wanted) for term in paper.categories for wanted in self.categories
        ):
            return False
        if self.since or self.until:
            date = paper.published or paper.updated
            return bool(date) and self.since <= date and (not self.until or date <= self.until)
        return True

    def __str__(self) -> str:
        return json.dumps([sorted(self.categories), self.since, self.until, self.max_papers])


@dataclass
class ImportSummary:
    """What became of a file, over all sittings of an interrupted import.

    Attributes:
        name: the file's name.
        format: what it turned out to be.
        counts: ``records`` read, papers ``new``, ``new_versions``, ``changed``, ``unchanged``,
            ``older`` than what the index has, and ``left_out`` by filters.
        failed: records that could not be read.
        resumed_after: the record where an earlier, interrupted import had stopped, or 0.
        fault: why the file could not be read to its end, or "".
    """

    name: str
    format: Format
    counts: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    resumed_after: int = 0
    fault: str = ""


def import_file(
    index: Index, source: InputFile, filters: ImportFilters, run: Run, progress: Progress
) -> ImportSummary:
    """Brings the papers of an open file into the index.

    Reads arXiv's Atom feeds, OAI-PMH records, arXiv's metadata snapshot and plain JSON Lines, as
    they are or packed with gzip or Zstandard, recognised by their content. Records that cannot
    be read are named in ``run`` and the rest is imported; of a file that ends too early or turns
    out damaged, what came before is kept. The position is saved together with the papers, so the
    same call after an interruption goes on where the first one stopped.

    Args:
        source: see :func:`~mllm_mine.source.file_formats.open_input`; what is no list of papers
            is refused there, before anything is made for it.

    Raises:
        InputFileError: the file is damaged from its beginning.
        DiskError, IndexFileError: the index cannot be written; what was saved stays.
    """
    return _Import(index, source, filters, _identity(source.path, filters)).run(run, progress)


class _Import:
    """One import under way."""

    def __init__(
        self, index: Index, source: InputFile, filters: ImportFilters, file: FileIdentity | None
    ) -> None:
        self._index = index
        self._source = source
        self._filters = filters
        self._file = file
        self._position = ImportPosition() if file is None else index.imports.position(file)
        self._fault = ""

    def run(self, run: Run, progress: Progress) -> ImportSummary:
        source, resumed_after = self._source, self._position.record
        if resumed_after:
            progress.note(f"{source.name}: going on after record {resumed_after}")
        size = source.packed_size
        if size is None:
            progress.start(f"importing {source.name}")
        else:
            progress.start(f"importing {source.name} (MB)", max(1, size // _MEGABYTE))
        shown = 0
        try:
            for batch in self._batches():
                self._save(batch)
                here = source.packed_position // _MEGABYTE
                progress.advance(len(batch) if size is None else here - shown)
                shown = here
        finally:
            progress.finish()
        self._report(run)
        return ImportSummary(
            source.name,
            source.format,
            self._position.counts,
            self._position.failed,
            resumed_after,
            self._fault,
        )

    def _batches(self) -> Iterator[list[Record]]:
        """The records that are left, in batches, up to the end, the limit or a fault."""
        limit = self._filters.max_papers
        taken = self._taken
        batch: list[Record] = []
        try:
            for record in read_records(self._source, self._position.record, self._position.offset):
                if limit is not None and taken >= limit:
                    break
                taken += isinstance(record.content, Paper) and self._filters.passes(record.content)
                batch.append(record)
                if len(batch) == BATCH:
                    yield batch
                    batch = []
        except InputFileError as error:
            last = batch[-1].number if batch else self._position.record
            if not last:
                raise
            self._fault = f"{error} (everything up to record {last} is imported)"
        if batch:
            yield batch

    @property
    def _taken(self) -> int:
        counts = self._position.counts
        return counts.get("records", 0) - counts.get("left_out", 0) - self._position.failed

    def _save(self, batch: list[Record]) -> None:
        """Saves a batch and the position after it, both or neither."""
        position = self._position
        papers: list[Paper] = []
        unversioned: list[Paper] = []
        deleted: list[str] = []
        for record in batch:
            if isinstance(record.content, BadRecord):
                position.failed += 1
                if len(position.named) < MAX_NAMED:
                    position.named.append(self._named(record.content))
            elif not isinstance(record.content, Paper):
                deleted.append(record.content.arxiv_id)
            elif self._filters.passes(record.content):
                (papers if record.version_known else unversioned).append(record.content)
        position.record, position.offset = batch[-1].number, batch[-1].end
        with self._index.transaction():
            papers += _at_held_versions(self._index, unversioned)
            papers += _withdrawn(self._index, deleted)
            outcome = vars(self._index.papers.upsert_many(papers, self._source.format))
            failed = sum(isinstance(record.content, BadRecord) for record in batch)
            counts = {"records": len(batch), "left_out": len(batch) - failed - len(papers)}
            for name, count in (counts | outcome).items():
                position.counts[name] = position.counts.get(name, 0) + count
            if self._file is not None:
                self._index.imports.keep(self._file, position)

    def _named(self, bad: BadRecord) -> tuple[str, str]:
        subject = f"{self._source.name} {bad.place}"
        return (f"{subject} ({bad.arxiv_id})" if bad.arxiv_id else subject, bad.reason)

    def _report(self, run: Run) -> None:
        """Writes the counts and failures into the run, and forgets the position."""
        position = self._position
        run.add(**position.counts)
        for subject, reason in position.named:
            run.fail(subject, reason)
        unnamed = position.failed - len(position.named)
        if unnamed:
            run.fail(self._source.name, f"{unnamed} more records could not be read")
        if self._fault:
            run.fail(self._source.name, self._fault)
        if self._file is not None:
            self._index.imports.finish(self._file)


def _identity(path: Path | None, filters: ImportFilters) -> FileIdentity | None:
    """What tells a file from another, or None when one cannot come back to it (a pipe)."""
    if path is None or not path.is_file():
        return None
    state = path.stat()
    return FileIdentity(str(path.resolve()), str(filters), state.st_size, state.st_mtime_ns)


def _at_held_versions(index: Index, papers: list[Paper]) -> list[Paper]:
    """Papers whose version the file does not tell, as the version that the index holds.

    A record of an earlier day than what the index holds is an older one. Such records tell dates
    by the day only, so the index's own dates stay.
    """
    found = []
    for paper in papers:
        held = index.papers.get(paper.arxiv_id)
        if held is None:
            found.append(paper)
        elif paper.updated[:10] < held.updated[:10]:
            found.append(replace(paper, version=0))
        else:
            published = held.published or paper.published
            updated = held.updated or paper.updated
            found.append(replace(paper, version=held.version, published=published, updated=updated))
    return found


def _withdrawn(index: Index, deleted: list[str]) -> list[Paper]:
    """Papers whose record the source has deleted: they stay in the index, marked as withdrawn."""
    held = (index.papers.get(arxiv_id) for arxiv_id in deleted)
    return [replace(paper, withdrawn=True) for paper in held if paper is not None]


def _in_category(term: str, wanted: str) -> bool:
    if wanted.endswith(".*"):
        return term.startswith(wanted[:-1]) or term == wanted[:-2]
    return term == wanted


def _moment(text: str, option: str, end_of_day: str) -> str:
    """A date as the index keeps it; a bare day ends with its last second where so wanted."""
    if not text:
        return ""
    try:
        return iso(parse_iso(text + end_of_day if len(text.strip()) == 10 else text))
    except ValueError:
        raise ConfigurationError(
            f"{option} must be a date like 2025-01-31, not {text[:40]!r}"
        ) from None
