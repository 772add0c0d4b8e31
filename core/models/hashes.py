"""SHA-256 of model files, remembered for big files so that sixteen gigabytes are read once and not before every step.

A remembered hash holds while path, size, inode and time of change are the same; it lies in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.files import file_hash, write_atomic

_BIG = 64 << 20


def memory_file() -> Path:
    """Where hashes of big files are remembered: ``$XDG_CACHE_HOME/cogumi/hashes.json``."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "cogumi" / "hashes.json"


def files_hash(folder: Path, patterns: tuple[str, ...]) -> str:
    """One SHA-256 over names and contents of the files directly in ``folder`` that match, in the order of their names."""
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    digest = hashlib.sha256()
    for path, one in zip(paths, _hashes(paths), strict=True):
        digest.update(f"{path.name}\0{one}\n".encode())
    return digest.hexdigest()


def _hashes(paths: Sequence[Path]) -> list[str]:
    """Each file's hash; those that must be read are read side by side, for hashing keeps one core busy and a disk does not wait."""
    marks = {path: mark for path in paths if (mark := _mark(path)) is not None}
    known = _remembered() if marks else {}
    found = {path: known[str(path.resolve())][1] for path, mark in marks.items() if known.get(str(path.resolve()), ("",))[0] == mark}
    missing = [path for path in paths if path not in found]
    with ThreadPoolExecutor() as pool:
        found |= dict(zip(missing, pool.map(file_hash, missing), strict=True))
    fresh = {str(path.resolve()): (marks[path], found[path]) for path in missing if path in marks}
    if fresh:
        _remember(known | fresh)
    return [found[path] for path in paths]


def _mark(path: Path) -> str | None:
    """What changes when a big file changes; None for a small one, which is read each time."""
    state = path.stat()
    if state.st_size < _BIG:
        return None
    return f"{state.st_size}:{state.st_ino}:{state.st_mtime_ns}:{state.st_ctime_ns}"


def _remembered() -> dict[str, tuple[str, str]]:
    try:
        value = json.loads(memory_file().read_text(encoding="utf-8"))
        return {str(name): (str(mark), str(digest)) for name, (mark, digest) in value.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _remember(entries: dict[str, tuple[str, str]]) -> None:
    try:
        write_atomic(memory_file(), json.dumps(entries).encode())
    except OSError:
        # A home folder that cannot be written costs time, nothing else.
        return
