"""Opens, creates and migrates the index file, and gives access to its tables."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError, DiskError, IndexCorruptError, IndexFileError
from mllm_mine.index import schema
from mllm_mine.index.connection import BUSY_SECONDS, connected, prepare

if TYPE_CHECKING:
    from mllm_mine.index.citations import Citations
    from mllm_mine.index.entries import Entries
    from mllm_mine.index.fulltexts import Fulltexts
    from mllm_mine.index.harvest import Harvest
    from mllm_mine.index.imports import Imports
    from mllm_mine.index.labels import Labels
    from mllm_mine.index.models import Models
    from mllm_mine.index.papers import Papers
    from mllm_mine.index.pdfs import Pdfs
    from mllm_mine.index.predictions import Predictions
    from mllm_mine.index.reading import Reading
    from mllm_mine.index.resources import Resources
    from mllm_mine.index.results import Results
    from mllm_mine.index.runs import Runs
    from mllm_mine.index.to_review import ToReview
    from mllm_mine.taxonomy import Taxonomy

# After a long transaction there is a gap in which another process (a person who labels while a
# snapshot is imported) finds the index free, since it looks more often than the gap is long.
_LONG_SECONDS, _GAP_SECONDS, _LOOK_SECONDS = 0.1, 0.005, 0.001


class Index:
    """An open index. Use :meth:`open`, and close it or use it in a ``with`` block.

    Each group of tables has an object of its own: ``papers``, ``pdfs``, ``fulltexts``,
    ``citations``, ``predictions``, ``labels``, ``harvest`` (watermarks and gaps) and ``runs``;
    ``reading`` brings them together.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self._taxonomy: tuple[str | None, Taxonomy] | None = None

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False) -> Index:
        """Opens the index at ``path``, bringing an older schema forward.

        Args:
            create: make a new, empty index when there is none.

        Raises:
            ConfigurationError: there is no index and ``create`` is false.
            IndexCorruptError: the file is damaged, or not an index of ours.
            IndexNewerError: a newer version of mine wrote it.
            DiskError: the file or its folder cannot be written.
        """
        path = Path(path).expanduser()
        if not create and not path.exists():
            raise ConfigurationError(
                f"there is no index at {path}; make one with 'mine init' or 'mine fetch', "
                "or name another with --db"
            )
        with translated_errors(path):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            connection = connected(path)
            try:
                prepare(connection, path)
                index = cls(connection, path)
                if index.setting("taxonomy") is None:
                    from mllm_mine.taxonomy import builtin_taxonomy

                    index.use_taxonomy(builtin_taxonomy())
            except BaseException:
                connection.close()
                raise
        return index

    def close(self) -> None:
        """Closes the file. The index must not be used afterwards."""
        self.connection.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):  # of a query that stands in no other block
            raise _translated(error, self.path) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of a block's changes or none; joins a transaction that is already open.

        Raises:
            DiskError, IndexCorruptError, IndexFileError: as SQLite reports them.
        """
        with translated_errors(self.path):
            if self.connection.in_transaction:
                yield self.connection
                return
            self._begin_writing()
            began = time.monotonic()
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            if time.monotonic() - began > _LONG_SECONDS:
                time.sleep(_GAP_SECONDS)

    def _begin_writing(self) -> None:
        """Takes the write lock, waiting for it with many quick looks.

        SQLite itself looks only every tenth of a second, and so may never meet the moment
        between two transactions of a process that writes without a break.
        """
        until = time.monotonic() + BUSY_SECONDS
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    self.connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        raise
                    if time.monotonic() > until:
                        raise
                time.sleep(_LOOK_SECONDS)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")

    def setting(self, name: str) -> str | None:
        """A single fact kept in the index (``model_id``, ``taxonomy``), or None."""
        row = self.connection.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        """Keeps a single fact."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def use_taxonomy(self, taxonomy: Taxonomy) -> None:
        """Makes a taxonomy the one the view ``classified`` and all reports group by."""
        if self.setting("taxonomy") != taxonomy.text:
            self.enter_taxonomy(taxonomy)

    def enter_taxonomy(self, taxonomy: Taxonomy) -> None:
        """Writes a taxonomy's tables and the view anew, also where it is in use already."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM taxonomy_labels")
            connection.executemany(
                "INSERT INTO taxonomy_labels VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (label.id, place, label.title, label.dimension, label.group, label.parent)
                    for place, label in enumerate(taxonomy.labels)
                ],
            )
            connection.execute("DELETE FROM taxonomy_implied")
            connection.executemany(
                "INSERT INTO taxonomy_implied VALUES (?, ?, ?)", _implications(taxonomy)
            )
            connection.execute("DROP VIEW IF EXISTS classified")
            dimensions = tuple(dimension.id for dimension in taxonomy.dimensions)
            connection.execute(schema.classified_view(dimensions))
            self.set_setting("taxonomy", taxonomy.text)

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy in use."""
        from mllm_mine.taxonomy import builtin_taxonomy, parse_taxonomy

        text = self.setting("taxonomy")
        if self._taxonomy is None or self._taxonomy[0] != text:  # another process may change it
            parsed = (
                builtin_taxonomy() if text is None else parse_taxonomy(text, "the index's taxonomy")
            )
            self._taxonomy = text, parsed
        return self._taxonomy[1]

    @cached_property
    def papers(self) -> Papers:
        """Papers and the search over them."""
        from mllm_mine.index.papers import Papers

        return Papers(self)

    @cached_property
    def entries(self) -> Entries:
        """Which entries of arXiv's answers were taken in as they stand."""
        from mllm_mine.index.entries import Entries

        return Entries(self)

    @cached_property
    def pdfs(self) -> Pdfs:
        """Which PDFs are wanted, here, or failing."""
        from mllm_mine.index.pdfs import Pdfs

        return Pdfs(self)

    @cached_property
    def fulltexts(self) -> Fulltexts:
        """Extracted texts, one status a paper."""
        from mllm_mine.index.fulltexts import Fulltexts

        return Fulltexts(self)

    @cached_property
    def citations(self) -> Citations:
        """Which papers of the index cite which."""
        from mllm_mine.index.citations import Citations

        return Citations(self)

    @cached_property
    def resources(self) -> Resources:
        """Data sets, models and code that papers release or use."""
        from mllm_mine.index.resources import Resources

        return Resources(self)

    @cached_property
    def results(self) -> Results:
        """Numbers that papers report on benchmarks."""
        from mllm_mine.index.results import Results

        return Results(self)

    @cached_property
    def predictions(self) -> Predictions:
        """What the model says, and the queue of papers it has yet to see."""
        from mllm_mine.index.predictions import Predictions

        return Predictions(self)

    @cached_property
    def labels(self) -> Labels:
        """Labels by hand, with their history."""
        from mllm_mine.index.labels import Labels

        return Labels(self)

    @cached_property
    def reading(self) -> Reading:
        """Papers with their labels: filtered, searched and counted."""
        from mllm_mine.index.reading import Reading

        return Reading(self)

    @cached_property
    def to_review(self) -> ToReview:
        """Papers a person might look at next."""
        from mllm_mine.index.to_review import ToReview

        return ToReview(self)

    @cached_property
    def models(self) -> Models:
        """Models that learned from this index's labels by hand."""
        from mllm_mine.index.models import Models

        return Models(self)

    @cached_property
    def harvest(self) -> Harvest:
        """How far each query has been fetched, and which windows are missing."""
        from mllm_mine.index.harvest import Harvest

        return Harvest(self)

    @cached_property
    def imports(self) -> Imports:
        """How far interrupted imports of files have come."""
        from mllm_mine.index.imports import Imports

        return Imports(self)

    @cached_property
    def runs(self) -> Runs:
        """What each run did."""
        from mllm_mine.index.runs import Runs

        return Runs(self)


def _implications(taxonomy: Taxonomy) -> Iterator[tuple[str, int, str]]:
    """What each label by hand decides: granted, itself and those above; refused, those below."""
    if taxonomy.scope is not None:
        yield from ((taxonomy.scope.id, value, taxonomy.scope.id) for value in (0, 1))
    for label in taxonomy.label_ids:
        yield from ((label, 1, implied) for implied in (label, *taxonomy.ancestors(label)))
        yield from ((label, 0, implied) for implied in (label, *taxonomy.descendants(label)))


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turns SQLite's and the system's errors into ours, which say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    except BrokenPipeError:  # the reader of a report has seen enough; no fault of the file
        raise
    except PermissionError as error:
        raise DiskError(
            f"cannot write {path}: permission denied; check the folder's rights "
            "or name another file with --db"
        ) from error
    except OSError as error:
        raise DiskError(f"cannot use {path}: {error.strerror or error}") from error


def _translated(error: sqlite3.Error, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return IndexCorruptError(
            f"{path} is damaged or no index ({error}); restore a copy, or "
            "move it away and fetch again. 'mine doctor' says more"
        )
    if code == sqlite3.SQLITE_FULL:
        return DiskError(
            f"the disk that holds {path} is full; free some space and run again, "
            "nothing that was saved is lost"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return DiskError(
            f"cannot read or write {path} ({error}); check that the disk is "
            "writable and not full, and that the folder exists"
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexFileError(
            f"{path} is being written by another program for more than "
            f"{BUSY_SECONDS} s; close it and run again"
        )
    if str(error).startswith(("no such table", "vtable constructor failed")):
        return IndexFileError(
            f"{path} lacks a part that mine makes in every index ({error}); 'mine doctor' says "
            "how to mend it"
        )
    return IndexFileError(f"{path}: {error}")
