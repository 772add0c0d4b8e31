"""Figures in words: shares, differences, durations, money, dates; the same everywhere in a report."""

from __future__ import annotations

import math
import time

from core.measures.estimate import Estimate
from core.measures.estimate import percent as known_percent
from core.measures.paired import Difference
from core.plan.ledger import dollars as dollars
from core.report.document import Cell, Tone

NONE = "–"
_MOST_DIGITS = 5
"""What is still nothing with so many digits is the rounding of sums."""


def percent(value: float | None, digits: int = 1) -> str:
    """A share as ``12.3 %``; a dash where there is none."""
    return NONE if value is None or math.isnan(value) else known_percent(value, digits)


def interval(low: float, high: float, signed: bool = False) -> str:
    """A 95 % interval of a share or a difference, in hundredths."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"[{points(low)}, {points(high)}]" if signed else f"[{low * 100:.1f}, {high * 100:.1f}]"


def figure(estimate: Estimate | None, tone: Tone = "", digits: int = 1) -> Cell:
    """A share with its interval and n."""
    if estimate is None or math.isnan(estimate.value):
        return Cell(NONE, tone="dim")
    return Cell(percent(estimate.value, digits), f"{interval(estimate.low, estimate.high)} n\u00a0{estimate.n:,}".strip(), tone)


def points(value: float) -> str:
    """A difference of shares in hundredths, with its sign: ``+3.6``; a small one has the digits that show its side of 0, ``-0.04``."""
    digits = next((digits for digits in range(1, _MOST_DIGITS + 1) if round(value * 100, digits)), 1)
    return f"{round(value * 100, digits) + 0.0:+.{digits}f}"


def difference(found: Difference | None) -> Cell:
    """A paired difference in percentage points; quiet where its interval holds 0."""
    if found is None:
        return Cell(NONE, tone="dim")
    open_ = found.low <= 0 <= found.high
    return Cell(points(found.value), f"{interval(found.low, found.high, True)} n\u00a0{found.n:,}", "dim" if open_ else "strong")


def p_value(p: float | None) -> str:
    """A p as people write it."""
    if p is None:
        return NONE
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def duration(seconds: float) -> str:
    """A duration: ``4.5 s``, ``12 s``, ``3 min 20 s``, ``2 h 05 min``; the unit is chosen after rounding."""
    if seconds > 0 and (tenths := round(seconds, 1)) < 10:
        return f"{tenths:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(seconds: float) -> str:
    """A moment in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def span(pair: tuple[float, float] | None, unit: str) -> str:
    """What the plan expects: ``30–45 min`` or ``$0.50–1.00``."""
    if pair is None:
        return NONE
    low, high = pair
    if unit == "$":
        return f"${low:.2f}" if low == high else f"${low:.2f}–{high:.2f}"
    return f"{low:g} {unit}" if low == high else f"{low:g}–{high:g} {unit}"


def counted(number: int, one: str, many: str = "") -> str:
    """``1 problem``, ``2 problems``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def category_name(category: object) -> str:
    """A category's name, ``all trained`` for the trained ones together."""
    return "all trained" if category is None else str(category)


def verdict_mark(correct: bool | None) -> str:
    """How a grade is shown."""
    return {True: "right", False: "wrong", None: "not graded"}[correct]
