"""A second look at code that ran out of time on a busy machine: alone, with twice the limits, before it counts as wrong.

Processor time is no fixed measure: where cores share their caches and units, or a hypervisor takes its part, the same code is charged up
to twice as much beside other work as by itself. Code that never ends costs both looks, so they are rationed: who keeps running out of time
the second time as well is looked at again only now and then.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from core.grading.sandbox.limits import Limits
from core.grading.sandbox.pool import Job, Over, Policy, Sandbox, Told, never
from core.grading.sandbox.watch import LATE, USED_UP

_FACTOR = 2
_FUTILE = 4
_ONE_IN = 25


class Runner(Protocol):
    """What judges a job."""

    def run(self, job: Job, over: Over = never) -> Told:
        """The verdict; StopRequested once ``over()``."""


def is_busy() -> bool:
    """Whether more wants to run here than there are cores."""
    try:
        return os.getloadavg()[0] >= max(1, len(os.sched_getaffinity(0)))
    except (OSError, AttributeError):
        return True


def ran_out(told: Told) -> bool:
    """Whether time or memory ended the job, rather than what the code computed."""
    if told.end == "late" or told.lines[-1:] != (("end",),):
        return told.end != "full"
    return any(line[-1] in (USED_UP, LATE) for line in told.lines if line[0] in ("test", "error"))


class Patient:
    """Runs jobs beside each other, and those that ran out of time once more by themselves. Safe to use from several threads."""

    def __init__(self, first: Runner, second: Runner, busy: Callable[[], bool] = is_busy) -> None:
        self._first = first
        self._second = second
        self._busy = busy
        self._gate = threading.Condition()
        self._running = 0
        self._alone = False
        self._late = self._futile = 0

    def run(self, job: Job, over: Over = never) -> Told:
        """The verdict of the first look, or of the second where there was one that ended in time. Raises what a look raises."""
        with self._beside_others():
            told = self._first.run(job, over)
        if not ran_out(told) or not self._worth_another():
            return told
        with self._by_itself():
            again = self._second.run(job, over)
        if ran_out(again):
            with self._gate:
                self._futile += 1
            return told
        return again

    def _worth_another(self) -> bool:
        with self._gate:
            self._late += 1
            return self._busy() and (self._futile < _FUTILE or self._late % _ONE_IN == 0)

    @contextmanager
    def _beside_others(self) -> Iterator[None]:
        with self._gate:
            self._gate.wait_for(lambda: not self._alone)
            self._running += 1
        try:
            yield
        finally:
            with self._gate:
                self._running -= 1
                self._gate.notify_all()

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        with self._gate:
            # Whoever comes first keeps newcomers out, and waits for those who are still at work.
            self._gate.wait_for(lambda: not self._alone)
            self._alone = True
            self._gate.wait_for(lambda: self._running == 0)
        try:
            yield
        finally:
            with self._gate:
                self._alone = False
                self._gate.notify_all()


def second_sandbox(policy: Policy, limits: Limits) -> Sandbox:
    """The sandbox of the second look; like any, it starts no process before its first job."""
    return Sandbox(policy, replace(limits, wall_seconds=_FACTOR * limits.wall_seconds, cpu_seconds=_FACTOR * limits.cpu_seconds))
