"""From a workspace to one frozen Report: reads the store, never writes, and works on what there is, however far the attempt has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from sqlite3 import Connection

from core.errors import UsageError, WorkspaceError
from core.measures.estimate import Estimate
from core.plan.gates import targets
from core.plan.load import flat, settings_from_json
from core.plan.phases import BASELINE_1A, PHASES, PhasePlan, step_plan
from core.plan.settings import Settings
from core.records import Category, Measurement, When
from core.report.compare import Runs, by_problem, most_changed, paired
from core.report.contents import Baseline, CategoryComparison, Changed, Comparison, Money, Paired, Report, Shown, StepCost
from core.report.failures import failures, handed_over
from core.report.origin import changes_from_profile, origin
from core.report.read import Row, categories_of, chosen_run, problems_of, reading, rows_of, texts_of
from core.report.training import trainings
from core.runs.overview import attempts
from core.runs.snapshot import Snapshot, StepView
from core.runs.store import answers, events, figures, runs
from core.runs.store.rows import RunRow
from core.runs.watch import Watcher
from core.runs.workspace import Workspace

MOST_CHANGED = 10
_WHOLE_MS = 600_000.0
_AFTER = {"1B.1": ("validate", "measure"), "1B.2": ("benchmark", "benchmark")}
"""Per phase the step that measures after training, and the role of the problems that it measures on."""


def gather(workspace: Path, attempt: int | None = None, clock: Callable[[], float] = time.time) -> Report:
    """The report of an attempt, the latest when None.

    Raises UsageError when there is nothing to report, WorkspaceError when the workspace cannot be read.
    """
    workspace = workspace.absolute()
    if not Workspace(workspace).store.exists():
        raise UsageError(f"There is nothing to report: {workspace} holds no workspace yet; `cogumi run phase-1b.1` begins one.")
    with reading(workspace) as db:
        run = chosen_run(db, workspace, attempt)
    snapshot = _look(workspace, run.number)
    settings = settings_from_json(run.settings)
    others = attempts(workspace)
    with reading(workspace) as db:
        carriers = _carriers(db, run.number)
        steps = tuple(_cost(view, carriers.get(view.id, run.number)) for view in snapshot.steps)
        held = {phase.id: _held(db, run, phase) for phase in PHASES}
        sides = _sides(db, run.number, held)
        comparisons = tuple(
            found for phase in PHASES if (found := _comparison(db, run.number, phase, held[phase.id], sides.get(phase.id)))
        )
        spent = sum(step.dollars for step in steps)
        return Report(
            workspace=str(workspace),
            attempt=run.number,
            parent=run.parent,
            target=run.target,
            reason=run.reason,
            created=run.created,
            made=clock(),
            state=snapshot.state,
            settings=settings,
            held=held,
            flat=flat(settings),
            changes=changes_from_profile(settings),
            baseline=_baseline(db, run.number),
            gates=snapshot.gates,
            comparisons=comparisons,
            failures=failures(db, workspace, run.number),
            handed_over=handed_over(db, workspace, run.number),
            trainings=trainings(db, workspace, run.number, steps),
            steps=steps,
            money=_money(snapshot, spent),
            changed=_changed(db, run.number, held, sides),
            overlap=_overlap(db, run.number),
            origin=origin(db, workspace, run, settings),
            others=others,
        )


def _held(db: Connection, run: RunRow, phase: PhasePlan) -> Settings:
    """The settings of the attempt that carried a phase out for this one."""
    return settings_from_json((runs.run(db, runs.holder(db, run.number, phase.id)) or run).settings)


def _look(workspace: Path, number: int) -> Snapshot:
    watcher = Watcher(workspace, attempt=number, read_only=True)
    try:
        snapshot = watcher.poll(_WHOLE_MS)
    finally:
        watcher.close()
    if snapshot.error:
        raise WorkspaceError(snapshot.error)
    return snapshot


def _carriers(db: Connection, number: int) -> dict[str, int]:
    """By step: the attempt that carries it out for ``number``."""
    holders = {phase.id: runs.holder(db, number, phase.id) for phase in PHASES}
    return {row.step: row.run for phase, holder in holders.items() for row in runs.steps_of(db, holder) if row.phase == phase}


def _cost(view: StepView, attempt: int) -> StepCost:
    plan = step_plan(view.id)
    return StepCost(
        view.id,
        attempt,
        view.phase,
        view.title,
        view.state,
        view.tries,
        view.seconds,
        view.dollars,
        plan.minutes,
        plan.dollars,
        view.summary,
        view.cause,
    )


def _money(snapshot: Snapshot, spent: float) -> Money:
    money = snapshot.spending
    return Money(spent, money.dollars, money.judge_dollars, money.limit, money.per_hour, money.budget_left)


Sides = tuple[dict[str, Category], dict[str, Runs], dict[str, Runs]]
"""Measured problems in order with their categories, and their runs before and after."""


def _sides(db: Connection, number: int, held: Mapping[str, Settings]) -> dict[str, Sides]:
    """What each phase measured, by phase; a phase that has measured nothing after training is left out."""
    found: dict[str, Sides] = {}
    judge = answers.judge_of(db, number)

    @cache
    def made(holder: int, role: str) -> list[Row]:
        return rows_of(db, holder, role, judge)

    for phase in PHASES:
        step, role = _AFTER[phase.id]
        holder = runs.holder(db, number, phase.id)
        after = _made_by(made(holder, "after"), {row.id for row in runs.steps_of(db, holder) if row.step == step})
        if not after:
            continue
        first = answers.benchmark_holder(db, holder) if step == "benchmark" else answers.holder(db, holder, "before")
        samples = held[phase.id].measure.samples
        before = by_problem(made(first, "before"), samples)
        categories = categories_of(db, holder, role) or categories_of(db, holder, "measure")
        found[phase.id] = (categories, before, by_problem(after, samples))
    return found


def _made_by(rows: Sequence[Row], step: set[int]) -> list[Row]:
    """The responses of the models that a step measured: an attempt of both phases has those of two adapters."""
    models = {row.model for row in rows if row.step in step}
    return [row for row in rows if row.model in models]


def _comparison(db: Connection, number: int, phase: PhasePlan, settings: Settings, sides: Sides | None) -> Comparison | None:
    holder = runs.holder(db, number, phase.id)
    after = _table(figures.measurements(db, holder, "after", phase.id))
    if not after:
        return None
    before = _table(_before(db, number, phase))
    wanted = targets(phase.gate, settings)
    categories, was, became = sides if sides is not None else ({}, {}, {})
    trained = {category for category in Category if settings.categories[category].train_problems}
    kind = settings.gate.consistency
    found = []
    for category in (None, *Category):
        if category not in after and category not in before:
            continue
        names = [name for name, its in categories.items() if (its in trained if category is None else its == category)]
        found.append(
            CategoryComparison(
                category,
                category is None or category in trained,
                before.get(category, {}),
                after.get(category, {}),
                wanted.get(category, {}),
                paired(was, became, names) if names else Paired(),
                (_spread(was, names, kind), _spread(became, names, kind)),
            )
        )
    return Comparison(phase.id, _AFTER[phase.id][0], tuple(found))


def _before(db: Connection, number: int, phase: PhasePlan) -> list[Measurement]:
    """Figures from before training on the phase's own problems, else those that diagnose measured."""
    when: When = "before"
    own = figures.measurements(db, runs.holder(db, number, phase.id), when, phase.id)
    return own or figures.measurements(db, runs.holder(db, number, PHASES[0].id), when, PHASES[0].id)


def _table(measurements: Sequence[Measurement]) -> dict[Category | None, dict[str, Estimate]]:
    found: dict[Category | None, dict[str, Estimate]] = {}
    for m in measurements:
        found.setdefault(m.category, {})[m.metric] = m.estimate
    return found


def _spread(runs_: Mapping[str, Runs], names: Sequence[str], kind: str) -> tuple[float, ...]:
    values = (runs_[name].consistency(kind) for name in names if name in runs_)
    return tuple(value for value in values if value is not None)


def _baseline(db: Connection, number: int) -> tuple[Baseline, ...]:
    measured = _table(figures.measurements(db, runs.holder(db, number, PHASES[0].id), "before", PHASES[0].id))
    return tuple(Baseline(category, BASELINE_1A.get(category), measured.get(category, {})) for category in Category)


def _changed(db: Connection, number: int, held: Mapping[str, Settings], sides: Mapping[str, Sides]) -> tuple[Changed, ...]:
    """The most changed problems of the last phase that measured after training."""
    phase = next((phase for phase in reversed(PHASES) if phase.id in sides), None)
    if phase is None:
        return ()
    categories, before, after = sides[phase.id]
    kind = held[phase.id].gate.consistency
    names = most_changed(before, after, list(categories), kind, MOST_CHANGED)
    holder = runs.holder(db, number, phase.id)
    known = {p.id: p for p in [*problems_of(db, holder, "measure"), *problems_of(db, holder, _AFTER[phase.id][1])]}
    picked = {name: (before[name].most_common(), after[name].most_common()) for name in names}
    texts = texts_of(db, [row.id for pair in picked.values() for row, _ in pair])
    found = []
    for name in names:
        problem = known[name]
        was, became = before[name], after[name]
        found.append(
            Changed(
                name,
                problem.category,
                problem.prompt,
                problem.gold,
                (was.accuracy, became.accuracy),
                kind,
                (was.consistency(kind) or 0.0, became.consistency(kind) or 0.0),
                (None if was.greedy is None else was.greedy.correct, None if became.greedy is None else became.greedy.correct),
                _shown(picked[name][0], was, texts),
                _shown(picked[name][1], became, texts),
            )
        )
    return tuple(found)


def _shown(picked: tuple[Row, int], runs_: Runs, texts: Mapping[int, str]) -> Shown:
    row, count = picked
    return Shown(texts.get(row.id, ""), count, len(runs_.sampled), row.answer, row.correct)


def _overlap(db: Connection, number: int) -> tuple[tuple[str, str], ...]:
    """The newest finding of each step that ran the contamination check."""
    found = []
    for phase in PHASES:
        for row in runs.steps_of(db, runs.holder(db, number, phase.id)):
            if row.phase == phase.id and (told := events.newest(db, row.id, "overlap")):
                found.append((row.step, str(told[-1].values.get("text", ""))))
    return tuple(found)
