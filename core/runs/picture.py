"""From facts and folded events to the frozen Snapshot: every view that a screen shows, by pure functions of what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.measures.estimate import Estimate
from core.plan.gates import evaluate, targets
from core.plan.ledger import by_step, guard, machine_dollars, phase_1_left
from core.plan.phases import PHASES, PhasePlan, step_plan
from core.plan.settings import Settings
from core.plan.verdicts import GateView
from core.records import Category, Measurement
from core.runs.ahead import to_come as look_ahead
from core.runs.condition import Condition, step_condition
from core.runs.facts import Facts
from core.runs.fold import Fold
from core.runs.gatekeeper import training_seconds
from core.runs.liveness import alive
from core.runs.paces import stored_settings
from core.runs.snapshot import ACTIVE, CategoryView, Progress, Series, SpendingView, State, StepView
from core.runs.store.rows import StepRow, TryRow

_MOST_UNSEEN_SECONDS = 5.0
"""Time since the last heartbeat that may be counted as running time."""

_BEGUN = ACTIVE | {State.STOPPED, State.CRASHED, State.FAILED}


@dataclass(frozen=True, slots=True)
class Moment:
    """What was read and when: everything that the views below are made of."""

    folder: Path
    facts: Facts
    fold: Fold | None
    settings: Settings
    now: float
    logged: Mapping[int, float]  # when the log of a step's row was last written
    supervised: bool


def is_supervised(facts: Facts, folder: Path, now: float) -> bool:
    """Whether a supervisor is at work in the workspace ``folder``."""
    return facts.supervisor is not None and facts.supervisor.works(folder, now)


def step_views(moment: Moment) -> tuple[StepView, ...]:
    """Every step of the plan, in order."""
    rows = {row.step: row for row in moment.facts.steps}
    return tuple(_step_view(moment, phase, plan.id, rows.get(plan.id)) for phase in PHASES for plan in phase.steps)


def series(moment: Moment) -> Series:
    """The curve of the newest training that counts for the attempt: its own, or that of a phase it takes over."""
    if moment.fold is None:
        return Series()
    trained = [row for row in moment.facts.steps if row.started is not None and moment.fold.step(row.id).loss_id]
    return moment.fold.step(max(trained, key=lambda row: row.started or 0.0).id).curve.series if trained else Series()


def pace(moment: Moment, steps: Sequence[StepView]) -> tuple[tuple[float, float], ...]:
    """How fast the running step has been going."""
    running = next((step for step in steps if step.state in ACTIVE), None)
    if moment.fold is None or running is None or running.step_id is None:
        return ()
    return moment.fold.step(running.step_id).pace.points


def gate_views(moment: Moment) -> tuple[GateView, ...]:
    """Every gate: as it was decided, or with its criteria as far as they are known."""
    return tuple(_gate_view(moment, phase) for phase in PHASES)


def category_views(moment: Moment) -> tuple[CategoryView, ...]:
    """The trained categories together, then each category that is measured."""
    before = _table(list(moment.facts.before) + _live(moment, "before"))
    after = _table(moment.facts.after + _live(moment, "after"))
    phase = _measured_phase(moment)
    wanted = targets(phase.gate, _settings_of(moment, phase))
    shown = {category for category, plan in moment.settings.categories.items() if plan.measure_problems}
    order: Sequence[Category | None] = (None, *Category)
    return tuple(
        CategoryView(category, before.get(category, {}), after.get(category, {}), wanted.get(category, {}))
        for category in order
        if category is None or category in shown or category in before or category in after
    )


def _measured_phase(moment: Moment) -> PhasePlan:
    """The phase whose gate the figures after training are held against: the one that measured them, before any were the current one."""
    measured = (p for p in reversed(PHASES) if moment.facts.after_by_phase.get(p.id) or _live(moment, "after", p.id))
    return next(measured, _current_phase(moment))


def _settings_of(moment: Moment, phase: PhasePlan) -> Settings:
    """What a phase is judged by: the settings of the attempt that carries it out."""
    text = moment.facts.taken_over.get(phase.id)
    return moment.settings if text is None else stored_settings(text)


def spending_view(moment: Moment, steps: Sequence[StepView]) -> SpendingView:
    """Money so far, its limits, and what the running step will have cost."""
    budget = moment.settings.budget
    spent = by_step(moment.facts.spent)
    earlier = sum(s.dollars for s in moment.facts.spent_everywhere) - sum(spent.values())
    running = next((step for step in steps if step.state in ACTIVE), None)
    run = moment.facts.run
    to_come = look_ahead(steps, moment.settings, moment.facts.known, run.phases if run is not None else [phase.id for phase in PHASES])
    forecast = None
    if running is not None:
        spent[running.id] = running.dollars
        if to_come.running is not None:
            forecast = running.dollars + machine_dollars(budget, to_come.running[1])
    finding = guard(budget, running.id, spent, earlier) if running is not None else None
    total = sum(spent.values()) + earlier
    return SpendingView(
        dollars=total,
        judge_dollars=sum(s.dollars for s in moment.facts.spent_everywhere if s.kind == "judge"),
        limit=budget.total_dollars,
        per_hour=budget.dollars_per_hour,
        step_dollars=running.dollars if running is not None else 0.0,
        forecast_dollars=forecast,
        budget_left=phase_1_left(total),
        warning=finding.text if finding is not None else "",
        ahead=to_come.ahead,
        seconds_left=to_come.queued,
        total_dollars=None if to_come.dollars is None else (total + to_come.dollars[0], total + to_come.dollars[1]),
        plan_dollars=to_come.plan_dollars,
        basis=to_come.basis,
    )


def _step_view(moment: Moment, phase: PhasePlan, step: str, row: StepRow | None) -> StepView:
    title = step_plan(step).title
    if row is None:
        return StepView(step, phase.id, title, State.LOCKED if _locked(moment, phase) else State.WAITING)
    tries = moment.facts.tries.get(row.id, [])
    last = tries[-1] if tries else None
    condition = _condition(moment, row, last)
    state = State.LOCKED if condition.state is State.WAITING and _locked(moment, phase) else condition.state
    unseen = _unseen(moment, last) if state in ACTIVE else 0.0
    told = moment.fold.step(row.id) if moment.fold is not None else None
    money = sum(s.dollars for s in moment.facts.spent if s.step == step) if _own(moment, row) else 0.0
    return StepView(
        id=step,
        phase=phase.id,
        title=title,
        state=state,
        tries=len(tries),
        started=row.started,
        ended=None if state in ACTIVE else row.ended,
        seconds=sum(tried.seconds for tried in tries) + unseen,
        dollars=money + machine_dollars(moment.settings.budget, unseen),
        progress=_progress(moment, row, state),
        summary=condition.summary or (told.summary if told is not None and state in ACTIVE else ""),
        cause=condition.cause,
        step_id=row.id,
        log=last.log if last is not None else "",
    )


def _condition(moment: Moment, row: StepRow, last: TryRow | None) -> Condition:
    lives = False
    if last is not None and last.ended is None and row.state in ACTIVE:
        lives = moment.supervised if last.process is None else alive(last.process, moment.folder, last.seen, moment.now)
    said = moment.fold.step(row.id).said if moment.fold is not None else None
    heard = [time for time in (said, moment.logged.get(row.id), last.started if last is not None else None) if time is not None]
    silence = max(0.0, moment.now - max(heard)) if heard else None
    return step_condition(
        row, last, supervised=moment.supervised, lives=lives, silence=silence, patience=moment.settings.run.stall_seconds
    )


def _progress(moment: Moment, row: StepRow, state: State) -> Progress:
    if moment.fold is None:
        return Progress()
    told = moment.fold.step(row.id)
    return told.moving(moment.now) if state in ACTIVE else replace(told.progress, rate=None, eta=None)


def _unseen(moment: Moment, last: TryRow | None) -> float:
    """Seconds that a running step has been running since its supervisor last said so."""
    return 0.0 if last is None else min(_MOST_UNSEEN_SECONDS, max(0.0, moment.now - last.seen))


def _own(moment: Moment, row: StepRow) -> bool:
    return moment.facts.run is not None and row.run == moment.facts.run.number


def _locked(moment: Moment, phase: PhasePlan) -> bool:
    if phase is PHASES[0]:
        return False
    gate = PHASES[PHASES.index(phase) - 1].gate.id
    decided = moment.facts.gates.get(gate)
    return gate not in moment.facts.overrides and (decided is None or decided.verdict != "passed")


def _gate_view(moment: Moment, phase: PhasePlan) -> GateView:
    facts = moment.facts
    view = facts.gates.get(phase.gate.id)
    if view is None:
        rows = [row for row in facts.steps if row.phase == phase.id]
        tries = [tried for row in rows for tried in facts.tries.get(row.id, [])]
        measured = [*facts.before, *_live(moment, "before"), *facts.after_by_phase.get(phase.id, ()), *_live(moment, "after", phase.id)]
        # Figures that still move decide nothing: the gate is open until its phase is done.
        settings = _settings_of(moment, phase)
        view = replace(evaluate(phase.gate, settings, measured, training_seconds(rows, tries, phase)), verdict="open")
    reason = facts.overrides.get(phase.gate.id)
    return view if reason is None else replace(view, verdict="overridden", reason=reason)


def _live(moment: Moment, when: str, phase: str | None = None) -> list[Measurement]:
    """Running figures of steps that have begun and are not done; what a finished step measured is in the store."""
    if moment.fold is None:
        return []
    found: list[Measurement] = []
    for row in moment.facts.own_steps:
        if row.state not in _BEGUN or (phase is not None and row.phase != phase):
            continue
        for (moment_, category), metrics in moment.fold.step(row.id).figures.items():
            if moment_ == when:
                found += [Measurement("before" if when == "before" else "after", category, metric, e) for metric, e in metrics.items()]
    return found


def _table(measurements: Sequence[Measurement]) -> dict[Category | None, dict[str, Estimate]]:
    found: dict[Category | None, dict[str, Estimate]] = {}
    for m in measurements:
        found.setdefault(m.category, {})[m.metric] = m.estimate
    return found


def _current_phase(moment: Moment) -> PhasePlan:
    """The phase that is under way: the first that has steps left, else the last."""
    done = {row.step for row in moment.facts.steps if row.state is State.DONE}
    return next((phase for phase in PHASES if any(step.id not in done for step in phase.steps)), PHASES[-1])
