"""What to change after an attempt's gate has failed, with what other attempts of the workspace have tried of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.counsel.suggestions import Suggestion, suggest
from core.counsel.tried import Attempt, with_tries
from core.plan.load import flat
from core.plan.phases import PHASES, PhasePlan
from core.runs.overview import AttemptView
from core.runs.usage import users


def advice(views: Sequence[AttemptView], view: AttemptView) -> tuple[Suggestion, ...]:
    """Suggestions for one of the attempts of ``views``, as ``cogumi attempts`` and the panel show them; none where no gate has failed."""
    gate = view.failed_gate
    if gate is None:
        return ()
    phase = next(phase for phase in PHASES if phase.id == gate.phase)
    base = _base(views, view, phase)
    others = [
        _attempt(other, phase, gate.id)
        for other in views
        if other is not view and phase.steps[0].id in other.states and _base(views, other, phase) == base
    ]
    found = suggest(gate, view.settings, view.measurements, view.rows)
    return with_tries(found, _attempt(view, phase, gate.id), others)


def _attempt(view: AttemptView, phase: PhasePlan, gate: str) -> Attempt:
    return Attempt(view.number, _values(view, phase), next((one for one in view.gates if one.id == gate), None))


def _base(views: Sequence[AttemptView], view: AttemptView, phase: PhasePlan) -> dict[str, Any]:
    """What the earlier phase was done with that a phase of an attempt stands on; nothing for the first phase."""
    first = PHASES[0]
    if phase is first:
        return {}
    by_number = {one.number: one for one in views}
    while first.steps[0].id not in view.states and view.parent in by_number:
        view = by_number[view.parent]
    return _values(view, first)


def _values(view: AttemptView, phase: PhasePlan) -> dict[str, Any]:
    """The settings that steps of a phase follow, by dotted key."""
    steps = {step.id for step in phase.steps}
    return {key: value for key, value in flat(view.settings).items() if users(key, view.settings) & steps}
