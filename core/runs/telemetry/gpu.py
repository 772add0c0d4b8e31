"""GPU readings through NVML, each field by itself: what a driver refuses is None, and a GPU that vanishes is told, not raised.

Functions, units and bit masks: https://docs.nvidia.com/deploy/nvml-api/. Memory is asked for in NVML's second form where there is one,
which leaves out what the driver reserves, as nvidia-smi does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.runs.snapshot import GpuReading

T = TypeVar("T")

_THROTTLE = (
    (0x4, "power cap"),
    (0x8, "hardware slowdown"),
    (0x10, "sync boost"),
    (0x20, "heat"),
    (0x40, "heat (hardware)"),
    (0x80, "power brake"),
    (0x100, "display clocks"),
)
"""Reasons that hold the clocks down although there is work; idle (0x1) and chosen clocks (0x2) are left out."""

_GRAPHICS_TEMPERATURE = 0
_STREAMING_CLOCK = 1


@dataclass(frozen=True, slots=True)
class _Slow:
    """Fields that change seldom or cost the driver much."""

    power_cap_watts: float | None = None
    clock_max_mhz: int | None = None
    processes: tuple[tuple[int, int], ...] = ()


class GpuMeter:
    """Reads every GPU. ``nvml`` stands in for the pynvml module in tests."""

    def __init__(self, nvml: Any | None = None) -> None:
        self._given = nvml
        self._nvml: Any | None = None
        self._slow: dict[int, _Slow] = {}
        self.note = ""
        self.connect()

    def connect(self) -> None:
        """Looks for the driver, at first and again after it went away."""
        try:
            if self._given is None:
                import pynvml

                nvml: Any = pynvml
            else:
                nvml = self._given
            nvml.nvmlInit()
        except ImportError:
            self.note = "nvidia-ml-py is not installed, so GPU figures are not available."
        except Exception as error:
            self.note = _no_driver(error)
        else:
            self._nvml, self.note = nvml, ""

    @property
    def connected(self) -> bool:
        """Whether a driver answers."""
        return self._nvml is not None

    def read(self, ours: Collection[int], slow: bool) -> tuple[GpuReading, ...]:
        """One reading of every GPU. ``ours`` are the step's processes; ``slow`` reads the slow fields anew."""
        nvml = self._nvml
        if nvml is None:
            return ()
        self.note = ""
        try:
            count = int(nvml.nvmlDeviceGetCount())
        except Exception as error:
            self._nvml, self.note = None, f"The GPU driver no longer answers ({_word(error)})."
            return ()
        if count == 0:
            self.note = "The driver knows no GPU."
        return tuple(self._one(nvml, index, frozenset(ours), slow) for index in range(count))

    def close(self) -> None:
        """Lets the driver go."""
        if self._nvml is not None:
            _or_none(self._nvml.nvmlShutdown)
            self._nvml = None

    def _one(self, nvml: Any, index: int, ours: frozenset[int], slow: bool) -> GpuReading:
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            name = _text(nvml.nvmlDeviceGetName(handle))
        except Exception as error:
            self.note = f"GPU {index} no longer answers ({_word(error)})."
            return GpuReading(index, f"GPU {index}")
        if slow or index not in self._slow:
            self._slow[index] = _read_slow(nvml, handle)
        rare = self._slow[index]
        memory = _memory(nvml, handle)
        power = _or_none(lambda: int(nvml.nvmlDeviceGetPowerUsage(handle)))
        reading = GpuReading(
            index,
            name,
            utilisation=_or_none(lambda: float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100),
            power_watts=None if power is None else power / 1000,
            power_cap_watts=rare.power_cap_watts,
            temperature_c=_or_none(lambda: float(nvml.nvmlDeviceGetTemperature(handle, _GRAPHICS_TEMPERATURE))),
            clock_mhz=_or_none(lambda: int(nvml.nvmlDeviceGetClockInfo(handle, _STREAMING_CLOCK))),
            clock_max_mhz=rare.clock_max_mhz,
            throttle=_throttle(nvml, handle),
            processes=tuple((pid, used, pid in ours) for pid, used in rare.processes),
        )
        if memory is None:
            return reading
        return replace(reading, memory_used=memory[0], memory_total=memory[1])


def read_gpus(nvml: Any | None = None) -> tuple[tuple[GpuReading, ...], str]:
    """One reading of every GPU, and why there is none when there is none."""
    meter = GpuMeter(nvml)
    try:
        return meter.read((), slow=True), meter.note
    finally:
        meter.close()


def _read_slow(nvml: Any, handle: Any) -> _Slow:
    cap = _or_none(lambda: int(nvml.nvmlDeviceGetEnforcedPowerLimit(handle)))
    found = _or_none(lambda: list(nvml.nvmlDeviceGetComputeRunningProcesses(handle))) or []
    # A container may be refused the figure of a process; it is then listed with 0.
    processes = tuple((int(p.pid), int(p.usedGpuMemory or 0)) for p in found)
    return _Slow(
        None if cap is None else cap / 1000, _or_none(lambda: int(nvml.nvmlDeviceGetMaxClockInfo(handle, _STREAMING_CLOCK))), processes
    )


def _memory(nvml: Any, handle: Any) -> tuple[int, int] | None:
    version = getattr(nvml, "nvmlMemory_v2", None)
    found = None
    if version is not None:
        found = _or_none(lambda: nvml.nvmlDeviceGetMemoryInfo(handle, version=version))
    if found is None:
        found = _or_none(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    return None if found is None else (int(found.used), int(found.total))


def _throttle(nvml: Any, handle: Any) -> tuple[str, ...] | None:
    ask = getattr(nvml, "nvmlDeviceGetCurrentClocksEventReasons", None) or getattr(nvml, "nvmlDeviceGetCurrentClocksThrottleReasons", None)
    if ask is None:
        return None
    mask = _or_none(lambda: int(ask(handle)))
    return None if mask is None else tuple(name for bit, name in _THROTTLE if mask & bit)


def _or_none(ask: Callable[[], T]) -> T | None:
    """The driver's answer, or None for whatever it refuses and however it does so."""
    try:
        return ask()
    except Exception:
        return None


def _no_driver(error: Exception) -> str:
    word = _word(error)
    if "Library" in word or "Driver Not Loaded" in word:
        return "No NVIDIA driver on this machine, so there are no GPU figures."
    return f"The GPU driver refuses to answer ({word})."


def _word(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
