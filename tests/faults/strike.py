"""One kill with -9, aimed from outside: whom it hits, when, and whether what is told of the workspace afterwards is true."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from core.runs.liveness import birth
from core.runs.processes import family
from core.runs.snapshot import ACTIVE
from core.runs.status import status
from core.runs.store.connection import open_writer
from core.runs.workspace import STORE_NAME
from tests.faults.signs import Sign
from tests.faults.small_plan import opened
from tests.terminal.pty_run import PtyRun

VICTIMS = ("step", "supervisor", "step and supervisor", "panel", "all at once")
_LOOK_SECONDS = 0.0005


class Watched:
    """The real panel on a workspace, in a terminal whose output somebody reads."""

    def __init__(self, workspace: Path) -> None:
        self._run = PtyRun([sys.executable, "-m", "app.cli", "--workspace", str(workspace)], columns=120, rows=40)
        self._ending = Event()
        self._run.wait_for(b"diagnose", 60)
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self._run.pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends panel and terminal."""
        self._ending.set()
        self._reader.join(10)
        self._run.close()

    def _drain(self) -> None:
        while not self._ending.is_set():
            if not self._run.read(0.2):
                self._ending.wait(0.02)
            self._run.output = b""


@dataclass(frozen=True)
class Target:
    """A try of a step that runs now: its row, its process with all that belongs to it, and its supervisor."""

    tried: int
    step: str
    pid: int
    supervisor: int


def target(workspace: Path) -> Target | None:
    """The step that runs now, None between steps."""
    with opened(workspace) as db:
        row = db.execute(
            "SELECT tries.id, steps.step, tries.pid FROM tries JOIN steps ON steps.id = tries.step "
            "WHERE tries.ended IS NULL AND tries.pid IS NOT NULL ORDER BY tries.id DESC LIMIT 1"
        ).fetchone()
        supervisor = db.execute("SELECT pid FROM supervisor").fetchone()
    return None if row is None or birth(row[2]) is None else Target(*row, supervisor[0])


def kill(workspace: Path, aim: Target, victim: str, panel: Watched | None) -> dict[int, str]:
    """Kills, and returns the processes (by id, with their birth) that must be gone in the end."""
    doomed: dict[int, str] = {}
    if "step" in victim or victim == "all at once":
        doomed = {pid: born for pid in family(aim.pid) if (born := birth(pid)) is not None}
    pids = {"step": [aim.pid], "supervisor": [aim.supervisor], "panel": []}.get(victim, [aim.supervisor, aim.pid])
    if panel is not None:
        panel.kill()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return doomed


def truthful(workspace: Path) -> str:
    """'' when no step is shown as at work whose process is dead, and the store is whole; else what is wrong."""
    with opened(workspace) as db:
        tries = dict(
            db.execute(
                "SELECT steps.step, tries.pid FROM tries JOIN steps ON steps.id = tries.step WHERE tries.ended IS NULL ORDER BY tries.id"
            )
        )
        supervisor = db.execute("SELECT pid FROM supervisor").fetchone()[0]
    living = {step for step, pid in tries.items() if pid is not None and birth(pid) is not None}
    supervised = birth(supervisor) is not None
    told = {step["id"]: step["state"] for step in status(workspace)["steps"] if step["state"] in ACTIVE}
    for step, state in told.items():
        # One that has not registered yet is its living supervisor's; one that began after we looked is new.
        if step in tries and step not in living and not (tries[step] is None and supervised):
            return f"{step} is shown as {state}, but its process {tries[step]} is dead"
        if step not in tries and not supervised and birth(supervisor) is None:
            return f"{step} is shown as {state}, but nothing runs"
    with contextlib.closing(open_writer(workspace / STORE_NAME)) as store:
        store.check()
    return ""


def aimed(moment: float | Sign, aim: Target, workspace: Path) -> bool:
    """Waits for the moment: seconds from now, or a sign. False when the try ended before it came."""
    deadline = None if callable(moment) else time.monotonic() + moment
    sign: Callable[[], bool] = moment if callable(moment) else lambda: time.monotonic() >= (deadline or 0.0)
    pause, looked = Event(), time.monotonic()
    while not sign():
        pause.wait(_LOOK_SECONDS)
        if time.monotonic() - looked > 0.1:
            looked = time.monotonic()
            if birth(aim.pid) is None:
                return False
    return True
