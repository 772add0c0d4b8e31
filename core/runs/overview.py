"""Attempts side by side: what each was asked, with which changes, what its gates and figures say, and what it cost.

Made for fifty attempts at once: each costs a few queries, and only one that is under way has its events read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.measures.estimate import Estimate
from core.plan.load import flat, settings_from_json
from core.plan.phases import row_maker
from core.plan.settings import Settings
from core.records import Category, Measurement
from core.runs import picture
from core.runs.attempts import different, origins_of
from core.runs.condition import workspace_state
from core.runs.facts import read_facts
from core.runs.fold import Fold
from core.runs.paces import counts_of
from core.runs.picture import Moment
from core.runs.snapshot import ACTIVE, GateView, State
from core.runs.store import runs
from core.runs.store.connection import open_reader
from core.runs.store.rows import RunRow
from core.runs.workspace import Workspace

_READ_SECONDS = 5.0



@lru_cache(maxsize=256)
def _read(text: str) -> tuple[Settings, Mapping[str, Any]]:
    """Stored settings, and every value by its dotted key."""
    settings = settings_from_json(text)
    return settings, flat(settings)


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt. ``changes``: settings that differ from the attempt it was made from, value before and after.

    origins: of settings that were given with a flag or in the form. step_seconds: time of each step over all its tries. rows: training
    rows that each distilling step made.
    """

    number: int
    parent: int | None
    target: str
    reason: str
    created: float
    environment: str
    changes: Mapping[str, tuple[Any, Any]]
    states: Mapping[str, State]
    gates: tuple[GateView, ...]
    before: Mapping[Category | None, Mapping[str, Estimate]]
    after: Mapping[Category | None, Mapping[str, Estimate]]
    seconds: float
    dollars: float
    settings: Settings = field(default_factory=Settings)
    state: State = State.IDLE
    origins: Mapping[str, str] = field(default_factory=dict)
    step_seconds: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def measurements(self) -> list[Measurement]:
        """All figures, those from before training first."""
        before = [Measurement("before", category, metric, e) for category, table in self.before.items() for metric, e in table.items()]
        return before + [Measurement("after", category, metric, e) for category, table in self.after.items() for metric, e in table.items()]

    @property
    def failed_gate(self) -> GateView | None:
        """The first gate that failed and was not overridden, None when there is none."""
        return next((gate for gate in self.gates if gate.verdict == "failed"), None)


def attempts(workspace: Path, clock: Callable[[], float] = time.time) -> tuple[AttemptView, ...]:
    """Every attempt of the workspace, oldest first. Raises WorkspaceError when there is no store."""
    place = Workspace(workspace.absolute())
    store = open_reader(place.store)
    try:
        with store.read() as db:
            rows = runs.all_runs(db)
            texts = {row.number: row.settings for row in rows}
            return tuple(_view(db, place.folder, row, texts.get(row.parent or 0), clock()) for row in rows)
    finally:
        store.close()


def _view(db: Connection, folder: Path, row: RunRow, parent: str | None, now: float) -> AttemptView:
    """One attempt; ``parent`` is the text of the settings of the attempt it was made from."""
    settings, values = _read(row.settings)
    facts = read_facts(db, row.number)
    fold = None
    if any(step.state in ACTIVE for step in facts.own_steps):
        fold = Fold(row.number)
        fold.read(db, facts.own_steps, time.monotonic() + _READ_SECONDS)
    moment = Moment(folder, facts, fold, settings, now, {}, picture.is_supervised(facts, folder, now))
    own = [step for step in picture.step_views(moment) if step.phase in row.phases]
    categories = picture.category_views(moment)
    return AttemptView(
        row.number,
        row.parent,
        row.target,
        row.reason,
        row.created,
        row.environment,
        {} if parent is None else different(_read(parent)[1], values),
        {step.id: step.state for step in own},
        tuple(gate for gate in picture.gate_views(moment) if gate.phase in row.phases),
        {view.category: view.before for view in categories if view.before},
        {view.category: view.now for view in categories if view.now},
        sum(step.seconds for step in own),
        sum(step.dollars for step in own),
        settings,
        workspace_state([step.state for step in own], moment.supervised),
        origins_of(db, row.number),
        {step.id: step.seconds for step in own if step.tries},
        {step.step: made.out for step in facts.own_steps if step.step == row_maker(step.phase) and (made := counts_of(db, step))},
    )
