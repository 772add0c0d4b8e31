"""Damaged, foreign, newer and unwritable stores: one sentence each, and the file is left as it was."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from core.errors import WorkspaceError
from core.plan.load import settings_to_json
from core.records import Category, Grade, Problem
from core.runs.book import StoreBook
from core.runs.launch import start, stop
from core.runs.status import status
from core.runs.store import runs
from core.runs.store.connection import open_reader, open_writer
from core.runs.store.events import add_events, note
from core.runs.store.reading import log_of
from core.runs.store.schema import VERSION
from core.runs.workspace import STORE_NAME, prepare
from tests.unit.runs.fake_steps import response
from tests.unit.runs.helpers import PROJECT, begin, behave, ended, look, query, settings, until


@pytest.fixture
def store(workspace: Path) -> Path:
    """A store with an attempt and some notes in it."""
    return fill(workspace)


def fill(folder: Path) -> Path:
    """Makes a workspace with an attempt and 200 notes, and returns its store."""
    prepare(folder)
    path = folder / STORE_NAME
    with contextlib.closing(open_writer(path)) as writer, writer.write() as db:
        text = settings_to_json(settings())
        steps = [("diagnose", "1B.1")]
        runs.add_run(
            db, phases=["1B.1"], steps=steps, target="diagnose", settings=text, parent=None, reason="", created=1.0, environment="{}"
        )
        add_events(db, [note(1, 0, float(i), "info", f"line {i} " + "x" * 200) for i in range(200)])
    return path


def refused(path: Path, why: str) -> None:
    """Every way of opening the store says why not in one sentence, and leaves it as it was."""
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    for attempt in (
        lambda: open_reader(path).close(),
        lambda: open_writer(path).close(),
        lambda: start(path.parent, "diagnose", settings()),
        lambda: stop(path.parent),
        lambda: status(path.parent),
    ):
        with pytest.raises(WorkspaceError, match=why) as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert re.search(why, look(path.parent).error)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_a_truncated_store_is_named_as_damaged(store: Path) -> None:
    os.truncate(store, store.stat().st_size // 2)
    refused(store, "is damaged")


def test_a_store_cut_inside_its_header_is_not_taken_for_a_new_one(store: Path) -> None:
    os.truncate(store, 50)
    refused(store, "is damaged")


def test_an_empty_file_is_not_taken_for_a_new_store(store: Path) -> None:
    os.truncate(store, 0)
    refused(store, "is empty, so it was cut short")


def test_a_file_that_is_no_database_is_left_alone(store: Path) -> None:
    store.write_bytes(b"my thesis " * 1000)
    refused(store, "is not a store of Cogumi Panel, or is damaged")


def test_another_programs_database_is_left_alone(store: Path) -> None:
    store.unlink()
    with contextlib.closing(sqlite3.connect(store)) as other:
        other.execute("CREATE TABLE thesis (text)")
    refused(store, "is a database of another program")


def test_a_store_from_the_future_asks_for_a_newer_program(store: Path) -> None:
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    refused(store, f"was written by a newer Cogumi Panel .store version {VERSION + 1}, this program knows {VERSION}.")


def test_flipped_bits_in_the_structure_are_found_before_anything_starts(store: Path) -> None:
    data = bytearray(store.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page] ^= 0xFF
    store.write_bytes(data)
    with pytest.raises(WorkspaceError, match="is damaged"):
        start(store.parent, "diagnose", settings())
    assert store.read_bytes() == data


def test_doctor_tells_whether_the_store_can_be_read(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def found() -> dict[str, str]:
        code = main(["doctor", "--json", "--workspace", str(store.parent)])
        finding: dict[str, str] = next(f for f in json.loads(capsys.readouterr().out)["findings"] if f["name"] == "store")
        assert (code == 2) == (finding["level"] == "problem")
        return finding

    assert found()["level"] == "ok"
    whole = store.read_bytes()
    with contextlib.closing(sqlite3.connect(store)) as db, db:
        db.execute("UPDATE events SET data = '{' WHERE rowid = 150")
    assert found()["level"] == "problem" and "events.data, row 150" in found()["text"]
    store.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in found()["text"] and "put back a copy" in found()["advice"]


def test_a_folder_without_a_store_is_a_workspace_that_has_not_begun(tmp_path: Path) -> None:
    found = status(tmp_path)
    assert found["state"] == "idle"
    assert {step["state"] for step in found["steps"]} == {"waiting", "locked"}
    with pytest.raises(WorkspaceError, match="holds no store"):
        stop(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="is a file, or holds a file where a folder belongs"):
        start(tmp_path / "file", "diagnose", settings())


def test_closing_one_connection_keeps_the_locks_of_another_in_the_same_process(store: Path) -> None:
    """Else another process that closes takes itself for the last one and removes the log that this one writes to."""
    kept = open_writer(store)
    open_reader(store).close()
    open_writer(store).close()
    script = "import sys, pathlib; from core.runs.store.connection import open_writer as o; o(pathlib.Path(sys.argv[1])).close()"
    with kept.write() as db:
        add_events(db, [note(1, 0, 1.0, "info", "before")])
    subprocess.run([sys.executable, "-c", script, str(store)], check=True, cwd=PROJECT)
    assert log_of(store).exists()
    with kept.write() as db:
        add_events(db, [note(1, 0, 1.0, "info", "after")])
    kept.close()
    with contextlib.closing(open_reader(store)) as reader:
        reader.check()
        with reader.read() as db:
            assert db.execute("SELECT count(*) FROM events").fetchone() == (202,)


@contextlib.contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Nobody can write below the folder meanwhile: for root, who may write anywhere, it lies on a read-only mount."""
    if os.geteuid() != 0:
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o500 if path.is_dir() else 0o400)
        yield
        folder.chmod(0o700)
        return
    if subprocess.run(["mount", "--bind", str(folder), str(folder)], capture_output=True).returncode:
        pytest.skip("no read-only mount may be made here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_workspace_that_cannot_be_written_can_be_looked_at_but_not_started(store: Path) -> None:
    with unwritable(store.parent):
        snapshot = look(store.parent)
        assert (snapshot.error, snapshot.writable, len(snapshot.notes)) == ("", False, 200)
        assert status(store.parent)["state"] == "idle"
        for attempt in (lambda: start(store.parent, "diagnose", settings()), lambda: stop(store.parent)):
            with pytest.raises(WorkspaceError, match="read-only here"):
                attempt()
        assert sorted(p.name for p in store.parent.iterdir()) == [STORE_NAME, "logs"]


def test_commits_that_only_a_log_left_behind_holds_are_seen_in_a_folder_that_cannot_be_written(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with contextlib.closing(open_writer(store)) as writer:
        with writer.write() as db:
            add_events(db, [note(1, 0, 300.0, "info", "only in the log")])
        for name in (STORE_NAME, log_of(store).name):
            shutil.copyfile(store.parent / name, copy / name)
    with unwritable(copy):
        snapshot = look(copy)
        assert (snapshot.error, snapshot.notes[-1].text) == ("", "only in the log")
        assert sorted(p.name for p in copy.iterdir()) == [STORE_NAME, log_of(store).name]


def test_a_log_left_behind_is_taken_up_where_the_folder_can_be_written(store: Path, tmp_path: Path) -> None:
    with contextlib.closing(open_writer(store)) as writer:
        with writer.write() as db:
            add_events(db, [note(1, 0, 300.0, "info", "only in the log")])
        for name in (STORE_NAME, log_of(store).name):
            shutil.copyfile(store.parent / name, tmp_path / name)
    assert look(tmp_path).notes[-1].text == "only in the log"


@pytest.mark.slow
def test_a_store_deleted_while_a_step_runs_ends_the_step_and_is_told(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "never"})
    begin(workspace, "diagnose", settings(run={"stop_grace_seconds": 1.0}))
    until(lambda: look(workspace).running)
    pids = [row[0] for row in query(workspace, "SELECT pid FROM supervisor")]
    for path in workspace.glob(f"{STORE_NAME}*"):
        path.unlink()
    log = workspace / "logs" / "supervisor.log"
    until(lambda: not Path(f"/proc/{pids[0]}").exists(), "the end of a supervisor without a store")
    assert "Traceback" not in log.read_text()
    assert look(workspace).attempt == 0


def test_everything_in_a_workspace_is_the_users_alone(workspace: Path) -> None:
    workspace.mkdir()
    behave(workspace, diagnose={"responses": 2})
    begin(workspace, "diagnose")
    ended(workspace)
    made = [path for path in workspace.rglob("*") if path.name != "behaviour.json"]
    assert len(made) > 4
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in made} == {path.name: "0o0" for path in made}


def test_a_new_workspace_folder_is_the_users_alone(workspace: Path) -> None:
    prepare(workspace / "deep" / "down")
    assert oct((workspace / "deep" / "down").stat().st_mode & 0o777) == "0o700"


def test_two_processes_that_make_the_store_at_once_make_one(workspace: Path) -> None:
    workspace.mkdir()
    script = "import sys; from pathlib import Path; from core.runs.workspace import prepare; prepare(Path(sys.argv[1]))"
    makers = [subprocess.Popen([sys.executable, "-c", script, str(workspace)], cwd=PROJECT) for _ in range(4)]
    assert [maker.wait() for maker in makers] == [0, 0, 0, 0]
    assert sorted(p.name for p in workspace.iterdir()) == [STORE_NAME, "logs"]
    open_writer(workspace / STORE_NAME).close()


def test_text_that_is_not_valid_unicode_is_kept_and_comes_back_harmless(store: Path) -> None:
    with contextlib.closing(open_writer(store)) as writer, writer.write() as db:
        step = runs.steps_of(db, 1)[0]
        tried = runs.add_try(db, step.id, "here", 1.0, "log")
    book = StoreBook(store, step, tried)
    text = "a\ud800b\x00c\x1b[2J\u202e\U0001f600"
    problem = Problem("p\udfff", Category.MATH, text, text)
    made = replace(response("k", problem), text=text)
    book.add_problems([problem], "measure")
    book.add_responses([made], "before")
    book.add_grades({made.key: Grade(text, True, text)}, "g")
    book.emit("note", level="info", text=text)
    back = book.responses(["k"])["k"]
    assert back.text == "a\\ud800b\x00c\x1b[2J\u202e\U0001f600"
    assert book.problems("measure")[0].gold == back.text
    assert book.grades({"k": problem}, "g")["k"].answer == back.text
    back.text.encode()
    book.close()
    assert look(store.parent).notes[-1].text == back.text
