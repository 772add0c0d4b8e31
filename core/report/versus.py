"""One attempt against another: figures of both on the same problems, paired tests, the problems that changed most, and the settings.

Only problems that both measured after training in the same phase are compared, and of each the same number of runs: a share of the most
common response is higher the fewer the runs. Greedy responses are compared by McNemar's test, all else by paired differences
(core/measures/paired.py). Every figure has its n.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.errors import UsageError
from core.measures.estimate import Estimate
from core.measures.intervals import mean, share
from core.measures.paired import Difference
from core.measures.ties import POINTS
from core.plan.load import settings_from_json
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.records import Category
from core.report.compare import Runs, by_problem, most_changed, paired
from core.report.read import categories_of, chosen_run, reading, rows_of
from core.runs.attempts import changes
from core.runs.store import answers, problems, runs
from core.runs.store.rows import RunRow
from core.runs.usage import is_free

MOST_CHANGED = 20
_MEASURED_BY = {"1B.1": ("validate", "measure"), "1B.2": ("benchmark", "benchmark")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric on the shared problems that have it in both attempts: both values, and the second less the first, paired by problem."""

    metric: str
    first: Estimate
    second: Estimate
    difference: Difference


@dataclass(frozen=True, slots=True)
class CategoryVersus:
    """One category, None for the trained ones together. mcnemar: two-sided p over the greedy responses, None where there are none."""

    category: Category | None
    problems: int
    figures: tuple[Figure, ...]
    mcnemar: float | None
    became_right: int
    became_wrong: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A problem that the two attempts answer differently: share of right runs (None: not graded) and of the most common response."""

    problem: str
    category: Category
    prompt: str
    right: tuple[float | None, float | None]
    consistency: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Versus:
    """The second attempt against the first. runs: sampled responses a problem that are compared. moved: most changed first."""

    first: int
    second: int
    phase: str
    step: str
    runs: int
    problems: int
    only_first: int
    only_second: int
    categories: tuple[CategoryVersus, ...]
    moved: tuple[Moved, ...]
    settings: Mapping[str, tuple[Any, Any]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """Attempt ``run`` in one phase, with settings and responses of ``carrier``, the attempt that carried the phase out for it."""

    run: RunRow
    carrier: int
    settings: Settings
    categories: Mapping[str, Category]
    runs: Mapping[str, Runs]


def versus(workspace: Path, first: int, second: int) -> Versus:
    """Attempt ``second`` against attempt ``first`` on the problems that both measured after training.

    Raises UsageError when there is no such attempt, when they are the same, or when they have nothing measured in common.
    """
    if first == second:
        raise UsageError(f"Attempt {first} cannot be compared with itself; name two attempts.")
    with reading(workspace) as db:
        rows = [chosen_run(db, workspace, number) for number in (first, second)]
        for phase in reversed(PHASES):
            sides = [side for row in rows if (side := _side(db, row, phase.id)) is not None]
            if len(sides) == 2:
                if sides[0].carrier == sides[1].carrier:
                    raise UsageError(
                        f"All that attempts {first} and {second} both have is Phase {phase.id} as attempt {sides[0].carrier} measured "
                        "it; there is nothing to compare."
                    )
                return _versus(db, sides[0], sides[1], phase.id)
        for row in rows:
            if all(_side(db, row, phase.id) is None for phase in PHASES):
                raise UsageError(f"Attempt {row.number} has measured nothing after training yet; validate or benchmark does.")
    raise UsageError(f"Attempts {first} and {second} measured different phases after training; there is nothing to compare.")


def _side(db: Connection, row: RunRow, phase: str) -> _Side | None:
    """What was measured after training in a phase, by an attempt itself or by the one it takes the phase over from; None for nothing."""
    step, role = _MEASURED_BY[phase]
    carrier = runs.run(db, runs.holder(db, row.number, phase))
    if carrier is None or phase not in carrier.phases:
        return None
    number = carrier.number
    made_by = {found.id for found in runs.steps_of(db, number) if found.step == step}
    after = rows_of(db, number, "after", answers.judge_of(db, number))
    models = {made.model for made in after if made.step in made_by}
    mine = [made for made in after if made.model in models]
    if not mine:
        return None
    categories = categories_of(db, number, role) or categories_of(db, number, "measure")
    return _Side(row, number, settings_from_json(carrier.settings), categories, by_problem(mine, 1))


def _versus(db: Connection, first: _Side, second: _Side, phase: str) -> Versus:
    shared = [name for name in first.categories if name in first.runs and name in second.runs]
    if not shared:
        raise UsageError(
            f"Attempts {first.run.number} and {second.run.number} have measured no problem in common: other problems were drawn."
        )
    count = min(min(len(side.runs[name].sampled) for name in shared) for side in (first, second))
    was, became = ({name: _cut(side.runs[name], count) for name in shared} for side in (first, second))
    trained = _trained(first.settings) & _trained(second.settings)
    kind = second.settings.gate.consistency
    parts = []
    for category in (None, *Category):
        names = [n for n in shared if (first.categories[n] in trained if category is None else first.categories[n] == category)]
        if names:
            parts.append(_category(category, names, was, became))
    moved = most_changed(was, became, shared, kind, MOST_CHANGED)
    role = _MEASURED_BY[phase][1]
    texts = {
        p.id: p.prompt for r in (role, "measure") for p in problems.problems_of(db, problems.holder(db, first.run.number, r), r)
    }
    return Versus(
        first.run.number,
        second.run.number,
        phase,
        _MEASURED_BY[phase][0],
        count,
        len(shared),
        len(first.runs.keys() - set(shared)),
        len(second.runs.keys() - set(shared)),
        tuple(parts),
        tuple(_moved(name, first.categories[name], texts.get(name, ""), was[name], became[name], kind) for name in moved),
        {key: change for key, change in changes(first.settings, second.settings).items() if not is_free(key)},
        tuple(_notes(first, second, count, len(shared))),
    )


def _cut(found: Runs, count: int) -> Runs:
    """The first ``count`` sampled runs alone."""
    return replace(found, sampled=found.sampled[:count])


def _trained(settings: Settings) -> set[Category]:
    return {category for category, table in settings.categories.items() if table.train_problems}


def _category(category: Category | None, names: Sequence[str], was: Mapping[str, Runs], became: Mapping[str, Runs]) -> CategoryVersus:
    tests = paired(was, became, names)
    measures: tuple[tuple[str, Difference | None, Callable[[Runs], float | None]], ...] = (
        ("response_consistency", tests.response_consistency, lambda r: r.consistency("response")),
        ("answer_consistency", tests.answer_consistency, lambda r: r.consistency("answer")),
        ("accuracy", tests.accuracy, lambda r: r.accuracy),
        ("score", tests.score, lambda r: _mean([POINTS[outcome] for outcome in r.outcomes])),
        ("tie_rate", tests.tie_rate, lambda r: _mean([float(outcome == "tie") for outcome in r.outcomes])),
    )
    figures = [
        Figure(metric, *_both([(value(was[n]), value(became[n])) for n in names]), difference)
        for metric, difference, value in measures
        if difference is not None
    ]
    if tests.greedy is not None:
        flips = [(_greedy(was[n]), _greedy(became[n])) for n in names]
        known = [(b, a) for b, a in flips if b is not None and a is not None]
        estimates = (share(sum(b for b, _ in known), len(known)), share(sum(a for _, a in known), len(known)))
        assert estimates[0] is not None and estimates[1] is not None
        figures.append(Figure("greedy_accuracy", estimates[0], estimates[1], tests.greedy))
    return CategoryVersus(category, len(names), tuple(figures), tests.mcnemar, tests.became_right, tests.became_wrong)


def _both(values: Sequence[tuple[float | None, float | None]]) -> tuple[Estimate, Estimate]:
    """Means over the problems that have the figure in both attempts."""
    known = [(b, a) for b, a in values if b is not None and a is not None]
    first, second = mean([b for b, _ in known]), mean([a for _, a in known])
    assert first is not None and second is not None
    return first, second


def _greedy(found: Runs) -> bool | None:
    return None if found.greedy is None else found.greedy.correct


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _moved(name: str, category: Category, prompt: str, was: Runs, became: Runs, kind: str) -> Moved:
    consistency = (was.consistency(kind) or 0.0, became.consistency(kind) or 0.0)
    return Moved(name, category, prompt, (was.accuracy, became.accuracy), consistency)


def _notes(first: _Side, second: _Side, count: int, shared: int) -> list[str]:
    """What a reader should know before trusting the differences."""
    notes = []
    only = [len(side.runs) - shared for side in (first, second)]
    if any(only):
        notes.append(
            f"{only[0]:,} problems were measured by attempt {first.run.number} alone and {only[1]:,} by attempt {second.run.number} alone; "
            "they are left out."
        )
    for side in (first, second):
        if side.carrier != side.run.number:
            notes.append(f"Attempt {side.run.number} stands on attempt {side.carrier}, which measured this.")
    for side in (first, second):
        most = max((len(found.sampled) for found in side.runs.values()), default=0)
        if most > count:
            notes.append(f"Attempt {side.run.number} has up to {most} runs a problem; the first {count} of each are compared.")
    before, after = first.settings.measure.temperature, second.settings.measure.temperature
    if before != after:
        notes.append(f"The runs were sampled at {before:g} and at {after:g}: differences are not the training's alone.")
    one, two = _trained(first.settings), _trained(second.settings)
    if one != two:
        both = ", ".join(category for category in Category if category in one & two)
        notes.append(f"Other categories were trained; taken together are those that both trained: {both or 'none'}.")
    return notes
