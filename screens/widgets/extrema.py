"""Smallest and largest value of any stretch of a growing curve, without looking at every point.

A pyramid of blocks: level k holds the extremes of 32**k points, whole blocks only. A stretch of m points is answered from at most
64 values a level, so a chart over 100,000 points costs about what one over 1,000 does. Values that are not finite count as missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

BLOCK = 32
NOTHING = (math.inf, -math.inf)
"""Extremes of a stretch that holds no finite value."""


class Extrema:
    """Append-only extremes. Appending costs a constant on average; a query costs the logarithm of its length."""

    def __init__(self) -> None:
        self._low: list[list[float]] = [[]]
        self._high: list[list[float]] = [[]]

    def __len__(self) -> int:
        return len(self._low[0])

    def extend(self, values: Iterable[float]) -> None:
        """Appends values; NaN and infinities are missing values."""
        low, high = self._low[0], self._high[0]
        for value in values:
            finite = math.isfinite(value)
            low.append(value if finite else math.inf)
            high.append(value if finite else -math.inf)
        level = 0
        while len(self._low[level]) >= BLOCK:
            if level + 1 == len(self._low):
                self._low.append([])
                self._high.append([])
            self._fold(level)
            level += 1

    def _fold(self, level: int) -> None:
        low, high = self._low[level], self._high[level]
        above_low, above_high = self._low[level + 1], self._high[level + 1]
        for start in range(len(above_low) * BLOCK, len(low) - BLOCK + 1, BLOCK):
            above_low.append(min(low[start : start + BLOCK]))
            above_high.append(max(high[start : start + BLOCK]))

    def between(self, start: int, stop: int) -> tuple[float, float]:
        """(smallest, largest) of the values start..stop-1, or ``NOTHING`` when none of them is finite."""
        lowest, highest = NOTHING
        level = 0
        while stop > start:
            low, high = self._low[level], self._high[level]
            first, last = -(-start // BLOCK), stop // BLOCK
            if last - first < 2 or level + 1 == len(self._low):
                return min(lowest, min(low[start:stop])), max(highest, max(high[start:stop]))
            if start < first * BLOCK:
                lowest = min(lowest, min(low[start : first * BLOCK]))
                highest = max(highest, max(high[start : first * BLOCK]))
            if last * BLOCK < stop:
                lowest = min(lowest, min(low[last * BLOCK : stop]))
                highest = max(highest, max(high[last * BLOCK : stop]))
            start, stop, level = first, last, level + 1
        return lowest, highest

    def columns(self, start: int, stops: Sequence[int]) -> list[tuple[float, float]]:
        """``between`` for neighbouring stretches: from ``start`` to the first of ``stops``, from there to the next, and so on."""
        found: list[tuple[float, float]] = []
        low, high = (self._low[1], self._high[1]) if len(self._low) > 1 else ([], [])
        for stop in stops:
            if stop <= start:
                found.append(NOTHING)
                continue
            first, before = divmod(start, BLOCK)
            last, after = divmod(stop, BLOCK)
            if before or after:
                found.append(self.between(start, stop))
            else:
                found.append((min(low[first:last]), max(high[first:last])))
            start = stop
        return found
