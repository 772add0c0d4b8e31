"""A list whose entries take as many lines as they need, with a cursor that stays in sight: for some hundred entries at most."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message

from screens.ink import Line, fit, highlighted, wrapped
from screens.widgets.pane import Painted

GUTTER = 1
"""Cells at the left of every entry, for the mark of the cursor."""

Draw = Callable[[int, int, bool], tuple[list[Line], list[Line]]]
"""From an entry's number, a width, and whether the cursor is on it: what stands over it (a heading, a gap) and its own lines."""


class Entries(Painted):
    """``draw`` draws one entry; ``empty`` is shown when there is none."""

    DEFAULT_CSS = "Entries { width: 1fr; height: 1fr; }"

    class Moved(Message):
        """The cursor is on another entry."""

    class Opened(Message):
        """The entry under the cursor was clicked."""

    def __init__(self, draw: Draw, empty: str = "", **arguments: str | None) -> None:
        super().__init__(**arguments)
        self._draw, self.empty = draw, empty
        self.count = 0
        self.cursor = 0
        self._first = 0
        self._rows: list[int] = []

    def show(self, count: int, cursor: int | None = None) -> None:
        """Shows ``count`` entries anew; the cursor stays where it is unless it is moved or its entry is gone."""
        self.count = count
        self.cursor = min(max(self.cursor if cursor is None else cursor, 0), max(0, count - 1))
        self.redraw()
        self.post_message(self.Moved())

    def move(self, by: int) -> None:
        """Moves the cursor by entries; it stops at both ends."""
        to = min(max(self.cursor + by, 0), max(0, self.count - 1))
        if to != self.cursor:
            self.cursor = to
            self.redraw()
            self.post_message(self.Moved())

    @property
    def cursor_line(self) -> int:
        """The line of this widget on which the entry under the cursor begins, as it was drawn last."""
        return self._rows.index(self.cursor) - self._first if self.cursor in self._rows else 0

    def move_pages(self, by: int) -> None:
        """Moves the cursor by about a screen."""
        shown = {entry for entry in self._rows[self._first : self._first + self.size.height] if entry >= 0}
        self.move(by * max(1, len(shown) - 1))

    def lines(self, width: int, height: int) -> list[Line]:
        if not self.count:
            return [[], *([("  " + text, "dim")] for text in wrapped(self.empty, max(8, width - 4)))]
        lines: list[Line] = []
        self._rows = []
        start = stop = 0
        for entry in range(self.count):
            here = entry == self.cursor
            over, own = self._draw(entry, width - GUTTER, here)
            if here:
                # At the top the heading over the cursor's entry is seen with it.
                start, stop = len(lines), len(lines) + len(over) + len(own)
            lines += [[(" ", ""), *line] for line in over]
            mark = self.glyphs.track[4] if here else " "
            shown = [[(mark, "accent"), *fit(line, width - GUTTER, self.glyphs.ellipsis)] for line in own]
            lines += [highlighted(line) for line in shown] if here else shown
            self._rows += [-1] * len(over) + [entry] * len(own)
        self._first = max(0, min(max(self._first, stop - height), start, len(lines) - height))
        return lines[self._first : self._first + height]

    def on_click(self, event: events.Click) -> None:
        row = self._first + event.y
        if row < len(self._rows) and self._rows[row] >= 0:
            if self._rows[row] == self.cursor and event.chain > 1:
                self.post_message(self.Opened())
            self.move(self._rows[row] - self.cursor)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.move(3)
