"""All attempts in a table, and beside or below it everything that is known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.widget import Widget

from core.errors import CogumiError
from core.runs.overview import AttemptView
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens import figures
from screens.attempts_lines import detail, heading, row_line
from screens.base import STYLES
from screens.iterating import Choice
from screens.keys import bindings
from screens.latest import Latest
from screens.titled import TitledScreen
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.table import Table
from screens.widgets.title import TitleBar

_AGAIN_SECONDS = 10.0
"""Figures of an attempt that is under way are read again so often."""


class AttemptsScreen(TitledScreen):
    """The attempts are read in a thread, and again when something was committed."""

    SCOPE = "attempts"
    BINDINGS = bindings("attempts")
    CSS_PATH = STYLES / "attempts.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.marked = 0
        self._told = 0
        self._reading = Latest(self._arrived)
        self._read_at = 0.0
        self._seen: tuple[object, ...] = ()
        self._views: dict[int, AttemptView] = {}
        self.bar = TitleBar("Attempts")
        self.table: Table[int] = Table(self._heading, self._row, "reading the attempts", lambda number: number, id="attempts")
        self.about = Page(id="about")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.table
        yield self.about
        yield Footer("attempts")

    def on_mount(self) -> None:
        self.table.focus()
        self._read()

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        seen = (snapshot.attempt, tuple(step.state for step in snapshot.steps), tuple(gate.verdict for gate in snapshot.gates))
        moved = snapshot.running is not None and now - self._read_at >= _AGAIN_SECONDS
        if self._seen and (seen != self._seen or moved):
            self._read()
        self._seen = seen

    def _read(self) -> None:
        self._read_at = self.host.now()
        self._reading.ask(self.host, self.host.source.overview)

    def _arrived(self, found: Sequence[AttemptView] | CogumiError) -> None:
        if isinstance(found, CogumiError):
            self.table.empty = plain_line(str(found))
            self.table.redraw()
            return
        first = not self._views
        self._views = {view.number: view for view in found}
        self.table.empty = "no attempt yet: run a step or a phase from the home screen"
        self.table.styles.max_height = max(5, min(14, len(found) + 2))
        self.table.show([view.number for view in found])
        if first and found:
            self.table.move(len(found))
        total = sum(view.dollars for view in found)
        self.bar.tell([(f"{len(found)} attempt{'s' if len(found) != 1 else ''}, {figures.dollars(total)}", "dim")] if found else [])
        self._tell(keep_place=True)

    def _heading(self, width: int) -> list[tuple[str, str]]:
        return heading(width, self.host.glyphs)

    def _row(self, number: int, width: int) -> list[tuple[str, str]]:
        view = self._views[number]
        kind = f"{view.settings.gate.consistency}_consistency"
        return row_line(view, width, self.host.glyphs, self.host.now(), number == self.marked, kind)

    @property
    def current(self) -> AttemptView | None:
        """The attempt under the cursor."""
        return self._views.get(self.table.current or 0)

    def on_table_moved(self) -> None:
        self._tell(keep_place=self.current is not None and self.current.number == self._told)

    def _tell(self, keep_place: bool) -> None:
        """All that is known of the attempt under the cursor."""
        view, glyphs, now = self.current, self.host.glyphs, self.host.now()
        if view is not None:
            self._told = view.number
            self.about.show(lambda width: detail(view, width, glyphs, now), keep_place=keep_place)

    def on_table_opened(self) -> None:
        self.action_compare()

    def action_rows(self, by: int) -> None:
        self.table.move(by)

    def action_pages(self, by: int) -> None:
        self.about.scroll_pages(by)

    def action_mark(self) -> None:
        """Marks the first of two attempts; a second press takes the mark away."""
        number = self.table.current or 0
        self.marked = 0 if self.marked == number else number
        self.table.redraw()

    def action_compare(self) -> None:
        """The marked attempt against this one; without a mark, the one it was made from, else the one before."""
        view = self.current
        if view is None:
            return
        earlier = [number for number in self._views if number < view.number]
        other = self.marked or view.parent or (earlier[-1] if earlier else 0)
        if not other or other == view.number:
            self.notify("Mark another attempt first; then this one is compared with it.", markup=False)
        else:
            self.host.open_versus(other, view.number)

    def action_anew(self) -> None:
        """A new attempt with the settings of this one, in the form."""
        view = self.current
        if view is not None:
            self.host.launch(view.target, Choice(parent=view.number))

    def action_suggest(self) -> None:
        if self.current is not None:
            self.host.open_suggestions(self.current.number)

    def action_responses(self) -> None:
        if self.current is not None:
            self.host.open_responses(attempt=self.current.number)

    def action_report(self) -> None:
        if self.current is not None:
            self.host.open_report(self.current.number)
