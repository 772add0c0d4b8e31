"""A file system of a given small size, where one may be mounted, and one without room."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.unit.runs.helpers import clean


class CannotMount(Exception):
    """This user may mount nothing here."""


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """The folder as a file system of that size (``3m``). Raises CannotMount."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        raise CannotMount
    try:
        yield folder
    finally:
        clean(folder)
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """No room on the folder's file system as long as this lasts, whatever is removed meanwhile."""
    ending = threading.Event()
    path = folder / "fill"

    def take() -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                for size in (1 << 20, 1 << 12, 1 << 9):
                    with contextlib.suppress(OSError):
                        while True:
                            os.write(descriptor, b"\0" * size)
                if ending.wait(0.005):
                    return
        finally:
            os.close(descriptor)

    taker = threading.Thread(target=take)
    taker.start()
    try:
        yield
    finally:
        ending.set()
        taker.join()
        path.unlink()
