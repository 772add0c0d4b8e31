"""Processes that work beside another one: they end with it, however it ends, and how they ended themselves can be told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from core.runs.liveness import birth
from core.team import Team
from tests.unit.runs.helpers import until

OWNER = f"""
import time
from core.team import Team
from {__name__} import answer
if __name__ == "__main__":
    team = Team(answer, "a payload", [{{}}, {{}}])
    print(*(pipe.recv()[0] for pipe in team.pipes), flush=True)
    time.sleep(600)
"""


def answer(pipe: Connection, payload: object) -> None:
    """Tells of itself, then does what it is told."""
    pipe.send((os.getpid(), payload, os.environ.get("COGUMI_PLACE", "")))
    if pipe.recv() == "fail":
        sys.exit(3)


@pytest.fixture
def team() -> Team:
    return Team(answer, "a payload", [{"COGUMI_PLACE": "one"}, {"COGUMI_PLACE": "two"}], first=2)


def test_every_member_gets_the_payload_and_an_environment_of_its_own(team: Team) -> None:
    try:
        told = [pipe.recv() for pipe in team.pipes]
        assert [one[1:] for one in told] == [("a payload", "one"), ("a payload", "two")]
        assert not team.failed()
    finally:
        team.close()
        team.close()
    assert all(birth(pid) is None for pid, *_ in told)


def test_how_a_member_failed_is_told_and_one_that_is_done_has_not(team: Team) -> None:
    try:
        (_, _, _), (pid, _, _) = (pipe.recv() for pipe in team.pipes)
        team.pipes[0].send("end")
        os.kill(pid, signal.SIGKILL)
        assert team.failed(60.0) == "process 3 of 3 was killed by signal 9 (SIGKILL)"
    finally:
        team.close()


def test_an_exit_code_is_told_too(team: Team) -> None:
    try:
        team.pipes[0].send("fail")
        assert team.failed(60.0) == "process 2 of 3 failed (exit code 3)"
    finally:
        team.close()


def test_members_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        members = [int(pid) for pid in owner.stdout.readline().split()]
        assert len(members) == 2 and all(birth(pid) for pid in members)
        owner.kill()
        until(lambda: not any(birth(pid) for pid in members), "the end of the members")


def test_waiting_for_a_failure_that_does_not_come_ends(team: Team) -> None:
    try:
        began = time.monotonic()
        assert team.failed(0.2) == "" and time.monotonic() - began >= 0.2
    finally:
        team.close()
