"""Round numbers along an axis, and where they stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from screens import figures


class Scale(NamedTuple):
    """Maps values low..high onto dots 0..dots-1, upside down when asked; ``log`` maps their logarithms."""

    low: float
    high: float
    dots: int
    log: bool = False

    def at(self, value: float) -> int:
        """The dot of a value, row 0 at the top. The value must be finite, and positive on a log scale."""
        low, high, v = (math.log10(self.low), math.log10(self.high), math.log10(value)) if self.log else (self.low, self.high, value)
        if high <= low:
            return self.dots // 2
        return round((high - v) / (high - low) * (self.dots - 1))

    def mapper(self) -> Callable[[float], int]:
        """``at`` as a quick function for many values."""
        if self.log:
            return self.at
        low, high, last = self.low, self.high, self.dots - 1
        if high <= low:
            return lambda value: self.dots // 2
        factor = last / (high - low)
        return lambda value: round((high - value) * factor)


def y_range(low: float, high: float, log: bool) -> tuple[float, float]:
    """What a vertical axis spans so that the values fill it: zero is included when it is near, a flat line gets room."""
    if log:
        return (low / 1.2, high * 1.2) if high / low < 1.05 else (low, high)
    if high - low < 1e-12 * max(abs(high), 1e-300):
        pad = abs(high) * 0.1 or 1.0
        return low - pad, high + pad
    if 0 <= low < 0.4 * high:
        low = 0.0
    elif high <= 0 and high > 0.4 * low:
        high = 0.0
    pad = (high - low) * 0.04
    return (low if low == 0 else low - pad), (high if high == 0 else high + pad)


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most ``most`` round numbers within low..high, in rising order; two at least where two are allowed."""
    if most < 1 or not high > low:
        return []
    raw = (high - low) / most
    magnitude = 10 ** math.floor(math.log10(raw))
    finer: list[float] = []
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * magnitude
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        found = [index * step for index in range(first, last + 1)]
        if len(found) < 2 <= most and finer:
            return finer[:: -(-len(finer) // most)]
        if len(found) <= most:
            return found
        finer = found
    return []


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers on a log scale: powers of ten, with 2 and 5 between while there is room."""
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [
            digit * 10.0**power
            for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            for digit in digits
            if low <= digit * 10.0**power <= high
        ]
        if len(found) <= most:
            return found
    return found[:: max(1, -(-len(found) // max(1, most)))]


def label(value: float, ticks_: list[float]) -> str:
    """A tick's number with as many digits as tell it from its neighbours."""
    if value == 0:
        return "0"
    gap = min((b - a for a, b in pairwise(ticks_)), default=abs(value))
    if not 1e-3 <= max(abs(t) for t in ticks_) < 1e5:
        return figures.number(value)
    digits = max(0, -math.floor(math.log10(gap) + 1e-9))
    return f"{value:.{digits}f}" if digits <= 4 else figures.number(value)
