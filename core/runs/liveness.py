"""Whether a recorded process is still the one that runs: its id, its start time and its machine must all agree.

A process id alone is reused. The start time is the kernel's count of ticks since boot (field 22 of /proc/PID/stat,
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html), which no clock change moves; the machine is boot id and process-id name
space, so that a workspace copied to another machine never takes a stranger's process for its own; nor does one copied here, for every
process of a workspace has it as its working folder.
"""

from __future__ import annotations

import functools
import os
import platform
from dataclasses import dataclass
from pathlib import Path

HEARTBEAT_SECONDS = 2.0
"""How often a supervisor says that it lives."""

SILENCE_SECONDS = 15.0
"""So far from its last heartbeat a supervisor on a machine that we cannot look into counts as dead."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process on one machine; ``birth`` is when it started, in the kernel's words."""

    machine: str
    pid: int
    birth: str


@functools.cache
def this_machine() -> str:
    """Name of this boot of this machine and of the process-id name space that we are in."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return f"{platform.node()}:{_boot_time()}"
    return f"{boot}:{space}"


def current() -> Process:
    """This process."""
    pid = os.getpid()
    return Process(this_machine(), pid, birth(pid) or "unknown")


def birth(pid: int) -> str | None:
    """When a process of this machine started; None when there is none of that id, or only a zombie."""
    fields = stat_fields(pid)
    if fields is not None:
        return None if fields[0] in ("Z", "X") else fields[19]
    if Path("/proc/self/stat").exists():
        return None
    return _birth_elsewhere(pid)


def alive(process: Process, folder: Path, seen: float, now: float) -> bool:
    """Whether the process lives and has ``folder``, the workspace, as its working folder: a store that was copied while it was at work
    names processes of the original. On another machine only its heartbeat, last ``seen``, can tell; one in the future tells nothing:
    a clock was set back."""
    if process.machine == this_machine():
        return birth(process.pid) == process.birth and _works_in(process.pid, folder)
    return abs(now - seen) < SILENCE_SECONDS


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third (state) on, so that field n of the manual is item n - 3; None without such a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    return text.rpartition(")")[2].split()


def _works_in(pid: int, folder: Path) -> bool:
    """Whether ``folder`` is the working folder of a process; True where that cannot be seen."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return True


def _boot_time() -> int:
    import psutil

    return int(psutil.boot_time())


def _birth_elsewhere(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return None
