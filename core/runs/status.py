"""``cogumi status --json``: the workspace as plain data that a script can lean on.

Keys: workspace, attempt (the number of the one that is told of, 0 before the first), state, shortage (of room on the disk while work is
under way, in words, or ''), steps (id, phase, state, attempt, started, seconds, cost, progress), measurements (before and after, by
category: response_consistency, answer_consistency, accuracy, tie_rate, score, each value, n, low, high, or null where not measured;
``ALL`` is the trained categories together), gates (id, verdict, criteria with value, threshold, verdict), spending, and ahead: the steps
after the running one with work, seconds and dollars (low, high) and basis (measured, plan, reused, unknown). spending.forecast_dollars is
the running step's at its end, spending.total_dollars (low, high) everything once the attempt is done, spending.seconds_left (low, high)
until what is queued is done. altered: a sentence for each file of a step that is not what the step wrote. Times are seconds since the
epoch, durations seconds, money dollars; a figure that is not known is null.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import UsageError, WorkspaceError
from core.measures.estimate import Estimate
from core.runs.artifacts import altered
from core.runs.snapshot import CategoryView, GateView, Snapshot, StepView
from core.runs.store.connection import open_reader
from core.runs.watch import Watcher
from core.runs.workspace import Workspace

METRICS = ("response_consistency", "answer_consistency", "accuracy", "tie_rate", "score")
ALL = "ALL"
_WHOLE_MS = 60_000.0


def status(workspace: Path, clock: Callable[[], float] = time.time) -> dict[str, Any]:
    """The latest attempt of the workspace at this moment as plain data. Raises WorkspaceError when it cannot be read."""
    return as_data(seen(workspace, clock))


def seen(workspace: Path, clock: Callable[[], float] = time.time, *, attempt: int | None = None) -> Snapshot:
    """The workspace at this moment, its latest attempt if None is named. One without a store has not begun yet.

    Raises WorkspaceError when it cannot be read, UsageError when it has no such attempt.
    """
    watcher = Watcher(workspace, attempt=attempt, clock=clock)
    try:
        snapshot = watcher.poll(_WHOLE_MS)
    finally:
        watcher.close()
    if snapshot.error:
        raise WorkspaceError(snapshot.error)
    if attempt is not None and not snapshot.attempt:
        raise UsageError(f"{workspace} has no attempt {attempt}; `cogumi attempts` shows those there are.")
    return snapshot


def as_data(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as the whole JSON object, with what was changed by hand since."""
    return {**as_dict(snapshot), "altered": _altered(Path(snapshot.workspace), snapshot.attempt)}


def _altered(workspace: Path, attempt: int) -> list[str]:
    if not attempt:
        return []
    store = open_reader(Workspace(workspace.absolute()).store)
    try:
        with store.read() as db:
            return [one.sentence for one in altered(db, workspace.absolute(), attempt)]
    finally:
        store.close()


def as_dict(snapshot: Snapshot) -> dict[str, Any]:
    """What a snapshot itself says, of the JSON object of ``cogumi status --json``."""
    return {
        "workspace": snapshot.workspace,
        "attempt": snapshot.attempt,
        "state": str(snapshot.state),
        "shortage": snapshot.shortage,
        "steps": [_step(step, snapshot.attempt) for step in snapshot.steps],
        "measurements": {
            "before": {_name(c): _metrics(c.before) for c in snapshot.categories if c.before},
            "after": {_name(c): _metrics(c.now) for c in snapshot.categories if c.now},
        },
        "gates": [_gate(gate) for gate in snapshot.gates],
        "spending": {
            "dollars": snapshot.spending.dollars,
            "judge_dollars": snapshot.spending.judge_dollars,
            "limit": snapshot.spending.limit,
            "per_hour": snapshot.spending.per_hour,
            "budget_left": snapshot.spending.budget_left,
            "forecast_dollars": snapshot.spending.forecast_dollars,
            "warning": snapshot.spending.warning,
            "seconds_left": snapshot.spending.seconds_left,
            "total_dollars": snapshot.spending.total_dollars,
            "plan_dollars": snapshot.spending.plan_dollars,
            "basis": snapshot.spending.basis,
        },
        "ahead": [
            {"id": step.step, "work": step.work, "seconds": step.seconds, "dollars": step.dollars, "basis": step.basis}
            for step in snapshot.spending.ahead
        ],
    }


def _name(view: CategoryView) -> str:
    return ALL if view.category is None else str(view.category)


def _step(step: StepView, attempt: int) -> dict[str, Any]:
    progress = step.progress
    return {
        "id": step.id,
        "phase": step.phase,
        "state": str(step.state),
        "attempt": attempt,
        "started": step.started,
        "seconds": step.seconds,
        "cost": step.dollars,
        "progress": {
            "done": progress.done,
            "total": progress.total,
            "unit": progress.unit,
            "rate": progress.rate,
            "eta": progress.eta,
            "doing": progress.doing,
        },
        "tries": step.tries,
        "summary": step.summary,
        "cause": step.cause,
    }


def _metrics(figures: dict[str, Estimate]) -> dict[str, Any]:
    return {metric: _estimate(figures.get(metric)) for metric in METRICS}


def _estimate(figure: Estimate | None) -> dict[str, Any] | None:
    if figure is None or math.isnan(figure.value):
        return None
    return {"value": figure.value, "n": figure.n, "low": _known(figure.low), "high": _known(figure.high)}


def _gate(gate: GateView) -> dict[str, Any]:
    criteria = [
        {
            "id": c.id,
            "value": None if c.value is None else _known(c.value.value),
            "threshold": c.threshold,
            "direction": c.direction,
            "verdict": c.verdict,
            "certainty": c.certainty,
            "n": None if c.value is None else c.value.n,
            "low": None if c.value is None else _known(c.value.low),
            "high": None if c.value is None else _known(c.value.high),
        }
        for c in gate.criteria
    ]
    return {"id": gate.id, "phase": gate.phase, "verdict": gate.verdict, "criteria": criteria, "reason": gate.reason}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
