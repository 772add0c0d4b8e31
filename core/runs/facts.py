"""What the store says of one attempt at one moment, read in one go: the rows that a picture is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from sqlite3 import Connection

from core.counsel.forecast import Known
from core.plan.phases import PHASES
from core.plan.verdicts import GateView
from core.records import Measurement, Spending
from core.runs.paces import known, stored_settings
from core.runs.store import figures, runs
from core.runs.store.rows import RunRow, StepRow, SupervisorRow, TryRow


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of one attempt. Steps and gates of a phase that an earlier attempt carried out are that attempt's; ``taken_over``: its settings,
    by phase."""

    run: RunRow | None = None
    steps: tuple[StepRow, ...] = ()
    tries: dict[int, list[TryRow]] = field(default_factory=dict)  # by step row
    supervisor: SupervisorRow | None = None
    before: tuple[Measurement, ...] = ()
    after_by_phase: dict[str, tuple[Measurement, ...]] = field(default_factory=dict)
    gates: dict[str, GateView] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    taken_over: dict[str, str] = field(default_factory=dict)
    spent: tuple[Spending, ...] = ()  # of this attempt, by step
    spent_everywhere: tuple[Spending, ...] = ()
    known: Known = Known()  # what forecasts lean on
    mark: object = None  # changes whenever that may have changed

    @property
    def after(self) -> list[Measurement]:
        """Figures after training, those of the later phase last."""
        return [figure for phase in PHASES for figure in self.after_by_phase.get(phase.id, ())]

    @property
    def own_steps(self) -> tuple[StepRow, ...]:
        """The steps that this attempt carries out itself."""
        return tuple(row for row in self.steps if self.run is not None and row.run == self.run.number)

    def last_try(self, row: StepRow) -> TryRow | None:
        """The newest try of a step."""
        tries = self.tries.get(row.id)
        return tries[-1] if tries else None


def read_facts(db: Connection, attempt: int | None, earlier: Facts | None = None) -> Facts:
    """The facts of an attempt, the latest when None; empty facts when there is no such attempt.

    earlier: what was read the last time. What steps took is read again only once a step has begun or ended.
    """
    latest = runs.latest_run(db)
    run = latest if attempt is None else runs.run(db, attempt)
    if run is None or latest is None:
        return Facts(supervisor=runs.supervisor(db))
    steps: list[StepRow] = []
    tries: dict[int, list[TryRow]] = {}
    gates: dict[str, GateView] = {}
    overrides: dict[str, str] = {}
    taken_over: dict[str, str] = {}
    after: dict[str, tuple[Measurement, ...]] = {}
    for phase in PHASES:
        holder = runs.holder(db, run.number, phase.id)
        if holder != run.number and (earlier_run := runs.run(db, holder)) is not None:
            taken_over[phase.id] = earlier_run.settings
        steps += [row for row in runs.steps_of(db, holder) if row.phase == phase.id]
        after[phase.id] = tuple(figures.measurements(db, holder, "after", phase.id))
        if phase.gate.id in (decided := figures.decided_gates(db, holder)):
            gates[phase.gate.id] = decided[phase.gate.id]
        if phase.gate.id in (reasons := figures.overrides(db, holder)):
            overrides[phase.gate.id] = reasons[phase.gate.id]
    for number in {row.run for row in steps}:
        for tried in runs.tries_of(db, number):
            tries.setdefault(tried.step, []).append(tried)
    mark = (latest.number, run.number, run.settings, tuple((row.id, row.state) for row in steps))
    return Facts(
        run,
        tuple(steps),
        tries,
        runs.supervisor(db),
        tuple(figures.measurements_of(db, run.number, "before")),
        after,
        gates,
        overrides,
        taken_over,
        tuple(figures.spending(db, run.number)),
        tuple(figures.spending(db)),
        earlier.known if earlier is not None and earlier.mark == mark else known(db, run.number, stored_settings(run.settings)),
        mark,
    )
