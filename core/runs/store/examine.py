"""Looking for the row that cannot be read, once something could not: SQLite checks its pages, not what a bit or an editor made of a value.

Only run after an error, because it reads the whole store. It tells damage from a mistake of this program: where it finds nothing, the
error is ours and stays what it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator

from core.plan.load import settings_from_json
from core.records import Category, Sampling
from core.runs.snapshot import State
from core.runs.store import figures, problems, readings

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError, AssertionError)
"""What reading a damaged value raises; UnicodeDecodeError and JSONDecodeError are ValueErrors."""

_KINDS = {"INTEGER": ("integer",), "REAL": ("real", "integer"), "TEXT": ("text",)}

_READ: dict[tuple[str, str], Callable[[str], object]] = {
    ("runs", "phases"): lambda text: [str(phase) for phase in json.loads(text)],
    ("runs", "settings"): settings_from_json,
    ("runs", "environment"): lambda text: json.loads(text).keys(),
    ("steps", "state"): State,
    ("events", "data"): lambda text: json.loads(text).keys(),
    ("problems", "category"): Category,
    ("problems", "data"): problems.problem_from,
    ("sources", "sampling"): lambda text: Sampling(**json.loads(text)),
    ("measurements", "category"): lambda text: text == "" or Category(text),
    ("training_rows", "data"): lambda text: figures.training_row(json.loads(text)),
    ("gates", "view"): lambda text: figures.gate_view(json.loads(text)),
    ("telemetry", "data"): readings.reading_from,
}
"""How a column's text is read; what that raises is a finding."""


def damage(db: sqlite3.Connection) -> str:
    """The first value that is not what its column holds, as ``table.column, row N``; '' when every value is readable."""
    try:
        for finding in _findings(db):
            return finding
    except (sqlite3.Error, *UNREADABLE) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _findings(db: sqlite3.Connection) -> Iterator[str]:
    finding = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    if finding != "ok":
        yield finding.splitlines()[-1]
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    for table in tables:
        for _, column, declared, needed, _, _ in db.execute(f"PRAGMA table_info({table})").fetchall():
            yield from _of_kind(db, table, column, _KINDS.get(declared, ()), bool(needed))
    marks = db.execute(
        "SELECT count(*) FROM events WHERE kind IN ('held_out', 'epoch', 'checkpoint') "
        "AND coalesce(json_type(data, '$.step'), '') != 'integer'"
    ).fetchone()[0]
    if marks:
        yield f"events.data, {marks} without their step"
    for (table, column), read in _READ.items():
        for number, (text,) in enumerate(db.execute(f"SELECT {column} FROM {table}"), start=1):
            try:
                read(text)
            except Exception:  # whatever it raises, this is the value
                yield f"{table}.{column}, row {number}"


def _of_kind(db: sqlite3.Connection, table: str, column: str, kinds: tuple[str, ...], needed: bool) -> Iterator[str]:
    if not kinds:
        return
    allowed = kinds if needed else (*kinds, "null")
    marks = ", ".join("?" * len(allowed))
    found = db.execute(f"SELECT count(*) FROM {table} WHERE typeof({column}) NOT IN ({marks})", allowed).fetchone()[0]
    if found:
        yield f"{table}.{column}, {found} {'row' if found == 1 else 'rows'}"
