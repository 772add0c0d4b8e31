"""Problems, and the part that each plays in an attempt, in the order in which they were added."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from core.plan.phases import PHASES
from core.problems.yardstick import shown_answer, yardstick
from core.records import Category, CodeTests, Problem
from core.runs.store import runs
from core.runs.store.text import digest, dumps, storable


def add_problems(db: sqlite3.Connection, run: int, step: int, problems: Sequence[Problem], role: str) -> None:
    """Adds problems to an attempt; those it has in this role already keep their place."""
    position = int(
        db.execute("SELECT coalesce(max(position), -1) + 1 FROM problem_roles WHERE run = ? AND role = ?", (run, role)).fetchone()[0]
    )
    for problem in problems:
        data = dumps(_plain(problem))
        name, mark = storable(problem.id), digest(data)
        db.execute(
            "INSERT OR IGNORE INTO problems (name, digest, category, data, yardstick, shown) VALUES (?, ?, ?, ?, ?, ?)",
            (name, mark, problem.category, data, yardstick(problem), shown_answer(problem)),
        )
        cursor = db.execute(
            "INSERT OR IGNORE INTO problem_roles (run, role, position, problem, step) "
            "SELECT ?, ?, ?, id, ? FROM problems WHERE name = ? AND digest = ?",
            (run, role, position, step, name, mark),
        )
        position += cursor.rowcount


def forget_problems(db: sqlite3.Connection, run: int, role: str) -> None:
    """Takes the problems of a role from an attempt; they stay known."""
    db.execute("DELETE FROM problem_roles WHERE run = ? AND role = ?", (run, role))


def problems_of(db: sqlite3.Connection, run: int, role: str) -> list[Problem]:
    """The attempt's problems of a role, in the order in which they were added."""
    rows = db.execute(
        "SELECT problems.data FROM problem_roles JOIN problems ON problems.id = problem_roles.problem "
        "WHERE run = ? AND role = ? ORDER BY position",
        (run, role),
    ).fetchall()
    return [problem_from(row[0]) for row in rows]


def holder(db: sqlite3.Connection, run: int, role: str) -> int:
    """The attempt whose problems of a role count for ``run``: itself, or where it has none the one that carried the first phase out."""
    return run if has_problems(db, run, role) else runs.holder(db, run, PHASES[0].id)


def has_problems(db: sqlite3.Connection, run: int, role: str) -> bool:
    """Whether an attempt has problems of a role of its own."""
    return db.execute("SELECT 1 FROM problem_roles WHERE run = ? AND role = ? LIMIT 1", (run, role)).fetchone() is not None


def one_problem(db: sqlite3.Connection, run: int, name: str, role: str = "") -> Problem | None:
    """A problem as the attempt knows it, by its id, first of all in ``role``; else as any attempt knows it."""
    row = db.execute(
        "SELECT problems.data FROM problems LEFT JOIN problem_roles ON problem_roles.problem = problems.id AND run = ? "
        "WHERE problems.name = ? ORDER BY run IS NULL, role IS NOT ?, problems.id DESC LIMIT 1",
        (run, name, role),
    ).fetchone()
    return None if row is None else problem_from(row[0])


def problem_from(text: str) -> Problem:
    """A problem out of its JSON."""
    values: dict[str, Any] = json.loads(text)
    tests = values.get("tests")
    if tests is not None:
        values["tests"] = CodeTests(**{**tests, "tests": tuple(tests["tests"])})
    values["choices"] = tuple(values.get("choices", ()))
    values["category"] = Category(values["category"])
    return Problem(**values)


def _plain(problem: Problem) -> dict[str, object]:
    # Shallow is enough but for the tests, and several times faster than dataclasses.asdict.
    values: dict[str, object] = {f.name: getattr(problem, f.name) for f in dataclasses.fields(problem)}
    if problem.tests is not None:
        values["tests"] = dataclasses.asdict(problem.tests)
    return values
