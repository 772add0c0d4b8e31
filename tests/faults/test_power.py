"""A power cut at any moment: what a durable commit wrote is there, what was being written is not, and the store is whole.

The log is cut at every kind of place, inside frames and between them, as a crash would leave it; each time the store must open with
exactly the first so many commits. SQLite's part of the promise (that a synced log survives) rests on the disk.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.errors import WorkspaceError
from core.problems.yardstick import yardstick
from core.records import Category, Grade, Problem, Sampling, Verdict
from core.report.read import rows_of
from core.runs.store import answers
from core.runs.store.connection import create, open_reader, open_writer
from core.runs.store.events import add_events, note
from core.runs.store.reading import log_of
from core.runs.store.schema import APPLICATION_ID, MIGRATIONS, VERSION
from core.runs.store.sides import sides

COMMITS = 30


def commits(path: Path) -> int:
    """How many whole commits a store holds; every commit is three events."""
    with contextlib.closing(open_reader(path)) as store:
        store.check()
        with store.read() as db:
            rows = db.execute("SELECT run, count(*) FROM events GROUP BY run ORDER BY run").fetchall()
    assert all(count == 3 for _, count in rows)
    assert [run for run, _ in rows] == list(range(len(rows)))
    return len(rows)


def test_a_log_cut_anywhere_leaves_whole_commits_and_a_whole_store(tmp_path: Path) -> None:
    path, cut = tmp_path / "store.db", tmp_path / "cut" / "store.db"
    cut.parent.mkdir()
    create(path)
    ends: list[int] = []
    with contextlib.closing(open_writer(path)) as store:
        for number in range(COMMITS):
            with store.write() as db:
                add_events(db, [note(number, 0, 1.0, "info", "x" * 900) for _ in range(3)])
            ends.append(log_of(path).stat().st_size)
        log = log_of(path).read_bytes()
        chance = random.Random(7)
        places = {0, 10, 32, len(log), *ends, *(end - 1 for end in ends), *(end + 1 for end in ends), *chance.sample(range(len(log)), 60)}
        for place in sorted(places):
            shutil.copyfile(path, cut)
            log_of(cut).write_bytes(log[:place])
            assert commits(cut) == sum(end <= place for end in ends)
            for leftover in cut.parent.iterdir():
                leftover.unlink()


def test_a_log_with_a_damaged_frame_is_read_up_to_it(tmp_path: Path) -> None:
    path, cut = tmp_path / "store.db", tmp_path / "cut" / "store.db"
    cut.parent.mkdir()
    create(path)
    with contextlib.closing(open_writer(path)) as store:
        for number in range(10):
            with store.write() as db:
                add_events(db, [note(number, 0, 1.0, "info", "x" * 900) for _ in range(3)])
            if number == 4:
                middle = log_of(path).stat().st_size
        log = bytearray(log_of(path).read_bytes())
        log[middle + 100] ^= 0xFF
        shutil.copyfile(path, cut)
        log_of(cut).write_bytes(log)
    assert commits(cut) == 5


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_durable_connections_sync_every_commit_and_the_others_never_endanger_the_store(tmp_path: Path, durable: bool, level: int) -> None:
    create(tmp_path / "store.db")
    with contextlib.closing(open_writer(tmp_path / "store.db", durable=durable)) as store, store.read() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (level,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_commit_is_whole_or_not_there_when_its_block_raises(tmp_path: Path) -> None:
    create(tmp_path / "store.db")
    with contextlib.closing(open_writer(tmp_path / "store.db")) as store:
        with pytest.raises(ZeroDivisionError), store.write() as db:
            add_events(db, [note(1, 0, 1.0, "info", "half")])
            raise ZeroDivisionError
        with pytest.raises(sqlite3.IntegrityError), store.write() as db:
            add_events(db, [note(1, 0, 1.0, "info", "half")])
            db.execute("INSERT INTO graders (id, name) VALUES (1, 'a'), (1, 'b')")
        with store.read() as db:
            assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_a_store_of_the_first_version_is_read_as_it_is_and_its_grades_and_verdicts_are_kept(tmp_path: Path) -> None:
    problem = Problem("p", Category.MATH, "What is 1 plus 1?", "2")
    path = _first_version(tmp_path / "store.db", problem)

    def seen(db: sqlite3.Connection) -> tuple[object, ...]:
        (row,) = rows_of(db, 1, "before")
        return sides(db, 1, "before")["p"], row.answer, row.correct, row.outcome

    with contextlib.closing(open_reader(path)) as store, store.read() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,), "a copy that cannot be written opens too"
        first = seen(db)
        assert first[1:] == ("2", True, "win")
    with contextlib.closing(open_reader(path)) as early, contextlib.closing(open_writer(path)) as store:
        with store.read() as db:
            assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
            assert answers.grades(db, {"k": problem}, "g") == {"k": Grade("2", True, "equal")}
            assert answers.verdicts(db, {"k": problem}, "llm") == {"k": Verdict("p", "k", "win", "llm", "better", 0.02)}
            assert seen(db) == first
        with early.read() as db:
            assert seen(db) == first, "a reader that was open already goes on"
        store.examine()
        with store.write() as db:
            answers.add_grades(db, {"k": Grade("2", False, "", yardstick(replace(problem, gold="3")))}, "g2")
            assert seen(db) == first, "what was found against a mended answer is not this attempt's"
            answers.add_grades(db, {"k": Grade("2", None, "", yardstick(problem))}, "g")
            assert seen(db)[2] is None, "what is known to be found against this problem comes first"


def _first_version(path: Path, problem: Problem) -> Path:
    """A store as the first version wrote it, with one attempt's response, its grade and its verdict."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(MIGRATIONS[0])
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
        data = json.dumps({"id": problem.id, "category": problem.category, "prompt": problem.prompt, "gold": problem.gold})
        db.execute("INSERT INTO runs (number, phases, target, settings, created) VALUES (1, '[]', '', '{}', 0)")
        db.execute("INSERT INTO problems VALUES (1, 'p', 1, 'MATH', ?)", (data,))
        db.execute("INSERT INTO problem_roles VALUES (1, 'measure', 0, 1, 1)")
        db.execute("INSERT INTO keys VALUES (1, 'k')")
        db.execute("INSERT INTO sources VALUES (1, 'm', 'e', ?)", (json.dumps(asdict(Sampling(1.0))),))
        db.execute("INSERT INTO responses VALUES (1, 'p', 0, 1, '2', 5, 1, 'stop', NULL, 1, 0)")
        db.execute("INSERT INTO response_roles VALUES (1, 'before', 'p', 1, 5, 1, 1)")
        db.execute("INSERT INTO graders VALUES (1, 'g'), (2, 'llm')")
        db.execute("INSERT INTO grades VALUES (1, 1, '2', 1, 'equal')")
        db.execute("INSERT INTO verdicts VALUES (1, 2, 'p', 'win', 'better', 0.02)")
        db.commit()
    return path


def test_an_earlier_version_is_brought_forward_in_one_commit(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    create(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 0")
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall():
            db.execute(f"DROP TABLE {table}")
    first = "CREATE TABLE one (a)"
    open_writer(path, migrations=(first,)).close()
    broken = "ALTER TABLE one ADD COLUMN b;\nCREATE TABLE one (a)"
    with pytest.raises(WorkspaceError, match="already exists"):
        open_writer(path, migrations=(first, broken))
    with contextlib.closing(open_writer(path, migrations=(first, "ALTER TABLE one ADD COLUMN b"))) as store, store.read() as db:
        assert [row[1] for row in db.execute("PRAGMA table_info(one)")] == ["a", "b"]
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
