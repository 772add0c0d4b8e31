"""Where in a log of any length the lines are that a search or a level wants: found block by block in a thread, kept as offsets only.

A million lines are a few seconds' work at most and eight bytes for each line found. A log that grows is read on from where the reading
stopped; one that was cut or replaced is read anew.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Protocol

from core.runs.logfile import LONGEST, LogFile, LogLine
from core.runs.loglevel import START, Level, words_of

_BLOCK = 1 << 20
MOST = 2_000_000
"""Lines that are kept; what is beyond is counted no more."""


class Matcher(Protocol):
    """Finds lines in a block that starts with a line and has whole lines, the last of the file aside."""

    def starts(self, data: bytes) -> Iterable[int]:
        """Where the wanted lines start in the block, in order, each once."""

    def anew(self) -> None:
        """The log is read from its beginning again."""


class Needle:
    """Lines that hold a text, capitals of ASCII ignored. Of a line longer than ``LONGEST`` the pieces count by themselves."""

    def __init__(self, text: str) -> None:
        self._wanted = text.encode("utf-8", "replace").lower()

    def anew(self) -> None:
        """Nothing is remembered between blocks."""

    def starts(self, data: bytes) -> Iterator[int]:
        low, wanted, at = data.lower(), self._wanted, 0
        line, end = 0, -1
        while wanted and (hit := low.find(wanted, at)) >= 0:
            if hit > end:
                line = low.rfind(b"\n", max(0, end), hit) + 1
                end = low.find(b"\n", hit)
                end = len(low) if end < 0 else end
            piece = (hit - line) // LONGEST
            yield line + piece * LONGEST
            at = min(end + 1, line + (piece + 1) * LONGEST)


class Loud:
    """Lines of a level and louder, with the indented lines that follow them and the last line of a traceback."""

    def __init__(self, level: Level) -> None:
        self._words = tuple(word.encode() for word in words_of(level))
        self.anew()

    def anew(self) -> None:
        """Outside of any error."""
        self._inside = self._traceback = False

    def starts(self, data: bytes) -> Iterator[int]:
        low = data.lower()
        heads = sorted({start for word in self._words for start in _with_word(low, word)})
        at = 0
        for head in heads:
            yield from self._following(data, at, head)
            yield head
            end = low.find(b"\n", head)
            at = len(low) if end < 0 else end + 1
            self._inside, self._traceback = True, b"traceback" in low[head : min(at, head + START)]
        yield from self._following(data, at, len(data))

    def _following(self, data: bytes, at: int, stop: int) -> Iterator[int]:
        """The lines from ``at`` on that belong to the line found before them."""
        while self._inside and at < stop:
            indented = data[at : at + 1] in (b" ", b"\t")
            if not indented and not self._traceback:
                self._inside = False
                return
            yield at
            self._inside = indented
            end = data.find(b"\n", at)
            at = len(data) if end < 0 else end + 1


def _with_word(low: bytes, word: bytes) -> Iterator[int]:
    """Starts of the lines that hold a word near their start."""
    at = 0
    while (hit := low.find(word, at)) >= 0:
        line = low.rfind(b"\n", max(0, hit - START - 1), hit) + 1
        if (line or hit < START) and hit + len(word) - line <= START:
            yield line
        end = low.find(b"\n", hit)
        if end < 0:
            return
        at = end + 1


class Found:
    """The lines of one log that a matcher wants. ``advance`` belongs in a thread; everything else may be asked meanwhile."""

    def __init__(self, file: LogFile, matcher: Matcher) -> None:
        self.file = file
        self.offsets = array("Q")
        self.scanned = 0
        self.done = False
        self._matcher = matcher
        self._firm = 0
        self._reading = Lock()

    @property
    def full(self) -> bool:
        """Whether there are more than are kept."""
        return len(self.offsets) >= MOST

    def advance(self, stopping: Callable[[], bool] = lambda: False, told: Callable[[], None] = lambda: None) -> None:
        """Reads on to the end of the log; ``told`` is called after each block. A last line without an end is looked at each time.

        Of two threads one waits: the one that was told to stop may still be within its last block.
        """
        with self._reading:
            self._advance(stopping, told)

    def _advance(self, stopping: Callable[[], bool], told: Callable[[], None]) -> None:
        size = self.file.size()
        if size < self.scanned:
            self.offsets, self.scanned, self._firm = array("Q"), 0, 0
            self._matcher.anew()
        if len(self.offsets) > self._firm:
            # A new array: whoever looks at the old one meanwhile still finds what it counted on.
            self.offsets = self.offsets[: self._firm]
        self.done = False
        while self.scanned < size and not self.full:
            if stopping():
                return
            data = self.file.read(self.scanned, _BLOCK)
            if not data:
                break
            whole = data.rfind(b"\n") + 1
            last = self.scanned + len(data) >= size
            if whole == 0 and not last:
                whole = len(data)  # a line longer than a block goes on as another one
            base = self.scanned
            self.offsets.extend(base + start for start in self._matcher.starts(data[:whole]))
            self.scanned, self._firm = base + whole, len(self.offsets)
            if last:
                self.offsets.extend(base + whole + start for start in self._matcher.starts(data[whole:]))
                break
            told()
        self.done = True

    def __contains__(self, offset: int) -> bool:
        offsets = self.offsets
        at = bisect_left(offsets, offset)
        return at < len(offsets) and offsets[at] == offset

    def place(self, offset: int) -> int:
        """How many of the lines found start before ``offset``."""
        return bisect_left(self.offsets, offset)

    def nearest(self, offset: int, forward: bool, among: Found | None = None) -> int | None:
        """The next line found after (before) the one at ``offset``; with ``among`` one that is found there too."""
        offsets = self.offsets
        at = bisect_left(offsets, offset + 1) if forward else bisect_left(offsets, offset) - 1
        while 0 <= at < len(offsets):
            if among is None or offsets[at] in among:
                return offsets[at]
            at += 1 if forward else -1
        return None

    def any_between(self, start: int, end: int) -> bool:
        """Whether a line found starts in start..end."""
        offsets = self.offsets
        at = bisect_left(offsets, start)
        return at < len(offsets) and offsets[at] < end

    # As a log of its own, for a view that shows nothing else

    def forward(self, start: int, count: int) -> list[LogLine]:
        """Up to ``count`` of the lines found, from ``start`` on."""
        at = bisect_left(self.offsets, start)
        return [line for offset in self.offsets[at : at + count] for line in self.file.forward(offset, 1)]

    def backward(self, end: int, count: int) -> list[LogLine]:
        """Up to ``count`` of the lines found before ``end``, oldest first."""
        at = bisect_left(self.offsets, end)
        return [line for offset in self.offsets[max(0, at - count) : at] for line in self.file.forward(offset, 1)]

    def size(self) -> int:
        """Bytes of the log."""
        return self.file.size()
