"""One training curve as it grows: its points, their extremes, and an exponential moving average over them.

The average is the one of wandb and TensorBoard: s = a*s + (1-a)*y, divided by 1 - a**n so that its start is not pulled to zero.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from screens.widgets.extrema import Extrema

SMOOTHING: tuple[float | None, ...] = (None, 0.6, 0.9, 0.97, 0.99, 0.999, 0.0)
"""The averages to choose from: None fits the curve's length, 0.0 shows none."""

_LEAST_AVERAGED = 32
_MOST_FITTING = 0.995


def fitting(points: int) -> float:
    """A strength for so many points: none for a few, then over about a twelfth of the curve. It changes when the points have doubled."""
    if points < _LEAST_AVERAGED:
        return 0.0
    return min(_MOST_FITTING, 1 - 12 / (1 << points.bit_length() - 1))


class Curve:
    """Points with ascending ``xs``; a ``ys`` that is not finite is a gap. ``strength`` is the average's, whatever was chosen."""

    def __init__(self, smoothing: float | None = SMOOTHING[0]) -> None:
        self.smoothing = smoothing
        self._clear()

    def _clear(self) -> None:
        self.xs: list[int] = []
        self.ys: list[float] = []
        self.extrema = Extrema()
        self._restart()

    def __len__(self) -> int:
        return len(self.xs)

    def update(self, xs: Sequence[int], ys: Sequence[float]) -> bool:
        """Takes the whole curve as it now is; only what is new costs time. True when something changed."""
        restarted = not self._continues(xs, ys)
        if restarted:
            self._clear()
        known = len(self.xs)
        if len(xs) > known:
            self.xs.extend(xs[known:])
            self.ys.extend(ys[known:])
            self.extrema.extend(ys[known:])
            if self.smoothing is None and fitting(len(self.xs)) != self.strength:
                self._restart()
                known = 0
            self._average(self.ys[known:])
        return restarted or len(xs) > known

    def _continues(self, xs: Sequence[int], ys: Sequence[float]) -> bool:
        known = len(self.xs)
        if known == 0:
            return True
        if len(xs) < known or xs[0] != self.xs[0] or xs[known - 1] != self.xs[-1]:
            return False
        return _same(ys[known - 1], self.ys[-1]) and _same(ys[0], self.ys[0])

    def _restart(self) -> None:
        self.smooth = array("d")  # a quarter of a list's memory
        self._sum = self._weight = 0.0
        self.strength = fitting(len(self.xs)) if self.smoothing is None else self.smoothing

    def _average(self, ys: Sequence[float]) -> None:
        keep = self.strength
        if keep == 0:
            return
        total, weight = self._sum, self._weight
        append = self.smooth.append
        for y in ys:
            if math.isfinite(y):
                total = keep * total + (1 - keep) * y
                weight = keep * weight + (1 - keep)
                append(total / weight)
            else:
                append(math.nan)
        self._sum, self._weight = total, weight

    def set_smoothing(self, smoothing: float | None) -> None:
        """Averages anew with another strength."""
        self.smoothing = smoothing
        self._restart()
        self._average(self.ys)

    @property
    def line(self) -> Sequence[float]:
        """What the eye should follow: the average where there is one, else the values themselves."""
        return self.smooth or self.ys


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))
