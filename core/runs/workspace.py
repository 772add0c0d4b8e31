"""The folder that a workspace is: where its store, lock, logs and artifacts lie, and how it is made, private to the user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from core.errors import WorkspaceError
from core.runs.store.connection import create

STORE_NAME = "cogumi.db"
LOCK_NAME = "supervisor.lock"
LOGS = "logs"
PRIVATE_UMASK = 0o077
"""Set by every process that writes into a workspace: what it makes is the user's alone."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths inside one workspace folder."""

    folder: Path

    @property
    def store(self) -> Path:
        """The database."""
        return self.folder / STORE_NAME

    @property
    def lock(self) -> Path:
        """The file that a supervisor holds locked while it lives; the file itself says nothing."""
        return self.folder / LOCK_NAME

    @property
    def supervisor_log(self) -> Path:
        """What supervisors and event hooks printed."""
        return self.folder / LOGS / "supervisor.log"


def log_name(run: int, step: str) -> str:
    """Path of a step's log relative to the workspace; all tries of the step in one attempt share it."""
    return f"{LOGS}/attempt-{run}/{step}.log"


def practice_workspace() -> Path:
    """The workspace that is used when none is named: in the user's state folder, as the XDG base directory specification says."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "cogumi" / "practice"


def prepare(folder: Path) -> Workspace:
    """Makes the folder and its store where they are missing, and refuses what cannot be written. Raises WorkspaceError."""
    workspace = Workspace(folder.absolute())
    previous = os.umask(PRIVATE_UMASK)
    try:
        (workspace.folder / LOGS).mkdir(parents=True, exist_ok=True)
        if not workspace.store.exists():
            if not is_writable(workspace.folder):
                raise WorkspaceError(f"{workspace.folder} is read-only; choose a folder that you may write.")
            create(workspace.store)
    except (FileExistsError, NotADirectoryError):
        raise WorkspaceError(f"{workspace.folder} is a file, or holds a file where a folder belongs; choose another folder.") from None
    except OSError as error:
        raise WorkspaceError(f"{workspace.folder} cannot be used: {error.strerror}; choose a folder that you may write.") from None
    finally:
        os.umask(previous)
    return workspace


def is_writable(folder: Path) -> bool:
    """Whether runs may be started here: the folder, and the store if there is one, can be written."""
    store = folder / STORE_NAME
    if not folder.exists():
        return is_writable(folder.parent) if folder.parent != folder else False
    return os.access(folder, os.W_OK | os.X_OK) and (not store.exists() or os.access(store, os.W_OK))


def why_not_writable(folder: Path) -> str:
    """Why ``is_writable`` says no, as a clause: a file system that is read-only, or rights."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    store = there / STORE_NAME
    barred = store if store.exists() and os.access(there, os.W_OK | os.X_OK) else there
    try:
        sealed = bool(os.statvfs(barred).f_flag & os.ST_RDONLY)
    except OSError:
        sealed = False
    return f"the file system of {barred} is read-only" if sealed else f"you have no right to write {barred}"
