"""Reading a store without touching it: whether it is one of ours, and a connection that works where nothing can be written.

Read-only WAL databases: https://www.sqlite.org/wal.html#read_only_databases.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import weakref
from pathlib import Path

from core.errors import WorkspaceError
from core.runs.store.schema import APPLICATION_ID, READ_AS_NEWEST

READ_TIMEOUT = 2.0


def check_file(path: Path) -> None:
    """Raises WorkspaceError when there is no file to open, or an empty one, which SQLite would take for a new database.

    The file is looked at, never opened: closing it would drop every lock that this process holds on it through SQLite, and another
    process could then remove the log from under us (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise WorkspaceError(f"{path.parent} holds no store ({path.name}); start a run there, or name another workspace.") from None
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from None
    if not path.is_file():
        raise WorkspaceError(f"{path} is not a file; move it away, or name another workspace.")
    if not os.access(path, os.R_OK):
        raise WorkspaceError(f"{path} cannot be read: it belongs to someone else.")
    if size == 0:
        raise WorkspaceError(f"{path} is empty, so it was cut short; it was left as it is: put back a copy, or move it away to begin anew.")


def check_kind(connection: sqlite3.Connection, path: Path) -> None:
    """Raises WorkspaceError when the database is another program's."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise WorkspaceError(f"{path} is a database of another program; it was left as it is: choose another workspace.")


def see_as_newest(connection: sqlite3.Connection, version: int) -> None:
    """Lets queries find in a store of an earlier version the columns of the newest; the store itself is not touched."""
    connection.execute("PRAGMA query_only = 0")
    for view in READ_AS_NEWEST[version] if version < len(READ_AS_NEWEST) else ():
        connection.execute(view)
    connection.execute("PRAGMA query_only = 1")


def connect_reader(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A read-only connection, and whether it sees a still picture only.

    That is so in a folder that cannot be written: the file is read as it lies or, with a log left behind, a private copy of both is.
    """
    try:
        return _open(path, "mode=ro"), False
    except sqlite3.OperationalError as error:
        if os.access(path.parent, os.W_OK) or (error.sqlite_errorcode & 0xFF) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    if _has_log(path):
        return _copied(path), True
    return _open(path, "mode=ro&immutable=1"), True


def _open(path: Path, parameters: str) -> sqlite3.Connection:
    name = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(f"file:{name}?{parameters}", uri=True, timeout=READ_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


class _Connection(sqlite3.Connection):
    """A connection that can be watched for its end."""


def _copied(path: Path) -> sqlite3.Connection:
    """Commits that only the log holds are readable once database and log lie in a folder that can be written."""
    folder = Path(tempfile.mkdtemp(prefix="cogumi-"))
    try:
        shutil.copyfile(path, folder / path.name)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(log_of(path), log_of(folder / path.name))
        connection = sqlite3.connect(folder / path.name, isolation_level=None, check_same_thread=False, factory=_Connection)
        connection.execute("PRAGMA query_only = 1")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection


def log_of(path: Path) -> Path:
    """The write-ahead log that belongs to a store."""
    return path.with_name(f"{path.name}-wal")


def _has_log(path: Path) -> bool:
    try:
        return log_of(path).stat().st_size > 0
    except OSError:
        return False
