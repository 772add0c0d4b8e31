"""A workspace whose store a test writes by hand, and a watcher with a clock of its own that looks at it."""

from __future__ import annotations

import subprocess
import weakref
from pathlib import Path
from typing import Any

from core.plan.load import settings_to_json
from core.plan.phases import PHASES
from core.runs.liveness import Process, birth, this_machine
from core.runs.snapshot import State
from core.runs.store import runs
from core.runs.store.connection import Store, open_writer
from core.runs.store.events import add_events, new_event
from core.runs.watch import Watcher
from core.runs.workspace import STORE_NAME, log_name, prepare
from tests.unit.runs.helpers import settings

NOW = 1_000_000.0
DIAGNOSE, DISTILL, TRAIN, VALIDATE = 1, 2, 3, 4


class Bench:
    """A workspace whose store a test writes by hand, with a clock of its own."""

    def __init__(self, folder: Path) -> None:
        prepare(folder)
        self.folder = folder
        self.now = NOW
        self._idle: subprocess.Popen[bytes] | None = None
        self.store: Store = open_writer(folder / STORE_NAME)
        self.watcher = Watcher(folder, clock=lambda: self.now)

    def begin(self, parent: int | None = None) -> None:
        """An attempt of both phases, or one of the second alone that is made from ``parent``."""
        phases = PHASES if parent is None else PHASES[1:]
        with self.store.write() as db:
            runs.add_run(
                db,
                phases=[phase.id for phase in phases],
                steps=[(step.id, phase.id) for phase in phases for step in phase.steps],
                target="all",
                settings=settings_to_json(settings()),
                parent=parent,
                reason="",
                created=NOW,
                environment="{}",
            )

    def run_step(self, step: int, *, supervised: bool = True, machine: str | None = None, birth: str | None = None) -> int:
        """The step runs in a process that does nothing, under a supervisor that is this process too."""
        me = self._process()
        with self.store.write() as db:
            if supervised:
                runs.enter_supervisor(db, me, self.now)
            name = runs.step(db, step).step  # type: ignore[union-attr]
            tried = runs.add_try(db, step, machine or this_machine(), self.now, log_name(1, name))
            db.execute("UPDATE tries SET pid = ?, birth = ? WHERE id = ?", (me.pid, birth or me.birth, tried.id))
            runs.set_times(db, step, started=self.now)
            runs.set_state(db, step, State.RUNNING)
        return tried.id

    def _process(self) -> Process:
        """A process of the workspace: it lives as long as the bench does."""
        if self._idle is None:
            self._idle = subprocess.Popen(["sleep", "600"], cwd=self.folder)
            weakref.finalize(self, _end, self._idle)
        return Process(this_machine(), self._idle.pid, birth(self._idle.pid) or "")

    def tell(self, step: int, kind: str, *values: dict[str, Any], every: float = 0.0) -> None:
        """Events of a step, ``every`` seconds apart."""
        with self.store.write() as db:
            told = []
            for data in values:
                self.now += every
                told.append(new_event(1, step, self.now, kind, data))
            add_events(db, told)

    def poll(self) -> Any:
        """What the watcher sees."""
        return self.watcher.poll(60_000)


def _end(idle: subprocess.Popen[bytes]) -> None:
    idle.kill()
    idle.wait()


def progress(done: int, total: int = 100, doing: str = "sampling") -> dict[str, Any]:
    """The data of a progress event."""
    return {"done": done, "total": total, "unit": "responses", "doing": doing}


def figure(when: str, category: str | None, **metrics: list[float]) -> dict[str, Any]:
    """The data of a figures event."""
    return {"when": when, "category": category, "metrics": metrics}
