"""A figure with its sample size and interval: what every measure returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval. ``n`` counts the independent units, which are problems, not responses."""

    value: float
    n: int
    low: float
    high: float

    @property
    def text(self) -> str:
        """A share as it is told in a line: ``83.0 % [80.5, 85.1], n 300``."""
        return self.told(1)

    def told(self, digits: int) -> str:
        """The same with so many digits of the share."""
        return f"{percent(self.value, digits)} [{100 * self.low:.1f}, {100 * self.high:.1f}], n {self.n:,}"


def percent(share: float, digits: int = 1) -> str:
    """``0.83`` as ``83.0 %``."""
    return f"{100 * share:.{digits}f} %"
