"""The two rows over the panes: one line that says how it stands, and under it progress or, on small screens, tabs."""

from __future__ import annotations

import re
from operator import itemgetter

from textual import events
from textual.message import Message

from core.runs.snapshot import ACTIVE, Snapshot, State, StepView
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, beginning, width_of
from screens.keys import PANES, pane_title
from screens.opening import OPENING
from screens.widgets.bars import bar
from screens.widgets.glyphs import Glyphs
from screens.widgets.pane import Painted
from screens.widgets.steps import ROLES, TRAINING, current_gate, elapsed, moving, next_step, share, shown_gate

_STALE = 8.0
"""Seconds without a sign of life from a running step's supervisor after which the header says so."""


def status(snapshot: Snapshot, now: float, width: int, glyphs: Glyphs, hint: tuple[str, ...] = ()) -> Line:
    """The one line: where, what runs, how far, money, state. With less room the less important parts go."""
    dot = glyphs.dot
    state = snapshot.state
    end: Line = []
    if not snapshot.writable:
        end += [("read-only", "warn"), ("   ", "")]
    end += [*_money(snapshot, width >= 100), ("   ", ""), (f"{dot} ", ROLES[state]), (state.value, ROLES[state]), (" ", "")]
    profile = plain_line(snapshot.profile)
    attempt = f" {glyphs.separator} attempt {snapshot.attempt}" if width >= 132 else f" #{snapshot.attempt}"
    where: Line = [(" Cogumi", "accent-strong"), (f"  {profile}{attempt if snapshot.attempt else ''}", "dim")]
    room = width - width_of(where) - width_of(end) - 4
    return apart([*where, ("   ", ""), *_middle(snapshot, now, room, glyphs, hint)], end, width, glyphs.ellipsis)


def _money(snapshot: Snapshot, with_limit: bool) -> Line:
    spending = snapshot.spending
    role = "bad" if spending.warning else "text"
    limit = f" of {figures.dollars(spending.limit)}" if spending.limit and with_limit else ""
    return [(figures.dollars(spending.dollars), role), (limit, "dim")]


def _middle(snapshot: Snapshot, now: float, room: int, glyphs: Glyphs, hint: tuple[str, ...]) -> Line:
    if snapshot.error:
        said = _wrong(plain_line(snapshot.error), snapshot.workspace)
        return [(next((text for text in said if width_of([(text, "")]) <= room), said[-1]), "bad")]
    quiet = stale(snapshot, now)
    step = snapshot.running
    if step is None:
        broken = next((s for s in snapshot.steps if s.broken), None)
        if broken is not None:
            what: Line = [(f"{glyphs.states[broken.state]} {broken.title} {broken.state.value}: ", ROLES[broken.state])]
            return [*what, (beginning(plain_line(broken.cause), lambda text: width_of([*what, (text, "")]) <= room), "text")]
        said = _between(snapshot, hint)
        return [(next((text for text in said if len(text) <= room), ""), "dim")]
    start: Line = [(f"{glyphs.states[step.state]} {step.title}", ROLES[step.state])]
    parts = _parts(step, snapshot, room >= 48)
    parts[:0] = [(0, trouble, "bad") for trouble in (snapshot.shortage, quiet) if trouble]
    while len(parts) > 1 and width_of(start) + sum(len(text) + 3 for _, text, _ in parts) > room:
        parts.remove(max(parts, key=itemgetter(0)))
    line = list(start)
    for _, text, role in parts:
        line += [(f" {glyphs.separator} ", "faint") if len(line) > 1 else ("  ", ""), (text, role)]
    return line


def _wrong(error: str, workspace: str) -> tuple[str, ...]:
    """An error's sentence, the longest wording first: without the workspace's folder, without what stands in brackets, without the way out,
    which the doctor tells."""
    here = error.replace(f"{workspace.rstrip('/')}/", "")
    short = re.sub(r" \([^()]*\)", "", here)
    return error, here, short, f"{re.split('[;:]', short)[0]}; see the doctor"


def _between(snapshot: Snapshot, hint: tuple[str, ...]) -> tuple[str, ...]:
    """What to say while no step runs, the longest wording first."""
    coming, gate = next_step(snapshot), current_gate(snapshot)
    if coming is not None:
        if snapshot.supervised:
            return (f"starting {coming.title}",)
        return (*_opened(snapshot, hint), *hint) if snapshot.writable else ()
    if all(step.state == State.DONE for step in snapshot.steps) and (gate is None or gate.verdict != "open"):
        last = snapshot.gates[-1]
        came_out = {"failed": "was missed", "passed": "has passed"}.get(last.verdict, f"is {last.verdict}")
        return (f"all steps are done; {last.title} {came_out}", f"{last.title} {came_out}")
    if gate is None:
        return ()
    if gate.verdict == "open":
        return (f"deciding {gate.title}",) if snapshot.supervised else (f"{gate.title} is not decided yet",)
    return (f"{gate.title} was missed; what comes after it stays locked", f"{gate.title} was missed")


def _opened(snapshot: Snapshot, hint: tuple[str, ...]) -> tuple[str, ...]:
    """The hint after the gate that has opened the way, while nothing behind it was begun."""
    gate = shown_gate(snapshot)
    if gate is None or gate.verdict not in ("passed", "overridden"):
        return ()
    return tuple(f"{gate.title} {gate.verdict}; {text}" for text in hint)


def _parts(step: StepView, snapshot: Snapshot, wide: bool) -> list[tuple[int, str, str]]:
    """(rank, text, role) in the order of the line; the highest rank goes first when room is short."""
    progress, done = moving(step), share(step)
    parts: list[tuple[int, str, str]] = []
    if done is not None:
        parts.append((1, f"{done * 100:.0f} %", "text"))
        unit = f" {plain_line(progress.unit)}" if wide else ""
        parts.append((3, f"{progress.done:,}/{progress.total:,}{unit}".rstrip(), "text"))
    series = snapshot.series
    if step.id in TRAINING and series.num_train_epochs:
        parts.append((4, f"epoch {series.epoch:.1f}/{series.num_train_epochs:g}", "dim"))
    if progress.doing:
        parts.append((5, plain_line(progress.doing, 60), "dim"))
    if speed := figures.rate(progress.rate, plain_line(progress.unit)):
        parts.append((6, speed, "dim"))
    if progress.eta is not None:
        parts.append((2, f"{figures.duration(progress.eta)} left", "text"))
    else:
        parts.append((2, f"{figures.duration(elapsed(step))} so far", "dim"))
    return parts


def stale(snapshot: Snapshot, now: float) -> str:
    """``last update 12 s ago`` when something runs but nothing was heard of it, else ""."""
    if snapshot.state not in ACTIVE or snapshot.heard is None:
        return ""
    age = now - snapshot.heard
    return f"last update {figures.spoken(age)} ago" if age > _STALE else ""


class Header(Painted):
    """Rows 0 and 1 of the control screen."""

    DEFAULT_CSS = "Header { dock: top; height: 2; }"

    class Jump(Message):
        """A tab was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self) -> None:
        super().__init__()
        self.snapshot: Snapshot | None = None
        self.now = 0.0
        self.tabs: str | None = None
        self.hint: tuple[str, ...] = ()
        self._spans: list[tuple[int, int, str]] = []

    def take(self, snapshot: Snapshot, now: float) -> None:
        """Takes the newest picture; redraws when the status line or the progress reads differently."""
        before = self._reading() if self.snapshot else None
        self.snapshot, self.now = snapshot, now
        if before != self._reading():
            self.redraw()

    def _reading(self) -> object:
        assert self.snapshot is not None
        return status(self.snapshot, self.now, self.size.width or 80, self.glyphs, self.hint), self._progress()

    def _progress(self) -> float | None:
        step = self.snapshot.running if self.snapshot else None
        return share(step) if step else None

    def show_tabs(self, front: str | None) -> None:
        """Shows tabs with ``front`` marked, or the progress rule for None."""
        if self.tabs != front:
            self.tabs = front
            self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        if self.snapshot is None:
            first = OPENING
        else:
            first = status(self.snapshot, self.now, width, self.glyphs, self.hint)
        return [first, self._tab_line(width) if self.tabs else self._rule(width)]

    def _rule(self, width: int) -> Line:
        done = self._progress()
        return bar(done, width, self.glyphs) if done is not None else [(self.glyphs.rule * width, "frame")]

    def _tab_line(self, width: int) -> Line:
        line: Line = []
        self._spans = []
        gap = 2 if width >= 80 else 1
        for number, pane in enumerate(PANES, start=1):
            title = pane_title(pane) if width >= 76 else pane_title(pane)[:4]
            front = pane == self.tabs
            start = width_of(line)
            line += [(" " if number == 1 else "", ""), (f"{number} ", "accent" if front else "faint")]
            line.append((title, "title-focus" if front else "dim"))
            self._spans.append((start, width_of(line), pane))
            line.append((" " * gap, ""))
        return line

    def on_click(self, event: events.Click) -> None:
        if event.y == 1 and self.tabs:
            pane = next((name for start, stop, name in self._spans if start <= event.x < stop), None)
            if pane:
                self.post_message(self.Jump(pane))
