"""The visible lines of a log: a cursor among them, matches marked, and a rail at the right that says where in the file they lie."""

from __future__ import annotations

from typing import Protocol

from textual import events
from textual.message import Message

from core.runs.logfile import LogFile, LogLine
from core.runs.logindex import Found
from screens.ink import Line, fit, harmless, highlighted, wrapped
from screens.widgets.log_tail import role_of
from screens.widgets.pane import Painted

_SIDEWAYS = 20


class Lines(Protocol):
    """A log, or what of it is shown."""

    def forward(self, start: int, count: int) -> list[LogLine]:
        """Up to ``count`` lines from ``start`` on."""

    def backward(self, end: int, count: int) -> list[LogLine]:
        """Up to ``count`` lines before ``end``."""

    def size(self) -> int:
        """Bytes of the log."""


class LogView(Painted, can_focus=True):
    """``top`` is the byte offset of the first visible line, ``cursor`` that of the one under the cursor; while ``following`` the newest
    line stays at the bottom and under the cursor."""

    DEFAULT_CSS = "LogView { width: 1fr; height: 1fr; }"

    class Moved(Message):
        """Other lines are on the screen, or the cursor is on another one."""

    def __init__(self) -> None:
        super().__init__()
        self.file: LogFile | None = None
        self.only: Found | None = None
        self.hits: Found | None = None
        self.following = True
        self.top = 0
        self.cursor = 0
        self.shift = 0
        self.needle = ""
        self.empty = "opening the log"
        self._seen_size = -1
        self.seen: list[LogLine] = []

    def open(self, file: LogFile | None) -> None:
        """Shows another log, at its end."""
        self.file, self.only, self.hits = file, None, None
        self.following, self.top, self.cursor, self.shift, self._seen_size = True, 0, 0, 0, -1
        self.empty = "this step has no log yet" if file is None else "the log is empty so far"
        self._changed()

    def show_only(self, only: Found | None, empty: str) -> None:
        """Shows some of the lines, or all of them again; the cursor stays where it is, or near."""
        self.only = only
        self.empty = empty
        if not self.following:
            self.go(self.cursor)
        self._changed()

    @property
    def shown(self) -> Lines | None:
        """What is scrolled through."""
        return self.only or self.file

    @property
    def current(self) -> LogLine | None:
        """The line under the cursor."""
        if not self.seen:
            return None
        return self.seen[-1] if self.following else self.seen[self._row()]

    def _row(self) -> int:
        """The cursor's row among the visible lines."""
        return next((i for i, line in enumerate(self.seen) if line.end > self.cursor), len(self.seen) - 1)

    def look(self) -> bool:
        """Redraws when the log has grown, and says whether it has."""
        size = self.file.size() if self.file else 0
        grown = size != self._seen_size
        if grown:
            self._seen_size = size
            self._changed()
        return grown

    def renew(self) -> None:
        """Of what is shown more has become known."""
        self._changed()

    def _changed(self) -> None:
        self._fill(self.size.height)
        self.redraw()
        self.post_message(self.Moved())

    def _fill(self, height: int) -> None:
        """Reads the lines that are to be seen, at once: the next key may come before they are drawn."""
        source = self.shown
        if source is None or not height:
            self.seen = []
        elif self.following:
            self.seen = source.backward(source.size(), height)
            self.top = self.seen[0].start if self.seen else 0
        else:
            self.seen = source.forward(self.top, height)
            if len(self.seen) < height:
                self.seen = source.backward(source.size(), height)
                self.top = self.seen[0].start if self.seen else 0

    def lines(self, width: int, height: int) -> list[Line]:
        self._fill(height)
        if not self.seen:
            return [[("  " + text, "dim")] for text in wrapped(self.empty, max(8, width - 4))]
        cursor = -1 if self.following else self._row()
        rail = self._rail(height)
        drawn: list[Line] = []
        for row in range(height):
            line = self._line(self.seen[row].text, width - 2) if row < len(self.seen) else []
            line = fit(line, width - 1, self.glyphs.ellipsis)
            drawn.append([*(highlighted(line) if row == cursor else line), rail[row]])
        return drawn

    def _line(self, text: str, width: int) -> Line:
        shown = harmless(text, self.shift + 2 * width + 80)
        role = role_of(shown)
        shown = shown[self.shift :]
        if not self.needle:
            return [(" ", ""), (shown, role)]
        line: Line = [(" ", "")]
        lower, needle, at = shown.lower(), self.needle.lower(), 0
        # A character whose small form is longer would shift what is marked.
        while len(lower) == len(shown) and (found := lower.find(needle, at)) >= 0:
            line += [(shown[at:found], role), (shown[found : found + len(needle)], "match")]
            at = found + len(needle)
        return [*line, (shown[at:], role)]

    def _rail(self, height: int) -> list[tuple[str, str]]:
        """Where the visible lines are in the file, and where matches are."""
        assert self.file is not None
        glyphs = self.glyphs
        rail, thumb, mark = ("|", "#", "*") if glyphs.ascii else ("│", "┃", "•")
        size = max(1, self.file.size())
        first, last = self.seen[0].start * height // size, (self.seen[-1].end - 1) * height // size
        cells: list[tuple[str, str]] = []
        for row in range(height):
            here = first <= row <= last
            hit = self.hits is not None and self.hits.any_between(row * size // height, (row + 1) * size // height)
            cells.append((mark if hit else thumb if here else rail, "accent" if here else "warn" if hit else "frame"))
        return cells

    def move(self, by: int) -> None:
        """Moves the cursor by lines, and the lines under it at the edges; at the end of the log it follows again."""
        source = self.shown
        if source is None or not self.seen:
            return
        row = (len(self.seen) - 1 if self.following else self._row()) + by
        if 0 <= row < len(self.seen) and not (self.following and by > 0):
            self.cursor, self.following = self.seen[row].start, False
        elif by < 0:
            earlier = source.backward(self.top, -row)
            self.following = False
            self.top = earlier[0].start if earlier else self.top
            self.cursor = self.top
        else:
            self._down(source, row - len(self.seen) + 1)
        self._changed()

    def _down(self, source: Lines, beyond: int) -> None:
        height = self.size.height
        later = source.forward(self.seen[-1].end, beyond)
        if len(later) < beyond or later[-1].end >= source.size():
            self.following = True
            return
        self.cursor, self.following = later[-1].start, False
        self.top = source.backward(later[-1].end, height)[0].start

    def move_pages(self, by: int) -> None:
        """Moves by screens; the cursor keeps its row."""
        source = self.shown
        height = max(1, self.size.height - 1)
        if source is None or not self.seen:
            return
        row = len(self.seen) - 1 if self.following else self._row()
        if by < 0:
            earlier = source.backward(self.top, height)
            self.top = earlier[0].start if earlier else self.top
            self.following = False
        else:
            after = source.forward(self.seen[-1].start, self.size.height)
            if len(after) < self.size.height or after[-1].end >= source.size():
                self.following = True
            else:
                self.top = after[0].start
        seen = source.forward(self.top, self.size.height)
        if seen:
            self.cursor = seen[min(row, len(seen) - 1)].start
        self._changed()

    def go(self, offset: int) -> None:
        """Puts the cursor on the line at ``offset``, and that a third down the screen unless it is visible."""
        source = self.shown
        if source is None:
            return
        height = max(1, self.size.height)
        self.cursor, self.following = offset, False
        if not (self.seen and self.seen[0].start <= offset <= self.seen[-1].start) or self.only is not None:
            above = source.backward(offset, height // 3)
            self.top = above[0].start if above else offset
        self._changed()

    def start(self) -> None:
        """To the first line."""
        self.top, self.cursor, self.following = 0, 0, False
        self._changed()

    def follow(self) -> None:
        """To the last line, and on with it."""
        self.following = True
        self._changed()

    def sideways(self, by: int) -> None:
        """Shifts long lines."""
        self.shift = max(0, self.shift + by * _SIDEWAYS)
        self.redraw()

    def _scroll(self, by: int) -> None:
        """Moves the lines and leaves the cursor on its line while that is visible."""
        source = self.shown
        if source is None or not self.seen:
            return
        if by < 0:
            if self.following:
                self.cursor = self.seen[-1].start
            earlier = source.backward(self.top, -by)
            if earlier:
                self.top, self.following = earlier[0].start, False
        elif not self.following:
            later = source.forward(self.top, self.size.height + by)
            if len(later) <= self.size.height or later[-1].end >= source.size():
                self.following = True
            else:
                self.top = later[min(by, len(later) - 1)].start
        if not self.following:
            seen = source.forward(self.top, self.size.height)
            if seen:
                self.cursor = min(max(self.cursor, seen[0].start), seen[-1].start)
        self._changed()

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self.seen):
            self.cursor, self.following = self.seen[event.y].start, False
            self._changed()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(3)
