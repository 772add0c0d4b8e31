"""One line of a log, all of it and wrapped: for what is too long to be read sideways."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from screens.ink import Line
from screens.keys import bindings
from screens.prose import laid, styled
from screens.titled import TextScreen
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.title import TitleBar


class LineScreen(TextScreen):
    """Opened from a log; ``number`` is how many lines are before it, None while they are not counted."""

    SCOPE = "line"
    BINDINGS = bindings("line")

    def __init__(self, text: str, number: int | None) -> None:
        super().__init__()
        self._text, self._number = text, number
        self.bar = TitleBar("Line")
        self.scrolled = self.page = Page()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield Footer("line")

    def on_mount(self) -> None:
        number = f"line {self._number + 1:,} of the log, " if self._number is not None else ""
        self.bar.tell([(f"{number}{len(self._text):,} characters", "dim")])
        lines = styled(self._text)

        def content(width: int) -> list[Line]:
            return [[("  ", ""), *line] for line in laid(lines, max(8, width - 4))]

        self.page.show(content)

    def action_copy(self) -> None:
        self.host.copy(self._text, "the line")
