"""Readings of the recent and not so recent past, in bounded memory: the older half grows sparser as new ones come."""

from __future__ import annotations

from core.runs.snapshot import Telemetry

MOST_READINGS = 1_500
"""At a reading every 2 s the newest half is 25 minutes; what is older reaches back as far as the store does."""


class History:
    """Readings in the order of their times; ``readings`` is the same object until one is added."""

    def __init__(self, most: int = MOST_READINGS) -> None:
        self.most = most
        self._kept: list[Telemetry] = []
        self._picture: tuple[Telemetry, ...] | None = ()

    def add(self, reading: Telemetry) -> None:
        """Adds a reading, unless it is no newer than the newest."""
        if self._kept and reading.time <= self._kept[-1].time:
            return
        self._kept.append(reading)
        self._picture = None
        if len(self._kept) > self.most:
            half = self.most // 2
            self._kept[:half] = self._kept[:half:2]

    def clear(self) -> None:
        """Forgets all."""
        self._kept, self._picture = [], ()

    @property
    def readings(self) -> tuple[Telemetry, ...]:
        """What is kept, oldest first."""
        if self._picture is None:
            self._picture = tuple(self._kept)
        return self._picture
