"""What can be said of a step in a word, a role and a time: shared by the plan, the header and the other screens."""

from __future__ import annotations

from dataclasses import replace

from core.runs.snapshot import ACTIVE, GateView, Progress, Snapshot, State, StepView

ROLES = {
    State.WAITING: "dim",
    State.LOCKED: "faint",
    State.QUEUED: "text",
    State.RUNNING: "accent-strong",
    State.STOPPING: "warn",
    State.STALLED: "bad",
    State.STOPPED: "warn",
    State.CRASHED: "bad",
    State.FAILED: "bad",
    State.DONE: "accent",
    State.IDLE: "dim",
}


TRAINING = ("train", "train_failures")
"""Steps that train; the others generate and measure."""


def share(step: StepView) -> float | None:
    """How much of the step is done in 0..1, or None when its end is unknown."""
    progress = step.progress
    return min(1.0, progress.done / progress.total) if progress.total > 0 else None


def elapsed(step: StepView) -> float | None:
    """Seconds that the step has taken over all its tries, the present one included; None when it never ran."""
    return step.seconds if step.tries or step.seconds else None


def moving(step: StepView) -> Progress:
    """How far a step is; of one that stalls or stops neither pace nor end is known, for what was told of them holds no more."""
    return step.progress if step.state == State.RUNNING else replace(step.progress, rate=None, eta=None)


def next_step(snapshot: Snapshot) -> StepView | None:
    """The step that would come next: the running one, or the first that is neither done nor locked."""
    if snapshot.running is not None:
        return snapshot.running
    return next((step for step in snapshot.steps if step.state not in (State.DONE, State.LOCKED)), None)


def current_gate(snapshot: Snapshot) -> GateView | None:
    """The gate that matters now: the first that has not let through, else the last one."""
    for gate in snapshot.gates:
        if gate.verdict not in ("passed", "overridden"):
            return gate
    return snapshot.gates[-1] if snapshot.gates else None


def shown_gate(snapshot: Snapshot) -> GateView | None:
    """The gate to show: the current one, or the one before it until work on the current one's phase has begun."""
    gate = current_gate(snapshot)
    if gate is None or any(step.phase == gate.phase and (step.tries or step.state in ACTIVE) for step in snapshot.steps):
        return gate
    at = snapshot.gates.index(gate)
    return snapshot.gates[at - 1] if at else gate


def gate_word(gate: GateView) -> tuple[str, str]:
    """(word, role) for a gate's verdict."""
    return {
        "passed": ("passed", "accent"),
        "failed": ("failed", "bad"),
        "open": ("open", "dim"),
        "overridden": ("overridden", "warn"),
    }[gate.verdict]


def met_count(gate: GateView) -> str:
    """``2 of 4 met``, counting only criteria that have a figure."""
    met = sum(criterion.verdict == "met" for criterion in gate.criteria)
    return f"{met} of {len(gate.criteria)} met"
