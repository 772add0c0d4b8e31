"""Lines to type into that are closed until they are opened: to search with, and over the row of a list whose value is changed."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Input

from screens.widgets.entries import GUTTER, Entries

_WIDEST = 48


class Field(Input):
    """It may keep the focus a moment longer than it is open."""

    def __init__(self, id: str, placeholder: str = "", value: str = "") -> None:
        super().__init__(value=value, placeholder=placeholder, id=id, compact=True)

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    def open(self) -> None:
        """Shows itself and takes the keys."""
        self.add_class("-open")
        self.focus()

    def close(self, focus: Widget | None = None) -> bool:
        """Hides itself and gives the focus to another widget, or to none; False when it was closed already."""
        if not self.is_open:
            return False
        self.remove_class("-open")
        self.screen.set_focus(focus)
        return True


class ValueField(Field):
    """Over the row under a list's cursor."""

    def __init__(self, entries: Entries, id: str) -> None:
        super().__init__(id)
        self._entries = entries

    def open_over(self, text: str, start: int, room: int) -> None:
        """Shows ``text``, all of it selected, over the cells of the row from ``start`` on, ``room`` of them."""
        self.value = text
        self.place(start, room)
        self.open()
        self.action_select_all()

    def place(self, start: int, room: int) -> None:
        """Lies over the row under the cursor."""
        self.styles.offset = (start + GUTTER - 1, self._entries.cursor_line)
        self.styles.width = max(room + 2, min(_WIDEST, self._entries.size.width - start))
