"""Waiting for the tested process's answers with an eye on whether it computes or idles: a wall limit that a busy machine cannot trip."""

from __future__ import annotations

import select
import time

from core.grading.sandbox.wire import Broken, Pipe

LATE = "the time limit was reached"
USED_UP = "the code used up its time or memory"

_LOOK_SECONDS = 0.25


class WatchedPipe(Pipe):
    """A pipe to the tested process ``pid`` that breaks once that process was idle for ``patience`` seconds of waiting altogether.

    While it computes, even slowly because others use the cores, only the processor time it gets is charged.
    """

    def __init__(self, read_from: int, write_to: int, pid: int, patience: float) -> None:
        super().__init__(read_from, write_to)
        self._clock = (~pid << 3) | 2  # the kernel's number for the CPU clock of a process (CPUCLOCK_SCHED)
        self._left = patience
        self._poll = select.poll()
        self._poll.register(read_from, select.POLLIN)

    def _wait(self) -> None:
        while not self._poll.poll(0):
            wall, used = time.monotonic(), self._used()
            if self._poll.poll(_LOOK_SECONDS * 1000):
                return
            computed = self._used() - used
            self._left -= computed if computed > 0 else time.monotonic() - wall
            if self._left <= 0:
                raise Broken(LATE)

    def _used(self) -> float:
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # it ended, or this system has no such clocks; then all waiting is charged
            return 0.0
