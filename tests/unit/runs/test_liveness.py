"""A process is the one that was recorded only if id, start and machine agree; a zombie is dead; the lock dies with its holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from core.runs import processes
from core.runs.liveness import SILENCE_SECONDS, alive, birth, current, this_machine
from core.runs.lock import Lock
from tests.unit.runs.helpers import is_alive, until


def test_this_process_lives() -> None:
    assert alive(current(), Path.cwd(), 0.0, 1e9)
    assert current().machine == this_machine()


def test_a_process_with_the_same_id_that_started_at_another_time_is_a_stranger() -> None:
    assert not alive(replace(current(), birth="1"), Path.cwd(), 0.0, 0.0)


def test_a_process_that_works_in_another_folder_is_not_one_of_this_workspace(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(Path.cwd())
    assert alive(current(), link, 0.0, 0.0)
    assert not alive(current(), tmp_path, 0.0, 0.0)


def test_a_process_that_ended_is_dead_even_before_anyone_takes_leave_of_it() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        assert birth(process.pid) is not None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert birth(process.pid) is None


def test_a_name_with_spaces_and_parentheses_confuses_nobody(tmp_path: Path) -> None:
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "600"]) as process:
        assert (birth(process.pid) or "").isdigit()
        process.kill()


def test_of_a_process_on_another_machine_only_the_heartbeat_tells() -> None:
    elsewhere = replace(current(), machine="other:1")
    assert alive(elsewhere, Path.cwd(), 100.0, 100.0 + SILENCE_SECONDS - 1)
    assert not alive(elsewhere, Path.cwd(), 100.0, 100.0 + SILENCE_SECONDS + 1)


def test_a_heartbeat_far_in_the_future_is_of_a_clock_that_no_longer_holds() -> None:
    elsewhere = replace(current(), machine="other:1")
    assert alive(elsewhere, Path.cwd(), 100.0 + SILENCE_SECONDS - 1, 100.0), "two clocks never agree quite"
    assert not alive(elsewhere, Path.cwd(), 100.0 + SILENCE_SECONDS + 1, 100.0)


def test_a_lock_is_held_by_one_and_free_again_when_it_is_let_go(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path / "lock")
    assert lock is not None
    assert Lock.take(tmp_path / "lock") is None
    lock.let_go()
    again = Lock.take(tmp_path / "lock")
    assert again is not None
    again.let_go()


def test_a_lock_that_was_handed_on_stays_held_until_its_heir_dies(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path / "lock")
    assert lock is not None
    with subprocess.Popen(["sleep", "600"], pass_fds=(lock.descriptor,)) as heir:
        lock.let_go()
        assert Lock.take(tmp_path / "lock") is None
        heir.kill()
    again = Lock.take(tmp_path / "lock")
    assert again is not None
    again.let_go()


def test_a_family_is_the_session_and_all_that_descends_from_it() -> None:
    script = (
        "import subprocess, sys\n"
        "own = 'import os, signal; os.setsid(); print(os.getpid(), flush=True); signal.pause()'\n"
        "subprocess.run([sys.executable, '-c', own])"
    )
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stdout=subprocess.PIPE) as leader:
        assert leader.stdout is not None
        inner = int(leader.stdout.readline())
        assert {leader.pid, inner} <= processes.family(leader.pid)
        processes.kill_all(lambda: processes.family(leader.pid))
        assert leader.wait() == -signal.SIGKILL
        until(lambda: not is_alive(inner))


def test_the_family_of_nobody_is_empty() -> None:
    assert processes.family(2**22 + 1) == set()
