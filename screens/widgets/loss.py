"""The training curves: loss, learning rate, gradient norm or tokens a second, with zoom, pan, log scale and a crosshair."""

from __future__ import annotations

import math
from bisect import bisect_left

from core.runs.snapshot import Series, Snapshot
from screens import figures
from screens.ink import Line, centred
from screens.keys import bindings
from screens.widgets import chart
from screens.widgets.chart import Marks, View
from screens.widgets.curve import SMOOTHING, Curve
from screens.widgets.pane import Pane
from screens.widgets.plot import Span

_SHOWN = {"loss": "Loss", "learning_rate": "Learning rate", "grad_norm": "Gradient norm", "tokens_per_second": "Tokens a second"}


def _values(series: Series, name: str) -> tuple[float, ...]:
    values: tuple[float, ...] = getattr(series, name)
    return values


class LossPane(Pane):
    """The chart and its figures. The curve is kept between snapshots: only new points cost time."""

    TITLE = "Loss"
    BINDINGS = bindings("loss")

    def __init__(self, number: int, **arguments: str | None) -> None:
        super().__init__(number, **arguments)
        self.curve = Curve()
        self.view = View()
        self._seen: Series | None = None
        self._shown = "loss"

    def part(self, snapshot: Snapshot, now: float) -> object:
        # The same object comes again until something was added to the curve: its identity says whether anything is new.
        if snapshot.series is not self._seen:
            self._seen = snapshot.series
            self.curve.update(self._seen.x, _values(self._seen, self._shown))
        return id(self._seen)

    def marks(self) -> Marks:
        """What stands beside the curve; held-out loss only beside the loss."""
        series = self.snapshot.series if self.snapshot else Series()
        held_out = series.held_out if self._shown == "loss" else ()
        return Marks(series.epochs, series.checkpoints, held_out, series.max_steps)

    def title(self) -> Line:
        parts = [] if self._shown == "loss" else [_SHOWN[self._shown].lower()]
        if self.view.log:
            parts.append("log scale")
        if self.curve.smoothing != SMOOTHING[0]:
            parts.append(f"average {self.curve.smoothing:g}" if self.curve.smoothing else "no average")
        if self.view.window is not None:
            parts.append(f"steps {self.view.window[0]:.0f} to {self.view.window[1]:.0f}")
        return [(", ".join(parts), "dim")] if parts else []

    def figures(self, width: int) -> Line:
        series = self.snapshot.series if self.snapshot else Series()
        if not series.x:
            return []
        parts: list[tuple[str, str]] = []
        for name, values in (("loss", series.loss), ("lr", series.learning_rate), ("grad", series.grad_norm)):
            if values and not math.isnan(values[-1]):
                parts.append((name, figures.number(values[-1])))
        if series.tokens_per_second and not math.isnan(series.tokens_per_second[-1]):
            parts.append(("", f"{figures.count(series.tokens_per_second[-1])} tok/s"))
        while parts and sum(len(a) + len(b) + 4 for a, b in parts) > width:
            parts.pop(1 if len(parts) > 1 else 0)
        line: Line = []
        for index, (name, value) in enumerate(parts):
            line += [(f" {self.glyphs.separator} " if index else "", "faint"), (f"{name} " if name else "", "dim"), (value, "text")]
        return line

    def footnote(self, width: int) -> Line:
        cross = self.view.cross
        if cross is None or not len(self.curve):
            return []
        index = min(bisect_left(self.curve.xs, cross), len(self.curve) - 1)
        shown = [f"step {self.curve.xs[index]:,}", f"{self._shown.replace('_', ' ')} {figures.number(self.curve.ys[index])}"]
        if self.curve.smooth:
            shown.append(f"average {figures.number(self.curve.smooth[index])}")
        return [(f" {self.glyphs.separator} ".join(shown), "text")]

    def body(self, width: int, height: int) -> list[Line]:
        if not len(self.curve):
            return centred([[("no training yet", "dim")], [("the loss is drawn here while a model trains", "faint")]], width, height)
        return chart.draw(self.curve, self.view, self.marks(), width, height, self.glyphs)

    def _see(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self.redraw()

    def _full(self) -> Span:
        return chart.extent(self.curve, self.marks())

    def action_zoom_in(self) -> None:
        self._see(chart.zoom(self.view, self._full(), 0.5))

    def action_zoom_out(self) -> None:
        self._see(chart.zoom(self.view, self._full(), 2.0))

    def action_fit(self) -> None:
        self._see(View(log=self.view.log))

    def action_left(self) -> None:
        self._sideways(-1)

    def action_right(self) -> None:
        self._sideways(1)

    def _sideways(self, way: int) -> None:
        """Moves the crosshair when there is one, else the window."""
        if self.view.cross is None:
            self._see(chart.pan(self.view, self._full(), way * 0.25))
            return
        low, high = self.view.window or self._full()
        points = max(1, round((high - low) / max(1, self.size.width * 2)))
        self._see(chart.move_cross(self.view, self.curve, self._full(), way * points))

    def action_crosshair(self) -> None:
        if self.view.cross is None:
            self._see(chart.move_cross(self.view, self.curve, self._full(), 0))
        else:
            self._see(View(self.view.window, self.view.log))

    def action_log_scale(self) -> None:
        self._see(View(self.view.window, not self.view.log, self.view.cross))

    def action_smoothing(self) -> None:
        following = SMOOTHING[(SMOOTHING.index(self.curve.smoothing) + 1) % len(SMOOTHING)]
        self.curve.set_smoothing(following)
        self.redraw()

    def action_series(self) -> None:
        names = list(_SHOWN)
        self._shown = names[(names.index(self._shown) + 1) % len(names)]
        self.curve = Curve(self.curve.smoothing)
        if self.snapshot is not None:
            self.curve.update(self.snapshot.series.x, _values(self.snapshot.series, self._shown))
        self.redraw()
