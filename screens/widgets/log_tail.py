"""The last lines of the running or last step's log; the log screen has all of it."""

from __future__ import annotations

from core.runs.loglevel import Level, level_of
from core.runs.snapshot import Snapshot
from screens.ink import Line, harmless, width_of, wrapped
from screens.widgets.pane import Pane
from screens.widgets.steps import next_step

_ROLES: dict[Level, str] = {"error": "bad", "warning": "warn", "all": "dim"}


def role_of(line: str) -> str:
    """What a line of a log looks like, by how loud it is."""
    return _ROLES[level_of(line)]


def whole(line: str, width: int) -> list[str]:
    """All of a line in rows of ``width`` cells, those after the first indented further."""
    if width_of([(line, "")]) <= width:
        return [line]
    indent = " " * min(len(line) - len(line.lstrip()), width // 2)
    first, *rest = wrapped(line.lstrip(), max(1, width - len(indent) - 2))
    return [indent + first, *(f"{indent}  {part}" for part in rest)]


class LogPane(Pane):
    """Newest line at the bottom; while rows are free, the newest lines are told whole."""

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
        spare = height - len(shown)
        lines: list[Line] = []
        for line in reversed(shown):
            parts = whole(line, width)
            if len(parts) - 1 > spare:
                parts = [line]
            spare -= len(parts) - 1
            lines[:0] = [[(part, role_of(line))] for part in parts]
        return lines
