"""The field in which a value is typed over the row of a list that it changes."""

from __future__ import annotations

from textual.widgets import Input

from screens.widgets.entries import GUTTER, Entries

_WIDEST = 48


class Typed(Input):
    """Closed until it is opened; it may keep the focus a moment longer than it is open."""

    def __init__(self, entries: Entries, id: str) -> None:
        super().__init__(id=id, compact=True)
        self._entries = entries

    @property
    def is_open(self) -> bool:
        """Whether a value is being typed."""
        return self.has_class("-open")

    def open(self, text: str, start: int, room: int) -> None:
        """Shows ``text``, all of it selected, over the cells of the list's row from ``start`` on, ``room`` of them."""
        self.value = text
        self.place(start, room)
        self.add_class("-open")
        self.focus()
        self.action_select_all()

    def place(self, start: int, room: int) -> None:
        """Lies over the row under the cursor."""
        self.styles.offset = (start + GUTTER - 1, self._entries.cursor_line)
        self.styles.width = max(room + 2, min(_WIDEST, self._entries.size.width - start))

    def close(self) -> bool:
        """Closes, and gives the focus away; False when it was closed already."""
        if not self.is_open:
            return False
        self.remove_class("-open")
        self.screen.set_focus(None)
        return True
