"""Attempts, their steps and tries, and the supervisor's row: queries and transitions, each inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from core.runs.liveness import Process
from core.runs.snapshot import State
from core.runs.store.rows import Outcome, RunRow, StepRow, SupervisorRow, TryRow

_RUN = "number, phases, target, settings, parent, reason, created, environment"
_STEP = "id, run, step, phase, state, queued, started, ended, exit, cause, summary"
_TRY = "id, step, number, machine, pid, birth, started, seen, ended, seconds, exit, outcome, text, log"
_LONGEST_LINEAGE = 1000


def latest_run(db: sqlite3.Connection) -> RunRow | None:
    """The attempt with the highest number."""
    return _run_of(db.execute(f"SELECT {_RUN} FROM runs ORDER BY number DESC LIMIT 1").fetchone())


def run(db: sqlite3.Connection, number: int) -> RunRow | None:
    """One attempt by its number."""
    return _run_of(db.execute(f"SELECT {_RUN} FROM runs WHERE number = ?", (number,)).fetchone())


def all_runs(db: sqlite3.Connection) -> list[RunRow]:
    """Every attempt, oldest first."""
    rows = db.execute(f"SELECT {_RUN} FROM runs ORDER BY number").fetchall()
    return [found for row in rows if (found := _run_of(row)) is not None]


def lineage(db: sqlite3.Connection, number: int) -> list[int]:
    """The attempt and those it was made from, nearest first."""
    numbers: list[int] = []
    following: int | None = number
    while following is not None and following not in numbers and len(numbers) < _LONGEST_LINEAGE:
        numbers.append(following)
        row = db.execute("SELECT parent FROM runs WHERE number = ?", (following,)).fetchone()
        following = None if row is None else row[0]
    return numbers


def holder(db: sqlite3.Connection, number: int, phase: str) -> int:
    """The attempt whose steps of ``phase`` count for an attempt: itself, or the nearest one it was made from that has the phase."""
    for ancestor in lineage(db, number):
        if (found := run(db, ancestor)) is not None and phase in found.phases:
            return ancestor
    return number


def add_run(
    db: sqlite3.Connection,
    *,
    phases: Sequence[str],
    steps: Iterable[tuple[str, str]],
    target: str,
    settings: str,
    parent: int | None,
    reason: str,
    created: float,
    environment: str,
) -> int:
    """A new attempt with its steps (id, phase) waiting; returns its number."""
    number = int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM runs").fetchone()[0])
    db.execute(
        f"INSERT INTO runs ({_RUN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, json.dumps(list(phases)), target, settings, parent, reason, created, environment),
    )
    db.executemany(
        "INSERT INTO steps (run, step, phase, position, state) VALUES (?, ?, ?, ?, ?)",
        [(number, step, phase, position, State.WAITING) for position, (step, phase) in enumerate(steps)],
    )
    return number


def set_target(db: sqlite3.Connection, number: int, target: str, settings: str) -> None:
    """What the attempt was last asked to do, and the settings it does it with."""
    db.execute("UPDATE runs SET target = ?, settings = ? WHERE number = ?", (target, settings, number))


def steps_of(db: sqlite3.Connection, number: int) -> list[StepRow]:
    """The attempt's steps in the plan's order."""
    rows = db.execute(f"SELECT {_STEP} FROM steps WHERE run = ? ORDER BY position", (number,)).fetchall()
    return [_step_of(row) for row in rows]


def step(db: sqlite3.Connection, row_id: int) -> StepRow | None:
    """One step by its row."""
    row = db.execute(f"SELECT {_STEP} FROM steps WHERE id = ?", (row_id,)).fetchone()
    return None if row is None else _step_of(row)


def set_state(
    db: sqlite3.Connection, row_id: int, state: State, *, cause: str = "", summary: str = "", exit_code: int | None = None
) -> None:
    """Records a transition; cause, summary and exit code are those of the new state."""
    db.execute(
        "UPDATE steps SET state = ?, cause = ?, summary = ?, exit = ? WHERE id = ?", (state, cause, summary, exit_code, row_id)
    )


def set_times(db: sqlite3.Connection, row_id: int, **times: float | None) -> None:
    """Sets ``queued``, ``started`` or ``ended`` of a step."""
    for name in times.keys() & {"queued", "started", "ended"}:
        db.execute(f"UPDATE steps SET {name} = ? WHERE id = ?", (times[name], row_id))


def tries_of(db: sqlite3.Connection, number: int) -> list[TryRow]:
    """Every try of every step of an attempt, oldest first."""
    columns = ", ".join(f"tries.{name}" for name in _TRY.split(", "))
    rows = db.execute(
        f"SELECT {columns} FROM tries JOIN steps ON steps.id = tries.step WHERE steps.run = ? ORDER BY tries.id", (number,)
    ).fetchall()
    return [TryRow(*row) for row in rows]


def logged_tries(db: sqlite3.Connection) -> list[tuple[int, str, int, float, float, str, str]]:
    """Every try of every attempt, the newest first: attempt, step, number, start, seconds of all tries of the step, how it ended, log."""
    return db.execute(
        "SELECT steps.run, steps.step, tries.number, tries.started, sum(tries.seconds) OVER (PARTITION BY tries.step), "
        "coalesce(tries.outcome, CASE WHEN tries.ended IS NULL THEN '' ELSE 'died' END), tries.log "
        "FROM tries JOIN steps ON steps.id = tries.step ORDER BY tries.id DESC"
    ).fetchall()


def open_tries(db: sqlite3.Connection) -> list[TryRow]:
    """Tries of any attempt whose end nobody has recorded yet."""
    return [TryRow(*row) for row in db.execute(f"SELECT {_TRY} FROM tries WHERE ended IS NULL ORDER BY id").fetchall()]


def one_try(db: sqlite3.Connection, try_id: int) -> TryRow:
    """One try by its row."""
    return TryRow(*db.execute(f"SELECT {_TRY} FROM tries WHERE id = ?", (try_id,)).fetchone())


def is_newest(db: sqlite3.Connection, tried: TryRow) -> bool:
    """Whether no later try of the same step was begun."""
    return bool(db.execute("SELECT max(number) = ? FROM tries WHERE step = ?", (tried.number, tried.step)).fetchone()[0])


def add_try(db: sqlite3.Connection, row_id: int, machine: str, now: float, log: str) -> TryRow:
    """A new try of a step, whose process has not registered yet."""
    number = int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM tries WHERE step = ?", (row_id,)).fetchone()[0])
    cursor = db.execute(
        "INSERT INTO tries (step, number, machine, started, seen, log) VALUES (?, ?, ?, ?, ?, ?)",
        (row_id, number, machine, now, now, log),
    )
    return one_try(db, int(cursor.lastrowid or 0))


def register_try(db: sqlite3.Connection, row_id: int, process: Process, now: float) -> TryRow | None:
    """The step process says who it is. None when its try is over already or another process has taken it: then it must not work."""
    row = db.execute(
        "UPDATE tries SET machine = ?, pid = ?, birth = ?, seen = ? WHERE step = ? AND ended IS NULL AND pid IS NULL RETURNING id",
        (process.machine, process.pid, process.birth, now, row_id),
    ).fetchone()
    return None if row is None else one_try(db, int(row[0]))


def set_outcome(db: sqlite3.Connection, try_id: int, outcome: Outcome, text: str) -> None:
    """The step process's own last word: its summary, or why it failed or stopped."""
    db.execute("UPDATE tries SET outcome = ?, text = ? WHERE id = ?", (outcome, text, try_id))


def see_try(db: sqlite3.Connection, try_id: int, seconds: float, now: float) -> None:
    """The try still lives and has used so many seconds."""
    db.execute("UPDATE tries SET seen = ?, seconds = ? WHERE id = ?", (now, seconds, try_id))


def end_try(db: sqlite3.Connection, try_id: int, exit_code: int | None, now: float) -> None:
    """The try's process is gone."""
    db.execute("UPDATE tries SET ended = ?, exit = ? WHERE id = ?", (now, exit_code, try_id))


def supervisor(db: sqlite3.Connection) -> SupervisorRow | None:
    """The last supervisor, dead or alive."""
    row = db.execute("SELECT machine, pid, birth, started, heartbeat, ended, stop FROM supervisor WHERE id = 1").fetchone()
    return None if row is None else SupervisorRow(Process(*row[:3]), *row[3:])


def enter_supervisor(db: sqlite3.Connection, process: Process, now: float) -> None:
    """A new supervisor takes the place of the last one; what that one was asked is forgotten."""
    db.execute(
        "INSERT OR REPLACE INTO supervisor (id, machine, pid, birth, started, heartbeat, ended, stop) VALUES (1, ?, ?, ?, ?, ?, NULL, '')",
        (process.machine, process.pid, process.birth, now, now),
    )


def beat(db: sqlite3.Connection, now: float) -> None:
    """The supervisor lives."""
    db.execute("UPDATE supervisor SET heartbeat = ? WHERE id = 1", (now,))


def leave_supervisor(db: sqlite3.Connection, now: float) -> None:
    """The supervisor has ended in good order."""
    db.execute("UPDATE supervisor SET heartbeat = ?, ended = ? WHERE id = 1", (now, now))


def ask_stop(db: sqlite3.Connection, how: str) -> None:
    """Asks the supervisor to stop: ``polite`` or ``now``."""
    db.execute("UPDATE supervisor SET stop = ? WHERE id = 1", (how,))


def _run_of(row: tuple[object, ...] | None) -> RunRow | None:
    if row is None:
        return None
    number, phases, *rest = row
    return RunRow(number, tuple(json.loads(str(phases))), *rest)  # type: ignore[arg-type]


def _step_of(row: Sequence[object]) -> StepRow:
    values = list(row)
    values[4] = State(str(values[4]))
    return StepRow(*values)  # type: ignore[arg-type]
