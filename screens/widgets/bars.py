"""Bars and tracks as text: pure functions that return lines of ``ink``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from screens.ink import Line
from screens.widgets.glyphs import Glyphs

_role = itemgetter(1)


def bar(share: float, width: int, glyphs: Glyphs, role: str = "accent") -> Line:
    """A bar filled to ``share`` (0..1) of ``width`` cells, to half a cell."""
    full, half, rest = glyphs.bar
    if width <= 0:
        return []
    bounded = 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)
    halves = round(bounded * width * 2)
    if halves == 0 and bounded > 0:
        halves = 1  # something is never shown as nothing
    filled = full * (halves // 2) + (half if halves % 2 else "")
    return [(filled, role), (rest * (width - len(filled)), "frame")] if filled else [(rest * width, "frame")]


def track(
    width: int,
    glyphs: Glyphs,
    *,
    before: float | None,
    now: float | None,
    low: float | None = None,
    high: float | None = None,
    threshold: float | None = None,
    role: str = "accent",
) -> Line:
    """Where a share was, is and should be on one line from 0 to 1: ``──○━━━●══┃──``.

    The interval low..high is drawn behind ``now``. On the same cell the later of rail, way, interval, threshold, before, now is seen.
    """
    if width <= 0:
        return []
    rail, way, start, end, mark, interval = glyphs.track
    cells: list[tuple[str, str]] = [(rail, "frame")] * width

    def at(share: float) -> int:
        return min(width - 1, max(0, int(share * width)))

    if before is not None and now is not None:
        first, last = sorted((at(before), at(now)))
        for position in range(first, last + 1):
            cells[position] = (way, "soft")
    if low is not None and high is not None:
        for position in range(at(low), at(high) + 1):
            cells[position] = (interval, role)
    if threshold is not None:
        cells[at(threshold)] = (mark, "warn")
    if before is not None:
        cells[at(before)] = (start, "dim")
    if now is not None:
        cells[at(now)] = (end, role)
    return merged(cells)


def merged(cells: Sequence[tuple[str, str]]) -> Line:
    """Single cells of (character, role) as spans."""
    return [("".join(cell[0] for cell in group), role) for role, group in groupby(cells, key=_role)]
