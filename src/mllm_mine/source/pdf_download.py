"""Downloads PDFs: from the configured host only, checked, and never half-written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.errors import DiskError, SourceError
from mllm_mine.paper import file_stem, is_arxiv_id
from mllm_mine.source.politeness import Idle
from mllm_mine.source.transport import (
    BadFileError,
    NotFoundError,
    PatienceOverError,
    StopAskingError,
    Transport,
)

if TYPE_CHECKING:
    from mllm_mine.config import Settings
    from mllm_mine.index import Index
    from mllm_mine.index.pdfs import PdfEntry
    from mllm_mine.index.runs import Run
    from mllm_mine.progress import Progress

_HEAD = b"%PDF-"
_TAIL = b"%%EOF"
_TAIL_BYTES = 2048
_IN_RUN_RETRIES = 2
_PATIENCE = 3
"""After so many PDFs in a row without any good answer, the host is taken to be down."""


@dataclass
class PdfSummary:
    """What a round of downloads brought."""

    downloaded: int = 0
    failed: int = 0
    requests: int = 0
    faults: int = 0


def download_pdfs(
    index: Index,
    settings: Settings,
    run: Run,
    progress: Progress,
    idle: Idle | None = None,
) -> PdfSummary:
    """Downloads the PDFs that are wanted, and failed ones whose next try is due.

    A failure is recorded with its reason in the index and in the run, and tried again by later
    runs at growing distance.

    Args:
        idle: called with the seconds of each wait.

    Raises:
        DiskError: the folder cannot be written.
    """
    summary = PdfSummary()
    due = index.pdfs.due()
    if not due:
        return summary
    transport = Transport(settings, settings.arxiv.pdf_url, progress, idle)
    downloads = _Downloads(index, settings, transport)
    try:
        downloads.clear_leftovers()
        progress.start("download PDFs", len(due))
        silent = 0
        for entry in due:
            try:
                downloads.download(entry)
                summary.downloaded += 1
                silent = 0
            except StopAskingError as error:
                run.fail("PDFs", str(error))
                break
            except SourceError as error:
                summary.failed += 1
                over = error if isinstance(error, PatienceOverError) else None
                reason = over.reason if over else str(error)
                index.pdfs.fail(entry.arxiv_id, entry.version, reason)
                run.fail(entry.arxiv_id, f"no PDF: {reason}")
                silent = silent + 1 if over and not over.answered else 0
            progress.advance()
            if silent == _PATIENCE:
                run.fail("PDFs", f"no answer for {silent} in a row; the others stay wanted")
                break
        progress.finish()
    finally:
        summary.requests, summary.faults = transport.requests, transport.faults
        transport.close()
    return summary


class _Downloads:
    """Fetches one PDF at a time into the folder."""

    def __init__(self, index: Index, settings: Settings, transport: Transport) -> None:
        self._index = index
        self._folder = settings.pdfs
        self._base = settings.arxiv.pdf_url.rstrip("/")
        self._limit = settings.fetch.pdf_max_megabytes << 20
        self._transport = transport
        with _disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)

    def clear_leftovers(self) -> None:
        """Removes what dead runs left half-written: during our turn nobody else is writing."""
        leftovers = list(self._folder.glob(".*.pdf.part"))
        if leftovers:
            with self._transport.turn():
                for leftover in leftovers:
                    leftover.unlink(missing_ok=True)

    def download(self, entry: PdfEntry) -> None:
        """Brings one PDF.

        Raises:
            SourceError: it could not be had; the message is the reason.
        """
        if not is_arxiv_id(entry.arxiv_id):
            raise SourceError("its id is not arXiv's")
        path = self._folder / f"{file_stem(entry.arxiv_id, entry.version)}.pdf"
        # A run that died after the file was in place need not fetch it again. One that was
        # refused (by extraction, say) must be.
        if not (entry.status == "wanted" and _is_whole(path)):
            self._fetch(f"{self._base}/{entry.arxiv_id}v{entry.version}", path)
        with _disk_errors(path):
            size = path.stat().st_size
        self._index.pdfs.succeed(entry.arxiv_id, entry.version, path, size)

    def _fetch(self, url: str, path: Path) -> None:
        part = path.with_name(f".{path.name}.part")

        def receive(chunks: Iterator[bytes]) -> None:
            with _disk_errors(path), part.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    if file.tell() == len(chunk) and not chunk.startswith(_HEAD):
                        raise BadFileError(f"{_kind(chunk)} instead of a PDF")
                    if file.tell() > self._limit:
                        raise SourceError(f"it is larger than {self._limit >> 20} MB")
                if not file.tell():
                    raise BadFileError("an empty answer instead of a PDF")
                file.flush()
                os.fsync(file.fileno())
            if not _is_whole(part):
                raise BadFileError("the PDF is cut short: it has no end mark")

        try:
            self._transport.ask(
                url,
                accept="application/pdf",
                receive=receive,
                max_bytes=self._limit + 1_000_000,
                retries=_IN_RUN_RETRIES,
            )
            with _disk_errors(path):
                part.replace(path)
                _sync_folder(path.parent)
        except NotFoundError:
            raise SourceError("arXiv has no PDF of this version (404)") from None
        finally:
            part.unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    """Whether a file begins and ends like a PDF."""
    try:
        with path.open("rb") as file:
            if file.read(len(_HEAD)) != _HEAD:
                return False
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            return _TAIL in file.read()
    except OSError:
        return False


def _kind(beginning: bytes) -> str:
    return "a web page" if b"<" in beginning[:200] else "something else"


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, where the system allows it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if _is_network(error):
            raise
        raise DiskError(
            f"cannot write {path} ({error.strerror or error}); free some space or name another "
            "folder with pdf_dir in mine.toml"
        ) from error


def _is_network(error: OSError) -> bool:
    """requests' errors are OSErrors too, and pass through while a body is being read."""
    return type(error).__module__.startswith(("requests", "urllib3")) or isinstance(
        error, (ConnectionError, TimeoutError)
    )
