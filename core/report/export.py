"""What other tools may have of an attempt: training rows, responses with all that is known of them, and metrics as scalars. Reads only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.errors import UsageError
from core.plan.phases import PHASES
from core.records import When
from core.report.read import chosen_run, reading
from core.report.tensorboard import Scalar
from core.runs.curves import whole_curve
from core.runs.store import answers, figures, runs
from core.runs.store.standing import grade_of

_SLICE = 10_000
_LOGGED = ("loss", "learning_rate", "grad_norm", "tokens_per_second")


@dataclass(frozen=True, slots=True)
class Curve:
    """Scalars of one step of an attempt, or of its measurements; ``name`` is a folder's name."""

    name: str
    scalars: tuple[Scalar, ...]


def training_rows(workspace: Path, attempt: int | None, phase: str | None = None) -> list[dict[str, object]]:
    """Training rows as chat messages, which TRL and Unsloth read as they are, of one phase or of both.

    Raises UsageError when there are none.
    """
    with reading(workspace) as db:
        run = chosen_run(db, workspace, attempt)
        found: list[dict[str, object]] = [
            {
                "messages": [{"role": "user", "content": row.prompt}, {"role": "assistant", "content": row.response}],
                "problem": row.problem_id,
                "category": row.category.value,
                "phase": plan.id,
                "verified": row.verified,
                "temperature": row.temperature,
            }
            for plan in PHASES
            if phase in (None, plan.id)
            for row in figures.training_rows(db, runs.holder(db, run.number, plan.id), plan.id)
        ]
    if not found:
        raise UsageError(f"Attempt {run.number} of {workspace} has no training rows yet; `cogumi run distill` makes them.")
    return found


def response_rows(workspace: Path, attempt: int | None) -> Iterator[list[dict[str, Any]]]:
    """Every response of an attempt, with the grade that counts for it, some thousands at a time. Raises UsageError when there are none."""
    with reading(workspace) as db:
        run = chosen_run(db, workspace, attempt)
        categories = dict(db.execute("SELECT name, category FROM problems").fetchall())
        cursor = db.execute(
            "SELECT l.problem, l.role, r.sample, r.text, r.finish, g.answer, g.correct, r.tokens, r.logprob, s.model, s.engine, "
            "json_extract(s.sampling, '$.temperature'), json_extract(s.sampling, '$.seed'), keys.key "
            f"FROM ({answers.COUNTED}) l JOIN responses r ON r.id = l.response JOIN keys ON keys.id = r.id "
            "JOIN sources s ON s.id = r.source "
            f"LEFT JOIN grades g ON {grade_of(db, run.number)} "
            "ORDER BY l.role, l.problem, r.sample, r.id",
            (run.number, answers.holder(db, run.number, "before")),
        )
        first = True
        while rows := cursor.fetchmany(_SLICE):
            first = False
            yield [_response(row, categories) for row in rows]
        if first:
            raise UsageError(f"Attempt {run.number} of {workspace} has no responses yet; `cogumi run diagnose` makes the first.")


RESPONSE_COLUMNS = {
    "problem": "string",
    "category": "string",
    "role": "string",
    "sample": "int32",
    "text": "string",
    "finish": "string",
    "answer": "string",
    "correct": "bool",
    "tokens": "int32",
    "logprob": "double",
    "model": "string",
    "engine": "string",
    "temperature": "double",
    "seed": "int64",
    "key": "string",
}
"""Columns of exported responses with their types as Arrow names them; every column but problem, role and text may be null."""


def _response(row: tuple[Any, ...], categories: dict[str, str]) -> dict[str, Any]:
    problem, role, sample, text, finish, answer, correct, *rest = row
    values = (problem, categories.get(problem), role, sample, text, finish, answer, None if correct is None else bool(correct), *rest)
    return dict(zip(RESPONSE_COLUMNS, values, strict=True))


def curves(workspace: Path, attempt: int | None) -> list[Curve]:
    """Training curves and measurements of an attempt. Measurements before training have step 0, those after it step 1.

    Raises UsageError when there is nothing to export.
    """
    with reading(workspace) as db:
        run = chosen_run(db, workspace, attempt)
        found = []
        for step in runs.steps_of(db, run.number):
            scalars = list(_training(db, step.id))
            if scalars:
                found.append(Curve(f"attempt-{run.number}-{step.step}", tuple(scalars)))
        found += [*_measured(db, run.number, 0, "before"), *_measured(db, run.number, 1, "after")]
    if not found:
        raise UsageError(f"Attempt {run.number} of {workspace} has no metrics yet; `cogumi run diagnose` makes the first.")
    return found


def _training(db: Connection, step: int) -> Iterator[Scalar]:
    """Every logged figure of a training, without what was told anew later."""
    curve = whole_curve(db, step, bounded=False)
    logged = [getattr(curve.series, name) for name in _LOGGED]
    for x, time, *values in zip(curve.series.x, curve.times, *logged, strict=True):
        for name, value in zip(_LOGGED, values, strict=True):
            if math.isfinite(value):
                yield Scalar(f"train/{name}", x, time, value)
    for x, told in curve.held_out:
        if math.isfinite(told.loss):
            yield Scalar("eval/loss", x, told.time, told.loss)


def _measured(db: Connection, run: int, number: int, when: When) -> list[Curve]:
    holder = answers.holder(db, run, "before") if when == "before" else run
    found = []
    for phase in PHASES:
        measured = figures.measurements(db, holder, when, phase.id)
        ended = max((row.ended or row.started or 0.0 for row in runs.steps_of(db, holder) if row.phase == phase.id), default=0.0)
        scalars = []
        for m in measured:
            tag = f"{'all' if m.category is None else m.category.value}/{m.metric}"
            for name, value in ((tag, m.estimate.value), (f"{tag}_low", m.estimate.low), (f"{tag}_high", m.estimate.high)):
                if math.isfinite(value):
                    scalars.append(Scalar(name, number, ended, value))
        if scalars:
            found.append(Curve(f"attempt-{run}-{phase.id}-{when}", tuple(scalars)))
    return found
