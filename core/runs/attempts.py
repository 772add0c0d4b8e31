"""Attempts: which steps a target means, whether they may begin, and whether changed settings still fit what is done already."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from core.errors import GateClosed, UsageError
from core.plan.load import flat, settings_from_json
from core.plan.phases import PHASES, GatePlan, PhasePlan, all_steps, phase_of
from core.plan.settings import Origin, Settings
from core.plan.verdicts import GateView
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.store.events import newest_of_run
from core.runs.store.rows import RunRow, StepRow
from core.runs.usage import out_of_reach, users

ALL = "all"
_MOST_TOLD = 4
ORIGINS = "settings"
"""Kind of the event that says which settings were chosen for an attempt, and how."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a target comes to in one attempt: steps to queue, and gates that are still to be decided."""

    steps: tuple[StepRow, ...]
    gates: tuple[GatePlan, ...]


def phase_target(phase: PhasePlan) -> str:
    """The target that means a whole phase, such as ``phase-1b.1``."""
    return f"phase-{phase.id.lower()}"


def step_ids(target: str) -> tuple[str, ...]:
    """The steps that a target names. Raises UsageError for what is neither a step, a phase nor ``all``."""
    steps = tuple(step.id for step in all_steps())
    if target == ALL:
        return steps
    for phase in PHASES:
        if target == phase_target(phase):
            return tuple(step.id for step in phase.steps)
    if target in steps:
        return (target,)
    known = [*steps, *(phase_target(phase) for phase in PHASES), ALL]
    close = difflib.get_close_matches(target, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(known)}."
    raise UsageError(f"There is no step or phase {target!r}; {hint}")


def phases_of_new(target: str, parent: RunRow | None) -> tuple[PhasePlan, ...]:
    """The phases of a new attempt: both, unless it begins with Phase 1B.2 and has an earlier attempt to stand on."""
    first = phase_of(step_ids(target)[0])
    return PHASES if parent is None else PHASES[PHASES.index(first) :]


def wanted(db: sqlite3.Connection, run: RunRow, target: str) -> Wanted:
    """What is left to do for ``target`` in an attempt. Raises UsageError or GateClosed when it may not begin."""
    ids = step_ids(target)
    rows = runs.steps_of(db, run.number)
    mine = [row for row in rows if row.step in ids]
    if not mine:
        raise UsageError(
            f"Attempt {run.number} has no Phase {phase_of(ids[0]).id}: it goes on from attempt {run.parent}; start a new attempt instead."
        )
    left = tuple(row for row in mine if row.state is not State.DONE)
    for phase in PHASES:
        if any(row.phase == phase.id for row in left):
            _check_order(rows, left, phase)
            _check_gate(db, run, phase, target)
    done = {row.step for row in rows if row.state is State.DONE} | {row.step for row in left}
    decided = figures.decided_gates(db, run.number)
    gates = tuple(
        phase.gate
        for phase in PHASES
        if phase.gate.id not in decided
        and any(row.phase == phase.id for row in mine)
        and all(row.step in done for row in rows if row.phase == phase.id)
    )
    return Wanted(left, gates)


def gate_of(db: sqlite3.Connection, number: int, gate: str) -> tuple[GateView | None, str]:
    """A gate as it was decided for an attempt, None while it is open, and the reason it was overridden for, '' when it was not."""
    phase = next(phase.id for phase in PHASES if phase.gate.id == gate)
    holder = runs.holder(db, number, phase)
    return figures.decided_gates(db, holder).get(gate), figures.overrides(db, holder).get(gate, "")


def check_settings(db: sqlite3.Connection, run: RunRow, target: str, old: Settings, new: Settings) -> None:
    """Raises UsageError when settings changed that steps of this attempt were finished with, or that come too late for it."""
    changed = binding_changes(db, run, old, new)
    if changed:
        check_inherited(db, run, target, new)
        raise UsageError(
            f"Attempt {run.number} has finished steps with other settings ({_told(changed)}); "
            "start a new attempt with the changed ones (--new), or put them back."
        )


def check_ending(db: sqlite3.Connection, run: RunRow, ending: Set[int], old: Settings, new: Settings) -> None:
    """Raises UsageError when settings changed that a step is being ended with, by its row: it may be done with them yet."""
    for row in (row for row in runs.steps_of(db, run.number) if row.id in ending):
        changed = {key: change for key, change in changes(old, new).items() if row.step in users(key, old)}
        if changed:
            raise UsageError(
                f"{row.step} of attempt {run.number} is still ending, with the settings that it began with; wait some seconds for its end, "
                f"then start it with others ({_told(changed)})."
            )


def binding_changes(db: sqlite3.Connection, run: RunRow, old: Settings, new: Settings) -> dict[str, tuple[Any, Any]]:
    """Settings that changed although steps or gates that this attempt has, or stands on, were finished with them: only a new attempt can
    have the new values."""
    done = {row.step for row in runs.steps_of(db, run.number) if row.state is State.DONE}
    done |= figures.decided_gates(db, run.number).keys()
    return {
        key: change for key, change in changes(old, new).items() if users(key, old) & done or out_of_reach(key, old, run.phases)
    }


def check_inherited(db: sqlite3.Connection, source: RunRow, target: str, new: Settings) -> None:
    """Raises UsageError when a new attempt made from ``source`` would be given settings that a phase was decided by, or that only a
    phase follows, which it takes over as it was done: such as what was trained on there."""
    phases = [phase.id for phase in phases_of_new(target, source)]
    for phase in PHASES:
        holder = None if phase.id in phases else runs.run(db, runs.holder(db, source.number, phase.id))
        if holder is None:
            continue
        old = settings_from_json(holder.settings)
        late = {key: change for key, change in changes(old, new).items() if out_of_reach(key, old, phases)}
        if late:
            it, them = ("it comes", "it") if len(late) == 1 else ("they come", "them")
            raise UsageError(
                f"{_told(late)}: {it} too late, for a new attempt of {target} stands on Phase {phase.id} and "
                f"{phase.gate.title} as attempt {holder.number} has done and decided them. Run {phase_target(phase)} with {them} as a new "
                f"attempt (--new), which decides {phase.gate.title} again and reuses the responses that still hold; or put {them} back."
            )


def origins_of(db: sqlite3.Connection, number: int) -> dict[str, Origin]:
    """Origins of the settings that the file named when an attempt was started, or that were chosen for it itself: by a flag, in the form,
    or with the attempt it was made from."""
    event = newest_of_run(db, number, ORIGINS)
    found = event.values.get("origins") if event is not None else None
    return found if isinstance(found, dict) else {}


def changes(old: Settings, new: Settings) -> dict[str, tuple[Any, Any]]:
    """Settings that differ, by dotted key: value before and after."""
    return different(flat(old), flat(new))


def different(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The keys whose values differ, with both values; None stands for a key that one side lacks."""
    return {key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}


def _told(changed: Mapping[str, tuple[Any, Any]]) -> str:
    named = ", ".join(f"{key} {before!r} -> {after!r}" for key, (before, after) in list(changed.items())[:_MOST_TOLD])
    return named + (f" and {len(changed) - _MOST_TOLD} more" if len(changed) > _MOST_TOLD else "")


def _check_order(rows: list[StepRow], left: tuple[StepRow, ...], phase: PhasePlan) -> None:
    first = next(row for row in left if row.phase == phase.id)
    for row in rows:
        if row.id == first.id:
            return
        if row.phase == phase.id and row.state is not State.DONE:
            raise UsageError(f"{row.step} must be done before {first.step}; run {row.step} or {phase_target(phase)} first.")


def _check_gate(db: sqlite3.Connection, run: RunRow, phase: PhasePlan, target: str) -> None:
    """A phase after a gate begins only when the gate is open; ``all`` may wait for a gate that is not decided yet."""
    if phase is PHASES[0]:
        return
    before = PHASES[PHASES.index(phase) - 1]
    view, reason = gate_of(db, run.number, before.gate.id)
    if reason or (view is not None and view.verdict == "passed") or (view is None and target == ALL):
        return
    if view is None:
        raise GateClosed(f"Phase {phase.id} is locked: {before.gate.title} is not decided yet; run {phase_target(before)} first.")
    raise GateClosed(
        f"Phase {phase.id} is locked: {before.gate.title} has not passed in attempt {run.number}; "
        f"start a new attempt of Phase {before.id} with other settings, or override the gate with a reason."
    )
