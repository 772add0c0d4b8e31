"""Layers of dots laid over each other into lines of text: what the chart draws its curves, marks and words on.

Rows are handled as whole byte strings: which layer a cell shows is one byte, and a stretch of cells of the same layer is one span.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from screens.ink import Line
from screens.widgets.axis import Scale
from screens.widgets.bars import merged
from screens.widgets.curve import Curve
from screens.widgets.extrema import BLOCK
from screens.widgets.glyphs import Glyphs
from screens.widgets.raster import Layer, dots

Span = tuple[float, float]
_STRETCH = re.compile(rb"(.)\1*", re.DOTALL)
_FILLED = bytes([0, *[255] * 255])
_WORD = 255  # a cell that shows a character of its own
_FROM_BLOCKS = 4 * BLOCK
"""Points a column of dots from which edges may move to whole blocks."""


class Painted(NamedTuple):
    """A layer and the role that its dots are drawn in."""

    layer: Layer
    role: str


class Plot:
    """An area of ``columns`` x ``rows`` cells that spans ``window`` sideways and ``scale`` upwards. Later layers hide earlier ones."""

    def __init__(self, window: Span, scale: Scale, columns: int, rows: int, glyphs: Glyphs) -> None:
        self.window, self.scale, self.glyphs = window, scale, glyphs
        self.columns, self.rows = columns, rows
        self.layers: list[Painted] = []
        self._stops: dict[int, list[int]] = {}
        self._words: dict[int, dict[int, tuple[str, str]]] = {}
        self._y: Callable[[float], int] = scale.mapper()
        self._dots_x, self._dots_y = dots(glyphs.raster)
        self.width = columns * self._dots_x

    def layer(self, role: str, sign: str) -> Layer:
        """A new layer over the others."""
        layer = Layer(self.columns, self.rows, self.glyphs.raster, sign)
        self.layers.append(Painted(layer, role))
        return layer

    def x(self, value: float) -> int:
        """Column of dots of an x, which may lie outside."""
        low, high = self.window
        return round((value - low) / (high - low) * (self.width - 1))

    def column(self, value: float) -> int:
        """Column of cells of an x, which may lie outside."""
        return self.x(value) // self._dots_x

    def row(self, value: float) -> int:
        """Row of cells of a value."""
        return self._y(value) // self._dots_y

    def shown(self, value: float) -> bool:
        """Whether a value has a place on the scale."""
        return math.isfinite(value) and (value > 0 or not self.scale.log)

    def stops(self, xs: Sequence[int], inside: slice) -> list[int]:
        """For every column of dots the index after its last point. With many points a column its edge may move to a whole block of
        the extremes, by less than a quarter of a dot."""
        known = self._stops.get(id(xs))
        if known is not None:
            return known
        low, high = self.window
        first, last, step = inside.start, inside.stop, (high - low) / self.width
        edges = [math.ceil(low + column * step) for column in range(1, self.width)]
        if xs[last - 1] - xs[first] == last - 1 - first:
            base = first - xs[first]
            found = [min(max(edge + base, first), last) for edge in edges]
        else:
            found = [bisect_left(xs, edge, first, last) for edge in edges]
        if last - first >= _FROM_BLOCKS * self.width:
            found = [max(first, stop - stop % BLOCK) for stop in found]
        found.append(last)
        self._stops[id(xs)] = found
        return found

    def band(self, layer: Layer, curve: Curve, start: int, stops: Sequence[int]) -> None:
        """Every column from the smallest to the largest of its points, and on to its neighbour's, so that no spike is lost."""
        y, run, floor, log = self._y, layer.run, layer.height - 1, self.scale.log
        above = below = -1
        for x, (smallest, largest) in enumerate(curve.extrema.columns(start, stops)):
            if smallest > largest or (log and largest <= 0):
                if stops[x] > start:
                    above = below = -1
                    start = stops[x]
                continue
            start = stops[x]
            top, bottom = y(largest), floor if log and smallest <= 0 else y(smallest)
            run(x, top if above < 0 or top < below else below, bottom if above < 0 or bottom > above else above)
            above, below = top, bottom

    def sampled(self, layer: Layer, values: Sequence[float], start: int, stops: Sequence[int]) -> None:
        """A line through the last value of every column."""
        before: tuple[int, int] | None = None
        for x, stop in enumerate(stops):
            if stop <= start:
                continue
            start = stop
            value = values[stop - 1]
            if not self.shown(value):
                before = None
                continue
            y = self._y(value)
            if before is None or x - before[0] > 1:
                layer.line(*(before or (x, y)), x, y)
            else:
                last = before[1]
                layer.run(x, last if last == y else last + (1 if y > last else -1), y)
            before = x, y

    def polyline(self, layer: Layer, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Straight lines from point to point, broken where a value is missing."""
        before: tuple[int, int] | None = None
        for x, y in zip(xs, ys, strict=True):
            if not self.shown(y):
                before = None
                continue
            point = self.x(x), self._y(y)
            layer.line(*(before or point), *point)
            before = point

    def write(self, row: int, column: int, text: str, role: str, over: bool = False) -> None:
        """Characters in a row: into blank cells only, or ``over`` whatever is there. Outside the area nothing is written."""
        if not 0 <= row < self.rows or column < 0 or column + len(text) > self.columns:
            return
        if not over and (any(any(layer.rows[row][column : column + len(text)]) for layer, _ in self.layers)):
            return
        words = self._words.setdefault(row, {})
        for offset, character in enumerate(text):
            if over or column + offset not in words:
                words[column + offset] = character, role

    def spans(self, row: int) -> Line:
        """One row as spans of characters and roles."""
        size, kinds = self.columns, 0
        texts = [""]
        for number, (layer, _) in enumerate(self.layers, start=1):
            cells = layer.rows[row]
            if any(cells):
                mask = int.from_bytes(cells.translate(_FILLED))
                kinds = kinds & ~mask | int.from_bytes(bytes((number,)) * size) & mask
                texts.append(layer.text(row))
            else:
                texts.append("")
        words = self._words.get(row)
        if not kinds and not words:
            return [(" " * size, "")]
        shown = bytearray(kinds.to_bytes(size))
        for column in words or ():
            shown[column] = _WORD
        line: Line = []
        for found in _STRETCH.finditer(shown):
            start, stop = found.span()
            kind = shown[start]
            if not kind:
                line.append((" " * (stop - start), ""))
            elif kind == _WORD:
                assert words is not None
                line += merged([words[column] for column in range(start, stop)])
            else:
                line.append((texts[kind][start:stop], self.layers[kind - 1].role))
        return line
