"""Two attempts on the same problems: category by category with paired tests, the settings that differ, what changed most."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from core.errors import CogumiError
from core.report.versus import Versus
from core.text import plain_line
from screens.ink import wrapped
from screens.iterating import Choice
from screens.keys import bindings
from screens.titled import TextScreen
from screens.versus_lines import page
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.title import TitleBar


class VersusScreen(TextScreen):
    """Read once in a thread; what both attempts measured does not change any more."""

    SCOPE = "versus"
    BINDINGS = bindings("versus")

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.found: Versus | None = None
        self.bar = TitleBar("Compare")
        self.scrolled = self.page = Page(lambda width: [[], [("  reading what both attempts measured", "dim")]])

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield Footer("versus")

    def on_mount(self) -> None:
        self._ask()

    def _ask(self) -> None:
        source, first, second = self.host.source, self.first, self.second
        self.bar.tell([(f"attempt {second} against attempt {first}", "text")])
        self.host.ask(lambda: source.versus(first, second), self._arrived, self._failed)

    def _arrived(self, found: Versus) -> None:
        if (found.first, found.second) == (self.first, self.second):
            self.found = found
            glyphs = self.host.glyphs
            self.page.show(lambda width: page(found, width, glyphs))

    def _failed(self, error: CogumiError) -> None:
        """Stands where the comparison would, for as long as there is none."""
        self.found = None
        self.page.show(lambda width: [[], *([(f"  {text}", "text")] for text in wrapped(plain_line(str(error)), max(8, width - 4)))])

    def action_swap(self) -> None:
        """The first against the second."""
        self.first, self.second = self.second, self.first
        self._ask()

    def action_responses(self) -> None:
        self.host.open_responses(attempt=self.second)

    def action_anew(self) -> None:
        """A new attempt with the settings of the second one, in the form."""
        if self.found is not None:
            self.host.launch(f"phase-{self.found.phase.lower()}", Choice(parent=self.second))
