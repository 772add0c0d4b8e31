"""A grid of dots shown as characters: braille (2x4 dots a cell), half blocks (1x2) or ASCII (1x1).

Braille: Unicode block U+2800; the bits of its dots are 1, 2, 4, 64 down the left column and 8, 16, 32, 128 down the right one. A row is one
byte a cell, so that rows are joined, compared and turned into text whole and never cell by cell.
"""

from __future__ import annotations

from screens.widgets.glyphs import Raster

_BITS: dict[Raster, tuple[tuple[int, ...], ...]] = {
    "braille": ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)),
    "block": ((1, 2),),
    "ascii": ((1,),),
}
_BLOCKS = {0: " ", 1: "▀", 2: "▄", 3: "█"}
_BRAILLE_PAGE = 0x28

# _RUNS[raster][column][a][b]: all dots from row a to row b of one cell.
_RUNS = {
    raster: tuple(tuple(tuple(sum(column[a : b + 1]) for b in range(len(column))) for a in range(len(column))) for column in bits)
    for raster, bits in _BITS.items()
}


def dots(raster: Raster) -> tuple[int, int]:
    """How many dots a cell has sideways and upwards."""
    return len(_BITS[raster]), len(_BITS[raster][0])


class Layer:
    """Dots of one kind, drawn in ASCII with ``sign``. Dot (0, 0) is at the top left; dots outside are left out."""

    def __init__(self, columns: int, rows: int, raster: Raster, sign: str = "#") -> None:
        self.raster, self.sign = raster, sign
        self.dots_x, self.dots_y = dots(raster)
        self.width, self.height = columns * self.dots_x, rows * self.dots_y
        self.rows = [bytearray(columns) for _ in range(rows)]
        self._runs = _RUNS[raster]

    def run(self, x: int, top: int, bottom: int) -> None:
        """A vertical stroke from dot row ``top`` to ``bottom``, both included, in any order."""
        if top > bottom:
            top, bottom = bottom, top
        if top < 0:
            top = 0
        if bottom >= self.height:
            bottom = self.height - 1
        if not 0 <= x < self.width or top > bottom:
            return
        rows, dots = self.rows, self.dots_y
        column = x // self.dots_x
        runs = self._runs[x % self.dots_x]
        first, last = top // dots, bottom // dots
        if first == last:
            rows[first][column] |= runs[top % dots][bottom % dots]
            return
        rows[first][column] |= runs[top % dots][dots - 1]
        rows[last][column] |= runs[0][bottom % dots]
        if last - first > 1:
            whole = runs[0][dots - 1]
            for row in rows[first + 1 : last]:
                row[column] |= whole

    def line(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """A straight line between two dots, x0 <= x1, drawn as one vertical stroke a column so that it never breaks."""
        if x1 <= x0:
            self.run(x0, y0, y1)
            return
        slope = (y1 - y0) / (x1 - x0)
        previous = y0
        for x in range(max(x0, 0), min(x1, self.width - 1) + 1):
            y = round(y0 + slope * (x - x0))
            # Meeting half way keeps neighbours' strokes from lying side by side.
            start = previous if previous == y else previous + (1 if y > previous else -1)
            self.run(x, start, y)
            previous = y

    def dashed(self, on: int, off: int) -> None:
        """Takes dots away so that ``on`` columns of cells stay and the ``off`` after them go: a curve told apart without colour."""
        period = on + off
        for row in self.rows:
            for gap in range(on, period):
                row[gap::period] = bytes(len(row[gap::period]))

    def text(self, row: int) -> str:
        """The characters of one row."""
        cells = self.rows[row]
        if self.raster == "braille":
            pairs = bytearray((0, _BRAILLE_PAGE)) * len(cells)
            pairs[::2] = cells
            return pairs.decode("utf-16-le")
        signs = _BLOCKS if self.raster == "block" else {0: " ", 1: self.sign}
        return cells.decode("latin-1").translate(signs)
