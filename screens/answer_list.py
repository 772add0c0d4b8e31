"""Responses below each other in groups, with a cursor that goes from one to the next and reads long ones to their end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from textual import events
from textual.message import Message

from screens.answers_layout import Block
from screens.grouping import Text
from screens.ink import Line
from screens.widgets.page import Page

Blocks = Callable[[int], list[Block]]
"""What to show in so many cells."""
_STEP = 3


class _Place(NamedTuple):
    """Where a response lies: its first line and the one after its last, the empty line under it left out."""

    start: int
    stop: int
    text: Text


class AnswerList(Page, can_focus=True):
    """``current`` is the response under the cursor. Without ``reading`` there is no cursor: for a preview."""

    class Moved(Message):
        """The cursor is on another response."""

    def __init__(self, reading: bool = True, **arguments: str | None) -> None:
        super().__init__(None, **arguments)
        self._reading = reading
        self._found: list[_Place] = []
        self._under = ""

    def show_blocks(self, blocks: Blocks, keep_place: bool = False) -> None:
        """Shows other responses, from the top unless the place is to be kept."""
        if not keep_place:
            self._under = ""
        self.show(partial(self._lay, blocks), keep_place)

    def _lay(self, blocks: Blocks, width: int) -> list[Line]:
        lines: list[Line] = []
        places: list[_Place] = []
        for block in blocks(max(8, width - 3)):
            if block.text is not None:
                stop = len(lines) + len(block.lines)
                places.append(_Place(len(lines), stop - (not block.lines[-1]), block.text))
            lines += block.lines
        self._found = places
        return lines

    @property
    def _places(self) -> list[_Place]:
        """Where the responses lie at the present width."""
        self.laid()
        return self._found

    def _at(self) -> int:
        """Index of the response under the cursor; the first where the one that was there is gone."""
        return next((i for i, place in enumerate(self._places) if place.text.name == self._under), 0)

    @property
    def current(self) -> Text | None:
        """The response under the cursor."""
        places = self._places
        return places[self._at()].text if places else None

    def select(self, name: str) -> None:
        """Puts the cursor on a response."""
        for place in self._places:
            if place.text.name == name:
                self._go(place)

    def _go(self, place: _Place) -> None:
        height = self.size.height
        if place.start < self.offset_y or place.stop > self.offset_y + height:
            # What stands over the first response of a group says what it answered.
            wanted = place.stop - height if place.start >= self.offset_y and place.stop - place.start <= height else place.start - 2
            self.offset_y = min(max(0, wanted), self.last_offset)
        if place == self._places[0] and place.stop <= height:
            self.offset_y = 0
        if place.text.name != self._under:
            self._under = place.text.name
            self.post_message(self.Moved())
        self.redraw()

    def move(self, way: int) -> None:
        """To the next response, or through one that is longer than the screen by a few lines."""
        places = self._places
        height = self.size.height
        if not places or not self._reading:
            self.scroll_lines(way * _STEP)
            return
        at = self._at()
        place = places[at]
        beyond = place.stop - (self.offset_y + height) if way > 0 else self.offset_y - place.start
        if beyond > 0 and place.stop - place.start > height // 2:
            self.scroll_lines(way * min(_STEP, beyond))
        elif 0 <= at + way < len(places):
            self._under = self._under or place.text.name
            self._go(places[at + way])
        else:
            self.scroll_lines(way * _STEP)

    def scroll_pages(self, by: int) -> None:
        """Scrolls by whole pages; the cursor comes along."""
        super().scroll_pages(by)
        places = self._places
        top, bottom = self.offset_y, self.offset_y + self.size.height
        seen = [place for place in places if place.stop > top and place.start < bottom]
        if seen and not any(place.text.name == self._under for place in seen):
            self._under = seen[0].text.name
            self.post_message(self.Moved())
            self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        lines, places = self.laid(), self._places
        self.offset_y = min(self.offset_y, self.last_offset)
        marked = range(0)
        if self._reading and places and self.has_focus:
            place = places[self._at()]
            marked = range(place.start, place.stop)
        sign = ">" if self.glyphs.ascii else "▌"
        last = min(self.offset_y + height, len(lines))
        drawn: list[Line] = [[(sign if at in marked else " ", "accent"), (" ", ""), *lines[at]] for at in range(self.offset_y, last)]
        below = len(lines) - last
        if below > 0 and drawn:
            tail: Line = [(f" {'v' if self.glyphs.ascii else self.glyphs.arrows[1]} {below:,} more lines ", "faint")]
            drawn[-1] = tail if not self._reading else drawn[-1]
        return drawn

    def on_click(self, event: events.Click) -> None:
        row = self.offset_y + event.y
        for place in self._places:
            if place.start <= row < place.stop:
                self._go(place)
