"""Whether a figure meets a threshold for certain, and if not, how many more problems would likely decide it.

Undecided means that the 95 % interval spans the threshold. The forecast supposes that the figure stays where it is.
"""

from __future__ import annotations

import math
from typing import Literal

from core.measures.estimate import Estimate

Direction = Literal[">=", "<"]

_SAME = 1e-12
"""Figures that differ by less are the same: a mean of shares is rounded in its last digits."""


def meets(value: float, direction: Direction, threshold: float) -> bool:
    """The plan's rule on one number. A value on the threshold, to 1e-12, is at least it and not below it."""
    reached = value >= threshold - _SAME
    return reached if direction == ">=" else not reached


def telling(share: float, direction: Direction, wanted: float, digits: int = 1) -> int:
    """Digits, at least ``digits``, with which a rounded share stands on the side of its threshold on which the share itself is."""
    told = range(digits, digits + 4)
    side = meets(share, direction, wanted)
    return next((n for n in told if meets(float(f"{share * 100:.{n}f}"), direction, round(wanted * 100, 6)) is side), told[-1])


def certainty(estimate: Estimate, direction: Direction, threshold: float) -> Literal["met", "missed", "undecided"]:
    """``met`` or ``missed`` where every value of the interval says the same, else ``undecided``."""
    low, high = meets(estimate.low, direction, threshold), meets(estimate.high, direction, threshold)
    if low != high:
        return "undecided"
    return "met" if low else "missed"


def more_problems(estimate: Estimate, threshold: float, *, difference: bool = False) -> int | None:
    """How many problems beyond ``estimate.n`` until the interval no longer spans ``threshold``; 0 when it does not span it now.

    For a share or a mean of shares the interval holds the p with (value - p)^2 <= K p(1 - p)/n: K follows from the end of the
    interval beyond the threshold, and n = K t(1 - t)/(value - t)^2. For a ``difference`` of shares the half width shrinks with
    the root of n. None when the figure stands on the threshold, for then no number would.
    """
    value, n = estimate.value, estimate.n
    if not estimate.low - _SAME <= threshold <= estimate.high + _SAME:
        return 0
    distance = abs(value - threshold)
    if distance < _SAME:
        return None
    end = estimate.low if threshold < value else estimate.high
    needed = n * ((value - end) / distance) ** 2
    if not difference and 0 < end < 1 and 0 < threshold < 1:
        needed *= threshold * (1 - threshold) / (end * (1 - end))
    return max(1, math.ceil(needed - 1e-9) - n)
