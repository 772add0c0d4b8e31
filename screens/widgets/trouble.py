"""Shown while a step is crashed, failed, stalled or stopped by a limit: the likely cause, the last lines of its log, and what to press."""

from __future__ import annotations

from core.runs.snapshot import Snapshot, State, StepView
from core.text import plain_line
from screens import figures
from screens.ink import Line, harmless, width_of, wrapped
from screens.keys import KeyTable
from screens.ports import host
from screens.widgets.glyphs import Glyphs
from screens.widgets.log_tail import role_of
from screens.widgets.pane import Pane
from screens.widgets.steps import ROLES

HEIGHT = 12
_MOST_CAUSE = 6
_PRESS = {
    State.STALLED: (("stop", "stop it"), ("log", "whole log"), ("responses", "what it has made so far")),
    State.CRASHED: (("run", "run it again, what was made is kept"), ("log", "whole log"), ("doctor", "check this machine")),
    State.FAILED: (("run", "run it again, what was made is kept"), ("log", "whole log"), ("settings", "settings")),
    State.STOPPED: (("run", "run it again, with the limit raised"), ("log", "whole log"), ("settings", "settings")),
}


def broken_step(snapshot: Snapshot) -> StepView | None:
    """The step that needs a person: the one that stalls, else the first broken one while nothing else runs."""
    if snapshot.running is not None:
        return snapshot.running if snapshot.running.broken else None
    return next((step for step in snapshot.steps if step.broken), None)


def rows(snapshot: Snapshot, now: float, width: int, height: int, keys: KeyTable, glyphs: Glyphs) -> list[Line]:
    """The cause first, the keys last, and as many of the log's last lines between them as fit."""
    step = broken_step(snapshot)
    if step is None:
        return []
    cause: list[Line] = [[(line, ROLES[step.state])] for line in wrapped(plain_line(step.cause), width)[: min(_MOST_CAUSE, height // 2)]]
    press = _keys(step.state, width, snapshot.writable, keys, glyphs)
    room = height - len(cause) - len(press) - 2
    said = [line for line in snapshot.log_tail if line.strip()][-max(0, room) :] if room > 0 else []
    log: list[Line] = [[("  ", ""), (harmless(line), role_of(line))] for line in said]
    heading: list[Line] = [[("the last lines of its log:" if said else "its log is empty", "faint")]] if room > 0 else []
    gap: list[Line] = [[]] if height > len(cause) + len(press) + len(heading) + len(log) else []
    return [*cause, *heading, *log, *gap, *press][:height]


def _keys(state: State, width: int, writable: bool, keys: KeyTable, glyphs: Glyphs) -> list[Line]:
    """What to press: on one line, or where that is too long, each on its own."""
    found: list[Line] = [
        [(keys.first(id_, glyphs.ascii), "key"), (f" {does}", "text")]
        for id_, does in _PRESS[state]
        if writable or not keys.by_id(id_).writes
    ]
    one = [span for place, line in enumerate(found) for span in (("   " if place else "", ""), *line)]
    return [one] if width_of(one) <= width else found


class TroublePane(Pane):
    """Shown only while something is broken; it takes no focus, for its keys are those of the screen."""

    TITLE = "Trouble"
    can_focus = False

    def part(self, snapshot: Snapshot, now: float) -> object:
        step = broken_step(snapshot)
        return step and (step.id, step.state, step.cause, step.ended and round(now - step.ended)), snapshot.log_tail, snapshot.writable

    def heading(self) -> Line:
        step = broken_step(self.snapshot) if self.snapshot else None
        if step is None:
            return []
        since = f" {figures.spoken(self.now - step.ended)} ago" if step.ended is not None else ""
        return [(f" {self.glyphs.states[step.state]} {step.title} {step.state.value}", f"{ROLES[step.state]}-strong"), (f"{since} ", "dim")]

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        return rows(self.snapshot, self.now, width, height, host(self).keys, self.glyphs)
