"""Reads any part of a log of any length without reading the rest: lines around a byte offset, line numbers, and search.

Offsets are bytes from the start of the file. A line longer than ``LONGEST`` bytes is cut into several, so that one without an end
costs no more than a page. What a progress bar wrote over itself with carriage returns is shown in its last form.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

LONGEST = 16_384
_BLOCK = 1 << 20
_FAR = 64 * _BLOCK
"""Bytes after which the start of a line is looked for no further."""


class LogLine(NamedTuple):
    """One line: where it starts, where the next one starts, and its text as it is (not yet harmless)."""

    start: int
    end: int
    text: str


class LogFile:
    """A log that may grow while it is read. Missing files are empty ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers: list[int] = [0]
        """Number of newlines before each block of _BLOCK bytes."""
        self._counting = Lock()

    def size(self) -> int:
        """Bytes in the file now."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def read(self, start: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``start``."""
        try:
            with self.path.open("rb") as file:
                return os.pread(file.fileno(), count, max(0, start))
        except OSError:
            return b""

    def forward(self, start: int, count: int) -> list[LogLine]:
        """Up to ``count`` lines from the one that starts at ``start``."""
        lines: list[LogLine] = []
        at = start
        while len(lines) < count:
            data = self.read(at, 65_536)
            if not data:
                break
            used = 0
            while len(lines) < count:
                end = data.find(b"\n", used, used + LONGEST)
                if end < 0 and len(data) - used < LONGEST and at + len(data) < self.size():
                    break  # the line goes on in the next block
                stop = end + 1 if end >= 0 else min(len(data), used + LONGEST)
                if stop == used:
                    break
                lines.append(LogLine(at + used, at + stop, _text(data[used:stop])))
                used = stop
            if used == 0:
                break
            at += used
        return lines

    def backward(self, end: int, count: int) -> list[LogLine]:
        """Up to ``count`` lines that end at or before ``end``, oldest first."""
        want = 65_536
        while True:
            start = self.line_start(end - want) if end > want else 0
            lines = _split(self.read(start, end - start), start)
            if len(lines) >= count or start == 0:
                return lines[-count:] if count else []
            want *= 4

    def line_start(self, offset: int) -> int:
        """Where the line, or the piece of a long one, that holds the byte at ``offset`` starts."""
        start, step = offset, LONGEST
        while start > 0 and offset - start < _FAR:
            earlier = max(0, start - step)
            cut = self.read(earlier, start - earlier).rfind(b"\n")
            if cut >= 0:
                start = earlier + cut + 1
                break
            start, step = earlier, _BLOCK
        return start + (offset - start) // LONGEST * LONGEST

    def count(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Counts lines up to the present end, block by block; meant for a thread. Later calls only count what is new."""
        with self._counting:
            size = self.size()
            if size < (len(self._numbers) - 1) * _BLOCK:
                self._numbers = [0]  # the file was cut or replaced
            while len(self._numbers) * _BLOCK <= size and not stopping():
                data = self.read((len(self._numbers) - 1) * _BLOCK, _BLOCK)
                if len(data) < _BLOCK:
                    break
                self._numbers.append(self._numbers[-1] + data.count(b"\n"))

    def number(self, offset: int) -> int | None:
        """How many lines start before ``offset``; None while that part was not counted yet."""
        block = offset // _BLOCK
        if block >= len(self._numbers):
            return None
        start = block * _BLOCK
        return self._numbers[block] + self.read(start, offset - start).count(b"\n")

    def find(self, needle: str, start: int, forward: bool, stopping: Callable[[], bool] = lambda: False) -> int | None:
        """Start of the nearest line at or after (or before) ``start`` that holds ``needle``, capitals ignored; None when there is none."""
        wanted = needle.lower().encode("utf-8", "replace")
        if not wanted:
            return None
        overlap = len(wanted) - 1
        size = self.size()
        at = start if forward else max(0, start - _BLOCK)
        stop = start
        while not stopping():
            data = self.read(at, _BLOCK + overlap if forward else stop - at + overlap).lower()
            if forward:
                found = data.find(wanted)
            else:
                found = data.rfind(wanted, 0, stop - at + overlap)
            if found >= 0:
                return self.line_start(at + found)
            if forward:
                at += _BLOCK
                if at >= size:
                    return None
            else:
                if at == 0:
                    return None
                stop, at = at, max(0, at - _BLOCK)
        return None


def _split(data: bytes, start: int) -> list[LogLine]:
    lines: list[LogLine] = []
    used = 0
    while used < len(data):
        end = data.find(b"\n", used, used + LONGEST)
        stop = end + 1 if end >= 0 else min(len(data), used + LONGEST)
        lines.append(LogLine(start + used, start + stop, _text(data[used:stop])))
        used = stop
    return lines


def _text(data: bytes) -> str:
    text = data.decode("utf-8", "replace").rstrip("\n").rstrip("\r")
    return text.rpartition("\r")[2] if "\r" in text else text
