"""How fast a step has been going, over all the time that is known of it: what a rate over the last half minute cannot show."""

from __future__ import annotations

import math

MOST_POINTS = 600
_LEAST_SECONDS = 1.0


class Pace:
    """Rates between one word of progress and the next, at least a second apart; ``points`` is a frozen picture of them."""

    def __init__(self) -> None:
        self._points: list[tuple[float, float]] = []
        self._since: tuple[float, int] | None = None
        self._picture: tuple[tuple[float, float], ...] | None = ()

    def told(self, time: float, done: int) -> None:
        """So much was done at that time. Less than before means that something else was begun."""
        if self._since is None or done < self._since[1] or time < self._since[0]:
            self.broke()
            self._since = time, done
            return
        seconds = time - self._since[0]
        if seconds < _LEAST_SECONDS:
            return
        self._add(time, (done - self._since[1]) / seconds)
        self._since = time, done

    def broke(self) -> None:
        """What comes next does not continue what was told before: a gap."""
        if self._since is not None and self._points and not math.isnan(self._points[-1][1]):
            self._add(self._since[0], math.nan)
        self._since = None

    def _add(self, time: float, rate: float) -> None:
        self._points.append((time, rate))
        self._picture = None
        if len(self._points) > MOST_POINTS:
            # Of every two the slower stays: a time in which nothing moved must not vanish among the others.
            pairs = zip(self._points[::2], self._points[1::2], strict=False)
            self._points = [min(pair, key=_slowness) for pair in pairs] + self._points[len(self._points) // 2 * 2 :]

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """(time, units a second), oldest first; NaN is a gap. The same object until something is told."""
        if self._picture is None:
            self._picture = tuple(self._points)
        return self._picture


def _slowness(point: tuple[float, float]) -> float:
    return -1.0 if math.isnan(point[1]) else point[1]
