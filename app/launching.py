"""What starting a step or a phase would do, worked out before anything is done: attempt, settings, steps, expectation, findings."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from core.plan.fields import by_key, flag, grouped
from core.plan.load import flat, load_profile
from core.plan.phases import PHASES, phase_of
from core.runs.attempts import ALL, phase_target, step_ids
from core.runs.outlook import Outlook, outlook
from core.runs.preflight import preflight
from core.runs.snapshot import Snapshot
from screens.iterating import Choice, FieldRow, LaunchPlan

_PRACTICE = (
    "This is the practice model: it runs on this machine in minutes. Dollars are what the same time would cost on the rented machine."
)


def launch_plan(workspace: Path, target: str, choice: Choice, snapshot: Snapshot) -> LaunchPlan:
    """The plan for ``target``, a step's id or a phase such as ``phase-1b.1``, with the settings as they would be used.

    Raises CogumiErrors for what is wrong without the chosen values; what is wrong with them is the plan's ``trouble``.
    """
    trouble = ""
    try:
        found = outlook_of(workspace, target, choice)
    except SettingsError as error:
        if not choice.values:
            raise
        trouble, found = str(error), outlook_of(workspace, target, choice._replace(values=()))
    settings = found.loaded.settings
    ahead = preflight(workspace, found.target, settings, new_attempt=found.new and found.attempt > 1, parent=found.parent)
    return LaunchPlan(
        target=found.target,
        title=title_of(found.target),
        attempt=found.attempt,
        new=found.new,
        parent=found.parent or 0,
        binding=tuple(found.binding),
        steps=ahead.steps,
        fields=tuple(_fields(found, target)),
        seconds=ahead.seconds,
        dollars=ahead.dollars,
        basis=ahead.basis,
        limits=ahead.limits,
        findings=ahead.findings,
        refusal=_busy(snapshot) or found.refusal,
        anew=found.anew and not _busy(snapshot),
        trouble=trouble,
        note=_PRACTICE if settings.profile == "practice" else "",
    )


def command(workspace: Path, target: str, choice: Choice) -> str:
    """The command line that starts the same, to be copied."""
    found = outlook_of(workspace, target, choice)
    words = ["cogumi", "run", found.target, "--workspace", str(workspace)]
    if choice.parent:
        words += ["--from", str(choice.parent)]
    elif found.new and found.parent is not None:
        words.append("--new")
    for key, value in choice.values:
        words += ["--set", flag(key, value)]
    return shlex.join(words)


def title_of(target: str) -> str:
    """A target in words."""
    if target == ALL:
        return "All of Phase 1B"
    phase = phase_of(step_ids(target)[0])
    if target == phase_target(phase):
        return f"Phase {phase.id}, {phase.title}, to {phase.gate.title}"
    return f"Step {next(step.title for step in phase.steps if step.id == target)} of Phase {phase.id}"


def outlook_of(workspace: Path, target: str, choice: Choice) -> Outlook:
    """What a start with these choices comes to. Raises CogumiErrors."""
    return outlook(workspace, target, form=dict(choice.values), new=choice.new, parent=choice.parent or None)


def _busy(snapshot: Snapshot) -> str:
    if snapshot.running is not None:
        return f"{snapshot.running.title} is running; one step runs at a time. Stop it first, or wait for it."
    if snapshot.supervised:
        return "A supervisor is still at work here; wait a moment for its end."
    return snapshot.error


def _fields(found: Outlook, asked: str) -> Iterator[FieldRow]:
    settings = found.loaded.settings
    values, usual = flat(settings), flat(load_profile(settings.profile))
    used = _used(found, values)
    steps = {*step_ids(asked), *step_ids(found.target)}
    ordered = [step.id for phase in PHASES for step in phase.steps if step.id in steps]
    for heading, keys in grouped(ordered, settings):
        for key in keys:
            origin = str(found.loaded.origins.get(key, "default"))
            yield FieldRow(by_key()[key], heading, values[key], origin, usual[key], None if used is None else used[key])


def _used(found: Outlook, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings of the attempt that goes on or that the new one is made from; None before the first."""
    if found.new and found.parent is None:
        return None
    return {**values, **{key: before for key, (before, _) in found.changed.items()}}
