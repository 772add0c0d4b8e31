"""Whatever is killed, nothing that was committed is lost, the status stays true, and going on gives what an unbroken run gives."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Event

import pytest

from app.cli import main
from core.errors import WorkspaceError
from core.runs.launch import resume, stop
from core.runs.liveness import Process, this_machine
from core.runs.snapshot import ACTIVE, State
from core.runs.store import runs
from core.runs.store.connection import open_writer
from core.runs.workspace import LOCK_NAME, STORE_NAME
from tests.unit.runs.fake_steps import marks
from tests.unit.runs.helpers import (
    FAKE,
    PROJECT,
    begin,
    behave,
    ended,
    is_alive,
    last_try,
    look,
    query,
    registered,
    settings,
    step,
    supervisor,
    until,
)

STEPS = ("diagnose", "distill", "train", "validate")
SLOWLY = {"responses": 40, "pause": 0.05}


def results(workspace: Path) -> tuple[object, ...]:
    """What a run came to: its responses, grades, training rows, figures, gate and losses, without times."""
    linked = "responses r ON r.id = keys.id JOIN response_roles l ON l.response = r.id"
    return (
        query(workspace, f"SELECT key, text, role FROM keys JOIN {linked} ORDER BY 1, 3"),
        query(workspace, "SELECT key, answer, correct FROM keys JOIN grades g ON g.response = keys.id ORDER BY 1"),
        query(workspace, "SELECT steps.step, t.position, data FROM training_rows t JOIN steps ON steps.id = t.step ORDER BY 1, 2"),
        query(workspace, "SELECT moment, category, metric, value, n, low, high FROM measurements ORDER BY 1, 2, 3"),
        query(workspace, "SELECT gate, verdict FROM gates"),
        look(workspace).series.loss,
    )


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """Results of a diagnosis that nothing disturbed."""
    return undisturbed(tmp_path_factory.mktemp("unbroken") / "workspace", "diagnose")


def undisturbed(folder: Path, target: str) -> tuple[object, ...]:
    """Results of a run that nothing disturbs."""
    behave(folder, **{step: {"responses": 40} for step in STEPS})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(PROJECT))
        begin(folder, target)
        ended(folder)
    return results(folder)


def resumed(workspace: Path, unbroken: object) -> None:
    """Goes on after whatever happened, to the end; what comes out is what an unbroken run gives, and nothing was made twice."""
    started = resume(workspace, steps_module=FAKE)
    snapshot = ended(workspace)
    assert {view.state for view in snapshot.steps if view.id in started.steps} <= {State.DONE}, [view.cause for view in snapshot.steps]
    assert results(workspace) == unbroken
    assert max(Counter(marks(workspace)).values()) == 1


def part_made(workspace: Path) -> int:
    """Waits until some, but not all, of the responses are made, and returns how many."""
    return len(until(lambda: marks(workspace)[:8] if len(marks(workspace)) >= 8 else None, "the first responses"))


def test_a_step_killed_in_the_middle_of_a_batch_crashes_and_going_on_makes_only_what_is_left(workspace: Path, unbroken: object) -> None:
    behave(workspace, diagnose=SLOWLY)
    begin(workspace, "diagnose")
    pid = registered(workspace, "diagnose")
    part_made(workspace)
    os.kill(pid, signal.SIGKILL)
    snapshot = ended(workspace)
    crashed = snapshot.steps[0]
    assert crashed.state is State.CRASHED
    assert "signal 9" in crashed.cause
    assert snapshot.state is State.CRASHED
    resumed(workspace, unbroken)
    assert step(workspace, "diagnose").tries == 2


def test_a_supervisor_killed_leaves_a_step_that_stops_by_itself_and_is_never_shown_as_running(workspace: Path, unbroken: object) -> None:
    behave(workspace, diagnose=SLOWLY)
    begin(workspace, "diagnose")
    pid = registered(workspace, "diagnose")
    part_made(workspace)
    os.kill(supervisor(workspace).process.pid, signal.SIGKILL)
    until(lambda: not look(workspace).supervised, "the supervisor's death being seen")
    assert step(workspace, "diagnose").state is not State.RUNNING
    until(lambda: not is_alive(pid), "the step's own end")
    view = step(workspace, "diagnose")
    assert view.state is State.FAILED and "Its supervisor was killed" in view.cause, "nobody asked for it"
    assert look(workspace).state is State.FAILED
    resumed(workspace, unbroken)


def test_step_and_supervisor_killed_at_once_are_told_as_crashed_and_go_on(workspace: Path, unbroken: object) -> None:
    behave(workspace, diagnose=SLOWLY)
    begin(workspace, "diagnose")
    pid = registered(workspace, "diagnose")
    part_made(workspace)
    for victim in (supervisor(workspace).process.pid, pid):
        os.kill(victim, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    view = until(lambda: v if (v := step(workspace, "diagnose")).state is not State.STOPPING else None)
    assert view.state is State.CRASHED
    assert "died together with its supervisor" in view.cause
    assert look(workspace).state is State.CRASHED
    resumed(workspace, unbroken)


def test_sigterm_to_the_supervisor_stops_politely_and_what_was_queued_waits(workspace: Path) -> None:
    behave(workspace, diagnose=SLOWLY)
    begin(workspace)
    registered(workspace, "diagnose")
    part_made(workspace)
    os.kill(supervisor(workspace).process.pid, signal.SIGTERM)
    snapshot = ended(workspace)
    assert [view.state for view in snapshot.steps[:4]] == [State.STOPPED, *[State.WAITING] * 3]
    assert last_try(workspace, "diagnose").exit == 130  # type: ignore[union-attr]
    assert supervisor(workspace).ended is not None


@pytest.mark.slow
def test_hanging_up_stops_nothing(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace, "diagnose")
    pid = registered(workspace, "diagnose")
    os.kill(supervisor(workspace).process.pid, signal.SIGHUP)
    os.kill(pid, signal.SIGHUP)
    (workspace / "go").touch()
    assert ended(workspace).steps[0].state is State.DONE


@pytest.mark.slow
def test_killing_whoever_started_the_work_with_its_whole_session_stops_nothing(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    script = (
        "import sys; from pathlib import Path; from tests.unit.runs.helpers import begin; from threading import Event\n"
        "begin(Path(sys.argv[1]), 'diagnose'); print('started', flush=True); Event().wait()"
    )
    command = [sys.executable, "-c", script, str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True, cwd=PROJECT) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == b"started\n"
        os.killpg(launcher.pid, signal.SIGKILL)
    registered(workspace, "diagnose")
    assert look(workspace).supervised
    (workspace / "go").touch()
    assert ended(workspace).steps[0].state is State.DONE


@pytest.mark.slow
def test_a_second_supervisor_is_refused_in_a_sentence_and_leaves_the_first_alone(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    first = begin(workspace, "diagnose")
    registered(workspace, "diagnose")
    with pytest.raises(WorkspaceError, match=rf"running .* already \(process {first.pid}\)"):
        begin(workspace, "diagnose")
    second = subprocess.run([sys.executable, "-m", "core.runs.supervisor", str(workspace)], cwd=PROJECT, capture_output=True, text=True)
    assert second.returncode == 2
    assert "Another supervisor holds" in second.stdout
    assert supervisor(workspace).process.pid == first.pid
    (workspace / "go").touch()
    assert ended(workspace).steps[0].state is State.DONE


@pytest.mark.slow
def test_a_lock_file_that_was_left_behind_locks_nothing(workspace: Path) -> None:
    behave(workspace, diagnose={"responses": 1})
    (workspace / LOCK_NAME).write_text("4711")
    begin(workspace, "diagnose")
    assert ended(workspace).steps[0].state is State.DONE


def test_a_process_id_that_was_given_to_a_stranger_is_neither_shown_as_running_nor_killed(workspace: Path) -> None:
    behave(workspace, diagnose={"responses": 4})
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        try:
            begin(workspace, "diagnose")
            ended(workspace)
            gone = Process(this_machine(), stranger.pid, "1")
            with contextlib.closing(open_writer(workspace / STORE_NAME)) as store, store.write() as db:
                # As if supervisor and step had died long ago and their number had come round again.
                runs.enter_supervisor(db, gone, 1.0)
                runs.set_state(db, 1, State.RUNNING)
                db.execute("UPDATE tries SET ended = NULL, outcome = NULL, pid = ?, birth = '1'", (stranger.pid,))
            snapshot = look(workspace)
            assert not snapshot.supervised
            assert snapshot.steps[0].state is State.CRASHED
            resume(workspace, steps_module=FAKE)
            assert ended(workspace).steps[0].state is State.DONE
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.slow
def test_a_step_that_will_not_stop_is_killed_after_the_grace_period(workspace: Path) -> None:
    behave(workspace, diagnose={"print": "deaf now", "deaf": True})
    begin(workspace, "diagnose", settings(run={"stop_grace_seconds": 0.3}))
    pid = registered(workspace, "diagnose")
    until(lambda: "deaf now" in look(workspace).log_tail)
    assert stop(workspace)
    view = ended(workspace).steps[0]
    assert view.state is State.STOPPED
    assert "did not stop within 0 s and was killed" in view.cause
    assert not is_alive(pid)


@pytest.mark.slow
def test_stopping_at_once_waits_for_nobody(workspace: Path) -> None:
    behave(workspace, diagnose={"print": "deaf now", "deaf": True})
    begin(workspace, "diagnose", settings(run={"stop_grace_seconds": 600.0}))
    pid = registered(workspace, "diagnose")
    until(lambda: "deaf now" in look(workspace).log_tail)
    assert main(["stop", "--now", "--workspace", str(workspace)]) == 0
    view = ended(workspace).steps[0]
    assert view.state is State.STOPPED
    assert "Stopped at once" in view.cause
    assert not is_alive(pid)
    assert not stop(workspace)


@pytest.mark.slow
def test_nothing_that_a_step_started_outlives_it_even_a_daemon_of_its_own_session(workspace: Path) -> None:
    behave(workspace, diagnose={"litter": True, "wait": "go"})
    begin(workspace, "diagnose")
    pid = int(until(lambda: (workspace / "litter.pid").exists() and (workspace / "litter.pid").read_text()))
    assert is_alive(pid)
    os.kill(registered(workspace, "diagnose"), signal.SIGKILL)
    ended(workspace)
    until(lambda: not is_alive(pid), "the daemon's end")


@pytest.mark.slow
def test_work_goes_on_only_when_a_step_that_outlived_its_supervisor_has_ended(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go", "linger": 1.0})
    begin(workspace, "diagnose")
    orphan = registered(workspace, "diagnose")
    until(lambda: look(workspace).running)
    os.kill(supervisor(workspace).process.pid, signal.SIGKILL)
    until(lambda: not look(workspace).supervised)
    resume(workspace, steps_module=FAKE)
    assert look(workspace).steps[0].state in (State.QUEUED, State.RUNNING)
    follower = registered_after(workspace, orphan)
    assert not is_alive(orphan)
    (workspace / "go").touch()
    assert ended(workspace).steps[0].state is State.DONE
    assert follower != orphan


def registered_after(workspace: Path, earlier: int) -> int:
    """Waits for a process of diagnose that is another one than ``earlier``."""
    return until(lambda: pid if (pid := registered(workspace, "diagnose")) != earlier else 0)


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing_and_repeat_nothing(workspace: Path, tmp_path: Path) -> None:
    unbroken = undisturbed(tmp_path / "unbroken", "phase-1b.1")
    moments = random.Random(20261122)
    behave(workspace, **{step: {"responses": 40, "pause": 0.05} for step in STEPS})
    begin(workspace)
    hits = 0
    for _ in range(int(os.environ.get("COGUMI_KILLS", "12"))):
        Event().wait(moments.uniform(0.0, 1.2))
        kill_step, kill_supervisor = moments.random() < 0.7, moments.random() < 0.6
        snapshot = look(workspace)
        running = snapshot.running
        tried = last_try(workspace, running.id) if running is not None else None
        if kill_supervisor and snapshot.supervised:
            os.kill(supervisor(workspace).process.pid, signal.SIGKILL)
            until(lambda: not look(workspace).supervised)
            hits += 1
        if kill_step and tried is not None and tried.pid is not None and tried.ended is None and is_alive(tried.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(tried.pid, signal.SIGKILL)
                hits += 1
        snapshot = look(workspace)
        for view in snapshot.steps:
            if view.state in ACTIVE:
                told = last_try(workspace, view.id)
                assert told is not None
                assert told.pid is None or is_alive(told.pid) or step(workspace, view.id).state not in ACTIVE
        if not snapshot.supervised and any(view.state is not State.DONE for view in snapshot.steps[:4]):
            resume(workspace, steps_module=FAKE)
    ended(workspace)
    resumed(workspace, unbroken)
    assert look(workspace).gates[0].verdict == "passed"
    assert hits, "a slow machine is done before most of the moments, but not before all"
