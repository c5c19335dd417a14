"""Writes a file whole or not at all: to a temporary name beside it, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from mllm_mine.errors import DiskError


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Opens a file for writing that takes the place of ``path`` when the block ends well.

    The folder is made when it is missing; the rights of a file that is replaced stay. A link is
    followed. A device or a pipe is written to directly, since it cannot be replaced.

    Raises:
        DiskError: the disk is full or read-only, or the folder cannot be written.
    """
    path = path.expanduser()
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as file:
                yield cast(BinaryIO, file)
            return
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
        ) as file:
            temporary = Path(file.name)
            try:
                yield cast(BinaryIO, file)
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(rights_for(target))
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DiskError(
            f"cannot write {path}: {error.strerror or error}; nothing was changed there"
        ) from error


def require_writable(path: Path) -> None:
    """Makes sure, before long work, that a file can probably be written at its end.

    Raises:
        DiskError: it is a folder, or its folder cannot be written or made.
    """
    path = path.expanduser()
    above = path.resolve().parent
    while not above.exists():
        above = above.parent
    reason = ""
    if path.is_dir():
        reason = "it is a folder"
    elif not above.is_dir():
        reason = f"{above} is no folder"
    elif not os.access(above, os.W_OK | os.X_OK):
        reason = f"nothing may be written into {above}"
    if reason:
        raise DiskError(f"cannot write {path}: {reason}; nothing was changed there")


def rights_for(target: Path) -> int:
    """The rights of a file that is there, or those that a new one gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
