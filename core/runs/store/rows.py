"""Rows of the store that other modules handle: attempts, their steps, each try of a step, and the supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.runs.liveness import Process, alive
from core.runs.snapshot import State

Outcome = Literal["done", "failed", "stopped"]
"""What a step process says of itself before it ends; one that says nothing has died."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One attempt. ``settings`` is JSON as core/plan/load.py reads it; ``parent`` is the attempt it was made from."""

    number: int
    phases: tuple[str, ...]
    target: str
    settings: str
    parent: int | None
    reason: str
    created: float
    environment: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of one attempt. ``state`` is what was last recorded; liveness.py tells whether it still holds."""

    id: int
    run: int
    step: str
    phase: str
    state: State
    queued: float | None
    started: float | None
    ended: float | None
    exit: int | None
    cause: str
    summary: str


@dataclass(frozen=True, slots=True)
class TryRow:
    """One process of a step. ``seen`` is when it was last known to live; ``seconds`` is measured by a clock that never jumps.

    pid and birth are None until the process has registered itself.
    """

    id: int
    step: int
    number: int
    machine: str
    pid: int | None
    birth: str | None
    started: float
    seen: float
    ended: float | None
    seconds: float
    exit: int | None
    outcome: Outcome | None
    text: str
    log: str

    @property
    def process(self) -> Process | None:
        """The process that carries the try out, or None while it has not registered."""
        if self.pid is None or self.birth is None:
            return None
        return Process(self.machine, self.pid, self.birth)


@dataclass(frozen=True, slots=True)
class SupervisorRow:
    """The last supervisor of the workspace. ``stop`` is what it was asked: nothing, ``polite`` or ``now``."""

    process: Process
    started: float
    heartbeat: float
    ended: float | None
    stop: str

    def works(self, folder: Path, now: float) -> bool:
        """Whether it is at work in ``folder``, the workspace."""
        return self.ended is None and alive(self.process, folder, self.heartbeat, now)
