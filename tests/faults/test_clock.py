"""A clock that jumps: what is told of a running step stays sensible, and what is measured is measured by a clock that never jumps."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from core.runs.snapshot import State
from core.runs.status import status
from core.runs.store import figures, readings, runs
from core.runs.store.connection import open_writer
from core.runs.turn import Turn
from tests.unit.report.builder import build
from tests.unit.runs.helpers import look, settings
from tests.unit.runs.workbench import DIAGNOSE, Bench, progress


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "ws")
    made.begin()
    made.run_step(DIAGNOSE)
    for done in range(10):
        made.tell(DIAGNOSE, "progress", progress(done), every=1.0)
    return made


@pytest.mark.parametrize("jump", [-86_400.0 * 365, -7200.0, -3.0, 3.0, 200.0])
def test_after_a_jump_a_running_step_is_running_and_no_figure_is_nonsense(bench: Bench, jump: float) -> None:
    bench.poll()
    bench.now += jump
    bench.tell(DIAGNOSE, "progress", progress(11))
    for _ in range(3):
        step = bench.poll().running
        assert step is not None
        assert step.state is State.RUNNING
        assert step.seconds >= 0
        assert step.progress.done == 11
        for figure in (step.progress.rate, step.progress.eta):
            assert figure is None or (math.isfinite(figure) and figure >= 0)
        bench.now += 1


def test_a_jump_far_ahead_calls_a_silent_step_stalled_until_it_speaks_again(bench: Bench) -> None:
    bench.now += 86_400 * 30
    assert bench.poll().steps[0].state is State.STALLED
    bench.tell(DIAGNOSE, "progress", progress(12))
    assert bench.poll().steps[0].state is State.RUNNING


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_time_and_money_of_a_step_are_not_moved_by_the_clock(bench: Bench, jump: float) -> None:
    clock, ticks = SimpleNamespace(now=time.time()), SimpleNamespace(now=1000.0)
    with bench.store.read() as db:
        run, step, tried = runs.latest_run(db), runs.step(db, DIAGNOSE), runs.open_tries(db)[0]
    beats = open_writer(bench.store.path, durable=False)
    desk: Any = SimpleNamespace(
        place=SimpleNamespace(folder=bench.folder),
        store=bench.store,
        beats=beats,
        run=run,
        settings=settings(budget={"dollars_per_hour": 3.6}, run={"stall_seconds": 5.0}),
        hooks=SimpleNamespace(fire=lambda *_, **__: None),
        sampler=SimpleNamespace(take=lambda: None),
        asked_to_stop=lambda: "",
    )
    turn, child = Turn(desk, step), SimpleNamespace(seconds=0.0, pid=os.getpid())  # type: ignore[arg-type]
    turn._heard = ticks.now
    with mock.patch("core.runs.turn.time", SimpleNamespace(monotonic=lambda: ticks.now, time=lambda: clock.now)):
        for second in range(4):
            ticks.now += 1
            child.seconds += 1
            clock.now += jump if second == 2 else 1
            turn._tick(child, tried)  # type: ignore[arg-type]
    with bench.store.read() as db:
        spent = figures.spending(db, 1)[0]
        notes = db.execute("SELECT count(*) FROM events WHERE data LIKE '%has said nothing%'").fetchone()
    assert (spent.seconds, round(spent.dollars, 6)) == (4.0, 0.004)
    assert notes == (0,)
    beats.close()


def test_readings_of_a_clock_that_was_set_back_are_kept_and_shown(bench: Bench) -> None:
    with bench.store.write() as db:
        for moment in (bench.now + 86_400, bench.now, bench.now + 1):
            readings.add_reading(db, readings.reading_from(f'[{moment}, [0.5, 2, 1, 2, 3, 4, 0.5, 0.2, 100], [], ""]'))
            readings.thin(db, moment)
    assert [reading.time for reading in look(bench.folder).history] == [bench.now, bench.now + 1]


def test_a_finished_attempt_whose_steps_end_before_they_begin_has_no_negative_time(tmp_path: Path) -> None:
    build(tmp_path / "ws", "train")
    store = open_writer(tmp_path / "ws" / "cogumi.db")
    with store.write() as db:
        db.execute("UPDATE steps SET ended = started - 5000")
        db.execute("UPDATE tries SET ended = started - 5000, seen = started - 5000")
    store.close()
    assert all(step["seconds"] >= 0 and step["cost"] >= 0 for step in status(tmp_path / "ws")["steps"])
