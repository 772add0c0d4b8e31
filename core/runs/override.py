"""Going through a gate that was not passed: asked for with a reason, which is recorded and shown from then on."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from core.errors import UsageError
from core.plan.phases import PHASES, PhasePlan
from core.runs.attempts import gate_of, phase_target
from core.runs.handover import tell_override
from core.runs.store import figures, runs
from core.runs.store.connection import open_writer
from core.runs.store.events import add_events, note
from core.runs.workspace import Workspace


def override(workspace: Path, attempt: int, gate: str, reason: str) -> None:
    """Lets an attempt, by its number, go through a gate that was decided and not passed.

    Raises UsageError, and records nothing, where the attempt is not the latest any more or its gate is anything but failed: then whoever
    asks has seen another gate.
    """
    phase = next((phase for phase in PHASES if phase.gate.id == gate), None)
    if phase is None:
        raise UsageError(f"There is no gate {gate!r}; the gates are {', '.join(phase.gate.id for phase in PHASES)}.")
    if not reason.strip():
        raise UsageError(f"Overriding {phase.gate.title} needs a reason; it is recorded and shown.")
    store = open_writer(Workspace(workspace.absolute()).store)
    try:
        now = time.time()
        with store.write() as db:
            _check(db, workspace, attempt, phase)
            holder = runs.holder(db, attempt, phase.id)
            figures.add_override(db, holder, gate, reason.strip(), now)
            if phase is PHASES[-1]:
                _hand_over(db, workspace.absolute(), holder, reason.strip(), now)
            add_events(db, [note(attempt, 0, now, "warning", f"{phase.gate.title} overridden: {reason.strip()}")])
    finally:
        store.close()


def _check(db: sqlite3.Connection, workspace: Path, attempt: int, phase: PhasePlan) -> None:
    latest = runs.latest_run(db)
    if latest is None:
        raise UsageError(f"{workspace} has no attempt yet, so there is no gate to override.")
    if latest.number != attempt:
        raise UsageError(
            f"{phase.gate.title} of attempt {attempt} was not overridden, for attempt {latest.number} is the latest now; look at its gate."
        )
    view, reason = gate_of(db, attempt, phase.gate.id)
    if view is None:
        raise UsageError(
            f"{phase.gate.title} of attempt {attempt} is not decided yet, so there is nothing to override; run {phase_target(phase)} first."
        )
    if reason or view.verdict != "failed":
        verdict = "overridden" if reason else view.verdict
        raise UsageError(f"{phase.gate.title} of attempt {attempt} is {verdict} already; there is nothing to override.")


def _hand_over(db: sqlite3.Connection, folder: Path, number: int, reason: str, now: float) -> None:
    """What Phase 1C was handed says of the override too; that it cannot be written there takes nothing from it."""
    try:
        tell_override(db, folder, number, reason, now)
    except OSError as error:
        text = f"the hand-over does not tell of the override, for it cannot be written: {error.strerror}"
        add_events(db, [note(number, 0, now, "warning", text)])
