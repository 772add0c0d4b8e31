"""What a target means, when a phase may begin, and which settings may change within an attempt."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import GateClosed, UsageError
from core.plan.phases import PHASES
from core.plan.verdicts import GateView
from core.runs import attempts
from core.runs.launch import _queue, resume
from core.runs.override import override
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.store.connection import Store, open_writer
from core.runs.workspace import STORE_NAME, prepare
from tests.unit.runs.helpers import query, settings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty workspace's store."""
    prepare(tmp_path)
    with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as opened:
        yield opened


def queue(store: Store, target: str, chosen: object = None, **options: object) -> tuple[str, ...]:
    """Queues a target and returns the steps that were queued."""
    given = {"new_attempt": False, "parent": None, "reason": "", **options}
    return _queue(store, target, chosen or settings(), **given)[1]  # type: ignore[arg-type]


def finish(store: Store, *steps: str, gate: str = "") -> None:
    """As if steps of the latest attempt were done, and the gate of 1B.1 decided."""
    with store.write() as db:
        run = runs.latest_run(db)
        assert run is not None
        for row in runs.steps_of(db, run.number):
            if row.step in steps:
                runs.set_state(db, row.id, State.DONE)
            elif row.state is State.QUEUED:
                runs.set_state(db, row.id, State.WAITING)
        if gate:
            figures.set_gate(db, run.number, GateView("gate-1b.1", "1B.1", "gate 1B.1", gate, ()), 1.0)  # type: ignore[arg-type]


FIRST = tuple(step.id for step in PHASES[0].steps)
SECOND = tuple(step.id for step in PHASES[1].steps)


def test_a_target_is_a_step_a_phase_or_all() -> None:
    assert attempts.step_ids("train") == ("train",)
    assert attempts.step_ids("phase-1b.1") == FIRST
    assert attempts.step_ids("phase-1b.2") == SECOND
    assert attempts.step_ids("all") == FIRST + SECOND


def test_a_mistyped_target_names_the_nearest_right_one() -> None:
    with pytest.raises(UsageError, match=r"no step or phase 'phase-1b1'; did you mean 'phase-1b\.1'"):
        attempts.step_ids("phase-1b1")
    with pytest.raises(UsageError, match="choose one of diagnose, distill"):
        attempts.step_ids("qqq")


def test_what_is_done_is_not_queued_again(store: Store) -> None:
    assert queue(store, "phase-1b.1") == FIRST
    finish(store, "diagnose", "distill")
    assert queue(store, "phase-1b.1") == ("train", "validate")
    finish(store, *FIRST, gate="passed")
    assert queue(store, "phase-1b.1") == ()


def test_a_step_waits_for_those_before_it_in_its_phase(store: Store) -> None:
    with pytest.raises(UsageError, match=r"diagnose must be done before train; run diagnose or phase-1b\.1 first"):
        queue(store, "train")
    assert query(store.path.parent, "SELECT count(*) FROM runs") == [(0,)]


def test_the_second_phase_is_locked_until_the_gate_passes(store: Store) -> None:
    with pytest.raises(GateClosed, match=r"Phase 1B.2 is locked: gate 1B.1 is not decided yet; run phase-1b.1 first"):
        queue(store, "phase-1b.2")
    queue(store, "phase-1b.1")
    finish(store, *FIRST, gate="failed")
    for target in ("phase-1b.2", "all", "find_failures"):
        with pytest.raises(GateClosed, match=r"has not passed in attempt 1; start a new attempt of Phase 1B\.1"):
            queue(store, target)
    finish(store, gate="passed")
    assert queue(store, "phase-1b.2") == SECOND


def test_all_may_be_queued_before_the_gate_between_is_decided(store: Store) -> None:
    assert queue(store, "all") == FIRST + SECOND


def test_an_override_opens_the_gate_wants_a_reason_and_is_recorded(store: Store) -> None:
    folder = store.path.parent
    with pytest.raises(UsageError, match="no attempt yet"):
        override(folder, 1, "gate-1b.1", "because")
    queue(store, "phase-1b.1")
    finish(store, *FIRST, gate="failed")
    with pytest.raises(UsageError, match="needs a reason"):
        override(folder, 1, "gate-1b.1", "  ")
    with pytest.raises(UsageError, match="There is no gate 'gate'"):
        override(folder, 1, "gate", "because")
    override(folder, 1, "gate-1b.1", "the interval spans it")
    assert queue(store, "phase-1b.2") == SECOND
    assert query(folder, "SELECT reason FROM overrides") == [("the interval spans it",)]


def test_an_override_is_of_the_attempt_and_the_failed_gate_that_were_seen(store: Store) -> None:
    folder = store.path.parent
    queue(store, "phase-1b.1")
    with pytest.raises(UsageError, match=r"gate 1B\.1 of attempt 1 is not decided yet.*run phase-1b\.1 first"):
        override(folder, 1, "gate-1b.1", "because")
    finish(store, *FIRST, gate="failed")
    queue(store, "phase-1b.1", new_attempt=True)
    with pytest.raises(UsageError, match=r"gate 1B\.1 of attempt 1 was not overridden, for attempt 2 is the latest now"):
        override(folder, 1, "gate-1b.1", "because")
    finish(store, *FIRST, gate="passed")
    with pytest.raises(UsageError, match=r"gate 1B\.1 of attempt 2 is passed already"):
        override(folder, 2, "gate-1b.1", "because")
    assert query(folder, "SELECT count(*) FROM overrides") == [(0,)]
    finish(store, gate="failed")
    override(folder, 2, "gate-1b.1", "the first reason stays")
    with pytest.raises(UsageError, match=r"is overridden already"):
        override(folder, 2, "gate-1b.1", "another")
    assert query(folder, "SELECT run, reason FROM overrides") == [(2, "the first reason stays")]


def test_a_new_attempt_of_the_second_phase_stands_on_the_first_ones_gate(store: Store) -> None:
    queue(store, "phase-1b.1")
    finish(store, *FIRST, gate="passed")
    assert queue(store, "phase-1b.2", settings(train={"num_train_epochs": 3.0}), new_attempt=True, reason="3 epochs") == SECOND
    assert query(store.path.parent, "SELECT number, parent, phases, reason FROM runs WHERE number = 2") == [(2, 1, '["1B.2"]', "3 epochs")]
    with pytest.raises(UsageError, match=r"Attempt 2 has no Phase 1B\.1: it goes on from attempt 1; start a new attempt instead"):
        queue(store, "phase-1b.1", settings(train={"num_train_epochs": 3.0}))


def test_a_new_attempt_of_the_first_phase_has_a_gate_of_its_own(store: Store) -> None:
    queue(store, "phase-1b.1")
    finish(store, *FIRST, gate="passed")
    assert queue(store, "phase-1b.1", new_attempt=True) == FIRST
    finish(store)
    with pytest.raises(GateClosed, match="not decided yet"):
        queue(store, "phase-1b.2")


def test_a_new_attempt_may_be_made_from_any_earlier_one(store: Store) -> None:
    queue(store, "phase-1b.1")
    queue(store, "phase-1b.1", new_attempt=True)
    queue(store, "phase-1b.1", new_attempt=True, parent=1)
    assert query(store.path.parent, "SELECT number, parent FROM runs") == [(1, None), (2, 1), (3, 1)]
    with pytest.raises(UsageError, match="no attempt 9 to start from"):
        queue(store, "phase-1b.1", new_attempt=True, parent=9)


def test_settings_that_finished_steps_were_made_with_may_not_change(store: Store) -> None:
    queue(store, "phase-1b.1")
    finish(store, "diagnose")
    with pytest.raises(UsageError, match=r"finished steps with other settings \(measure.samples 10 -> 5\); start a new attempt"):
        queue(store, "phase-1b.1", settings(measure={"samples": 5}))
    with pytest.raises(UsageError, match=r"generation.seed"):
        queue(store, "phase-1b.1", settings(generation={"seed": 5}))


def test_settings_of_steps_still_to_come_and_of_how_work_is_done_may_change_and_that_is_told(store: Store) -> None:
    queue(store, "phase-1b.1")
    finish(store, "diagnose")
    changed = settings(train={"learning_rate": 1e-4}, budget={"step_dollars": 99.0}, generation={"batch_size": 8}, run={"on_event": "true"})
    assert queue(store, "phase-1b.1", changed) == ("distill", "train", "validate")
    stored = json.loads(query(store.path.parent, "SELECT settings FROM runs")[0][0])
    assert stored["train"]["learning_rate"] == 1e-4
    notes = query(store.path.parent, "SELECT data FROM events WHERE kind = 'note' ORDER BY seq DESC LIMIT 1")
    assert "train.learning_rate 0.002 -> 0.0001" in notes[0][0]


def test_the_thresholds_of_a_decided_gate_may_not_change(store: Store) -> None:
    queue(store, "phase-1b.1")
    assert queue(store, "phase-1b.1", settings(gate={"consistency_1b1": 0.3}))
    finish(store, *FIRST, gate="failed")
    with pytest.raises(UsageError, match=r"gate\.consistency_1b1 0\.3 -> 0\.1"):
        queue(store, "phase-1b.1", settings(gate={"consistency_1b1": 0.1}))


def test_there_is_nothing_to_resume_without_an_attempt(tmp_path: Path) -> None:
    prepare(tmp_path)
    with pytest.raises(UsageError, match="no attempt to resume"):
        resume(tmp_path)
