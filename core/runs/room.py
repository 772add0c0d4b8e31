"""Whether the disk of a workspace still has room. A step that finds none fails, and its supervisor waits for room to write that down."""

from __future__ import annotations

import shutil
from pathlib import Path

FULL = 4 << 20
LOW = 1 << 30
"""Bytes: what a checkpoint of an 8B model's adapter with its optimizer takes is about this much."""


def free(folder: Path) -> int | None:
    """Bytes that may still be written there, None when nobody says."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def shortage(folder: Path) -> str:
    """What is wrong with the room there is, as words that follow a step's name; '' when there is enough."""
    left = free(folder)
    if left is None or left >= LOW:
        return ""
    return "the disk is full" if left < FULL else f"the disk has {left >> 20} MiB left"
