"""The last lines of the running or last step's log; the log screen has all of it."""

from __future__ import annotations

from core.runs.loglevel import Level, level_of
from core.runs.snapshot import Snapshot
from screens.ink import Line, harmless
from screens.widgets.pane import Pane
from screens.widgets.steps import next_step

_ROLES: dict[Level, str] = {"error": "bad", "warning": "warn", "all": "dim"}


def role_of(line: str) -> str:
    """What a line of a log looks like, by how loud it is."""
    return _ROLES[level_of(line)]


class LogPane(Pane):
    """Newest line at the bottom."""

    TITLE = "Log"

    def part(self, snapshot: Snapshot, now: float) -> object:
        return snapshot.log_tail

    def title(self) -> Line:
        logged = self._step()
        return [(logged, "dim")] if logged else []

    def _step(self) -> str:
        if self.snapshot is None:
            return ""
        step = self.snapshot.running or next((s for s in reversed(self.snapshot.steps) if s.log), None) or next_step(self.snapshot)
        return step.title if step else ""

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        shown = [harmless(line) for line in self.snapshot.log_tail[-height:]]
        if not shown:
            return [[("the log is empty so far", "dim")]]
        return [[(line, role_of(line))] for line in shown]
