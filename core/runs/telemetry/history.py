"""Readings of the recent and not so recent past, in bounded memory: the older half grows sparser as new ones come."""

from __future__ import annotations

from core.runs.snapshot import Telemetry

MOST_READINGS = 1_000
"""At a reading every 2 s the newest half is 17 minutes; what is older reaches back as far as the store does. Some 5 MiB with eight GPUs."""

SET_BACK_SECONDS = 60.0
"""Two samplers are never so far apart."""


class History:
    """Readings in the order of their times; ``readings`` is the same object until one is added."""

    def __init__(self, most: int = MOST_READINGS) -> None:
        self.most = most
        self._kept: list[Telemetry] = []
        self._picture: tuple[Telemetry, ...] | None = ()

    def add(self, reading: Telemetry) -> None:
        """Adds a reading, unless it is no newer than the newest; one that is far older means that the clock was set back."""
        if self._kept and reading.time <= self._kept[-1].time:
            if self._kept[-1].time - reading.time < SET_BACK_SECONDS:
                return
            # What lies in the future now would stand still as the newest until the clock has come there again.
            self._kept = [kept for kept in self._kept if kept.time < reading.time]
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
