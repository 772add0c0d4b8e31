"""Why a step process died: what its exit code, the kernel's counters, the disk and the last lines of its log say together."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from pathlib import Path

from core.models.hardware import GPU_RAN_OUT
from core.runs.room import FULL
from core.text import plain_line

_AGAIN = "run the step again: what was committed is kept."

_HINTS = (
    (
        GPU_RAN_OUT,
        "the GPU ran out of memory; lower generation.batch_size or train.per_device_train_batch_size",
    ),
    (re.compile(r"No space left on device|disk is full", re.IGNORECASE), "the disk is full; free some space"),
    (
        re.compile(r"MemoryError|Cannot allocate memory|DefaultCPUAllocator: can't allocate"),
        "memory ran out; lower generation.batch_size or use a machine with more",
    ),
    (
        re.compile(r"401 Client Error|403 Client Error|[Gg]ated repo|GatedRepoError|Invalid user token"),
        "the hub refused access; set HF_TOKEN to a token that may read this model",
    ),
    (
        re.compile(r"CUDA error|NVRM|device-side assert|GPU is lost"),
        "the GPU or its driver failed; look at `nvidia-smi` and restart the machine if it does not answer",
    ),
)
_EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)\b.*")


def cause_of_death(exit_code: int, log_tail: Sequence[str], oom_kills: int = 0, disk_free: int | None = None) -> str:
    """One sentence: how the process ended, the likeliest reason, and what to do.

    exit_code: as subprocess gives it, negative for a signal. oom_kills: processes that the kernel killed for want of memory
    meanwhile. disk_free: bytes left where the workspace lies.
    """
    how = _how(exit_code)
    if disk_free is not None and disk_free < FULL:
        return f"{how}: the disk is full; free some space and {_AGAIN}"
    if oom_kills > 0 and exit_code == -signal.SIGKILL:
        return f"{how}: the kernel killed it because memory ran out; lower generation.batch_size or use a machine with more, and {_AGAIN}"
    for pattern, reason in _HINTS:
        if any(pattern.search(line) for line in log_tail):
            return f"{how}: {reason}, and {_AGAIN}"
    if exit_code == -signal.SIGKILL:
        return f"{how}: memory ran out, or someone killed it; look at the log and at `dmesg`, and {_AGAIN}"
    last = next((line.strip() for line in reversed(log_tail) if _EXCEPTION.match(line.strip())), "")
    if last:
        return f"{how}: {plain_line(last, 200).rstrip('.')}; the log has the details, then {_AGAIN}"
    return f"{how}; the log has the details, then {_AGAIN}"


def _how(exit_code: int) -> str:
    if exit_code >= 0:
        return f"Ended with exit code {exit_code} without saying what came out"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    return f"Killed by signal {-exit_code} ({name})"


def oom_kills() -> int:
    """How many processes the kernel has killed for want of memory: in our control group where it counts, else on the machine."""
    for file in (*_group_files(), Path("/proc/vmstat")):
        try:
            text = file.read_text(encoding="ascii")
        except (OSError, ValueError):
            continue
        for line in text.splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill" and value.strip().isdigit():
                return int(value)
    return 0


def _group_files() -> list[Path]:
    """Files of cgroup v2 and v1 that hold the counter (https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files)."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    files: list[Path] = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        inside = group.lstrip("/")
        if controllers == "memory":
            files.append(Path("/sys/fs/cgroup/memory") / inside / "memory.oom_control")
        elif not controllers:
            files.append(Path("/sys/fs/cgroup") / inside / "memory.events")
    return files
