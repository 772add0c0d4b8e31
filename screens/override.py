"""Going through a gate that has not passed: needs a reason, which is recorded and shown from then on."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from core.plan.phases import PHASES
from core.runs.snapshot import GateView
from core.text import plain_line
from screens.base import STYLES
from screens.ink import Line, wrapped
from screens.titled import TitledScreen
from screens.widgets.footer import Footer
from screens.widgets.gate import rows
from screens.widgets.glyphs import Glyphs
from screens.widgets.page import Page
from screens.widgets.title import TitleBar


def content(gate: GateView, width: int, glyphs: Glyphs) -> list[Line]:
    """What is known of the failed gate, and what overriding it means."""
    room = max(20, min(width - 6, 72))
    lines: list[Line] = [[], [(f"  {plain_line(gate.title)} was not passed.", "title")], []]
    lines += [[("  ", ""), *line] for line in rows(gate, room, 4 * len(gate.criteria), glyphs)]
    opens = "unlocks the next phase" if gate.id != PHASES[-1].gate.id else "lets Phase 1C begin with what was measured"
    said = f"An override {opens}. It is recorded with its reason and shown wherever the gate is."
    keys = "Write the reason below and press enter; escape leaves the gate as it is."
    lines += [[], *([(f"  {text}", "text")] for text in wrapped(said, width - 4))]
    return lines + [[(f"  {text}", "dim")] for text in wrapped(keys, width - 4)]


class OverrideScreen(TitledScreen):
    """Nothing happens without a reason. ``attempt``: whose gate it is."""

    SCOPE = "everywhere"
    CSS_PATH = STYLES / "override.tcss"

    def __init__(self, attempt: int, gate: GateView) -> None:
        super().__init__()
        self.attempt = attempt
        self.gate = gate
        self.bar = TitleBar("Override a gate")
        self.page = Page()
        self.reason = Input(placeholder="reason", id="reason", compact=True)

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield self.reason
        yield Footer("everywhere", leave_out=frozenset({"quit", "help"}))

    def on_mount(self) -> None:
        glyphs = self.host.glyphs
        self.page.show(lambda width: content(self.gate, width, glyphs))
        self.reason.focus()

    def on_key(self, event: events.Key) -> None:
        """What does not fit is scrolled to while the reason is being written."""
        by = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}.get(event.key)
        if by is not None:
            event.stop()
            self.page.scroll_lines(by)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.host.override(self.attempt, self.gate.id, event.value.strip())
            self.dismiss()
