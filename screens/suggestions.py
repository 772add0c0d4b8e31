"""After a failed gate: what was missed, and ready-made changes of settings, each with the figure that speaks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from textual.widget import Widget

from core.counsel.suggestions import Suggestion
from core.errors import CogumiError
from core.plan.fields import shown
from core.runs.snapshot import GateView
from core.text import plain_line
from screens.base import STYLES
from screens.ink import Line, fit, left, wrapped
from screens.iterating import Choice, Iteration
from screens.keys import bindings
from screens.titled import TitledScreen
from screens.widgets.entries import Entries
from screens.widgets.footer import Footer
from screens.widgets.gate import rows
from screens.widgets.glyphs import Glyphs
from screens.widgets.page import Page
from screens.widgets.title import TitleBar

_MOST_WHY = 6
_TEXT = 96


def missed(gate: GateView, width: int, glyphs: Glyphs) -> list[Line]:
    """The gate's criteria, one a line, with what it wants, and under each what is noted of it."""
    room = min(width - 4, 76)
    lines: list[Line] = []
    for criterion, line in zip(gate.criteria, rows(gate, room, len(gate.criteria), glyphs), strict=True):
        role = "warn" if criterion.out_of_reach else "faint"
        notes = wrapped(plain_line(criterion.note), max(8, room - 3)) if criterion.note else []
        lines += [[(" ", ""), *line], *([("    ", ""), (note, role)] for note in notes)]
    return lines


def entry(suggestion: Suggestion, chosen: bool, settings: Mapping[str, Any], width: int, glyphs: Glyphs) -> list[Line]:
    """One suggestion: its title, what it changes if it does, what came of it where it was tried, and why."""
    mark = glyphs.met if chosen else " "
    lines: list[Line] = [[(f"  {mark} ", "accent"), (plain_line(suggestion.title), "strong")]]
    name = max((len(key) for key, _ in suggestion.changes), default=0) + 2
    for key, value in suggestion.changes:
        before = shown(settings[key]) if key in settings else ""
        change = glyphs.say(f"{plain_line(before) or '(empty)'} → {plain_line(shown(value))}")
        lines.append(fit([("      ", ""), (left(key, name), "dim"), (change, "accent")], width, glyphs.ellipsis, fill=False))
    for said, role in ((suggestion.tried, "warn"), (suggestion.why, "text")):
        texts = wrapped(glyphs.say(plain_line(said, 1000)), min(_TEXT, max(20, width - 8))) if said else []
        lines += [[("      ", ""), (text, role)] for text in texts[:_MOST_WHY]]
    return lines


class SuggestionsScreen(TitledScreen):
    """Starts nothing: what is chosen is put into the form of a new attempt, where it can be changed."""

    SCOPE = "suggestions"
    BINDINGS = bindings("suggestions")
    CSS_PATH = STYLES / "suggestions.tcss"

    def __init__(self, attempt: int = 0) -> None:
        super().__init__()
        self._attempt = attempt
        self.found: Iteration | None = None
        self.chosen: set[str] = set()
        self.bar = TitleBar("What to change")
        self.gate = Page(id="gate")
        self.entries = Entries(self._draw, "looking at the figures")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.gate
        yield self.entries
        yield Footer("suggestions")

    def on_mount(self) -> None:
        source, attempt = self.host.source, self._attempt
        self.gate.styles.height = 1
        self.host.ask(lambda: source.iteration(attempt), self._arrived, self._failed)

    def _failed(self, error: CogumiError) -> None:
        self.entries.empty = plain_line(str(error))
        self.entries.show(0)

    def _arrived(self, found: Iteration) -> None:
        self.found = found
        glyphs, gate = self.host.glyphs, found.gate
        if gate is None:
            self.entries.empty = "no gate has failed here; suggestions come from what a failed gate missed"
        else:
            self.bar.tell([(f"{gate.title} failed", "bad"), (f" in attempt {found.attempt}", "dim")])
            self._make_room()
            self.gate.show(lambda width: missed(gate, width, glyphs))
            self.entries.empty = "every way that is known was tried; change what you like in the form"
        self.entries.show(len(found.suggestions))

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """The criteria with their notes, and a gap under them."""
        if self.found is not None and self.found.gate is not None:
            self.gate.styles.height = len(missed(self.found.gate, self.app.size.width, self.host.glyphs)) + 1

    def _draw(self, number: int, width: int, here: bool) -> tuple[list[Line], list[Line]]:
        assert self.found is not None
        suggestion = self.found.suggestions[number]
        return [[]] if number else [], entry(suggestion, suggestion.id in self.chosen, self.found.settings, width, self.host.glyphs)

    @property
    def _given(self) -> Sequence[Suggestion]:
        return self.found.suggestions if self.found is not None else ()

    @property
    def current(self) -> Suggestion | None:
        """The suggestion under the cursor."""
        return self._given[self.entries.cursor] if self.entries.cursor < len(self._given) else None

    def choice(self) -> Choice:
        """The marked suggestions together, else the one under the cursor; of two that change one setting the later in the list holds."""
        taken = [s for s in self._given if s.id in self.chosen] or [s for s in (self.current,) if s is not None]
        values = {key: value for suggestion in taken for key, value in suggestion.changes}
        return Choice(tuple(values.items()), parent=self.found.attempt if self.found is not None else 0)

    def _tried(self) -> Choice | None:
        """The choice, None where there is nothing to try: under the cursor is what no training can meet."""
        if self.found is None or self.found.gate is None:
            return None
        if self.current is not None and not self.chosen and not self.current.changes:
            free = self.host.keys.first("suggestion_free", self.host.glyphs.ascii)
            self.notify(f"There is no change to try here; {free} is for changes of your own.", markup=False)
            return None
        return self.choice()

    def action_rows(self, by: int) -> None:
        self.entries.move(by)

    def action_pages(self, by: int) -> None:
        self.entries.move_pages(by)

    def action_mark(self) -> None:
        """Takes the suggestion together with others, or not."""
        if self.current is not None and self.current.changes:
            self.chosen ^= {self.current.id}
            self.entries.redraw()

    def action_open(self) -> None:
        choice = self._tried()
        if self.found is not None and choice is not None:
            self.host.launch(self.found.target, choice)

    def action_free(self) -> None:
        """A new attempt with the settings of this one, to be changed in the form."""
        if self.found is not None and self.found.gate is not None:
            self.host.launch(self.found.target, Choice(parent=self.found.attempt))

    def action_copy(self) -> None:
        choice = self._tried()
        if self.found is not None and choice is not None:
            source, target = self.host.source, self.found.target
            self.host.ask(lambda: source.command(target, choice), lambda text: self.host.copy(text, "the command"))

    def on_entries_opened(self) -> None:
        self.action_open()
