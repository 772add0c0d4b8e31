"""Time and money still to come, live: the running step by its own recent pace, the steps after it by what steps took here. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.counsel.forecast import Known, Pace, Range, StepAhead, Unit, basis_text, step_ahead, still_to_do, total, work
from core.plan.ledger import machine_dollars
from core.plan.phases import PHASES, step_plan
from core.plan.settings import Settings
from core.runs.snapshot import ACTIVE, State, StepView

_SURE = 1000.0
"""A recent rate stands for so many seconds: enough to count beside what was measured before."""


@dataclass(frozen=True, slots=True)
class ToCome:
    """``running``: seconds that the running step still needs, ``queued``: until everything queued is done, ``dollars``: still to be paid
    for all steps that are left of the attempt. None where nobody can say."""

    ahead: tuple[StepAhead, ...]
    running: Range | None
    queued: Range | None
    dollars: Range | None
    plan_dollars: Range
    basis: str


def to_come(steps: Sequence[StepView], settings: Settings, known: Known, phases: Sequence[str]) -> ToCome:
    """What is to come. steps: of the whole plan as they stand; phases: those that the attempt carries out itself."""
    mine = [step for step in steps if step.phase in phases]
    running = next((step for step in mine if step.state in ACTIVE), None)
    paces = known.paces if running is None or (now := _pace_now(running)) is None else (*known.paces, now)
    known = replace(known, paces=paces)
    later = [step for step in mine if step.state not in ACTIVE and step.state is not State.DONE]
    left = [still_to_do(step.id, step.progress.done, step.progress.total, step.progress.unit, known.kept) for step in later]
    ahead = tuple(step_ahead(step_plan(step.id), settings, known, left=share) for step, share in zip(later, left, strict=True))
    still = None if running is None else _still(running, settings, known)
    queued = [one for one, step in zip(ahead, later, strict=True) if step.state is State.QUEUED]
    seconds, dollars = total(queued)[0], total(ahead)[1]
    if running is not None:
        cost = _times(still, settings)
        seconds = _plus(still, seconds) if queued else still
        dollars = _plus(cost, dollars) if ahead else cost
    plan = [phase.dollars for phase in PHASES if phase.id in phases]
    return ToCome(ahead, still, seconds, dollars, (sum(low for low, _ in plan), sum(high for _, high in plan)), basis_text(ahead))


def _still(step: StepView, settings: Settings, known: Known) -> Range | None:
    """Seconds that the running step needs still: at its own recent pace, else by what such steps took."""
    progress = step.progress
    if progress.eta is not None and progress.rate:
        low = progress.eta
        if progress.unit.endswith("at most"):
            low = max(0.0, (work(step.id, settings, known).low - progress.done) / progress.rate)
        return min(low, progress.eta), progress.eta
    expected = step_ahead(step_plan(step.id), settings, known).seconds
    return None if expected is None else (max(0.0, expected[0] - step.seconds), max(0.0, expected[1] - step.seconds))


def _pace_now(step: StepView) -> Pace | None:
    """The running step's pace as if it were a finished step's."""
    rate = step.progress.rate
    if not rate or not step.progress.done:
        return None
    unit: Unit = "steps" if step.progress.unit == "steps" else "responses"
    around = max(0.0, step.seconds - step.progress.done / rate)
    return Pace(step.id, unit, max(1, round(rate * _SURE)), 0, _SURE, _SURE + around)


def _times(seconds: Range | None, settings: Settings) -> Range | None:
    return None if seconds is None else (machine_dollars(settings.budget, seconds[0]), machine_dollars(settings.budget, seconds[1]))


def _plus(one: Range | None, other: Range | None) -> Range | None:
    return None if one is None or other is None else (one[0] + other[0], one[1] + other[1])
