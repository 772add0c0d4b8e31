"""A workspace in which a step is busy, to time what watches it: a process that sleeps there stands for its supervisor and step, a thread
of this one writes for them."""

from __future__ import annotations

import math
import subprocess
import threading
import time
from pathlib import Path

from core.plan.load import load_profile, settings_to_json
from core.plan.phases import PHASES
from core.runs.liveness import Process, birth, this_machine
from core.runs.snapshot import GpuReading, HostReading, State, Telemetry
from core.runs.store import readings, runs
from core.runs.store.connection import open_writer
from core.runs.store.events import NewEvent, add_events, new_event
from core.runs.workspace import STORE_NAME, log_name, prepare

_TRAIN = 3
_COMMITS_A_SECOND = 10
_GIB = 1 << 30


class BusyStep:
    """Training that tells ``rate`` events a second (nine in ten a loss with its progress, the rest notes) until it is left."""

    def __init__(self, folder: Path, rate: int, steps: int = 1_000_000) -> None:
        self.folder, self.rate, self.steps = folder, rate, steps
        self.losses = self.notes = 0
        prepare(folder)
        self._store = open_writer(folder / STORE_NAME, durable=False)
        self._sleeper = subprocess.Popen(["sleep", "600"], cwd=folder)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._try = self._begin()

    def _begin(self) -> int:
        now, pid = time.time(), self._sleeper.pid
        me = Process(this_machine(), pid, birth(pid) or "")
        steps = [(step.id, phase.id) for phase in PHASES for step in phase.steps]
        with self._store.write() as db:
            runs.add_run(
                db, phases=[phase.id for phase in PHASES], steps=steps, target="all", settings=settings_to_json(load_profile("practice")),
                parent=None, reason="", created=now, environment="{}",
            )
            runs.enter_supervisor(db, me, now)
            tried = runs.add_try(db, _TRAIN, this_machine(), now, log_name(1, "train"))
            db.execute("UPDATE tries SET pid = ?, birth = ? WHERE id = ?", (me.pid, me.birth, tried.id))
            runs.set_times(db, _TRAIN, started=now)
            runs.set_state(db, _TRAIN, State.RUNNING)
        return tried.id

    def __enter__(self) -> BusyStep:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._store.close()
        self._sleeper.kill()
        self._sleeper.wait()

    def stop(self) -> None:
        """Nothing more is told; what was told stays."""
        self._ending.set()
        self._thread.join()

    def _write(self) -> None:
        began, told, turn = time.monotonic(), 0, 0
        log = self.folder / log_name(1, "train")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", buffering=1) as file:
            while not self._ending.is_set():
                turn += 1
                due = round((time.monotonic() - began) * self.rate)
                now = time.time()
                with self._store.write() as db:
                    add_events(db, [self._event(number, now) for number in range(told, due)])
                    if turn % (2 * _COMMITS_A_SECOND) == 1:
                        runs.beat(db, now)
                        runs.see_try(db, self._try, time.monotonic() - began, now)
                        readings.add_reading(db, _reading(now))
                told = due
                file.write(f"step {self.losses}, loss {1 / (1 + self.losses):.4f}\n")
                self._ending.wait(max(0.0, began + turn / _COMMITS_A_SECOND - time.monotonic()))

    def _event(self, number: int, now: float) -> NewEvent:
        if number % 10 == 9:
            self.notes += 1
            return new_event(1, _TRAIN, now, "note", {"level": "info", "text": f"note {self.notes}"})
        if number % 10 == 8:
            values = {"done": self.losses, "total": self.steps, "unit": "steps", "doing": ""}
            return new_event(1, _TRAIN, now, "progress", values)
        self.losses += 1
        loss = 2 * math.exp(-self.losses / 5000) + 0.3 + 0.1 * math.sin(self.losses)
        values = {
            "step": self.losses, "max_steps": self.steps, "epoch": 0.5, "num_train_epochs": 2, "loss": loss,
            "learning_rate": 1e-3, "grad_norm": 1.0, "tokens_per_second": 5e3,
        }
        return new_event(1, _TRAIN, now, "loss", values)


def _reading(now: float) -> Telemetry:
    gpus = tuple(
        GpuReading(
            index, "NVIDIA H100 80GB HBM3", 0.95, 61 * _GIB, 80 * _GIB, 600 + 50 * math.sin(now / 5 + index), 700.0, 61.0, 1755, 1980, (),
            ((4242 + index, 59 * _GIB, True),),
        )
        for index in range(8)
    )
    host = HostReading(0.5, 16, 96 * _GIB, 503 * _GIB, 910 * _GIB, 1843 * _GIB, 7.5, 0.14, 31 * _GIB, tuple(0.5 for _ in range(16)))
    return Telemetry(now, host, gpus)
