"""What SQLite's errors mean to a person: one sentence each. Codes: https://www.sqlite.org/rescode.html."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from core.errors import WorkspaceError

_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk that holds {path} is full; free some space and go on: everything committed so far is kept.",
    sqlite3.SQLITE_BUSY: "{path} is busy: another process has been writing to it for too long; try again.",
    sqlite3.SQLITE_LOCKED: "{path} is busy: another process has been writing to it for too long; try again.",
    sqlite3.SQLITE_READONLY: "{path} is read-only here, so nothing can be recorded; make the folder writable or use a copy.",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged ({detail}); it was left as it is: put back a copy, or move it away to begin anew.",
    sqlite3.SQLITE_NOTADB: "{path} is not a store of Cogumi Panel, or is damaged; it was left as it is: move it away to begin anew.",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened; check that the folder exists and that you may read it.",
    sqlite3.SQLITE_PERM: "{path} cannot be opened; check that you may read and write it.",
    sqlite3.SQLITE_IOERR: "{path} cannot be read or written ({detail}); check whether the disk is full or failing.",
    sqlite3.SQLITE_PROTOCOL: "{path} cannot be locked; the file system may not support it: use a local disk.",
}


def unreadable(path: Path, where: str) -> WorkspaceError:
    """A value in a store that opens, which is not what its column holds."""
    return WorkspaceError(
        f"{path} holds something that cannot be read ({where}): it was edited or is damaged; it was left as it is: "
        "put back a copy, or move it away to begin anew."
    )


def explain(error: sqlite3.Error, path: Path) -> Exception:
    """The error as a sentence about the store at ``path``; an error of this program's own making stays what it is."""
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)):
        return error
    if "decode to UTF-8" in str(error):
        return unreadable(path, "text that is not UTF-8")
    code = getattr(error, "sqlite_errorcode", None)
    sentence = _SENTENCES.get(code & 0xFF if code is not None else -1)
    if sentence is None:
        sentence = "{path} does not have the tables it should have ({detail}); it was left as it is."
    return WorkspaceError(sentence.format(path=path, detail=str(error)))
