"""The line chart: raw values as a soft band that keeps every column's extremes, their average as a clear line over it.

Pure functions from a curve and a view to lines of text; cost depends on the chart's width, not on the number of points. Other attempts lie
behind, each with dashes of its own and its number at its end, so that none is told apart by colour alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from screens import figures
from screens.ink import Line, centred
from screens.widgets.axis import Scale, label, log_ticks, ticks, y_range
from screens.widgets.bars import merged
from screens.widgets.curve import Curve
from screens.widgets.extrema import NOTHING
from screens.widgets.glyphs import Glyphs
from screens.widgets.plot import Plot, Span
from screens.widgets.raster import Layer, dots

SMALLEST_WINDOW = 4.0

DASHES = ((3, 1), (1, 1), (2, 2), (1, 2), (5, 2))
"""Cells drawn and left out of the lines of other attempts."""
_BEHIND = ("text", "dim")


class Other(NamedTuple):
    """The curve of another attempt."""

    attempt: int
    curve: Curve


def role_of(place: int) -> str:
    """The role of the other attempt at a place in the legend."""
    return _BEHIND[place % len(_BEHIND)]


class View(NamedTuple):
    """What of a curve is seen. ``window`` None is all of it; ``cross`` is the x under the crosshair, or None."""

    window: Span | None = None
    log: bool = False
    cross: int | None = None


class Marks(NamedTuple):
    """What stands beside the curve, by x: ends of epochs, checkpoints, held-out values, and how far x will go (0 unknown)."""

    epochs: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] = ()
    held_out: tuple[tuple[int, float], ...] = ()
    max_x: int = 0


def extent(curve: Curve, marks: Marks, others: Sequence[Other] = ()) -> Span:
    """The whole width to show: up to the end of training, halved while less than half of it would be filled."""
    drawn = [one for one in (curve, *(other.curve for other in others)) if len(one)]
    first, last = min((float(one.xs[0]) for one in drawn), default=0.0), max((float(one.xs[-1]) for one in drawn), default=1.0)
    end = float(max(marks.max_x, last))
    while end / 2 >= max(last, first + SMALLEST_WINDOW):
        end /= 2
    first = 0.0 if 0 <= first <= max(1.0, end * 0.1) else first
    return first, max(end, first + SMALLEST_WINDOW)


def zoom(view: View, full: Span, factor: float) -> View:
    """Shows ``factor`` of the present width, around the crosshair or the middle; wider than everything is everything."""
    low, high = view.window or full
    centre = view.cross if view.cross is not None and low <= view.cross <= high else (low + high) / 2
    width = max(SMALLEST_WINDOW, (high - low) * factor)
    if width >= full[1] - full[0]:
        return view._replace(window=None)
    share = (centre - low) / (high - low)
    return view._replace(window=_inside(centre - share * width, width, full))


def pan(view: View, full: Span, share: float) -> View:
    """Moves the window by ``share`` of its width; at the ends it stops."""
    if view.window is None:
        return view
    low, high = view.window
    return view._replace(window=_inside(low + share * (high - low), high - low, full))


def _inside(low: float, width: float, full: Span) -> Span:
    low = min(max(low, full[0]), full[1] - width)
    return low, low + width


def move_cross(view: View, curve: Curve, full: Span, points: int) -> View:
    """Moves the crosshair by ``points`` points of the curve, from the newest one when there is none; the window follows."""
    if not len(curve):
        return view
    if view.cross is None:
        index = max(0, bisect_right(curve.xs, (view.window or full)[1]) - 1)
    else:
        index = bisect_left(curve.xs, view.cross) + points
    x = curve.xs[min(max(index, 0), len(curve) - 1)]
    moved = view._replace(cross=x)
    if view.window is not None and not view.window[0] <= x <= view.window[1]:
        width = view.window[1] - view.window[0]
        moved = moved._replace(window=_inside(x - width / 2, width, full))
    return moved


def draw(
    curve: Curve, view: View, marks: Marks, width: int, height: int, glyphs: Glyphs, others: Sequence[Other] = (), unit: str = "steps"
) -> list[Line]:
    """The chart in ``width`` x ``height`` cells: plot, axis with checkpoints, and a line of x labels when there is room."""
    window = view.window or extent(curve, marks, others)
    inside = _inside_of(curve, window)
    low, high = _heights(curve, inside, window, view, marks, others)
    if (low, high) == NOTHING:
        return centred([[("no values here yet", "dim")]], width, height)
    if view.log and high <= 0:
        return centred([[("no value above zero: a log scale shows nothing", "dim")]], width, height)
    labels = height >= 6
    rows = max(1, height - (2 if labels else 1))
    low, high = y_range(low, high, view.log)
    # Within one power of ten the round numbers of a log scale are too few.
    powers = view.log and high / low >= 10
    marks_y = (log_ticks if powers else ticks)(low, high, max(2, rows // 3))
    names = [figures.number(value) if powers else label(value, marks_y) for value in marks_y]
    gutter = max((len(name) for name in names), default=1) + 1
    columns = max(1, width - gutter - 1)
    plot = Plot(window, Scale(low, high, rows * dots(glyphs.raster)[1], view.log), columns, rows, glyphs)
    _draw_curves(plot, curve, inside, marks, others)
    _draw_marks(plot, curve, marks, view, others)
    at_row = {plot.row(value): name for value, name in zip(marks_y, names, strict=True)}
    lines: list[Line] = []
    for row in range(rows):
        name = at_row.get(row)
        side = glyphs.tick if name is not None else glyphs.frame[5]
        lines.append([((name or "").rjust(gutter - 1) + " ", "dim"), (side, "frame"), *plot.spans(row)])
    lines.append([(" " * gutter, ""), *_axis_line(plot, marks, columns, glyphs)])
    if labels:
        lines.append([(" " * (gutter + 1), ""), (_axis_labels(plot, columns, unit), "dim")])
    return lines


def _inside_of(curve: Curve, window: Span) -> slice:
    return slice(bisect_left(curve.xs, window[0]), bisect_right(curve.xs, window[1]))


def _heights(curve: Curve, inside: slice, window: Span, view: View, marks: Marks, others: Sequence[Other]) -> Span:
    """The least and the greatest value to show; on a log scale the least above zero."""
    low, high = curve.extrema.between(inside.start, inside.stop)
    extra = [y for x, y in marks.held_out if window[0] <= x <= window[1]] + _glimpse(curve.line, inside)
    for other in others:
        extra += _glimpse(other.curve.line, _inside_of(other.curve, window))
    for y in extra:
        if math.isfinite(y) and (y > 0 or not view.log):
            low, high = min(low, y), max(high, y)
    if view.log and low <= 0 < high:
        low = min((y for y in curve.ys[inside] if y > 0), default=high)
    return low, high


def _glimpse(values: Sequence[float], inside: slice) -> list[float]:
    """Some 128 values of a line, enough to know how high it reaches."""
    return list(values[inside.start : inside.stop : max(1, (inside.stop - inside.start) // 128)])


def _draw_curves(plot: Plot, curve: Curve, inside: slice, marks: Marks, others: Sequence[Other]) -> None:
    """From back to front: this curve's values as a soft band, other attempts dashed, held-out values, this curve's line."""
    if curve.smooth:
        _trace(plot, plot.layer("soft", "."), curve, curve.ys, inside)
    for place, other in enumerate(others):
        layer = plot.layer(role_of(place), "-")
        _trace(plot, layer, other.curve, other.curve.line, _inside_of(other.curve, plot.window))
        layer.dashed(*DASHES[place % len(DASHES)])
    if marks.held_out:
        plot.polyline(plot.layer("warn", "o"), [x for x, _ in marks.held_out], [y for _, y in marks.held_out])
    _trace(plot, plot.layer("accent", "#"), curve, curve.line, inside)


def _trace(plot: Plot, layer: Layer, curve: Curve, values: Sequence[float], inside: slice) -> None:
    """One line: with more points than columns of dots by its extremes or samples, with fewer from point to point."""
    if inside.stop - inside.start > plot.width:
        stops = plot.stops(curve.xs, inside)
        if values is curve.ys:
            plot.band(layer, curve, inside.start, stops)
        else:
            plot.sampled(layer, values, inside.start, stops)
    else:
        around = slice(max(0, inside.start - 1), inside.stop + 1)
        plot.polyline(layer, curve.xs[around], values[around])


def _draw_marks(plot: Plot, curve: Curve, marks: Marks, view: View, others: Sequence[Other]) -> None:
    """Ends of epochs as lines in what is still blank, attempts' numbers at their ends, and the crosshair over all but the curve."""
    cross = None if view.cross is None else plot.column(view.cross)
    for place, other in enumerate(others):
        _name_end(plot, other, role_of(place))
    for number, x in enumerate(marks.epochs, start=1):
        column = plot.column(x)
        plot.write(0, column + 1, f" epoch {number}", "faint")
        for row in range(plot.rows):
            plot.write(row, column, plot.glyphs.epoch, "frame")
    if cross is not None and 0 <= cross < plot.columns:
        front = plot.layers[-1].layer
        for row in range(plot.rows):
            if not front.rows[row][cross]:
                plot.write(row, cross, plot.glyphs.frame[5], "text", over=True)


def _name_end(plot: Plot, other: Other, role: str) -> None:
    """The attempt's number where its line ends, or leaves the window."""
    inside = _inside_of(other.curve, plot.window)
    for index in range(inside.stop - 1, inside.start - 1, -1):
        value = other.curve.line[index]
        if plot.shown(value):
            name = str(other.attempt)
            plot.write(plot.row(value), min(plot.column(other.curve.xs[index]) + 1, plot.columns - len(name)), name, role, over=True)
            return


def _axis_line(plot: Plot, marks: Marks, columns: int, glyphs: Glyphs) -> Line:
    corner = "+" if glyphs.ascii else "└"
    cells = [(glyphs.rule, "frame")] * columns
    for x in marks.epochs:
        if 0 <= (column := plot.column(x)) < columns:
            cells[column] = (glyphs.epoch, "dim")
    for x in marks.checkpoints:
        if 0 <= (column := plot.column(x)) < columns:
            cells[column] = (glyphs.checkpoint, "accent")
    return [(corner, "frame"), *merged(cells)]


def _axis_labels(plot: Plot, columns: int, unit: str) -> str:
    """Numbers under the axis, each centred on its place, the last followed by the unit."""
    places = ticks(*plot.window, max(2, columns // 10))
    text = [" "] * columns
    free = 0
    for place in places:
        name = figures.count(place) if place >= 10_000 else f"{place:g}"
        if place == places[-1]:
            name += f" {unit}"
        start = min(max(plot.column(place) - len(name.split(" ")[0]) // 2, 0), columns - len(name))
        if start < free or start < 0:
            continue
        text[start : start + len(name)] = name
        free = start + len(name) + 1
    return "".join(text)
