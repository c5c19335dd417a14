"""Keeps results in an unfinished file beside the target, so that an interrupted run goes on.

The unfinished file's name holds what the results depend on (:func:`run_key`). The same command
finds it, keeps the whole results in it and goes on behind them: each record gives one result, in
order, so their number says how much of the input is done. Compressed results are unpacked and
packed again. What comes out at the end is the same, byte for byte, as without the interruption.
"""

from __future__ import annotations

import glob
import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import mllm_mine
from mllm_mine.atomic_write import atomic_write, rights_for
from mllm_mine.classifier.bulk.packing import Sink, is_packed, packed, whole_lines
from mllm_mine.classifier.bulk.scoring import BulkSummary
from mllm_mine.errors import DiskError, InputFileError, MineError
from mllm_mine.parquet import is_parquet, parquet_files, require_pyarrow, write_parquet

_SUFFIX = ".unfinished"
_SECONDS_FOR_ORPHANS = 2.0  # the workers of a run that was killed need a moment to end


def run_key(source: str | Path, model_id: str, *, explain: bool) -> str:
    """Names what results depend on: input (by path, size and time of change), model, options."""
    place = Path(source).expanduser()
    parts = [mllm_mine.__version__, model_id, str(explain)]
    with suppress(OSError):
        for file in parquet_files(place) if is_parquet(place) else [place]:
            state = file.stat()
            parts.append(f"{file.resolve()} {state.st_size} {state.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


class Output:
    """Where results go.

    Attributes:
        done: what an earlier run of the same kind had finished.
    """

    def __init__(self, file: Sink, done: BulkSummary | None = None) -> None:
        self._file = file
        self.done = done or BulkSummary()

    def write(self, results: bytes) -> None:
        """Appends results."""
        self._file.write(results)


@contextmanager
def open_output(target: str | Path, key: str | None, schema: bytes = b"") -> Iterator[Output]:
    """Opens a file for results, which appears whole when the block ends well.

    Otherwise what is done waits for the same command, except after an
    :class:`InputFileError`, since the input has to change then.

    Args:
        target: ``-`` is stdout; a device or a pipe is written to directly.
        key: see :func:`run_key`; None for input that cannot be read again from the start.
        schema: in Arrow's format, for results that are record batches and become Parquet.

    Raises:
        DiskError: the file cannot be written. MineError: another run is writing it.
    """
    if str(target) == "-":
        yield Output(sys.stdout.buffer)
        return
    path = Path(target).expanduser()
    if path.exists() and not path.is_file() and not path.is_dir():
        with atomic_write(path) as file:
            yield Output(file)
        return
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        target_path = path.resolve()
        target_path.parent.mkdir(parents=True, exist_ok=True)
        with _unfinished(target_path, key, schema) as output:
            yield output
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DiskError(
            f"cannot write {path}: {error.strerror or error}; what is done is kept beside it, and "
            "the same command goes on there"
        ) from error


@contextmanager
def _unfinished(target: Path, key: str | None, schema: bytes) -> Iterator[Output]:
    place = target.with_name(f".{target.name}.{key or os.getpid()}{_SUFFIX}")
    _remove_others(target, place)
    done, file, contents = _recovered(target, place, schema)
    try:
        with file:
            yield Output(contents, done)
            if contents is not file:
                contents.close()
            file.flush()
            if schema:
                file.seek(0)
                _to_parquet(file, target)
            else:
                os.fsync(file.fileno())
        if schema:
            place.unlink()
        else:
            place.chmod(rights_for(target))
            place.replace(target)
    except BaseException as error:
        if key is None or isinstance(error, InputFileError):
            place.unlink(missing_ok=True)
        raise


def _to_parquet(file: BinaryIO, target: Path) -> None:
    """Turns an Arrow stream into a Parquet file."""
    pyarrow, _ = require_pyarrow()
    with pyarrow.ipc.open_stream(file) as batches, atomic_write(target) as parquet:
        write_parquet(batches, batches.schema, parquet)


def _recovered(target: Path, place: Path, schema: bytes) -> tuple[BulkSummary, BinaryIO, Sink]:
    """What an unfinished file holds, the file behind its last whole result, and how to go on."""
    done = BulkSummary()
    file = _locked(place, target)
    if schema:
        file.truncate(_whole_batches(place, schema, done))
        if not done.records:
            file.truncate(0)
            file.write(schema)
        return done, file, file
    if not is_packed(target.name):
        file.truncate(sum(map(len, _counted(whole_lines(place, target.name), done))))
        return done, file, file
    older = place.with_name(place.name + ".older")
    if not older.exists():  # else an earlier recovery was cut short
        place.replace(older)
        file.close()
        file = _locked(place, target)
    file.truncate(0)
    contents = packed(file, target.name)
    for line in _counted(whole_lines(older, target.name), done):
        contents.write(line)
    older.unlink()
    return done, file, contents


def _counted(lines: Iterable[bytes], done: BulkSummary) -> Iterator[bytes]:
    """Passes lines of results on and counts them."""
    import orjson

    for line in lines:
        result = orjson.loads(line) if b'"error":' in line else {}
        failed = "error" in result
        done.count([(result["id"], result["error"])] if failed else [], 1)
        yield line


def _whole_batches(place: Path, schema: bytes, done: BulkSummary) -> int:
    """Counts the whole record batches of a file that begins with a schema; where they end."""
    pyarrow, _ = require_pyarrow()
    end = 0
    with pyarrow.OSFile(str(place)) as file:
        try:
            if file.read(len(schema)) != schema:
                return 0
            file.seek(0)
            reader = pyarrow.ipc.open_stream(file)
            end = file.tell()
            while True:
                batch = reader.read_next_batch()
                bad = batch.filter(batch.column("error").is_valid()).select(["id", "error"])
                failed = zip(*(column.to_pylist() for column in bad.columns), strict=True)
                done.count(failed, batch.num_rows)
                end = file.tell()
        except (pyarrow.ArrowException, OSError, StopIteration):
            return end


def _locked(place: Path, target: Path) -> BinaryIO:
    """Opens a file to write behind its end, for this process alone."""
    until = time.monotonic() + _SECONDS_FOR_ORPHANS
    while True:
        file = cast(BinaryIO, place.open("a+b"))
        if _lock(file):
            with suppress(OSError):
                if os.path.samestat(os.fstat(file.fileno()), place.stat()):
                    return file
            # else the run that held it has ended well meanwhile, and renamed it
        elif time.monotonic() > until:
            file.close()
            raise MineError(
                f"another run is writing {target}; wait for it to end, or name another --output"
            )
        file.close()
        time.sleep(0.05)


def _lock(file: BinaryIO) -> bool:
    """Tries to lock a file until it is closed; true also where there are no locks."""
    try:
        import fcntl
    except ImportError:  # Windows: two runs for one file are not kept apart
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _remove_others(target: Path, place: Path) -> None:
    """Removes what runs of another kind (input, model, options) left unfinished."""
    for other in target.parent.glob(f".{glob.escape(target.name)}.*{_SUFFIX}*"):
        if not other.name.startswith(place.name):
            with suppress(MineError, OSError):
                _locked(other, target).close()
                other.unlink()
