"""Measurements, training rows, artifacts, gates, overrides and money of an attempt."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.measures.estimate import Estimate
from core.plan.phases import PHASES
from core.plan.verdicts import CriterionView, GateView
from core.records import Category, Measurement, Spending, TrainingRow, When
from core.runs.store import runs
from core.runs.store.text import dumps, number, storable


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or folder that a step wrote; ``path`` is relative to the workspace."""

    step: int
    path: str
    kind: str
    sha256: str
    time: float


def add_measurements(db: sqlite3.Connection, run: int, step: int, measurements: Sequence[Measurement]) -> None:
    """Keeps a step's figures in place of all that it had of the same moments: what it measures no more is no figure of it."""
    db.executemany(
        "DELETE FROM measurements WHERE run = ? AND step = ? AND moment = ?", [(run, step, when) for when in {m.when for m in measurements}]
    )
    db.executemany(
        "INSERT INTO measurements (run, step, moment, category, metric, value, n, low, high) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (run, step, m.when, m.category or "", m.metric, number(e.value), e.n, number(e.low), number(e.high))
            for m in measurements
            for e in (m.estimate,)
        ],
    )


def measurements(db: sqlite3.Connection, run: int, when: When, phase: str | None = None) -> list[Measurement]:
    """An attempt's figures, or those of one phase's steps; of several steps that measured the same the latest in the plan counts."""
    rows = db.execute(
        "SELECT m.category, m.metric, m.value, m.n, m.low, m.high FROM measurements m JOIN steps ON steps.id = m.step "
        "WHERE m.run = ? AND m.moment = ? AND (? IS NULL OR steps.phase = ?) ORDER BY steps.position, m.category, m.metric",
        (run, when, phase, phase),
    ).fetchall()
    found: dict[tuple[str, str], Measurement] = {}
    for category, metric, value, n, low, high in rows:
        estimate = Estimate(_figure(value), n, _figure(low), _figure(high))
        found[category, metric] = Measurement(when, Category(category) if category else None, metric, estimate)
    return list(found.values())


def measurements_of(db: sqlite3.Connection, run: int, when: When) -> list[Measurement]:
    """An attempt's figures. Those from before training that the first phase measured may be of the attempt that carried it out; what this
    one has measured itself counts before them."""
    if when == "after":
        return measurements(db, run, when)
    found = {(m.category, m.metric): m for m in measurements(db, runs.holder(db, run, PHASES[0].id), when)}
    return list((found | {(m.category, m.metric): m for m in measurements(db, run, when)}).values())


def set_training_rows(db: sqlite3.Connection, step: int, rows: Sequence[TrainingRow]) -> None:
    """The step's training rows, in place of those it had."""
    db.execute("DELETE FROM training_rows WHERE step = ?", (step,))
    db.executemany(
        "INSERT INTO training_rows (step, position, data) VALUES (?, ?, ?)",
        [
            (
                step,
                position,
                dumps([r.problem_id, r.category, r.prompt, r.response, r.response_key, r.verified, r.temperature, r.extra]),
            )
            for position, r in enumerate(rows)
        ],
    )


def training_rows(db: sqlite3.Connection, run: int, phase: str) -> list[TrainingRow]:
    """The training rows that the steps of one phase of an attempt made, in the order in which they were added."""
    rows = db.execute(
        "SELECT data FROM training_rows JOIN steps ON steps.id = training_rows.step WHERE steps.run = ? AND steps.phase = ? "
        "ORDER BY steps.position, training_rows.position",
        (run, phase),
    ).fetchall()
    return [training_row(json.loads(row[0])) for row in rows]


def trained_on(db: sqlite3.Connection, run: int, step: str) -> list[tuple[str, str]]:
    """Problem id and response key of each training row that a step of an attempt made; read without the texts."""
    return db.execute(
        "SELECT json_extract(t.data, '$[0]'), json_extract(t.data, '$[4]') FROM training_rows t JOIN steps ON steps.id = t.step "
        "WHERE steps.run = ? AND steps.step = ?",
        (run, step),
    ).fetchall()


def add_artifact(db: sqlite3.Connection, step: int, path: str, kind: str, sha256: str, now: float) -> None:
    """Records what a step wrote; the same path again replaces the record."""
    db.execute(
        "INSERT OR REPLACE INTO artifacts (step, path, kind, sha256, time) VALUES (?, ?, ?, ?, ?)",
        (step, storable(path), kind, sha256, now),
    )


def artifacts_of(db: sqlite3.Connection, run: int) -> list[Artifact]:
    """Everything an attempt's steps wrote, in the plan's order."""
    rows = db.execute(
        "SELECT a.step, a.path, a.kind, a.sha256, a.time FROM artifacts a JOIN steps ON steps.id = a.step WHERE steps.run = ? "
        "ORDER BY steps.position, a.path",
        (run,),
    ).fetchall()
    return [Artifact(*row) for row in rows]


def add_judge_money(db: sqlite3.Connection, try_id: int, seconds: float, dollars: float) -> None:
    """Adds judge money to what the try has spent."""
    db.execute(
        "INSERT INTO spending (try, kind, seconds, dollars) VALUES (?, 'judge', ?, ?) ON CONFLICT (try, kind) "
        "DO UPDATE SET seconds = seconds + excluded.seconds, dollars = dollars + excluded.dollars",
        (try_id, seconds, dollars),
    )


def set_machine_money(db: sqlite3.Connection, try_id: int, seconds: float, dollars: float) -> None:
    """What the machine has cost for the try so far."""
    db.execute("INSERT OR REPLACE INTO spending (try, kind, seconds, dollars) VALUES (?, 'machine', ?, ?)", (try_id, seconds, dollars))


def spending(db: sqlite3.Connection, run: int | None = None) -> list[Spending]:
    """Money by step and kind: of one attempt, or of all of them."""
    rows = db.execute(
        "SELECT steps.step, spending.kind, sum(spending.seconds), sum(spending.dollars) FROM spending "
        "JOIN tries ON tries.id = spending.try JOIN steps ON steps.id = tries.step "
        "WHERE (? IS NULL OR steps.run = ?) GROUP BY steps.step, spending.kind",
        (run, run),
    ).fetchall()
    return [Spending(*row) for row in rows]


def set_gate(db: sqlite3.Connection, run: int, view: GateView, now: float) -> None:
    """The gate's verdict as it was decided."""
    db.execute(
        "INSERT OR REPLACE INTO gates (run, gate, verdict, view, time) VALUES (?, ?, ?, ?, ?)",
        (run, view.id, view.verdict, dumps(_gate_values(view)), now),
    )


def forget_gate(db: sqlite3.Connection, run: int, gate: str) -> None:
    """The gate's verdict no longer holds, because a step before it is done again."""
    db.execute("DELETE FROM gates WHERE run = ? AND gate = ?", (run, gate))


def decided_gates(db: sqlite3.Connection, run: int) -> dict[str, GateView]:
    """The attempt's decided gates by id."""
    rows = db.execute("SELECT gate, view FROM gates WHERE run = ?", (run,)).fetchall()
    return {gate: gate_view(json.loads(view)) for gate, view in rows}


def add_override(db: sqlite3.Connection, run: int, gate: str, reason: str, now: float) -> None:
    """Someone goes on although the gate has not passed, and says why."""
    db.execute("INSERT OR REPLACE INTO overrides (run, gate, reason, time) VALUES (?, ?, ?, ?)", (run, gate, storable(reason), now))


def overrides(db: sqlite3.Connection, run: int) -> dict[str, str]:
    """Reasons of overridden gates by gate id."""
    return dict(db.execute("SELECT gate, reason FROM overrides WHERE run = ?", (run,)).fetchall())


def _figure(value: float | None) -> float:
    return math.nan if value is None else float(value)


def training_row(values: list[Any]) -> TrainingRow:
    """A training row out of its JSON."""
    problem, category, *rest = values
    return TrainingRow(problem, Category(category), *rest)


def _gate_values(view: GateView) -> dict[str, object]:
    names = ("id", "title", "direction", "threshold", "unit", "verdict", "certainty", "more", "note")
    criteria = [
        {
            **{name: getattr(c, name) for name in names},
            "value": None if c.value is None else [c.value.value, c.value.n, c.value.low, c.value.high],
        }
        for c in view.criteria
    ]
    return {"id": view.id, "phase": view.phase, "title": view.title, "verdict": view.verdict, "criteria": criteria, "reason": view.reason}


def gate_view(values: dict[str, Any]) -> GateView:
    """A decided gate out of its JSON."""
    criteria = tuple(
        CriterionView(**{**c, "value": None if c["value"] is None else Estimate(*c["value"])}) for c in values["criteria"]
    )
    return GateView(**{**values, "criteria": criteria})
