"""Before a stop: what it stops, that its work is kept, and what of the queue will wait."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from core.runs.snapshot import Snapshot, State, StepView
from core.text import plain_line
from screens import figures
from screens.ink import Line, wrapped
from screens.keys import KeyTable, bindings
from screens.titled import TitledScreen
from screens.widgets.footer import Footer
from screens.widgets.glyphs import Glyphs
from screens.widgets.page import Page
from screens.widgets.steps import moving
from screens.widgets.title import TitleBar


def ending(snapshot: Snapshot | None) -> str:
    """Why there is nothing to ask: the step stops already, nothing runs, or nothing is known yet; else ""."""
    if snapshot is None:
        return "It is not known yet whether anything is running."
    step = snapshot.running
    if step is not None and step.state == State.STOPPING:
        return f"The step {step.title} is stopping already; it saves what it has."
    if step is None and not snapshot.supervised:
        return "Nothing is running."
    return ""


def content(snapshot: Snapshot, width: int, keys: KeyTable, glyphs: Glyphs) -> list[Line]:
    """The question in ``width`` cells; when there is nothing to stop any more, that."""
    said = ending(snapshot)
    if said:
        return [[], *_paragraph(said, width, "text")]
    step = snapshot.running
    waiting = [one.title for one in snapshot.steps if one.state == State.QUEUED]
    title = f"Stop the step {step.title}?" if step else "Stop before the next step begins?"
    lines: list[Line] = [[], [(f"  {title}", "title")], []]
    if step is not None:
        lines += [*_paragraph(_how_far(step), width, "text"), []]
        kept = "It stops at the next safe point. Its work is kept: run again, it makes only what is missing."
        lines += _paragraph(kept, width, "text")
    if waiting:
        queue = f"What is queued behind it waits: {', '.join(waiting)} will not run until you start {'them' if waiting[1:] else 'it'}."
        lines += _paragraph(queue, width, "warn")
    yes, no = keys.first("stop_yes", glyphs.ascii), keys.first("stop_no", glyphs.ascii)
    return [*lines, [], *_paragraph(f"Press {yes} to stop, {no} or escape to let it run.", width, "dim")]


def _paragraph(text: str, width: int, role: str) -> list[Line]:
    return [[(f"  {line}", role)] for line in wrapped(text, width - 4)]


def _how_far(step: StepView) -> str:
    progress = moving(step)
    counts = f": {progress.done:,} of {progress.total:,} {plain_line(progress.unit)}".rstrip() if progress.total else ""
    left = f", {figures.duration(progress.eta)} left" if progress.eta is not None else ""
    return f"It is {step.state.value}{counts}{left}."


class StopScreen(TitledScreen):
    """One key stops; a step that ends while the question stands is no longer asked about."""

    SCOPE = "stop"
    BINDINGS = bindings("stop")

    def __init__(self) -> None:
        super().__init__()
        self.bar = TitleBar("Stop")
        self.page = Page()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield Footer("stop", leave_out=frozenset({"back", "quit"}))

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        keys, glyphs = self.host.keys, self.host.glyphs
        self.page.show(lambda width: content(snapshot, width, keys, glyphs), keep_place=True)

    def action_yes(self) -> None:
        self.host.stop_work()
        self.dismiss()

    def action_no(self) -> None:
        self.dismiss()
