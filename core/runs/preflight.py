"""Before a launch: what it will do, the time and money that it should take, and what stands in its way. Changes nothing.

The expectation comes from measured throughput where there is any (core/counsel/forecast.py); findings are those of readiness.py for the
steps that would run, and what only the plan of this run can tell: a training that will hardly move the weights or ruin them, more responses
than the plan has hours for, a limit that will be passed.
Light: no torch; may take a second, for it reads the model's files and asks the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.counsel.forecast import Known, Range, StepAhead, basis_text, step_ahead, total, work
from core.plan.ledger import Limit, by_step, limits
from core.plan.ledger import dollars as in_dollars
from core.plan.phases import PHASES, phase_of, row_maker, step_plan
from core.plan.settings import Settings
from core.problems.sizes import within
from core.runs.attempts import changes, step_ids
from core.runs.paces import known, left_of, stored_settings
from core.runs.readiness import Finding, ready
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.store.connection import open_reader
from core.runs.usage import users
from core.runs.workspace import Workspace
from core.training.expect import expect

_MOST_RESPONSES = 8_000_000
"""About 140 responses a second (README.md) over the plan's 16 hours."""

_ORDER = {"problem": 0, "warning": 1, "ok": 2}


@dataclass(frozen=True, slots=True)
class Preflight:
    """What starting ``target`` would come to. ``attempt``: the number it would run as; ``new`` says that it would be made.

    seconds, dollars: low and high over the steps that are left and of which anything is known. basis: where they come from, one sentence,
    with what they leave out.
    limits: what binds the next step, with what is spent of it. findings: worst first.
    """

    target: str
    attempt: int
    new: bool
    steps: tuple[StepAhead, ...]
    seconds: Range | None
    dollars: Range | None
    basis: str
    limits: tuple[Limit, ...]
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What must be mended before this can work."""
        return tuple(finding for finding in self.findings if finding.level == "problem")


@dataclass(frozen=True, slots=True)
class _Present:
    """What the store says of the attempt that would go on."""

    attempt: int
    new: bool
    known: Known
    done: frozenset[str] = frozenset()
    left: tuple[tuple[str, float], ...] = ()  # of steps that were begun, the share still to do
    spent: tuple[tuple[str, float], ...] = ()
    earlier: float = 0.0


def preflight(workspace: Path, target: str, settings: Settings, *, new_attempt: bool = False, parent: int | None = None) -> Preflight:
    """What starting ``target`` (a step, ``phase-1b.1``, ``phase-1b.2`` or ``all``) would do. Raises UsageError for an unknown target.

    parent: the attempt that a new one is made from, the latest if None.

    It never refuses: what stands in the way is a finding, and what an attempt may not do is said when it is started.
    """
    ids = step_ids(target)
    now = _present(workspace, ids[0], settings, new_attempt, parent)
    share = dict(now.left)
    ahead = tuple(
        step_ahead(step_plan(step), settings, now.known, done=step in now.done, left=share.get(step, 1.0)) for step in ids
    )
    left = [step for step in ahead if not step.done]
    seconds, dollars = total(ahead, known_only=True)
    bound = limits(settings.budget, left[0].step, dict(now.spent), now.earlier) if left else ()
    findings = [*_movement(left, settings, now.known), *_amounts(left, settings, now.known), *_money(left, settings, now)]
    findings += ready(workspace, settings, [step.step for step in left]) if left else ()
    findings.sort(key=lambda finding: _ORDER[finding.level])
    return Preflight(target, now.attempt, now.new, ahead, seconds, dollars, basis_text(ahead), bound, tuple(findings))


def _present(workspace: Path, first: str, settings: Settings, new_attempt: bool, parent: int | None) -> _Present:
    place = Workspace(workspace.absolute())
    if not place.store.exists():
        return _Present(1, True, Known())
    store = open_reader(place.store)
    try:
        with store.read() as db:
            run = runs.latest_run(db)
            if run is None:
                return _Present(1, True, Known())
            everything = sum(s.dollars for s in figures.spending(db))
            if new_attempt:
                begin = PHASES[0]
                takes_over = phase_of(first) is not begin
                stands_on = runs.holder(db, parent or run.number, begin.id) if takes_over else None
                return _Present(run.number + 1, True, known(db, run.number + 1, settings, stands_on), earlier=everything)
            spent = by_step(figures.spending(db, run.number))
            rows = runs.steps_of(db, run.number)
            done = frozenset(row.step for row in rows if row.state is State.DONE)
            # Of a step that was begun with other settings nothing is counted on.
            changed = {step for key in changes(stored_settings(run.settings), settings) for step in users(key, settings)}
            begun = tuple((row.step, left_of(db, row)) for row in rows if row.step not in done | changed and row.started is not None)
            earlier = everything - sum(spent.values())
            return _Present(run.number, False, known(db, run.number, settings), done, begun, tuple(spent.items()), earlier)
    finally:
        store.close()


def _movement(left: Sequence[StepAhead], settings: Settings, now: Known) -> list[Finding]:
    """A training whose learning rate and steps will hardly move the weights, or move them further than a model survives."""
    found = []
    for step in left:
        if not step.step.startswith("train"):
            continue
        making = row_maker(phase_of(step.step).id)
        tables = [within(category, table) for category, table in settings.categories.items()]
        first = making == "distill"
        most = sum(t.train_problems if first else t.failure_problems for t in tables)
        rows = now.counts[making].out if making in now.counts else most
        expected = expect(rows, settings.train, settings.run.processes)
        if expected.hardly and rows:
            about = "" if making in now.counts else f" With at most {rows:,} rows:"
            advice = "raise train.learning_rate or train.num_train_epochs if the gate is missed"
            found.append(Finding(step.title, "warning", f"{about} {expected.sentence}".strip(), advice))
        elif expected.leaps:
            found.append(Finding(step.title, "problem" if expected.destroys else "warning", expected.sentence, "lower train.learning_rate"))
    return found


def _amounts(left: Sequence[StepAhead], settings: Settings, now: Known) -> list[Finding]:
    """Steps that would make more responses than the whole plan has time for."""
    found = []
    for step in left:
        todo = work(step.step, settings, now)
        if step.basis != "reused" and todo.unit == "responses" and todo.low > _MOST_RESPONSES:
            text = f"{todo.text} are more than a rented H100 makes in all the hours of the plan"
            found.append(Finding(step.title, "warning", text, "look at the numbers of problems and samples"))
    return found


def _money(left: Sequence[StepAhead], settings: Settings, now: _Present) -> list[Finding]:
    """Limits of the budget that the steps will pass by what is expected, and those that are reached already."""
    spent = dict(now.spent)
    told: dict[str, Finding] = {}
    for step in left:
        expected = step.dollars[0] if step.dollars is not None else 0.0
        spent[step.step] = spent.get(step.step, 0.0) + expected
        for limit in limits(settings.budget, step.step, spent, now.earlier):
            if limit.share >= 1 and limit.setting not in told:
                told[limit.setting] = _over(limit, step.title, limit.spent - expected >= limit.dollars)
    return list(told.values())


def _over(limit: Limit, title: str, already: bool) -> Finding:
    named = f"the limit of {in_dollars(limit.dollars)} for {limit.name}"
    if already:
        return Finding("budget", "problem", f"{named} is reached already, so {title} will not begin", f"raise {limit.setting}")
    text = f"{named} will be reached in {title}, and the step will stop there"
    return Finding("budget", "warning", text, f"raise {limit.setting}, now or when it stops; it can be resumed")
