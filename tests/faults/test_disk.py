"""No room, no permission, no memory, in every phase: the step ends with a sentence, what was committed is kept, going on works.

The disk is a small file system of its own where one may be mounted, and a limit on the size of files (as a quota is) where not.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import CogumiError
from core.runs import room
from core.runs.launch import resume
from core.runs.room import FULL, LOW
from core.runs.snapshot import State
from core.runs.status import status
from core.runs.store.connection import open_writer
from core.runs.workspace import STORE_NAME
from tests.faults.disk import CannotMount, mounted
from tests.unit.runs.fake_steps import marks
from tests.unit.runs.helpers import FAKE, begin, behave, ended, is_alive, look, query, registered, settings, until

STEPS = ("diagnose", "distill", "train", "validate")
FILLED = STEPS if os.environ.get("COGUMI_ALL_FAULTS") else ("diagnose", "train")


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "3m") -> Iterator[Path]:
    """A file system of that size; the test skips where there can be none."""
    with contextlib.ExitStack() as stack:
        try:
            workspace = stack.enter_context(mounted(folder, size))
        except CannotMount:
            pytest.skip("no file system may be mounted here")
        yield workspace


@pytest.mark.slow
@pytest.mark.parametrize("step", FILLED)
def test_a_full_disk_ends_any_step_with_a_sentence_and_going_on_finishes_it(tmp_path: Path, step: str) -> None:
    with small_disk(tmp_path / "small") as workspace:
        behave(workspace, **{name: {"responses": 12, **({"fill": "fill"} if name == step else {})} for name in STEPS})
        begin(workspace)
        pid = until(lambda: (workspace / "was_full").exists() and registered(workspace, step), f"{step} on a full disk")
        until(lambda: not is_alive(pid), "the end of a step on a full disk")
        (workspace / "fill").unlink()
        view = next(view for view in ended(workspace).steps if view.id == step)
        assert view.state is State.FAILED, view
        assert "disk" in view.cause and "full" in view.cause
        with contextlib.closing(open_writer(workspace / STORE_NAME)) as store:
            store.check()
        resume(workspace, steps_module=FAKE)
        assert [view.state for view in ended(workspace).steps[:4]] == [State.DONE] * 4
        assert len(marks(workspace)) == len(set(marks(workspace)))


@pytest.mark.slow
def test_a_disk_that_is_full_before_anything_starts_is_told_and_nothing_is_half_made(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "64k") as workspace:
        (workspace / "fill").write_bytes(b"x" * 40_000)
        with pytest.raises(CogumiError) as error:
            begin(workspace, "diagnose")
        assert "full" in str(error.value) or "No space" in str(error.value)
        (workspace / "fill").unlink()
        assert not list(workspace.glob(".*part*"))
        assert not (workspace / STORE_NAME).exists() or look(workspace).error == ""


@pytest.mark.slow
def test_a_supervisor_that_cannot_record_the_end_of_a_step_waits_for_room_and_records_it_then(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as workspace:
        behave(workspace, diagnose={"responses": 4, "wait": "go"})
        begin(workspace, "diagnose")
        pid = registered(workspace, "diagnose")
        until(lambda: look(workspace).running)
        with (workspace / "fill").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 512)
        os.kill(pid, 9)
        log = workspace / "logs" / "supervisor.log"
        until(lambda: not is_alive(pid))
        assert look(workspace).supervised
        (workspace / "fill").unlink()
        assert ended(workspace).steps[0].state is State.CRASHED
        assert "Traceback" not in log.read_text()
        assert query(workspace, "PRAGMA quick_check") == [("ok",)]


def told(workspace: Path) -> str:
    """What the user's command was told."""
    file = workspace.parent / "told"
    return file.read_text() if file.exists() else ""


@pytest.mark.slow
def test_a_disk_that_runs_short_is_told_in_status_to_the_panel_and_to_the_users_command_once(tmp_path: Path) -> None:
    script = f"import os; print(os.environ['COGUMI_EVENT'], os.environ['COGUMI_TEXT'], file=open('{tmp_path / 'told'}', 'a'))"
    with small_disk(tmp_path / "small") as workspace:
        behave(workspace, diagnose={"responses": 4, "wait": "go"})
        begin(workspace, "diagnose", settings(run={"on_event": f'python3 -c "{script}"'}))
        until(lambda: "disk While diagnose runs, the disk " in told(workspace), "the user's command")
        seen = look(workspace)
        assert seen.shortage == status(workspace)["shortage"]
        assert seen.shortage.startswith("the disk ") and any("runs, the disk " in note.text for note in seen.notes)
        (workspace / "go").touch()
        assert ended(workspace).shortage == "", "where nothing runs there is no hurry"
        until(lambda: "done " in told(workspace), "the end")
        assert told(workspace).count("disk While") == 1


def test_how_much_room_is_little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for left, words in ((LOW, ""), (LOW - 1, "the disk has 1023 MiB left"), (FULL - 1, "the disk is full")):
        monkeypatch.setattr(room.shutil, "disk_usage", lambda folder, left=left: SimpleNamespace(free=left))
        assert room.shortage(tmp_path) == words
    assert room.free(tmp_path) == FULL - 1
    monkeypatch.undo()
    assert room.shortage(tmp_path / "nowhere") == "", "what cannot be asked is no shortage"


@pytest.mark.slow
def test_memory_that_runs_out_in_the_step_fails_it_with_a_sentence(workspace: Path) -> None:
    behave(workspace, diagnose={"responses": 4, "hoard": 256 << 20})
    begin(workspace, "diagnose")
    view = ended(workspace).steps[0]
    assert view.state is State.FAILED, view
    assert "Memory ran out; lower generation.batch_size or use a machine with more, and run the step again." in view.cause
    behave(workspace, diagnose={"responses": 4})
    resume(workspace, steps_module=FAKE)
    assert ended(workspace).steps[0].state is State.DONE
