"""What a start would come to, before it is one: with which settings, in which attempt, made from which, what is left to do, or why not.

The panel's form, ``cogumi run`` and the start itself ask here, so that what is said and what is done are the same. Nothing is written.

Where settings come from. An attempt that goes on follows ``cogumi.toml`` in what the file names, and keeps its own values in all else, and
what was chosen for it with a flag or in the form; so a later version with other defaults changes nothing, and a limit of money that was
chosen holds until another is chosen.
A new attempt that names none to be made from has the settings with which the latest would go on. One that is made from attempt N, when
N is named, starts with N's own settings, whatever the file says now. Of what decides only how work is done, paid for or shown, a new
attempt follows the file. What is chosen for this start goes over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.errors import CogumiError, UsageError
from core.plan.fields import flag
from core.plan.load import Loaded, flat, load_settings, settings_from_json
from core.plan.phases import PHASES, all_steps, phase_of
from core.plan.settings import Origin
from core.runs import attempts
from core.runs.snapshot import State
from core.runs.store import runs
from core.runs.store.connection import open_reader
from core.runs.store.rows import RunRow
from core.runs.usage import is_free, is_limit
from core.runs.workspace import Workspace

_CHOSEN = ("flag", "form", "attempt")
_RECORDED = (*_CHOSEN, "file")
_ASKED = ("flag", "form")
_OF_THE_SCREEN = "panel."


@dataclass(frozen=True, slots=True)
class Outlook:
    """What starting ``target`` would come to.

    attempt: the number it goes on in, or gets. parent: the attempt that a new one is made from; None for the first, or when it goes on.
    binding: settings whose change is why it has to be a new attempt, value before and after. changed: settings that differ from the
    parent's, or from those of the attempt that goes on. left, done: its steps. refusal: why it cannot be started, or "".
    anew: whether a new attempt is the way on, where this one cannot be started.
    """

    target: str
    loaded: Loaded
    attempt: int
    new: bool
    parent: int | None = None
    binding: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    refusal: str = ""
    anew: bool = False

    @property
    def origins(self) -> dict[str, str]:
        """Of the settings that the file names or that were chosen for the attempt, to be recorded with it."""
        return {
            key: origin for key, origin in self.loaded.origins.items() if origin in _RECORDED and (not is_free(key) or is_limit(key))
        }

    @property
    def reason(self) -> str:
        """What a new attempt changes of the one it is made from, or of what a first one would have, as flags; to be recorded with it."""
        if not self.new:
            return ""
        values = flat(self.loaded.settings)
        keys = self.changed if self.parent is not None else [key for key, origin in self.loaded.origins.items() if origin in _ASKED]
        return " ".join(flag(key, values[key]) for key in keys if key in values and not key.startswith(_OF_THE_SCREEN))


def outlook(
    workspace: Path,
    target: str,
    *,
    form: Mapping[str, Any] | None = None,
    flags: Sequence[str] = (),
    new: bool = False,
    parent: int | None = None,
) -> Outlook:
    """What starting ``target`` would come to, with values from the form (by key) or ``key=value`` flags over the settings there are.

    new: as a new attempt; so it becomes one also where ``parent`` names an attempt, or finished steps had other settings.
    Raises SettingsError or UsageError for what was given, WorkspaceError when the store cannot be read.
    """
    steps = attempts.step_ids(target)
    given: dict[str, tuple[Any, Origin]] = {key: (value, "form") for key, value in (form or {}).items()}
    place = Workspace(workspace.absolute())
    if not place.store.exists():
        if parent is not None:
            raise UsageError(f"There is no attempt {parent} to start from: {workspace} has none yet.")
        return _first(target, steps, load_settings(workspace, flags, given))
    store = open_reader(place.store)
    try:
        with store.read() as db:
            latest = runs.latest_run(db)
            if latest is None:
                return _first(target, steps, load_settings(workspace, flags, given))
            source = latest if parent is None else runs.run(db, parent)
            if source is None:
                raise UsageError(f"There is no attempt {parent} to start from; attempts are 1 to {latest.number}.")
            if new or parent is not None:
                kept = _settings_of(db, workspace, source, under_file=parent is None)
                return _anew(db, target, source, latest, load_settings(workspace, flags, {**kept, **given}))
            return _going_on(db, workspace, target, latest, given, flags)
    finally:
        store.close()


def _first(target: str, steps: Sequence[str], loaded: Loaded) -> Outlook:
    gate = "" if phase_of(steps[0]) is PHASES[0] else f"Phase {phase_of(steps[0]).id} is locked until {PHASES[0].gate.title} passes."
    begin = all_steps()[0].id
    if not gate and steps[0] != begin:
        gate = f"{begin} must be done before {steps[0]}; run {begin} or {attempts.phase_target(phase_of(steps[0]))} first."
    return Outlook(target, loaded, 1, True, left=tuple(steps), refusal=gate)


def _going_on(
    db: Connection, workspace: Path, target: str, run: RunRow, given: Mapping[str, tuple[Any, Origin]], flags: Sequence[str]
) -> Outlook:
    old = settings_from_json(run.settings)
    kept = _settings_of(db, workspace, run, under_file=True, goes_on=True)
    loaded = load_settings(workspace, flags, {**kept, **given})
    binding = attempts.binding_changes(db, run, old, loaded.settings)
    if binding:
        return _anew(db, target, run, run, loaded, binding)
    ids = attempts.step_ids(target)
    states = {row.step: row.state for row in runs.steps_of(db, run.number)}
    done = tuple(step for step in ids if states.get(step) is State.DONE)
    refusal, anew, left = "", not any(step in states for step in ids), tuple(step for step in ids if step not in done)
    try:
        wanted = attempts.wanted(db, run, target)
        if not wanted.steps and not wanted.gates:
            refusal, anew = f"This is done in attempt {run.number}.", True
    except CogumiError as error:
        refusal = str(error)
    return Outlook(target, loaded, run.number, False, None, {}, attempts.changes(old, loaded.settings), left, done, refusal, anew)


def _anew(
    db: Connection, target: str, source: RunRow, latest: RunRow, loaded: Loaded, binding: Mapping[str, tuple[Any, Any]] | None = None
) -> Outlook:
    """A new attempt made from ``source``. It has done nothing yet: a step that others come before means its whole phase."""
    old = settings_from_json(source.settings)
    asked = attempts.step_ids(target)[0]
    phase = phase_of(asked)
    wanted = target if asked == phase.steps[0].id else attempts.phase_target(phase)
    ids = attempts.step_ids(wanted)
    refusal = ""
    if phase is not PHASES[0]:
        before = PHASES[PHASES.index(phase) - 1]
        view, reason = attempts.gate_of(db, source.number, before.gate.id)
        if not reason and (view is None or view.verdict != "passed"):
            refusal = f"Phase {phase.id} is locked: {before.gate.title} has not passed in attempt {source.number}."
    try:
        attempts.check_inherited(db, source, wanted, loaded.settings)
    except UsageError as error:
        refusal = str(error)
    changed = attempts.changes(old, loaded.settings)
    return Outlook(wanted, loaded, latest.number + 1, True, source.number, binding or {}, changed, ids, (), refusal)


def _settings_of(
    db: Connection, workspace: Path, run: RunRow, *, under_file: bool = False, goes_on: bool = False
) -> dict[str, tuple[Any, Origin]]:
    """An attempt's settings as far as they are not what holds in the workspace now, with how they were chosen.

    under_file: where nothing was chosen for the attempt, what the file names holds. goes_on: it is the attempt itself that goes on, so
    that its limits of money hold too.
    """
    loaded = load_settings(workspace)
    origins = {key: origin for key, origin in attempts.origins_of(db, run.number).items() if origin in _CHOSEN}
    now = flat(loaded.settings)
    return {
        key: (value, origins.get(key, "attempt"))
        for key, value in flat(settings_from_json(run.settings)).items()
        if key in now
        if (key in origins and goes_on and is_limit(key))
        or (not is_free(key) and (key in origins or (value != now[key] and not (under_file and loaded.origins.get(key) == "file"))))
    }
