"""Host readings through psutil: processor, memory, disk, load, and what the running step uses of them.

Inside a container with a memory limit, the limit and what counts against it are the figures that matter
(https://docs.kernel.org/admin-guide/cgroup-v2.html#memory); the machine's own would promise memory that is not there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from core.runs.snapshot import HostReading


class HostMeter:
    """Reads the host. Shares of the processor are over the time since the last reading."""

    def __init__(self, folder: Path) -> None:
        import psutil

        self._psutil = psutil
        self._folder = folder
        self._cores = psutil.cpu_count() or 1
        self._group = _memory_group()
        self._disk = (0, 0)
        self._used: dict[int, float] = {}
        self._at: float | None = None
        psutil.cpu_percent(interval=None, percpu=True)

    def read(self, now: float, ours: Collection[int], slow: bool) -> HostReading:
        """One reading. ``now`` is of a clock that never jumps; ``ours`` are the step's processes, none when no step runs."""
        if slow or self._disk == (0, 0):
            self._disk = self._read_disk()
        used, total = self._memory()
        shares = tuple(round(share / 100, 3) for share in self._psutil.cpu_percent(interval=None, percpu=True))
        share, resident = self._step(now, ours)
        return HostReading(
            cpu_share=sum(shares) / max(1, len(shares)),
            cores=self._cores,
            memory_used=used,
            memory_total=total,
            disk_free=self._disk[0],
            disk_total=self._disk[1],
            load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            step_cpu_share=share,
            step_memory=resident,
            core_shares=shares,
        )

    def _read_disk(self) -> tuple[int, int]:
        try:
            usage = shutil.disk_usage(self._folder)
        except OSError:
            return self._disk
        return usage.free, usage.total

    def _memory(self) -> tuple[int, int]:
        machine = self._psutil.virtual_memory()
        if self._group is not None:
            limit, used = _number(self._group / "memory.max"), _group_used(self._group)
            if limit is not None and used is not None and limit < machine.total:
                return used, limit
        return int(machine.total - machine.available), int(machine.total)

    def _step(self, now: float, ours: Collection[int]) -> tuple[float | None, int | None]:
        """The step's share of all cores since the last reading, and its memory."""
        times: dict[int, float] = {}
        resident = 0
        for pid in ours:
            try:
                process = self._psutil.Process(pid)
                with process.oneshot():
                    spent = process.cpu_times()
                    times[pid] = spent.user + spent.system
                    resident += process.memory_info().rss
            except self._psutil.Error:
                continue
        elapsed = None if self._at is None else now - self._at
        grown = sum(max(0.0, seconds - self._used.get(pid, 0.0)) for pid, seconds in times.items())
        known = bool(self._used)
        self._used, self._at = times, now
        if not times:
            return None, None
        share = grown / elapsed / self._cores if known and elapsed and elapsed > 0 else None
        return share, resident


def _memory_group() -> Path | None:
    """Folder of our control group (version 2) that limits memory, where there is one."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    for line in lines:
        if line.startswith("0::"):
            folder = Path("/sys/fs/cgroup") / line[3:].lstrip("/")
            return folder if _number(folder / "memory.max") is not None else None
    return None


def _group_used(group: Path) -> int | None:
    """Memory that counts against the limit and cannot be given back at once (file pages that are not in use can)."""
    current = _number(group / "memory.current")
    if current is None:
        return None
    try:
        lines = (group / "memory.stat").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return current
    idle = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    return max(0, current - idle)


def _number(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None
