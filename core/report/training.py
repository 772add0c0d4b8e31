"""What an attempt was trained on, and what was left out and why, as the step that made the rows told it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.plan.phases import PHASES
from core.records import Category, TrainingRow
from core.report.contents import LeftOut, StepCost, Training
from core.runs.evidence import curve_of
from core.runs.snapshot import Series, State
from core.runs.store import events, figures, runs
from core.runs.store.events import Event


def trainings(db: Connection, workspace: Path, number: int, steps: Sequence[StepCost]) -> tuple[Training, ...]:
    """Every phase's training rows and training, as far as they have come; phases without rows are left out."""
    found = []
    for phase in PHASES:
        holder = runs.holder(db, number, phase.id)
        making = next(step for step in steps if step.phase == phase.id and step.step.startswith("distill"))
        trained = next(step for step in steps if step.phase == phase.id and step.step.startswith("train"))
        rows = figures.training_rows(db, holder, phase.id)
        if not rows and making.state is not State.DONE:
            continue
        left_out = _left_out(db, holder, making.step)
        begun = any(row.step == trained.step and row.started is not None for row in runs.steps_of(db, holder))
        curve = curve_of(workspace, holder, trained.step) if begun else Series()
        found.append(
            Training(
                phase.id,
                trained.step,
                len(rows),
                sum(row.verified for row in rows),
                left_out,
                _unexplained(db, holder, making.step, rows) if making.state is State.DONE and not left_out else (0, 0),
                making.summary,
                trained.summary,
                trained.seconds,
                curve,
            )
        )
    return tuple(found)


def _left_out(db: Connection, run: int, making: str) -> tuple[LeftOut, ...]:
    """What the step that made the rows told last of the problems that gave none."""
    try:
        return tuple(_of_category(one) for event in _told(db, run, making, "left_out") for one in event.values["categories"])
    except (KeyError, TypeError, ValueError):
        return ()


def _unexplained(db: Connection, run: int, making: str, rows: Sequence[TrainingRow]) -> tuple[int, int]:
    """Problems without a row, of how many, as a step of an earlier version leaves them to be counted; 0 of 0 where it told no count."""
    try:
        given = sum(int(event.values["given"]) for event in _told(db, run, making, "counts"))
    except (KeyError, TypeError, ValueError):
        given = 0
    return max(0, given - len({row.problem_id for row in rows})), given


def _told(db: Connection, run: int, step: str, kind: str) -> list[Event]:
    """The newest event of a kind that a step of an attempt told, if there is one."""
    row = next((row for row in runs.steps_of(db, run) if row.step == step), None)
    return events.newest(db, row.id, kind) if row is not None else []


def _of_category(told: Mapping[str, Any]) -> LeftOut:
    reasons = tuple((str(reason), int(count)) for reason, count in told["reasons"])
    return LeftOut(Category(told["category"]), int(told["problems"]), int(told["kept"]), reasons, tuple(map(str, told["examples"])))
