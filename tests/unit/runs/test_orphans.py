"""Tries whose supervisor is gone: the end of each is recorded once, and a step has the state of its newest try."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import UsageError
from core.runs.launch import _queue
from core.runs.orphans import end_orphans
from core.runs.settle import change, record_end, settle
from core.runs.snapshot import State
from core.runs.store import runs
from tests.unit.runs.helpers import query, settings
from tests.unit.runs.workbench import DIAGNOSE, DISTILL, TRAIN, Bench

WAKER: Any = SimpleNamespace(wait=lambda seconds: None)


def test_a_try_of_a_machine_that_was_left_is_closed_before_another_begins(bench: Bench) -> None:
    """As seconds after a container was started anew: its heartbeat is fresh still, and its process is of another name space."""
    bench.now = time.time()
    bench.run_step(DIAGNOSE, supervised=False, machine="before:1")
    with bench.store.write() as db:
        assert settle(db, bench.folder, bench.now), "nobody can tell yet"
        change(db, DIAGNOSE, State.QUEUED, bench.now)
    end_orphans(bench.store, WAKER, 0.0)
    assert query(bench.folder, "SELECT number FROM tries WHERE ended IS NULL") == []
    with bench.store.write() as db:
        assert runs.step(db, DIAGNOSE).state is State.QUEUED  # type: ignore[union-attr]


def test_a_step_that_is_done_is_not_crashed_by_an_older_try(bench: Bench) -> None:
    first = bench.run_step(DIAGNOSE, birth="1")
    second = bench.run_step(DIAGNOSE)
    with bench.store.write() as db:
        record_end(db, runs.one_try(db, second), State.DONE, "all there", 0, bench.now)
        settle(db, bench.folder, bench.now)
        step = runs.step(db, DIAGNOSE)
        assert step is not None and (step.state, step.summary) == (State.DONE, "all there")
        assert runs.one_try(db, first).ended is not None


def test_while_a_step_still_ends_it_is_given_no_other_settings(bench: Bench) -> None:
    """It may finish yet: then it was done with what it began with, whatever would be recorded."""
    with bench.store.write() as db:
        for row in (DIAGNOSE, DISTILL):
            runs.set_state(db, row, State.DONE)
    bench.run_step(TRAIN, supervised=False)
    faster = settings(train={"learning_rate": 5e-4})
    with pytest.raises(UsageError, match=r"train of attempt 1 is still ending.*train\.learning_rate 0\.002 -> 0\.0005"):
        _queue(bench.store, "train", faster, False, None, "")
    assert "0.0005" not in query(bench.folder, "SELECT settings FROM runs")[0][0]
    for chosen in (settings(budget={"total_dollars": 9.0}), settings(measure={"samples": 10}, gate={"consistency_final": 0.5})):
        assert _queue(bench.store, "train", chosen, False, None, "")[1] == ("train",)
    assert _queue(bench.store, "phase-1b.1", faster, True, None, "")[0] == 2


def test_what_an_orphan_said_last_is_the_end_of_its_step(bench: Bench) -> None:
    tried = bench.run_step(DIAGNOSE, birth="1")
    with bench.store.write() as db:
        runs.set_outcome(db, tried, "done", "it had finished")
        change(db, DIAGNOSE, State.QUEUED, bench.now)
    end_orphans(bench.store, WAKER, 0.0)
    assert bench.poll().steps[0].state is State.DONE
