"""Graphs over time: one value as a filled area, another as a line over it, newest at the right.

Readings may be seconds or, after a long while unwatched, minutes apart: each stands at its time, and where nothing was read there is a gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from screens.ink import Line
from screens.widgets.axis import Scale
from screens.widgets.glyphs import Glyphs
from screens.widgets.plot import Plot
from screens.widgets.raster import dots

Values = Sequence[float | None]
_LONGEST_HOLD = 15.0
_HOLD_SHARE = 0.05


def trend(
    times: Sequence[float], area: Values, line: Values, seconds: float, width: int, rows: int, glyphs: Glyphs, top: float = 1.0
) -> list[Line]:
    """The last ``seconds`` before the newest time in ``width`` x ``rows`` cells, from 0 to ``top``; a value of None is a gap.

    In a single row there is no room for the line: eighths of a cell show the area alone.
    """
    if not times or width < 1 or rows < 1:
        return []
    if rows == 1:
        return [[(_small(times, area, seconds, width, glyphs, top), "soft")]]
    plot = Plot((0.0, 1.0), Scale(0.0, top, rows * dots(glyphs.raster)[1]), width, rows, glyphs)
    filled, front = plot.layer("soft", ":"), plot.layer("accent", "*")
    floor = filled.height - 1
    before: int | None = None
    y = plot.scale.mapper()
    for x, index in enumerate(_held(times, seconds, plot.width)):
        value = area[index] if index is not None else None
        if value is not None:
            filled.run(x, y(min(value, top)), floor)
        point = line[index] if index is not None else None
        if point is None:
            before = None
            continue
        height = y(min(point, top))
        front.run(x, height if before is None or before == height else before + (1 if height > before else -1), height)
        before = height
    # Two kinds of dots in one cell would have one colour: under the line the area's dots take the line's.
    for above, below in zip(front.rows, filled.rows, strict=True):
        for cell, mask in enumerate(above):
            if mask:
                above[cell] = mask | below[cell]
    return [plot.spans(row) for row in range(rows)]


def _small(times: Sequence[float], area: Values, seconds: float, width: int, glyphs: Glyphs, top: float) -> str:
    """The area as one character a column; something is never shown as nothing."""
    steps = len(glyphs.spark) - 1
    values = [None if index is None else area[index] for index in _held(times, seconds, width)]
    return "".join(glyphs.spark[0 if value is None else max(1, min(steps, round(value / top * steps)))] for value in values)


def _held(times: Sequence[float], seconds: float, columns: int) -> list[int | None]:
    """For every column the reading that holds then: the newest before its end, unless the next one was too long in coming."""
    hold = max(_LONGEST_HOLD, _HOLD_SHARE * seconds)
    broken = {index for index, (a, b) in enumerate(pairwise(times)) if b - a > hold}
    begin = times[-1] - seconds
    found: list[int | None] = []
    for column in range(1, columns + 1):
        moment = begin + column * seconds / columns
        index = bisect_right(times, moment + 1e-6) - 1
        lasting = index >= 0 and (index not in broken or moment - times[index] <= seconds / columns)
        found.append(index if lasting else None)
    return found
