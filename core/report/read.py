"""What a report asks of the store beyond what the rooms of core/runs answer: responses by problem without their texts, and a few counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.errors import UsageError
from core.records import Category, Problem
from core.runs.store import answers, problems, runs
from core.runs.store.connection import open_reader
from core.runs.store.rows import RunRow
from core.runs.store.standing import grade_of, verdict_of
from core.runs.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Row:
    """One response of an attempt as it counts: equal digests are equal texts. ``step`` is the row of the step that used it first."""

    id: int
    problem: str
    sample: int
    digest: int
    temperature: float
    model: str
    step: int
    answer: str | None
    correct: bool | None
    outcome: str | None


@contextmanager
def reading(workspace: Path) -> Iterator[Connection]:
    """All queries inside see the workspace's store at one moment. Raises WorkspaceError when it cannot be read."""
    store = open_reader(Workspace(workspace.absolute()).store)
    try:
        with store.read() as db:
            yield db
    finally:
        store.close()


def chosen_run(db: Connection, workspace: Path, attempt: int | None) -> RunRow:
    """The attempt of that number, or the latest. Raises UsageError when there is none."""
    found = runs.latest_run(db) if attempt is None else runs.run(db, attempt)
    if found is not None:
        return found
    if attempt is None:
        raise UsageError(f"{workspace} has no attempt yet, so there is nothing to report; `cogumi run phase-1b.1` begins one.")
    numbers = [run.number for run in runs.all_runs(db)]
    known = f"attempts are 1 to {numbers[-1]}" if numbers else "there is none yet"
    raise UsageError(f"{workspace} has no attempt {attempt}; {known}.")


def rows_of(db: Connection, run: int, role: str, judge: int | None = None) -> list[Row]:
    """An attempt's own responses of a role with the grade that counts for it, by problem and sample.

    judge: the number of the judge whose verdicts count, the newest of each response if None.
    """
    found = db.execute(
        "SELECT r.id, l.problem, r.sample, l.digest, json_extract(s.sampling, '$.temperature'), s.model, l.step, "
        "g.answer, g.correct, v.outcome FROM response_roles l JOIN responses r ON r.id = l.response JOIN sources s ON s.id = r.source "
        f"LEFT JOIN grades g ON {grade_of(db, run)} LEFT JOIN verdicts v ON {verdict_of(db, run, '?3')} "
        "WHERE l.run = ?1 AND l.role = ?2 ORDER BY l.problem, r.sample, r.id",
        (run, role, judge),
    )
    return [_row(row) for row in found]


def _row(values: tuple[Any, ...]) -> Row:
    name, problem, sample, digest, temperature, model, step, answer, correct, outcome = values
    right = None if correct is None else bool(correct)
    return Row(name, problem, sample, digest, temperature, model, step, answer, right, outcome)


def texts_of(db: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Texts of responses by their number in the store."""
    wanted = json.dumps(list(ids))
    return dict(db.execute("SELECT id, text FROM responses WHERE id IN (SELECT value FROM json_each(?))", (wanted,)).fetchall())


def problems_of(db: Connection, run: int, role: str) -> list[Problem]:
    """The attempt's problems of a role, in order; else those of the attempt that it goes on from."""
    return problems.problems_of(db, problems.holder(db, run, role), role)


def categories_of(db: Connection, run: int, role: str) -> dict[str, Category]:
    """Categories of the attempt's problems of a role by id, in order, without reading the problems."""
    rows = db.execute(
        "SELECT p.name, p.category FROM problem_roles r JOIN problems p ON p.id = r.problem WHERE r.run = ? AND r.role = ? "
        "ORDER BY r.position",
        (problems.holder(db, run, role), role),
    )
    return {name: Category(category) for name, category in rows}


def models_of(db: Connection, run: int) -> list[tuple[str, str, str, int]]:
    """Model, engine, role and number of responses, of everything that the attempt used."""
    return db.execute(
        f"SELECT s.model, s.engine, l.role, count(*) FROM ({answers.COUNTED}) l JOIN sources s ON s.id = l.source "
        "GROUP BY s.model, s.engine, l.role ORDER BY min(l.step), l.role",
        (run, answers.holder(db, run, "before")),
    ).fetchall()
