"""No room, no permission, no memory, in every phase: the step ends with a sentence, what was committed is kept, going on works.

The disk is a small file system of its own where one may be mounted, and a limit on the size of files (as a quota is) where not.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import CogumiError
from core.runs.launch import resume
from core.runs.snapshot import State
from core.runs.store.connection import open_writer
from core.runs.workspace import STORE_NAME
from tests.faults.disk import CannotMount, mounted
from tests.unit.runs.fake_steps import marks
from tests.unit.runs.helpers import FAKE, begin, behave, ended, is_alive, look, query, registered, until

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
