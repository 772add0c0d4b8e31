"""A store whose rows or bytes were changed by something else: every look at it gives a picture or a sentence."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from core.errors import CogumiError, WorkspaceError
from core.report.export import training_rows
from core.report.gather import gather
from core.runs.evidence import curve_of, open_problem, problem_figures, search
from core.runs.launch import resume
from core.runs.overview import attempts
from core.runs.status import status
from core.runs.store.connection import open_reader
from core.runs.workspace import STORE_NAME
from tests.faults.fuzz import check_sentence
from tests.faults.garbage import NASTY
from tests.unit.report.builder import build
from tests.unit.runs.helpers import look

GARBAGE = (
    *("", "null", "[]", "{}", "3", '"text"', "[1, 2]", '{"id": 3}', "{", "[" * 5000, "1" * 5000, '[["a"]]', '{"a": {"b": null}}'),
    *("nonsense", "NaN", *NASTY[2:7], b"\xff\xfe", 7, -1, 2**62, 1e300),
)
Trial = Callable[[Path, Path, int, int], tuple[int, list[str]]]
LOOKS: dict[str, Callable[[Path], object]] = {
    "status": status,
    "panel": lambda workspace: look(workspace).error and check_sentence(look(workspace).error),
    "attempts": attempts,
    "problems": problem_figures,
    "a problem": lambda workspace: [open_problem(workspace, row.id) for row in problem_figures(workspace)[:1]],
    "search": lambda workspace: search(workspace, "the"),
    "curve": lambda workspace: curve_of(workspace, 1, "train"),
    "report": gather,
    "training rows": lambda workspace: training_rows(workspace, None, None),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "ws"
    build(folder, "benchmark")
    settled(folder)
    return folder


def settled(workspace: Path) -> None:
    """Everything is in the one file."""
    with contextlib.closing(sqlite3.connect(workspace / STORE_NAME)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def going_on(workspace: Path) -> None:
    """All that is done before a supervisor is started."""
    with mock.patch("core.runs.launch._start_supervisor", return_value=1):
        resume(workspace)


def columns(store: Path) -> list[tuple[str, str]]:
    """Every column of every table that holds text, or anything where a number belongs."""
    with contextlib.closing(sqlite3.connect(store)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
        return [(table, row[1]) for table in tables for row in db.execute(f"PRAGMA table_info({table})")]


def findings(workspace: Path, what: str) -> list[str]:
    """What was neither a picture nor a sentence; a look that writes is one too."""
    found = []
    store = workspace / STORE_NAME
    before = store.read_bytes()
    for name, see in {**LOOKS, "going on": going_on}.items():
        if name == "going on" and store.read_bytes() != before:
            found.append(f"{what}: a look wrote into the store")
        try:
            see(workspace)
        except CogumiError as error:
            check_sentence(str(error))
        except Exception as error:  # whatever it is, a person would get a traceback
            found.append(f"{what}: {name}: {type(error).__name__}: {str(error)[:80]}")
    return found


def spoilt(whole: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copyfile(whole / STORE_NAME, folder / STORE_NAME)
    return folder


def edited(whole: Path, folder: Path, table: str, column: str, value: object, chance: random.Random) -> Path | None:
    """A copy with the column of one row, or of all rows, changed; None where the schema does not allow it."""
    workspace = spoilt(whole, folder)
    with contextlib.closing(sqlite3.connect(workspace / STORE_NAME, isolation_level=None)) as db:
        key = "rowid" if chance.random() < 0.5 and "WITHOUT ROWID" not in _schema(db, table) else ""
        rows = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")] if key else []
        where = f" WHERE rowid = {chance.choice(rows)}" if rows else ""
        try:
            db.execute(f"UPDATE {table} SET {column} = ?{where}", (value,))
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
            return None
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return workspace


def _schema(db: sqlite3.Connection, table: str) -> str:
    return str(db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0])


def try_columns(whole: Path, folder: Path, count: int, seed: int) -> tuple[int, list[str]]:
    chance = random.Random(seed)
    every = columns(whole / STORE_NAME)
    tried, found = 0, []
    for number in range(count):
        table, column = every[number % len(every)]
        value = chance.choice(GARBAGE)
        workspace = edited(whole, folder, table, column, value, chance)
        if workspace is not None:
            tried += 1
            found += findings(workspace, f"{table}.{column} = {str(value)[:30]!r}")
    return tried, found


def try_bytes(whole: Path, folder: Path, count: int, seed: int) -> tuple[int, list[str]]:
    """Bits flipped and pages cut anywhere in the file."""
    chance = random.Random(seed)
    data = (whole / STORE_NAME).read_bytes()
    found = []
    for _ in range(count):
        workspace = spoilt(whole, folder)
        bad = bytearray(data)
        for _ in range(chance.choice((1, 1, 4, 64))):
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.2:
            del bad[chance.randrange(len(bad)) :]
        (workspace / STORE_NAME).write_bytes(bad)
        found += findings(workspace, "bytes")
    return count, found


@pytest.mark.slow
@pytest.mark.parametrize("trial", [try_columns, try_bytes])
def test_a_spoilt_store_gives_a_picture_or_a_sentence(whole: Path, tmp_path: Path, trial: Trial) -> None:
    tried, found = trial(whole, tmp_path / "spoilt", 60, 7)
    assert tried > 30
    assert found == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE steps SET state = 'dmne' WHERE id = 3", r"steps\.state, row 3"),
        ("UPDATE tries SET seconds = 'long'", r"tries\.seconds, 8 rows"),
        ("UPDATE gates SET view = '[]'", r"gates\.view, row 1"),
        ("UPDATE sources SET sampling = '{\"temperaturd\": 1}' WHERE id = 1", r"sources\.sampling, row 1"),
        ("UPDATE steps SET cause = CAST(x'ff' AS TEXT)", "not UTF-8"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(whole: Path, tmp_path: Path, change: str, told: str) -> None:
    workspace = spoilt(whole, tmp_path / "ws")
    with contextlib.closing(sqlite3.connect(workspace / STORE_NAME)) as db:
        db.execute(change)
        db.commit()
    with pytest.raises(WorkspaceError, match=rf"holds something that cannot be read \(.*{told}.*\): it was edited or is damaged"):
        gather(workspace)
        [open_problem(workspace, row.id) for row in problem_figures(workspace)]


def test_a_mistake_of_this_program_is_not_told_as_damage(whole: Path) -> None:
    with contextlib.closing(open_reader(whole / STORE_NAME)) as store, pytest.raises(ZeroDivisionError), store.read():
        print(1 / 0)
    with contextlib.closing(open_reader(whole / STORE_NAME)) as store, pytest.raises(KeyError), store.read():
        print({}["ours"])


def main() -> None:
    """``python -m tests.faults.test_store_garbage COUNT SEED``: many more, and what they found."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "whole"
        build(made, "benchmark")
        settled(made)
        for trial in (try_columns, try_bytes):
            tried, found = trial(made, Path(name) / "spoilt", int(sys.argv[1]), int(sys.argv[2]))
            print(f"{trial.__name__}: {tried} tried, {len(found)} findings")
            print("\n".join(sorted(set(found))[:60]))


if __name__ == "__main__":
    main()
