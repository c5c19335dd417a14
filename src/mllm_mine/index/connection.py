"""Connects to the index file: its set-up, and the migrations that bring its schema forward."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from mllm_mine.errors import DiskError, IndexCorruptError, IndexNewerError
from mllm_mine.index import schema

BUSY_SECONDS = 30
"""How long to wait for another process that writes."""
_SMALLEST_DATABASE = 512  # bytes
# Of a usual paper with its abstract, two fit into SQLite's usual page of 4096 bytes, with a fifth
# of it empty. Larger pages waste less, but a small change writes more.
_PAGE_BYTES = 8192


def connected(path: Path) -> sqlite3.Connection:
    """Opens the file; where its folder cannot be written, it is opened for reading."""
    if path.is_file() and 0 < path.stat().st_size < _SMALLEST_DATABASE:
        # SQLite would take such a file for an empty database, and overwrite it.
        raise IndexCorruptError(
            f"{path} is damaged or no index; restore a copy, or name another with --db"
        )
    if path.exists() and not os.access(path.parent, os.W_OK):
        # A WAL needs a writable folder, except for a file that nobody can change meanwhile.
        mode = "mode=ro" if wal_path(path).exists() else "mode=ro&immutable=1"
        uri = f"{path.resolve().as_uri()}?{mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


def wal_path(path: Path) -> Path:
    """Where SQLite keeps what has not been written into the index file itself yet."""
    return path.with_name(path.name + "-wal")


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Makes sure that the file is an index of ours, brings its schema forward, and sets it up.

    Raises:
        IndexCorruptError: it is something else.
        IndexNewerError: a newer version of mine wrote it.
        DiskError: an earlier version wrote it, and it cannot be written to.
    """
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    used = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if used and (version == 0 or application != schema.APPLICATION_ID):
        raise IndexCorruptError(
            f"{path} is an SQLite file, but not an index of mine; name another with --db"
        )
    if version > schema.SCHEMA_VERSION:
        raise IndexNewerError(
            f"{path} was written by a newer mine (schema {version}, this one "
            f"knows {schema.SCHEMA_VERSION}); upgrade with "
            "'pip install -U mllm-mine'"
        )
    if version < schema.SCHEMA_VERSION:
        try:
            _migrate(connection, version)
        except sqlite3.OperationalError as error:
            if not version or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            raise DiskError(
                f"{path} is of an earlier mine (schema {version}) and must be brought to schema "
                f"{schema.SCHEMA_VERSION}, but cannot be written; run any command once where it "
                "is writable, or name a copy with --db"
            ) from error
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -65536")  # 64 MB; large indexes outgrow the usual 2


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Applies the missing migrations, each in a transaction of its own."""
    from sqlite_utils import Database

    if version == 0:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    Database(connection, execute_plugins=False).enable_wal()
    for number, migration in enumerate(schema.MIGRATIONS[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have migrated while we waited for the write lock.
            if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
