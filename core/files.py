"""Files that are whole or not there: written beside, flushed to disk and renamed into place, private to the user."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

CHUNK = 1 << 20


def write_atomic(path: Path, data: bytes) -> str:
    """Writes ``data`` to ``path`` so that a crash leaves the old file or the new one, never a part. Returns its SHA-256 in hex.

    A link at ``path`` stays, and the file that it leads to is written.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def link(path: Path, target: Path, ours: Path) -> bool:
    """Makes ``path`` a relative symbolic link to ``target`` in one rename.

    ours: the folder that links of ours lead into. Says False where something else stands: a file, a folder or a link of the user's.
    """
    if (path.exists() or path.is_symlink()) and not leads_into(path, ours):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.link")
    beside.unlink(missing_ok=True)
    # The system reads a link from where its folder really is.
    beside.symlink_to(os.path.relpath(os.path.realpath(target), os.path.realpath(path.parent)))
    beside.replace(path)
    sync_folder(path.parent)
    return True


def leads_into(path: Path, folder: Path) -> bool:
    """Whether ``path`` is a symbolic link to something below ``folder``, be that there or not."""
    return path.is_symlink() and Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def sync_folder(folder: Path) -> None:
    """Makes a rename inside ``folder`` durable. Does nothing where folders cannot be synced."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def file_hash(path: Path) -> str:
    """SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below ``folder``, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(b"\0")
        digest.update(file_hash(path).encode())
        digest.update(b"\n")
    return digest.hexdigest()
