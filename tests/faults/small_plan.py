"""The smallest run of the whole plan on the practice model that still does everything, and all that it leaves which must never vary."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.plan.load import load_profile
from core.plan.settings import Settings
from core.records import Category
from core.runs.evidence import curve_of
from core.runs.status import status
from core.runs.workspace import STORE_NAME

_COUNTS = {
    Category.MATH: {"measure_problems": 6, "train_problems": 12, "failure_problems": 10, "benchmark_problems": 8},
    Category.CODE: {"measure_problems": 4, "train_problems": 6, "failure_problems": 6, "benchmark_problems": 4},
    Category.REASONING: {"measure_problems": 4, "train_problems": 0, "failure_problems": 0, "benchmark_problems": 4},
    Category.KNOWLEDGE: {"measure_problems": 0, "train_problems": 0, "failure_problems": 0, "benchmark_problems": 3},
}
_FEW = {"measure_problems": 0, "train_problems": 0, "failure_problems": 0, "benchmark_problems": 2}


def small() -> Settings:
    """Both phases with few problems, small batches, a checkpoint every step, and a first gate that lets everything through."""
    plan = load_profile("practice")
    return replace(
        plan,
        categories={category: replace(table, **_COUNTS.get(category, _FEW)) for category, table in plan.categories.items()},
        generation=replace(plan.generation, batch_size=6),
        measure=replace(plan.measure, samples=3),
        failures=replace(plan.failures, samples=3, rescue_samples=4),
        train=replace(plan.train, save_steps=1),
        gate=replace(plan.gate, consistency_1b1=0.0, math_score_1b1=0.0, reasoning_1b1=0.0, reasoning_against="absolute"),
    )


@contextlib.contextmanager
def opened(workspace: Path) -> Iterator[sqlite3.Connection]:
    """The store as any other program would read it, in one transaction."""
    with contextlib.closing(sqlite3.connect(workspace / STORE_NAME, timeout=30)) as db:
        db.execute("BEGIN")
        yield db


def evidence(workspace: Path) -> dict[str, Any]:
    """What a run came to, without times: responses, the parts they play, grades, verdicts, rows, figures, losses, files and gates."""
    linked = "keys JOIN {} t ON t.response = keys.id"
    queries = {
        "responses": "SELECT key, problem, sample, text, tokens, finish, logprob FROM responses r JOIN keys ON keys.id = r.id ORDER BY 1",
        "roles": f"SELECT key, role, problem FROM {linked.format('response_roles')} ORDER BY 1, 2",
        "grades": f"SELECT key, answer, correct, reason FROM {linked.format('grades')} ORDER BY 1",
        "verdicts": f"SELECT key, problem, outcome, reason FROM {linked.format('verdicts')} ORDER BY 1",
        "training rows": "SELECT step, position, data FROM training_rows ORDER BY 1, 2",
        "measurements": "SELECT step, moment, category, metric, value, n, low, high FROM measurements ORDER BY 1, 2, 3, 4",
        # The benchmark's folder and the hand-over hold the date, and what it cost.
        "files": "SELECT path, kind, sha256 FROM artifacts WHERE kind NOT IN ('benchmark results', 'handover') ORDER BY 1",
    }
    with opened(workspace) as db:
        found: dict[str, Any] = {name: db.execute(sql).fetchall() for name, sql in queries.items()}
    told = status(workspace)
    found["figures"] = told["measurements"]
    found["gates"] = [
        (gate["id"], gate["verdict"], [(c["id"], c["value"], c["verdict"]) for c in gate["criteria"] if c["id"] != "training_time"])
        for gate in told["gates"]
    ]
    found["losses"] = {step: curve_of(workspace, 1, step).loss for step in ("train", "train_failures") if step_ran(workspace, step)}
    return found


def step_ran(workspace: Path, step: str) -> bool:
    """Whether a step of the first attempt was ever begun."""
    with opened(workspace) as db:
        return db.execute("SELECT 1 FROM tries JOIN steps ON steps.id = tries.step WHERE steps.step = ?", (step,)).fetchone() is not None


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Names of the parts in which two runs differ."""
    return [name for name in expected if found.get(name) != expected[name]]
