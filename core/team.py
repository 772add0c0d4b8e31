"""Processes that work beside this one, a GPU each: started together, ended together, and never outliving it. Light: no torch.

A member runs a function of ours with a pipe to this process. It ends by itself when this process is gone, whatever became of
it: its parent's sentinel (multiprocessing) tells. Members are in this process's session, so whoever ends the one ends the others.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

from core.errors import SettingsError
from core.models.hardware import gpus

_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05

Work = Callable[[Connection, Any], None]
"""What a member does: it gets its pipe and what it was started with. Must be found by its name in its module."""


class Team:
    """Members with a process and a pipe each. ``close`` ends them all; calling it twice does no harm.

    first: the number of the first of them among all that share the work, counted from 1.
    """

    def __init__(self, work: Work, payload: object, environments: Sequence[Mapping[str, str]], first: int = 1) -> None:
        self._first = first
        context = multiprocessing.get_context("spawn")
        self.pipes: list[Connection] = []
        self._processes: list[Any] = []
        for environment in environments:
            ours, theirs = context.Pipe()
            process = context.Process(target=_live, args=(theirs, dict(environment), work, payload), daemon=True)
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self._processes.append(process)

    def failed(self, patience: float = 0.0) -> str:
        """How the first member ended that has ended without being done, as a clause; '' when there is none within ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while True:
            for number, process in enumerate(self._processes, self._first):
                # A pipe or a sentinel may break a moment before the kernel has an exit code to give.
                code = process.exitcode
                if code is not None and code != 0:
                    return f"process {number} of {self._first - 1 + len(self._processes)} {_how(code)}"
            if time.monotonic() >= deadline:
                return ""
            time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Ends every member that still lives."""
        for pipe in self.pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(_PATIENCE_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()


def room_for(count: int) -> int:
    """How many of ``count`` processes have a GPU here; all of them where there is none."""
    return min(count, len(gpus()) or count)


def environments(count: int) -> list[dict[str, str]]:
    """What ``count`` processes must find in their environment so that each has a GPU, or its share of the cores, to itself.

    Raises SettingsError where there are fewer GPUs than processes.
    """
    threads = str(max(1, len(os.sched_getaffinity(0)) // count)) if hasattr(os, "sched_getaffinity") else "1"
    found = gpus()
    if not found:
        return [{"OMP_NUM_THREADS": threads}] * count
    if len(found) < count:
        raise SettingsError(f"run.processes = {count} needs as many GPUs and {len(found)} are here; set it to {len(found)} at most.")
    return [{"CUDA_VISIBLE_DEVICES": gpu, "OMP_NUM_THREADS": threads} for gpu in found[:count]]


def _how(code: int) -> str:
    if code > 0:
        return f"failed (exit code {code})"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"was killed by signal {-code} ({name})"


def _live(pipe: Connection, environment: dict[str, str], work: Work, payload: object) -> None:
    """A member's whole life."""
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    work(pipe, payload)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
