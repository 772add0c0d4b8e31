"""A table that draws only the rows on screen, so that ten thousand of them cost no more than ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual import events
from textual.message import Message

from screens.ink import Line, fit, highlighted, wrapped
from screens.widgets.pane import Painted

Row = TypeVar("Row")


class Table(Painted, Generic[Row], can_focus=True):
    """``draw`` makes a row's line for a width, ``heading`` the line over them, ``identity`` tells whether two rows are the same one.
    The cursor is a row's index."""

    DEFAULT_CSS = "Table { width: 1fr; height: 1fr; }"

    class Moved(Message):
        """The cursor is on another row."""

    class Opened(Message):
        """A row was opened."""

    class Headed(Message):
        """The heading was clicked at ``x``."""

        def __init__(self, x: int) -> None:
            super().__init__()
            self.x = x

    def __init__(
        self,
        heading: Callable[[int], Line],
        draw: Callable[[Row, int], Line],
        empty: str,
        identity: Callable[[Row], object] = lambda row: row,
        **arguments: str | None,
    ) -> None:
        super().__init__(**arguments)
        self._heading, self._draw, self.empty, self._identity = heading, draw, empty, identity
        self.rows: Sequence[Row] = ()
        self.cursor = 0
        self._first = 0

    def show(self, rows: Sequence[Row], to_top: bool = False) -> None:
        """Shows other rows; the cursor stays on its row, at the same height, when that is among them, else it goes to the top."""
        current = None if to_top else self.current
        wanted = None if current is None else self._identity(current)
        height = self.cursor - self._first
        self.rows = rows
        self.cursor = next((i for i, row in enumerate(rows) if self._identity(row) == wanted), 0) if current is not None else 0
        self._first = max(0, self.cursor - height)
        self.redraw()
        self.post_message(self.Moved())

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def move(self, by: int) -> None:
        """Moves the cursor by rows; it stops at both ends."""
        to = min(max(self.cursor + by, 0), max(0, len(self.rows) - 1))
        if to != self.cursor:
            self.cursor = to
            self.redraw()
            self.post_message(self.Moved())

    def move_pages(self, by: int) -> None:
        """Moves the cursor by screens."""
        self.move(by * max(1, self.size.height - 2))

    def lines(self, width: int, height: int) -> list[Line]:
        room = height - 1
        self._first = min(max(self._first, self.cursor - room + 1), self.cursor, max(0, len(self.rows) - room))
        self._first = max(0, self._first)
        drawn = [self._heading(width)]
        if not self.rows:
            return [*drawn, [], *([("  " + text, "dim")] for text in wrapped(self.empty, max(8, width - 4)))]
        for index in range(self._first, min(self._first + room, len(self.rows))):
            line = self._draw(self.rows[index], width)
            drawn.append(highlighted(fit(line, width, self.glyphs.ellipsis)) if index == self.cursor else line)
        return drawn

    def on_click(self, event: events.Click) -> None:
        row = self._first + event.y - 1
        if event.y < 1:
            self.post_message(self.Headed(event.x))
        if event.y < 1 or row >= len(self.rows):
            return
        if row == self.cursor and event.chain > 1:
            self.post_message(self.Opened())
        self.move(row - self.cursor)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.move(3)
