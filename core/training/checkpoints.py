"""Checkpoints that are known to be whole: the trainer writes one, then its manifest says what every file must be.

A checkpoint counts only when its manifest is there, every file has the hash that it names, and the manifest's signature is
that of the same rows, settings and model. A kill in the middle of writing leaves one without a manifest, which is removed.
Light: no torch.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.files import file_hash, sync_folder, write_atomic

_MANIFEST = "whole.json"
_NAME = re.compile(r"checkpoint-(\d+)")
_KEEP = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint. ``seconds``: training time up to it, over all tries."""

    path: Path
    step: int
    seconds: float


def mark_whole(folder: Path, signature: str, seconds: float) -> None:
    """Writes the manifest of a checkpoint that the trainer has finished, and makes both durable."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    # An optimizer's state is gigabytes: reading it back and syncing it, file beside file, is what a checkpoint takes longest for.
    with ThreadPoolExecutor(4) as pool:
        files = dict(zip((path.relative_to(folder).as_posix() for path in paths), pool.map(_synced_hash, paths), strict=True))
    write_atomic(folder / _MANIFEST, json.dumps({"signature": signature, "seconds": seconds, "files": files}).encode())
    sync_folder(folder.parent)


def last_whole(work: Path, signature: str) -> Checkpoint | None:
    """The latest checkpoint in ``work`` that is whole and belongs to this training; None to start from the beginning."""
    found = [one for folder in _folders(work) if (one := _whole(folder, signature)) is not None]
    return max(found, key=lambda one: one.step, default=None)


def clear(work: Path, keep: Checkpoint | None) -> int:
    """Removes every checkpoint after ``keep`` and every one that is not whole; returns how many were removed."""
    gone = 0
    for folder in _folders(work):
        if keep is None or _step(folder) > keep.step or not (folder / _MANIFEST).is_file():
            shutil.rmtree(folder)
            gone += 1
    return gone


def prune(work: Path) -> None:
    """Removes all but the two latest whole checkpoints."""
    whole = sorted((folder for folder in _folders(work) if (folder / _MANIFEST).is_file()), key=_step)
    for folder in whole[:-_KEEP]:
        # Without its manifest a folder counts for nothing, so a kill in the middle of removing it does no harm.
        (folder / _MANIFEST).unlink()
        shutil.rmtree(folder)


def _folders(work: Path) -> list[Path]:
    return [folder for folder in work.iterdir() if folder.is_dir() and _NAME.fullmatch(folder.name)] if work.is_dir() else []


def _step(folder: Path) -> int:
    match = _NAME.fullmatch(folder.name)
    return int(match[1]) if match else -1


def _whole(folder: Path, signature: str) -> Checkpoint | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        files, seconds = manifest["files"], float(manifest["seconds"])
        if manifest["signature"] != signature or not isinstance(files, Mapping) or not files:
            return None
        if any(file_hash(folder / name) != digest for name, digest in files.items()):
            return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return Checkpoint(folder, _step(folder), seconds)


def _synced_hash(path: Path) -> str:
    digest = file_hash(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return digest
