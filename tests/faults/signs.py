"""Moments that a kill from outside can aim at: what shows on the disk while a commit, a checkpoint or a rename is under way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from core.runs.workspace import STORE_NAME

Sign = Callable[[], bool]

_RENAMING = (".part", ".old", ".link")


def committing(workspace: Path, count: int) -> Sign:
    """The ``count``-th time that the store's log has just grown: its frames are written, its sync is not finished."""
    log = workspace / f"{STORE_NAME}-wal"
    last, left = _size(log), count

    def grew() -> bool:
        nonlocal last, left
        size = _size(log)
        if size != last:
            last, left = size, left - 1
        return left <= 0

    return grew


def checkpointing(workspace: Path) -> Sign:
    """A checkpoint lies there that is not marked as whole yet."""
    work = workspace / "attempts" / "001" / "work"

    def half() -> bool:
        return any(
            folder.name.startswith("checkpoint-") and not os.path.lexists(f"{folder.path}/whole.json")
            for step in _entries(work)
            for folder in _entries(Path(step.path))
        )

    return half


def renaming(workspace: Path) -> Sign:
    """A file, folder or link is written beside the place that it will be renamed into."""
    attempt = workspace / "attempts" / "001"
    places = [
        base / name
        for base in (attempt, workspace)
        for name in ("", "self_distillation", "failures", "checkpoints", "benchmark_results_phase1b")
    ]

    def beside() -> bool:
        return any(entry.name.startswith(".") and entry.name.endswith(_RENAMING) for place in places for entry in _entries(place))

    return beside


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
