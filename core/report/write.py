"""Putting finished files where the user wants them: whole or not at all, private, and never over something that is there unless asked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from core.errors import UsageError, WorkspaceError
from core.files import sync_folder, write_atomic


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Writes ``text`` as UTF-8. Raises UsageError when the file exists and ``force`` is not given, WorkspaceError when it cannot be."""
    check_free(path, force=force)
    try:
        write_atomic(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _cannot(path, error) from None


def write_by(path: Path, make: Callable[[Path], None], *, force: bool, folder: bool = False) -> None:
    """Lets ``make`` write a file (or a folder) beside ``path`` and renames it into place. Errors as ``write_text``."""
    check_free(path, force=force)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if folder:
            beside.mkdir(mode=0o700)
        make(beside)
        if folder and path.is_dir():
            shutil.rmtree(path)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _cannot(path, error) from None
    finally:
        _remove(beside)


def check_free(path: Path, *, force: bool) -> None:
    """Refuses a path that is taken, or in a folder that is not there; ``force`` allows a file to be replaced, and a folder of files that
    were exported before. Raises UsageError."""
    if not path.parent.exists():
        raise UsageError(f"There is no folder {path.parent}; make it first, or name another path.")
    if not (path.exists() or path.is_symlink()):
        return
    if path.is_dir() and any(path.iterdir()) and not _is_export(path):
        raise UsageError(f"{path} is a folder with other files in it; name another path with -o.")
    if not force:
        raise UsageError(f"{path} exists; add --force to replace it, or name another path.")


def _is_export(folder: Path) -> bool:
    """Whether every file below is an event file, so that replacing the folder loses nothing of the user's."""
    return all(".tfevents." in file.name for file in folder.rglob("*") if not file.is_dir())


def _cannot(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"{path} cannot be written: {error.strerror or error}; choose another place.")


def _remove(beside: Path) -> None:
    if beside.is_dir():
        shutil.rmtree(beside, ignore_errors=True)
    else:
        beside.unlink(missing_ok=True)
