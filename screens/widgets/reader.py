"""A long text in chapters: a table of contents at the left where there is room, the text, and a rail that says how far one has read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.widget import Widget

from screens.ink import Line, fit, highlighted, width_of
from screens.widgets.pane import Painted

WIDE = 104
"""Width from which the contents stand beside the text."""
_CONTENTS = 32
_MARGIN = 2
_HEADING = 2
"""Lines over a chapter's text: a gap and its title."""


class Chapter(NamedTuple):
    """``lines`` draws the text under the title for a width in cells. ``short`` is the title in the table of contents."""

    title: str
    lines: Callable[[int], list[Line]]
    short: str = ""


class _Contents(Painted):
    """The chapters' titles; a click goes there."""

    DEFAULT_CSS = f"_Contents {{ width: {_CONTENTS}; height: 1fr; display: none; }}"

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def lines(self, width: int, height: int) -> list[Line]:
        reader, glyphs = self._reader, self.glyphs
        lines: list[Line] = [[]]
        for number, chapter in enumerate(reader.chapters):
            here = number == reader.at
            mark = glyphs.track[4] if here else " "
            name = chapter.short or chapter.title
            line: Line = [(f" {mark} ", "accent"), (f"{number + 1:>2}  ", "faint"), (name, "strong" if here else "dim")]
            shown = fit(line, width - 2, glyphs.ellipsis)
            lines.append([*(highlighted(shown) if here else shown), (" ", ""), (glyphs.frame[5], "frame")])
        lines += [[(" " * (width - 1), ""), (glyphs.frame[5], "frame")] for _ in range(height - len(lines))]
        lines[0] = [(" " * (width - 1), ""), (glyphs.frame[5], "frame")]
        # A long table of contents keeps the chapter that is being read in sight.
        first = max(0, min(len(lines) - height, reader.at + 2 - height // 2))
        return lines[first : first + height]

    def on_click(self, event: events.Click) -> None:
        if 1 <= event.y <= len(self._reader.chapters):
            self._reader.go(event.y - 1)


class _Text(Painted):
    """The chapters below each other; ``top`` is the first visible line."""

    DEFAULT_CSS = "_Text { width: 1fr; height: 1fr; }"

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader
        self._laid: tuple[int, list[Line], list[int]] | None = None
        self.top = 0

    def forget(self) -> None:
        """Lays the text out anew."""
        self._laid = None
        self.redraw()

    def laid(self) -> tuple[list[Line], list[int]]:
        """All lines at the present width, and where each chapter begins. At another width the same part of the text stays at the top."""
        width, before = self.size.width, self._laid
        if before is None or before[0] != width:
            lines, starts = self._lay_out(max(20, width - 2 * _MARGIN - 1))
            self._laid = (width, lines, starts)
            if before is not None and starts:
                self.top = _moved(self.top, (*before[2], len(before[1])), (*starts, len(lines)))
        assert self._laid is not None
        return self._laid[1:]

    def _lay_out(self, width: int) -> tuple[list[Line], list[int]]:
        glyphs = self.glyphs
        lines: list[Line] = []
        starts: list[int] = []
        for number, chapter in enumerate(self._reader.chapters, start=1):
            starts.append(len(lines))
            heading: Line = [(f"{number} ", "faint"), (f"{chapter.title} ", "title-focus")]
            rule = glyphs.rule * max(0, width - width_of(heading))
            lines += [[], [*heading, (rule, "frame")], [], *chapter.lines(width), []]
        return lines, starts

    @property
    def last(self) -> int:
        """The greatest ``top``: every chapter can stand at the top, so that going to one always looks the same."""
        lines, starts = self.laid()
        over = len(lines) - self.size.height
        return max(over, starts[-1]) if over > 0 else 0

    def lines(self, width: int, height: int) -> list[Line]:
        lines, _ = self.laid()
        self.top = min(self.top, self.last)
        thumb = _thumb(self.top, self.last, height)
        drawn: list[Line] = []
        for row in range(height):
            line = lines[self.top + row] if self.top + row < len(lines) else []
            rail = (self.glyphs.track[4], "dim") if row in thumb else (" ", "")
            drawn.append([(" " * _MARGIN, ""), *fit(line, width - _MARGIN - 1, self.glyphs.ellipsis), rail])
        return drawn

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._reader.scroll_lines(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._reader.scroll_lines(3)


def _moved(top: int, before: Sequence[int], after: Sequence[int]) -> int:
    """Where what was at ``top`` is now, when the chapters that began at ``before`` begin at ``after`` (the last of each is the end)."""
    chapter = min(max(0, bisect_right(before, top) - 1), len(before) - 2)
    share = (top - before[chapter]) / max(1, before[chapter + 1] - before[chapter])
    return after[chapter] + round(share * (after[chapter + 1] - after[chapter]))


def _thumb(top: int, last: int, height: int) -> range:
    """The rows of the rail that say which part of the text is seen; none where all is."""
    if not last or height < 1:
        return range(0)
    size = max(1, round(height * height / (last + height)))
    start = round(top / last * (height - size))
    return range(start, start + size)


class Reader(Widget):
    """Shows chapters. ``Moved`` is posted when another chapter or place is in front."""

    DEFAULT_CSS = "Reader { width: 1fr; height: 1fr; layout: horizontal; } Reader.-wide _Contents { display: block; }"

    class Moved(Message):
        """Another part of the text is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.chapters: Sequence[Chapter] = ()
        self.at = 0
        self._contents = _Contents(self)
        self._text = _Text(self)

    def compose(self) -> Iterator[Widget]:
        yield self._contents
        yield self._text

    def show(self, chapters: Sequence[Chapter], keep_place: bool = False) -> None:
        """Shows other chapters, from the top unless the place is to be kept."""
        self.chapters = chapters
        if not keep_place:
            self._text.top = 0
        self._text.forget()
        self._found()

    @property
    def share(self) -> float:
        """How far the text is read, in 0..1."""
        last = self._text.last
        return self._text.top / last if last else 1.0

    def scroll_lines(self, by: int) -> None:
        """Scrolls by lines; it stops at both ends."""
        self._to(self._text.top + by)

    def scroll_pages(self, by: int) -> None:
        """Scrolls by whole pages, less one line for the eye."""
        self.scroll_lines(by * max(1, self._text.size.height - 1))

    def go(self, number: int) -> None:
        """To a chapter, counted from 0; beyond the last there is nothing."""
        if 0 <= number < len(self.chapters):
            self._to(self._text.laid()[1][number])

    def step(self, by: int) -> None:
        """To the next or previous chapter."""
        self.go(min(max(self.at + by, 0), len(self.chapters) - 1))

    def _to(self, top: int) -> None:
        self._text.top = min(max(top, 0), self._text.last)
        self._text.redraw()
        self._found()

    def _found(self) -> None:
        """Which chapter is being read: the last that begins at the top or above it."""
        starts = self._text.laid()[1] if self.is_attached and self._text.size.width else []
        self.at = max((number for number, start in enumerate(starts) if start <= self._text.top + _HEADING), default=0)
        self._contents.redraw()
        self.post_message(self.Moved())

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._found)
