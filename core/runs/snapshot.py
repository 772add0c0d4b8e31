"""What is happening in a workspace at one moment, as one frozen value: all that a screen or ``cogumi status`` may show.

Built by ``watch.py`` from the store; holds no connection, no widget and no logic beyond what follows from its fields.
Times are seconds since the epoch; durations seconds; shares are in 0..1; memory is in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from core.measures.decide import Direction
from core.measures.estimate import Estimate
from core.plan.verdicts import CriterionVerdict as CriterionVerdict
from core.plan.verdicts import CriterionView as CriterionView
from core.plan.verdicts import GateView as GateView
from core.records import Category

if TYPE_CHECKING:  # the panel's first frame waits for what is imported here
    from core.counsel.forecast import Range, StepAhead


class State(StrEnum):
    """State of a step or of the whole workspace."""

    WAITING = "waiting"  # not queued yet
    LOCKED = "locked"  # behind a gate that has not passed
    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    STALLED = "stalled"  # alive, but silent for longer than run.stall_seconds
    STOPPED = "stopped"  # politely, can be resumed
    CRASHED = "crashed"  # died without saying so; can be resumed
    FAILED = "failed"  # ended with an error of its own
    DONE = "done"
    IDLE = "idle"  # workspace only: nothing runs and nothing is queued


ACTIVE = frozenset({State.RUNNING, State.STOPPING, State.STALLED})
BROKEN = frozenset({State.STALLED, State.CRASHED, State.FAILED})
AS_ASKED = "as asked"
"""Stands in the cause that a supervisor gives a stop when somebody asked for it, and in no other."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is. ``total`` 0 means unknown; ``rate`` is in ``unit`` per second, over the recent past."""

    done: int = 0
    total: int = 0
    unit: str = ""
    rate: float | None = None
    eta: float | None = None
    doing: str = ""


@dataclass(frozen=True, slots=True)
class StepView:
    id: str
    phase: str
    title: str
    state: State
    tries: int = 0
    started: float | None = None
    ended: float | None = None
    seconds: float = 0.0  # over all tries
    dollars: float = 0.0
    progress: Progress = Progress()
    summary: str = ""  # one line: what came out
    cause: str = ""  # why it failed, crashed or stopped, and what to do
    step_id: int | None = None  # row in the store, None when never queued
    log: str = ""  # path of its log, relative to the workspace

    @property
    def broken(self) -> bool:
        """Whether it waits for a person: it fell silent, died or failed, or was stopped though nobody asked, as at a limit of money."""
        return self.state in BROKEN or (self.state is State.STOPPED and bool(self.cause) and AS_ASKED not in self.cause)


@dataclass(frozen=True, slots=True)
class Series:
    """One training curve; lists of equal length, ``x`` is the optimizer step. NaN where a value is missing."""

    x: tuple[int, ...] = ()
    loss: tuple[float, ...] = ()
    learning_rate: tuple[float, ...] = ()
    grad_norm: tuple[float, ...] = ()
    tokens_per_second: tuple[float, ...] = ()
    held_out: tuple[tuple[int, float], ...] = ()
    epochs: tuple[int, ...] = ()  # x at which an epoch ended
    checkpoints: tuple[int, ...] = ()
    epoch: float = 0.0
    num_train_epochs: float = 0.0
    max_steps: int = 0


@dataclass(frozen=True, slots=True)
class CategoryView:
    """One category's figures. ``now`` is live while a measuring step runs and final when it is done.

    category: None is "the trained categories together", the line that the gates' consistency is read from.
    """

    category: Category | None
    before: dict[str, Estimate] = field(default_factory=dict)  # by metric
    now: dict[str, Estimate] = field(default_factory=dict)
    target: dict[str, tuple[Direction, float]] = field(default_factory=dict)  # metric -> (direction, threshold)


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One GPU at one moment. None is "the driver refuses this field"."""

    index: int
    name: str
    utilisation: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    power_watts: float | None = None
    power_cap_watts: float | None = None
    temperature_c: float | None = None
    clock_mhz: int | None = None
    clock_max_mhz: int | None = None
    throttle: tuple[str, ...] | None = None
    processes: tuple[tuple[int, int, bool], ...] = ()  # pid, bytes, belongs to the running step


@dataclass(frozen=True, slots=True)
class HostReading:
    cpu_share: float
    cores: int
    memory_used: int
    memory_total: int
    disk_free: int
    disk_total: int
    load: float | None = None
    step_cpu_share: float | None = None  # of all cores
    step_memory: int | None = None
    core_shares: tuple[float, ...] = ()  # of each core by itself


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One reading. ``gpu_note`` says why there is no GPU, when there is none."""

    time: float
    host: HostReading
    gpus: tuple[GpuReading, ...] = ()
    gpu_note: str = ""


@dataclass(frozen=True, slots=True)
class SpendingView:
    dollars: float = 0.0
    judge_dollars: float = 0.0
    limit: float = 0.0
    per_hour: float = 0.0
    step_dollars: float = 0.0
    forecast_dollars: float | None = None  # what the running step will have cost at its end
    budget_left: float = 0.0  # of Phase 1
    warning: str = ""
    ahead: tuple[StepAhead, ...] = ()  # steps that are left after the running one, each with time and money
    seconds_left: Range | None = None  # low, high, until everything that is queued is done
    total_dollars: Range | None = None  # low, high, once all steps of this attempt are done
    plan_dollars: Range | None = None  # what the plan expects for its phases
    basis: str = ""  # where the forecast comes from, in one sentence


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the story: a step started, a checkpoint was saved, a gate was decided."""

    time: float
    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    sequence: int  # last event folded in
    time: float  # when it was built
    heard: float | None  # last sign of life of the supervisor
    workspace: str
    profile: str
    attempt: int  # number of the current attempt, 0 before the first
    state: State
    writable: bool
    steps: tuple[StepView, ...]
    gates: tuple[GateView, ...]
    categories: tuple[CategoryView, ...]
    series: Series
    spending: SpendingView
    telemetry: Telemetry | None = None
    history: tuple[Telemetry, ...] = ()  # recent readings, oldest first, bounded
    notes: tuple[Note, ...] = ()  # recent, oldest first, bounded
    log_tail: tuple[str, ...] = ()  # of the running or last step
    overlap: str = ""  # finding of the contamination check, "" before it ran
    error: str = ""  # why the workspace cannot be read
    supervised: bool = False  # a supervisor is at work
    shortage: str = ""  # what is wrong with the room on the disk while one is at work
    pace: tuple[tuple[float, float], ...] = ()  # of the running step: time, units of its progress a second; NaN is a gap

    @property
    def running(self) -> StepView | None:
        """The step that is under way, or None."""
        return next((step for step in self.steps if step.state in ACTIVE), None)
