"""Consistency by category: how often runs of the same problem agree, before and after training, against the gate's target."""

from __future__ import annotations

from core.runs.snapshot import CategoryView, Snapshot
from screens.ink import Line, centred
from screens.keys import bindings
from screens.widgets.glyphs import Glyphs
from screens.widgets.measured import has_other, has_track, share_heading, share_row, share_track
from screens.widgets.pane import Pane

_METRICS = {"response_consistency": "same response", "answer_consistency": "same answer"}


def rows(views: tuple[CategoryView, ...], metric: str, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The table; the other metric stands at the end of each row where there is room."""
    shown = [view for view in views if view.before.get(metric) or view.now.get(metric) or view.target.get(metric)]
    measured = any(view.before.get(metric) or view.now.get(metric) for view in shown)
    if not measured:
        message: list[Line] = [
            [("nothing measured yet", "dim")],
            [("diagnose measures before training,", "faint")],
            [("validate after it", "faint")],
        ]
        return centred(message, width, height)
    other = next(name for name in _METRICS if name != metric)
    title = "answers" if other.startswith("answer") else "responses"
    table = [share_heading(width, glyphs, title)]
    own_line = not has_track(width) and height > 2 * len(shown)
    for view in shown:
        table.append(share_row(view, metric, width, glyphs, other))
        if own_line:
            table.append(share_track(view, metric, width, glyphs))
    return table


def both(views: tuple[CategoryView, ...], metric: str, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The table, and where a row has no room for the other metric but there is room below, the other metric's table under it."""
    other = next(name for name in _METRICS if name != metric)
    many = len([view for view in views if view.before.get(metric) or view.now.get(metric) or view.target.get(metric)])
    if has_other(width) or height < 2 * (many + 1) + 2 or not any(view.before.get(other) or view.now.get(other) for view in views):
        return rows(views, metric, width, height, glyphs)
    each = (height - 2) // 2
    first = rows(views, metric, width, each, glyphs)
    return [*first, [], [(_METRICS[other], "dim")], *rows(views, other, width, each, glyphs)[1:]]


def wanted_height(views: tuple[CategoryView, ...]) -> int:
    """Rows that the table fills, frame and heading included."""
    return max(5, 3 + len([view for view in views if view.before or view.now or view.target]))


class ConsistencyPane(Pane):
    """``v`` switches between whole responses and canonical answers."""

    TITLE = "Consistency"
    BINDINGS = bindings("consistency")

    def __init__(self, number: int, **arguments: str | None) -> None:
        super().__init__(number, **arguments)
        self._metric: str | None = None

    @property
    def metric(self) -> str:
        """The shown metric: the chosen one, else the one that the gate uses."""
        if self._metric:
            return self._metric
        views = self.snapshot.categories if self.snapshot else ()
        gated = any("answer_consistency" in view.target for view in views)
        return "answer_consistency" if gated else "response_consistency"

    def part(self, snapshot: Snapshot, now: float) -> object:
        return snapshot.categories

    def title(self) -> Line:
        return [(_METRICS[self.metric], "dim")]

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        return both(self.snapshot.categories, self.metric, width, height, self.glyphs)

    def action_switch_metric(self) -> None:
        self._metric = next(name for name in _METRICS if name != self.metric)
        self.redraw()
