"""An imaginary machine with GPUs that can refuse a field, be held down, and fall off the bus, in place of the pynvml module."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any


class Refused(Exception):
    """What the driver says."""


class FakeNvml:
    """``count`` GPUs. ``refuse`` names functions that refuse to answer, ``lost`` GPUs that are gone, ``changed`` what a GPU answers by now
    instead of the usual, by its index and the function's name."""

    nvmlMemory_v2 = 2

    def __init__(self, refuse: set[str] | None = None, error: str = "Not Supported", count: int = 2) -> None:
        self.refuse = refuse if refuse is not None else set()
        self.error = error
        self.lost: set[int] = set()
        self.changed: dict[tuple[int, str], Any] = {}
        self.calls: list[str] = []
        self._usual: dict[str, Any] = {
            "nvmlInit": None,
            "nvmlShutdown": None,
            "nvmlDeviceGetCount": count,
            "nvmlDeviceGetName": b"NVIDIA H100",
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=93),
            "nvmlDeviceGetMemoryInfo": SimpleNamespace(used=33 << 30, total=80 << 30),
            "nvmlDeviceGetPowerUsage": 512_000,
            "nvmlDeviceGetEnforcedPowerLimit": 700_000,
            "nvmlDeviceGetTemperature": 61,
            "nvmlDeviceGetClockInfo": 1755,
            "nvmlDeviceGetMaxClockInfo": 1980,
            "nvmlDeviceGetCurrentClocksEventReasons": 0x1 | 0x4 | 0x40,
            "nvmlDeviceGetComputeRunningProcesses": [
                SimpleNamespace(pid=os.getpid(), usedGpuMemory=31 << 30),
                SimpleNamespace(pid=1, usedGpuMemory=None),
            ],
        }

    def __getattr__(self, name: str) -> Any:
        if name != "nvmlDeviceGetHandleByIndex" and name not in self._usual:
            raise AttributeError(name)

        def call(handle: Any = None, *args: object, **kwargs: object) -> Any:
            self.calls.append(name)
            if name in self.refuse:
                raise Refused(self.error)
            if handle in self.lost:
                raise Refused("GPU is lost")
            return handle if name == "nvmlDeviceGetHandleByIndex" else self.changed.get((handle, name), self._usual[name])

        return call
