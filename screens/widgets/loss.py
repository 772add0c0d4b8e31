"""The curves: loss, held-out loss, learning rate, gradient norm and tokens a second, with zoom, pan, log scale, a crosshair, and the same
curve of earlier attempts behind it; with room to spare the others stand small below. While a step runs that trains nothing, its pace."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from core.runs.snapshot import Series, Snapshot
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, beside, centred, fit
from screens.keys import bindings
from screens.ports import host
from screens.widgets import chart
from screens.widgets.chart import DASHES, Marks, Other, View, role_of
from screens.widgets.curve import SMOOTHING, Curve
from screens.widgets.pane import Pane
from screens.widgets.plot import Span
from screens.widgets.steps import TRAINING

PACE = "pace"
SHOWN = {
    PACE: "pace",
    "loss": "loss",
    "held_out": "held-out loss",
    "learning_rate": "learning rate",
    "grad_norm": "gradient norm",
    "tokens_per_second": "tokens a second",
}
_SMALL = ("learning_rate", "grad_norm", "tokens_per_second", "loss")
_SMALL_HEIGHT = 8
_LEAST_WITH_SMALL = (72, 24)


_LEAST_PACE = 3


def pace(snapshot: Snapshot) -> tuple[Sequence[int], Sequence[float]]:
    """Seconds since the step's pace is known, and its units a second then."""
    began = snapshot.pace[0][0] if snapshot.pace else 0.0
    return [round(time - began) for time, _ in snapshot.pace], [rate for _, rate in snapshot.pace]


def points(series: Series, name: str) -> tuple[Sequence[int], Sequence[float]]:
    """x and y of one of the training curves."""
    if name == "held_out":
        return [x for x, _ in series.held_out], [y for _, y in series.held_out]
    values: tuple[float, ...] = getattr(series, name)
    return series.x, values


class LossPane(Pane):
    """The chart and its figures. Curves are kept between snapshots: only new points cost time."""

    TITLE = "Loss"
    BINDINGS = bindings("loss")

    def __init__(self, number: int, **arguments: str | None) -> None:
        super().__init__(number, **arguments)
        self.curve = Curve()
        self._smoothing: float | None = SMOOTHING[0]
        self.view = View()
        self.others: list[Other] = []
        self._laid: Mapping[int, Series] | None = None
        self._attempt = 0
        self._small: dict[str, Curve] = {}
        self._seen = Series()
        self._paced: object = None
        self._shown = "loss"
        self._chosen = False

    def part(self, snapshot: Snapshot, now: float) -> object:
        self._follow(snapshot)
        # The same object comes again until something was added to a curve: its identity says whether anything is new.
        if snapshot.series is not self._seen or snapshot.pace is not self._paced:
            self._seen, self._paced = snapshot.series, snapshot.pace
            self.curve.update(*self._points(self._shown))
        if snapshot.attempt != self._attempt:
            self._attempt = snapshot.attempt
            if self._laid is not None:
                self._fetch()
        return id(self._seen), id(self._paced) if self._shown == PACE else 0

    def _follow(self, snapshot: Snapshot) -> None:
        """Until somebody chooses a curve of which there is something: the pace while a step runs that trains nothing, else the loss."""
        step = snapshot.running
        self._chosen = self._chosen and bool(snapshot.pace if self._shown == PACE else points(snapshot.series, self._shown)[0])
        wanted = PACE if step is not None and step.id not in TRAINING and len(snapshot.pace) >= _LEAST_PACE else "loss"
        if wanted != self._shown and not self._chosen:
            self._seen, self._paced = snapshot.series, snapshot.pace
            self._show(wanted)

    def _points(self, name: str) -> tuple[Sequence[int], Sequence[float]]:
        if name != PACE:
            return points(self._seen, name)
        return pace(self.snapshot) if self.snapshot is not None else ((), ())

    def called(self) -> str:
        return SHOWN[self._shown].capitalize()

    def marks(self) -> Marks:
        """What stands beside the curve; held-out loss only beside the loss."""
        if self._shown == PACE:
            return Marks()
        held_out = self._seen.held_out if self._shown == "loss" else ()
        return Marks(self._seen.epochs, self._seen.checkpoints, held_out, self._seen.max_steps)

    def title(self) -> Line:
        parts = []
        if self.view.log:
            parts.append("log scale")
        if self._averaged and self._smoothing is not None:
            parts.append(f"average {self._smoothing:g}" if self._smoothing else "no average")
        if self.view.window is not None:
            parts.append(f"{self._unit} {self.view.window[0]:.0f} to {self.view.window[1]:.0f}")
        if self._shown == PACE:
            step = self.snapshot.running if self.snapshot else None
            unit = figures.per_unit(plain_line(step.progress.unit) if step is not None else "")
            return [(f"{unit} a second", "dim"), (f" {', '.join(parts)}" if parts else "", "dim")]
        return [(", ".join(parts), "dim")] if parts else []

    @property
    def _averaged(self) -> bool:
        """Only the loss: beside another curve an average would look like a second one."""
        return self._shown == "loss"

    def _new_curve(self) -> Curve:
        return Curve(self._smoothing if self._averaged else 0.0)

    @property
    def _unit(self) -> str:
        """What the curve runs over."""
        return "seconds" if self._shown == PACE else "steps"

    def figures(self, width: int) -> Line:
        series = self._seen
        if self._shown == PACE and len(self.curve):
            return [("now ", "dim"), (figures.number(self.curve.line[-1]), "text")]
        if not series.x:
            return []
        parts: list[tuple[str, str]] = []
        held_out = tuple(y for _, y in series.held_out[-1:])
        for name, values in (("loss", series.loss), ("held-out", held_out), ("lr", series.learning_rate), ("grad", series.grad_norm)):
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
        """Under the crosshair the values there, else the legend of the attempts."""
        if self.view.cross is not None and len(self.curve):
            return fit(self._read_off(self.view.cross), width, self.glyphs.ellipsis, fill=False)
        return fit(self._legend(), width, self.glyphs.ellipsis, fill=False) if self.others else []

    def _read_off(self, cross: int) -> Line:
        index = min(bisect_left(self.curve.xs, cross), len(self.curve) - 1)
        x = self.curve.xs[index]
        shown = [f"{self._unit.removesuffix('s')} {x:,}", f"{SHOWN[self._shown]} {figures.number(self.curve.ys[index])}"]
        if self.curve.smooth:
            shown.append(f"average {figures.number(self.curve.smooth[index])}")
        for other in self.others:
            if other.curve.xs and other.curve.xs[0] <= x <= other.curve.xs[-1]:
                shown.append(f"#{other.attempt} {figures.number(other.curve.line[bisect_left(other.curve.xs, x)])}")
        return [(f" {self.glyphs.separator} ".join(shown), "text")]

    def _legend(self) -> Line:
        """Each attempt's number after a sample of its line."""
        stroke = "-" if self.glyphs.ascii else "⠤"
        line: Line = [(stroke * 6, "accent"), (f" attempt {self._attempt}", "text")]
        for place, other in enumerate(self.others):
            on, off = DASHES[place % len(DASHES)]
            line += [("   ", ""), (((stroke * on + " " * off) * 6)[:6], role_of(place)), (f" {other.attempt}", "text")]
        return line

    def body(self, width: int, height: int) -> list[Line]:
        if not len(self.curve):
            said = "no training yet" if not self._seen.x else f"no {SHOWN[self._shown]} was told"
            return centred([[(said, "dim")], [("the loss is drawn here while a model trains", "faint")]], width, height)
        small = self._small_charts(width, height)
        own = height - len(small)
        return [*chart.draw(self.curve, self.view, self.marks(), width, own, self.glyphs, self.others, self._unit), *small]

    def _small_charts(self, width: int, height: int) -> list[Line]:
        """The other curves side by side, over the same steps as the one in front; none where there is no room."""
        if width < _LEAST_WITH_SMALL[0] or height < _LEAST_WITH_SMALL[1] or self._shown == PACE:
            return []
        names = [name for name in _SMALL if name != self._shown and any(map(math.isfinite, points(self._seen, name)[1][-1:]))][:3]
        if not names:
            return []
        for name in set(self._small) - set(names):
            del self._small[name]
        view = View(self.view.window or self._full(), cross=self.view.cross)
        tall = max(_SMALL_HEIGHT, height // 4)
        each = (width - 3 * (len(names) - 1)) // len(names)
        columns: list[list[Line]] = []
        for name in names:
            curve = self._small.setdefault(name, Curve(0.0))
            curve.update(*points(self._seen, name))
            newest = figures.number(curve.ys[-1]) if name != "tokens_per_second" else figures.count(curve.ys[-1])
            heading = apart([(SHOWN[name], "dim")], [(newest, "text")], each)
            drawn = [heading, *chart.draw(curve, view, Marks(), each, tall - 1, self.glyphs)]
            columns.append(drawn + [[]] * (tall - len(drawn)))
        return [[], *(beside(row, each) for row in zip(*columns, strict=True))]

    def _see(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self.redraw()

    def _full(self) -> Span:
        return chart.extent(self.curve, self.marks(), self.others)

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
        many = max(1, round((high - low) / max(1, self.size.width * 2)))
        self._see(chart.move_cross(self.view, self.curve, self._full(), way * many))

    def action_crosshair(self) -> None:
        if not self.leave_crosshair():
            self._see(chart.move_cross(self.view, self.curve, self._full(), 0))

    def leave_crosshair(self) -> bool:
        """Takes the crosshair away; False when there is none."""
        there = self.view.cross is not None
        self._see(View(self.view.window, self.view.log))
        return there

    def action_log_scale(self) -> None:
        self._see(View(self.view.window, not self.view.log, self.view.cross))

    def action_smoothing(self) -> None:
        if not self._averaged:
            self.app.notify("Only the loss is drawn with an average.", markup=False)
            return
        self._smoothing = SMOOTHING[(SMOOTHING.index(self._smoothing) + 1) % len(SMOOTHING)]
        for curve in (self.curve, *(other.curve for other in self.others)):
            curve.set_smoothing(self._smoothing)
        self.redraw()

    def action_series(self) -> None:
        """The next curve that there is anything of."""
        names = list(SHOWN)
        at = names.index(self._shown)
        order = names[at + 1 :] + names[:at]
        self._chosen = True
        self._show(next((name for name in order if any(map(math.isfinite, self._points(name)[1]))), self._shown))

    def _show(self, name: str) -> None:
        if PACE in (name, self._shown):
            self.view = View(log=self.view.log)  # seconds are not steps
        self._shown = name
        self.curve = self._new_curve()
        self.curve.update(*self._points(name))
        self._lay()

    def action_overlay(self) -> None:
        """Lays earlier attempts under this one, or takes them away."""
        if self._laid is None:
            self._laid = {}
            self._fetch()
        else:
            self._laid = None
            self._lay()

    def _fetch(self) -> None:
        host(self).ask(host(self).source.earlier_curves, self._take_curves)

    def _take_curves(self, found: Mapping[int, Series]) -> None:
        if self._laid is None:
            return
        self._laid = found
        if not found:
            self._laid = None
            self.app.notify("There is no earlier attempt with a training curve to lay under this one.", markup=False)
        self._lay()

    def _lay(self) -> None:
        """Makes the curves of the earlier attempts for what is shown now."""
        self.others = []
        for attempt, series in (self._laid or {}).items():
            curve = self._new_curve()
            if self._shown != PACE:
                curve.update(*points(series, self._shown))
            if len(curve):
                self.others.append(Other(attempt, curve))
        self.redraw()
