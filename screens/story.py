"""The story as a whole: every note with its time and level, wrapped and not cut, the newest at the bottom and in view."""

from __future__ import annotations

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from core.runs.snapshot import Note, Snapshot
from screens.ink import Line
from screens.keys import bindings
from screens.titled import TextScreen
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.story import whole
from screens.widgets.title import TitleBar


class StoryText(Page):
    """While ``following`` the newest note stays in view; scrolling away from the end stops that, and scrolling back begins it again."""

    class Moved(Message):
        """It follows now, or does not any more."""

    def __init__(self) -> None:
        super().__init__(lambda width: whole(self.notes, width))
        self.notes: tuple[Note, ...] = ()
        self.following = True

    def tell(self, notes: tuple[Note, ...]) -> None:
        """Shows other notes. What is being read stays where it is, also when notes before it are no longer kept."""
        gone = self.notes[: self.notes.index(notes[0])] if notes and notes[0] in self.notes else ()
        if gone:
            self.offset_y = max(0, self.offset_y - len(whole(gone, self.size.width)))
        self.notes = notes
        self.show(self._content, keep_place=True)

    def scroll_lines(self, by: int) -> None:
        before = self.following
        if self.following:
            self.offset_y = self.last_offset
        super().scroll_lines(by)
        self.following = self.offset_y >= self.last_offset
        if self.following != before:
            self.post_message(self.Moved())

    def lines(self, width: int, height: int) -> list[Line]:
        if self.following:
            self.offset_y = self.last_offset
        return super().lines(width, height)


class StoryScreen(TextScreen):
    """Opened from the story pane; new notes come as they are told."""

    SCOPE = "story"
    BINDINGS = bindings("story")

    def __init__(self) -> None:
        super().__init__()
        self.bar = TitleBar("Story")
        self.scrolled = self.page = StoryText()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield Footer("story")

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        if snapshot.notes != self.page.notes:
            self.page.tell(snapshot.notes)
        self._tell()

    def on_story_text_moved(self) -> None:
        self._tell()

    def _tell(self) -> None:
        count = len(self.page.notes)
        about: Line = [(f"{count:,} note{'' if count == 1 else 's'}", "dim")]
        self.bar.tell([*about, *([("  following", "accent")] if self.page.following else [])])
