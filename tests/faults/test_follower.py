"""``cogumi run`` in a terminal: Ctrl+C stops the step politely, everything else that ends the follower leaves the work alone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from core.runs.launch import stop
from core.runs.snapshot import State
from tests.faults.endpoints import KEY, Serving, answers, over, served, serving
from tests.terminal.pty_run import PtyRun
from tests.unit.runs.helpers import clean, look, until

pytestmark = pytest.mark.slow
ENDS = ("terminal closed", "SIGTERM", "SIGHUP", "SIGKILL") if os.environ.get("COGUMI_ALL_FAULTS") else ("terminal closed", "SIGTERM")


class Slow:
    """A generation server that answers a few requests and keeps the others waiting until it is told to go on."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        if number >= 8:
            self.go.wait(120)
        answers(handler, body, number)


@pytest.fixture
def slow(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setenv("CANARY_SERVER_KEY", KEY)
    reply = Slow()
    with serving(reply) as server:
        write_settings(workspace, server)
        yield reply
        reply.go.set()
        clean(workspace)


def write_settings(workspace: Path, server: Serving) -> None:
    """The plan of ``served`` as a person would write it down."""
    wanted = served(server)
    generation, math = wanted.generation, wanted.categories
    lines = ['profile = "practice"', "[model]", 'engine = "server"', "[generation]"]
    lines += [
        f'server_url = "{generation.server_url}"',
        'server_model = "served"',
        'server_key_env = "CANARY_SERVER_KEY"',
        "server_concurrency = 2",
    ]
    lines += ["[measure]", f"samples = {wanted.measure.samples}"]
    for category, table in math.items():
        lines += [f"[categories.{category}]", f"measure_problems = {table.measure_problems}", f"train_problems = {table.train_problems}"]
    workspace.mkdir(exist_ok=True)
    (workspace / "cogumi.toml").write_text("\n".join(lines) + "\n")


def following(workspace: Path) -> PtyRun:
    """The follower, once responses are coming."""
    run = PtyRun([sys.executable, "-m", "app.cli", "run", "diagnose", "--workspace", str(workspace)], columns=120, rows=40)
    until(lambda: run.read(0.01) is not None and under_way(workspace), "the first responses")
    return run


def under_way(workspace: Path) -> bool:
    step = look(workspace).running
    return step is not None and step.progress.done >= 4


def test_ctrl_c_stops_the_step_politely_and_what_was_made_is_kept(workspace: Path, slow: Slow) -> None:
    with following(workspace) as run:
        run.send(b"\x03")
        run.wait_for(b"stopping politely")
        assert run.wait(60) == 130
        assert run.attributes()[:4] == run.before[:4]
    step = over(workspace).steps[0]
    assert step.state is State.STOPPED
    slow.go.set()
    with PtyRun([sys.executable, "-m", "app.cli", "run", "diagnose", "--workspace", str(workspace)], columns=120, rows=40) as run:
        assert run.wait(60) == 0
    assert over(workspace).steps[0].state is State.DONE


@pytest.mark.parametrize("end", ENDS)
def test_whatever_else_ends_the_follower_the_work_goes_on(workspace: Path, slow: Slow, end: str) -> None:
    with following(workspace) as run:
        if end == "terminal closed":
            run.hang_up()
        else:
            os.kill(run.pid, getattr(signal, end))
        assert run.wait(60) != 0
        assert look(workspace).supervised
    slow.go.set()
    assert over(workspace).steps[0].state is State.DONE


def test_a_closed_terminal_ends_the_follower_also_where_hang_ups_were_ignored_before_it_began(workspace: Path, slow: Slow) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run = following(workspace)
    finally:
        signal.signal(signal.SIGHUP, before)
    with run:
        run.hang_up()
        assert run.wait(20) == -signal.SIGHUP
        assert look(workspace).supervised
    slow.go.set()
    assert over(workspace).steps[0].state is State.DONE


def test_a_stop_from_another_terminal_ends_the_follower_as_stopped(workspace: Path, slow: Slow) -> None:
    with following(workspace) as run:
        assert stop(workspace)
        assert run.wait(60) == 130
    assert over(workspace).steps[0].state is State.STOPPED
