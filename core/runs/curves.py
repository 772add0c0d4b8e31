"""Training curves read in one go: of one step, and of other attempts, to lay under the one that is watched, the newest first."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

from core.plan.phases import phase_of
from core.runs.curve import MARKS, Curve
from core.runs.snapshot import Series
from core.runs.store import events, runs
from core.runs.store.connection import open_reader
from core.runs.workspace import Workspace

MOST_CURVES = 8
_SLICE = 20_000
_TRAININGS = ("train", "train_failures")


def whole_curve(db: Connection, step: int, *, bounded: bool = True) -> Curve:
    """The curve of a step, by its row, with its marks, as far as it was told."""
    curve, last = Curve(bounded=bounded), 0
    while found := events.losses_after(db, step, last, _SLICE):
        curve.add(found)
        last = found[-1].id
    for kind in MARKS:
        for event in events.of_kind(db, step, kind):
            curve.mark(event)
    return curve


def earlier_curves(workspace: Path, most: int = MOST_CURVES) -> dict[int, Series]:
    """By attempt, newest first: the curves of all attempts that trained the step that the latest trains (train, until it trains anything),
    but for the one whose training counts for the latest. Raises WorkspaceError when there is no store."""
    store = open_reader(Workspace(workspace.absolute()).store)
    try:
        with store.read() as db:
            latest, *earlier = [row.number for row in reversed(runs.all_runs(db))] or [0]
            step = _trained(db, latest)
            carrier = runs.holder(db, latest, phase_of(step).id)
            found: dict[int, Series] = {}
            for number in earlier:
                if number == carrier:
                    continue
                row = next((row for row in runs.steps_of(db, number) if row.step == step), None)
                series = whole_curve(db, row.id).series if row is not None else Series()
                if series.x:
                    found[number] = series
                if len(found) == most:
                    break
            return found
    finally:
        store.close()


def _trained(db: Connection, number: int) -> str:
    """The training step that an attempt began last."""
    begun = [row for row in runs.steps_of(db, number) if row.step in _TRAININGS and row.started is not None]
    return max(begun, key=lambda row: row.started or 0.0).step if begun else _TRAININGS[0]
