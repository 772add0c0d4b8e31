"""Opening the store, and the two kinds of transaction there are: reading at one moment, and writing whole or not at all.

What is promised. WAL mode: a killed process leaves every finished commit and nothing of an unfinished one. A durable connection
(synchronous=FULL) syncs the log with each commit, so that the commit survives a power cut as well, as far as the disk keeps
what it acknowledged; so do all earlier commits of other connections. A connection that is not durable (heartbeats, telemetry,
events between commits) may lose its last seconds in a power cut, but never damages the store (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import WorkspaceError
from core.files import sync_folder
from core.problems.yardstick import shown_answer, yardstick
from core.records import Problem
from core.runs.store.examine import UNREADABLE, damage
from core.runs.store.problems import problem_from
from core.runs.store.reading import check_file, check_kind, connect_reader, log_of, see_as_newest
from core.runs.store.schema import APPLICATION_ID, MIGRATIONS, OLDEST_READ
from core.runs.store.trouble import explain, unreadable

WRITE_TIMEOUT = 30.0
_TIDY_MS = 500
_JOURNAL_LIMIT = 64 << 20


class Store:
    """One connection to a store. Not for two threads at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, still: bool = False) -> None:
        self.path = path
        self._connection = connection
        # A connection to a still picture of the store never sees what others write: any change of the files then makes it another one.
        self._files = (path, log_of(path)) if still else ()
        self._identity = _identity(path, self._files)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """All queries inside see the store as it was at one moment. Raises WorkspaceError for values that cannot be read."""
        with self.readable():
            yield from self._transaction("BEGIN")

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Turns what a damaged value makes the code inside raise into a WorkspaceError that names it; other errors stay what they are."""
        try:
            yield
        except UNREADABLE as error:
            where = damage(self._connection)
            if not where:
                raise
            raise unreadable(self.path, where) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One commit: everything inside is kept when the block ends, nothing when it raises. As for damaged values see ``read``."""
        with self.readable():
            yield from self._transaction("BEGIN IMMEDIATE")

    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise explain(error, self.path) from None
        except UnicodeDecodeError:
            raise unreadable(self.path, "text that is not UTF-8") from None

    def version(self) -> int:
        """Changes whenever another connection has committed; cheap to ask."""
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise explain(error, self.path) from None

    def examine(self) -> None:
        """Reads the whole store. Raises WorkspaceError when its structure is damaged or a value is not what its column holds."""
        self.check()
        if where := damage(self._connection):
            raise unreadable(self.path, where)

    def check(self) -> None:
        """Reads every page of the store. Raises WorkspaceError when its structure is damaged."""
        with self.read() as connection:
            finding = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if finding != "ok":
            raise WorkspaceError(
                f"{self.path} is damaged ({finding.splitlines()[-1]}); it was left as it is: "
                "put back a copy, or move it away to begin anew."
            )

    def replaced(self) -> bool:
        """Whether the file at the store's path is no longer the one that was opened, so that it must be opened anew."""
        return _identity(self.path, self._files) != self._identity

    def tidy(self) -> None:
        """Moves the log into the database file, so that a copy of that file alone is nearly whole. Does nothing while others read."""
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {_TIDY_MS}")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            return

    def close(self) -> None:
        """Closes the connection; a second time does nothing."""
        self._connection.close()


def open_writer(path: Path, *, durable: bool = True, migrations: Sequence[str] = MIGRATIONS) -> Store:
    """Opens an existing store for reading and writing, bringing an earlier version forward.

    Raises WorkspaceError when it is missing, damaged, newer than this program, or not writable; the file is then left as it is.
    """
    check_file(path)
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise WorkspaceError(f"{path} is read-only here, so nothing can be started or stopped; make the folder writable or use a copy.")
    try:
        connection = _connect(path)
        try:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("PRAGMA fullfsync = 1" if durable else "PRAGMA fullfsync = 0")
            check_kind(connection, path)
            _migrate(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise explain(error, path) from None
    except UnicodeDecodeError:
        raise unreadable(path, "its own description of its tables") from None
    return Store(path, connection)


def open_reader(path: Path) -> Store:
    """Opens an existing store for reading only, also in a folder that cannot be written and with a log left behind.

    Raises WorkspaceError when it is missing, damaged, or of another version than this program reads.
    """
    check_file(path)
    try:
        connection, still = connect_reader(path)
        try:
            check_kind(connection, path)
            version = _version(connection)
            _refuse_newer(path, version, len(MIGRATIONS))
            see_as_newest(connection, version)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise explain(error, path) from None
    except UnicodeDecodeError:
        raise unreadable(path, "its own description of its tables") from None
    if version < OLDEST_READ:
        connection.close()
        # A writer brings the store forward; where that is not allowed, its sentence says so.
        open_writer(path).close()
        return open_reader(path)
    return Store(path, connection, still=still)


def create(path: Path) -> None:
    """Makes a new, empty store, whole and private to the user, unless one exists."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        os.close(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            connection = _connect(beside)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                _migrate(connection, beside, MIGRATIONS)
            finally:
                connection.close()
            _publish(beside, path)
        finally:
            for leftover in (beside, beside.with_name(f"{beside.name}-wal"), beside.with_name(f"{beside.name}-shm")):
                leftover.unlink(missing_ok=True)
    except sqlite3.Error as error:
        raise explain(error, path) from None
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be made: {error.strerror}; choose a folder that you may write.") from None
    sync_folder(path.parent)


def _publish(beside: Path, path: Path) -> None:
    """Gives the finished file its name, unless another process was first."""
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links: the rename could replace a store made in this very moment, so look once more.
        if not path.exists():
            beside.replace(path)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WRITE_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT}")
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    version = _version(connection)
    _refuse_newer(path, version, len(migrations))
    if version == len(migrations):
        return
    connection.create_function("yardstick_of", 1, _marked(yardstick), deterministic=True)
    connection.create_function("shown_of", 1, _marked(shown_answer), deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have brought it forward while this one waited.
        for migration in migrations[_version(connection) :]:
            for statement in migration.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _marked(mark: Callable[[Problem], str]) -> Callable[[str], str]:
    """``mark`` for a problem as it is stored; '' for one that cannot be read, which whoever reads it tells."""

    def of(data: str) -> str:
        try:
            return mark(problem_from(data))
        except UNREADABLE:
            return ""

    return of


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_newer(path: Path, version: int, known: int) -> None:
    if version > known:
        raise WorkspaceError(
            f"{path} was written by a newer Cogumi Panel (store version {version}, this program knows {known}); "
            "update the program. The store was left as it is."
        )


def _identity(path: Path, files: Sequence[Path]) -> tuple[int, ...] | None:
    """Which file lies at the path, and how the ``files`` beside it are."""
    try:
        found = path.stat()
    except OSError:
        return None
    stamps = [stamp for file in files if file.exists() for stamp in (file.stat().st_size, file.stat().st_mtime_ns)]
    return found.st_dev, found.st_ino, *stamps
