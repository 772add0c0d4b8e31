"""What earlier steps of a workspace took, as forecasts lean on it: read from the events in which each step says what it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from sqlite3 import Connection
from typing import Any

from core.counsel.forecast import Counts, Known, Pace, still_to_do
from core.plan.load import settings_from_json
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.runs.reuse import reuse
from core.runs.snapshot import State
from core.runs.store import events, figures, runs
from core.runs.store.rows import StepRow, TryRow

_MOST_ATTEMPTS = 8
_MOST_TOLD = 50
"""Tries that ended while they were setting up told of no work."""

_ENDED = (State.DONE, State.STOPPED, State.FAILED)

def known(db: Connection, number: int, settings: Settings, stands_on: int | None = None) -> Known:
    """What is known for forecasts about attempt ``number``, which may be the next one that does not exist yet: ``stands_on`` is then the
    attempt whose Phase 1B.1 it takes over, if it does.

    Of another model nothing counts; of runs with another number of processes (``run.processes``) all but their paces.
    """
    rows = [row for row in runs.all_runs(db)[-_MOST_ATTEMPTS:] if _same_model(stored_settings(row.settings), settings)]
    paces: list[Pace] = []
    usual: dict[str, Counts] = {}
    own: dict[str, Counts] = {}
    kept: dict[str, int] = {}
    for run in reversed(rows):
        as_many = stored_settings(run.settings).run.processes == settings.run.processes
        money = {s.step: s.dollars for s in figures.spending(db, run.number) if s.kind == "judge"}
        tries: dict[int, list[TryRow]] = {}
        for tried in runs.tries_of(db, run.number):
            tries.setdefault(tried.step, []).append(tried)
        for step in runs.steps_of(db, run.number):
            if as_many and step.state in _ENDED and (pace := _pace(db, step, tries.get(step.id, ()), money)) is not None:
                paces.append(pace)
            if (counts := counts_of(db, step)) is not None:
                usual.setdefault(step.step, counts)
                if run.number == number:
                    own[step.step] = counts
            if run.number == number and (checkpoint := _checkpoint(db, step)):
                kept[step.step] = checkpoint
    carrier = runs.holder(db, number, PHASES[0].id) if stands_on is None else stands_on
    found = reuse(db, number, carrier, settings, {run.number: stored_settings(run.settings) for run in rows})
    return Known(tuple(paces), own, usual, found.steps, found.perhaps, found.before, kept)


@lru_cache(maxsize=2 * _MOST_ATTEMPTS)
def stored_settings(text: str) -> Settings:
    """An attempt's settings; a watcher asks for the same ones several times a second."""
    return settings_from_json(text)


def _pace(db: Connection, step: StepRow, tries: Sequence[TryRow], judge: Mapping[str, float]) -> Pace | None:
    told = [event.values for event in events.of_kind(db, step.id, "throughput")]
    if not told:
        return None
    made, found = (sum(_whole(values.get(name)) for values in told) for name in ("made", "found"))
    busy = sum(_number(values.get("seconds")) for values in told)
    seconds = sum(tried.seconds for tried in tries if tried.outcome is not None)
    return Pace(
        step.step, "steps" if told[-1].get("unit") == "steps" else "responses", made, found, busy, seconds, judge.get(step.step, 0.0)
    )


def counts_of(db: Connection, step: StepRow) -> Counts | None:
    """What the step was last given and what came out of it, None before it has said so."""
    for event in events.newest(db, step.id, "counts"):
        return Counts(_whole(event.values.get("given")), _whole(event.values.get("out")))
    return None


def left_of(db: Connection, step: StepRow) -> float:
    """Share of its work that a step has still to do, by what it last told: what it has kept before it was ended is not made again."""
    told = [event.values for event in events.newest(db, step.id, "progress", limit=_MOST_TOLD)]
    last: Mapping[str, Any] = next((values for values in reversed(told) if _whole(values.get("total"))), {})
    done, total, unit = _whole(last.get("done")), _whole(last.get("total")), str(last.get("unit", ""))
    return still_to_do(step.step, done, total, unit, {step.step: _checkpoint(db, step)})


def _checkpoint(db: Connection, step: StepRow) -> int:
    """The optimizer step of the newest checkpoint, 0 before there is one."""
    return next((_whole(event.values.get("step")) for event in events.newest(db, step.id, "checkpoint")), 0)


def _same_model(one: Settings, other: Settings) -> bool:
    return (one.model.base, one.model.engine) == (other.model.base, other.model.engine)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _whole(value: Any) -> int:
    return int(_number(value))
