"""Figures as people read them: always with a unit, aligned where they stand below each other, never more digits than they deserve."""

from __future__ import annotations

import math
import time

from core.measures.estimate import Estimate
from core.measures.estimate import percent as known_percent
from core.plan.ledger import dollars as known_dollars

MISSING = "–"
AT_MOST = " at most"
"""How a unit of progress ends when its total is a bound, such as ``responses at most``."""


def percent(share: float | None, digits: int = 0) -> str:
    """A share in 0..1 as ``61 %``."""
    if share is None or not math.isfinite(share):
        return MISSING
    return known_percent(share, digits)


def half_width(estimate: Estimate) -> float:
    """Half of the 95 % interval."""
    return (estimate.high - estimate.low) / 2


def with_margin(estimate: Estimate | None, digits: int = 0, margin: int | None = None) -> str:
    """``61 ±5 %``: the figure and half its 95 % interval, that with ``margin`` digits after the point."""
    if estimate is None or not math.isfinite(estimate.value):
        return MISSING
    if estimate.n == 0:
        return MISSING
    return f"{estimate.value * 100:.{digits}f} ±{half_width(estimate) * 100:.{digits if margin is None else margin}f} %"


def threshold(direction: str, value: float, unit: str = "share") -> str:
    """``≥ 40 %`` or ``< 1 h``."""
    sign = "≥" if direction == ">=" else direction
    return f"{sign} {value:g} h" if unit == "hours" else f"{sign} {value * 100:g} %"


def duration(seconds: float | None) -> str:
    """``0:09``, ``12:34``, ``1:02:03`` or ``2 d 03 h``; rounded as the command line and the report round."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    whole = max(0, round(seconds))
    if whole >= 86_400:
        return f"{whole // 86_400} d {whole % 86_400 // 3600:02d} h"
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def spoken(seconds: float) -> str:
    """``12 s``, ``4 min``, ``3 h``: for sentences of what has passed, rounded down."""
    whole = max(0, int(seconds))
    if whole < 90:
        return f"{whole} s"
    if whole < 5400:
        return f"{whole // 60} min"
    return f"{whole // 3600} h"


def forecast(seconds: tuple[float, float]) -> str:
    """``63–80 s``, ``1–5 min``, ``1.9–2.6 h``: how long something may take, from low to high; never shorter than ``seconds`` say.

    The low end is rounded down and the high end up. Where both are the same but for the rounding there is one figure, rounded up.
    """
    low, high = (max(0.0, end) for end in seconds)
    one, unit = (1, "s") if high < 90 else (60, "min") if high < 5400 else (360, "h")
    parts = 10 if unit == "h" else 1
    first, last = math.floor(low / one), math.ceil(high / one)
    if high - low < one:
        first = last
    return f"{last / parts:g} {unit}" if first == last else f"{first / parts:g}–{last / parts:g} {unit}"


def minutes_range(minutes: tuple[float, float]) -> str:
    """``30–45 min`` or ``2–3 h``."""
    low, high = minutes
    if high >= 120:
        low, high, unit = low / 60, high / 60, "h"
    else:
        unit = "min"
    return f"{low:g} {unit}" if low == high else f"{low:g}–{high:g} {unit}"


def dollars(amount: float | None) -> str:
    """``$0.02``, ``$12.40``, ``$1,204``."""
    return MISSING if amount is None or not math.isfinite(amount) else known_dollars(amount)


def dollars_range(amounts: tuple[float, float]) -> str:
    """``$0.50–1`` as the plan writes it."""
    low, high = (_short(amount) for amount in amounts)
    return f"${low}" if low == high else f"${low}–{high}"


def _short(amount: float) -> str:
    return f"{amount:.0f}" if amount == int(amount) else known_dollars(amount).removeprefix("$")


_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def size(amount: float | None) -> str:
    """Bytes as ``820 MiB`` or ``33.1 GiB``."""
    if amount is None:
        return "N/A"
    value, unit = float(amount), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit < 2 or value >= 100 else f"{value:.1f} {_UNITS[unit]}"


def size_of(used: float, total: float) -> str:
    """``33.1 of 79.6 GiB``: both in the larger one's unit."""
    unit = 0
    scale = float(total)
    while scale >= 1000 and unit < len(_UNITS) - 1:
        scale, unit = scale / 1024, unit + 1
    first = used / 1024**unit
    digits = 0 if scale >= 100 else 1
    return f"{first:.{digits}f} of {scale:.{digits}f} {_UNITS[unit]}"


def count(number: float) -> str:
    """``950``, ``5.1k``, ``1.2M``."""
    if not math.isfinite(number):
        return MISSING
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit:
            return f"{number / limit:.1f}{suffix}"
    return f"{number:.0f}"


def per_unit(unit: str) -> str:
    """What a rate counts: of ``responses at most`` it is responses, for the bound is the total's and not the rate's."""
    return unit.removesuffix(AT_MOST) or "items"


def rate(per_second: float | None, unit: str) -> str:
    """``2.3 steps/s``, or ``12 s/step`` when it is slow."""
    if per_second is None or not math.isfinite(per_second) or per_second <= 0:
        return ""
    many = per_unit(unit)
    if per_second >= 0.2:
        shown = f"{per_second:.1f}" if per_second < 100 else count(per_second)
        return f"{shown} {many}/s"
    return f"{1 / per_second:.0f} s/{many.removesuffix('s')}"


def number(value: float) -> str:
    """A loss, norm or learning rate: ``0.431``, ``12.3``, ``1.4e-3``."""
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    size_ = abs(value)
    if 0.01 <= size_ < 10:
        return f"{value:.3f}"
    if 10 <= size_ < 10_000:
        return f"{value:.1f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def clock(seconds: float) -> str:
    """Local time of day, ``12:03:11``."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))
