"""Which steps find their responses made by an earlier attempt, as far as that can be known before they begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.plan.load import settings_to_json
from core.plan.settings import Settings
from core.runs.preflight import preflight
from core.runs.snapshot import State
from core.runs.store import figures, runs
from tests.unit.runs.helpers import settings
from tests.unit.runs.test_preflight import done, made
from tests.unit.runs.workbench import NOW, Bench

SAMPLED = {"diagnose": 1, "distill": 2, "validate": 4, "find_failures": 5, "distill_failures": 6, "benchmark": 8}
TRAIN, TRAIN_FAILURES = 3, 7


def publish(bench: Bench, step: int, sha256: str) -> None:
    """The step has trained an adapter."""
    with bench.store.write() as db:
        runs.set_state(db, step, State.DONE)
        figures.add_artifact(db, step, f"attempts/001/checkpoints/{step}", "adapter", sha256, NOW)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Attempt 1 has done all of both phases."""
    bench = Bench(tmp_path / "work")
    bench.begin()
    for step in SAMPLED.values():
        done(bench, step, 110.0, throughput=made(5000, 100.0))
    for step, adapter in ((TRAIN, "one"), (TRAIN_FAILURES, "two")):
        done(bench, step, 40.0, throughput=made(60, 30.0, "steps"))
        publish(bench, step, adapter)
    return bench


def bases(bench: Bench, target: str, chosen: Settings, **more: object) -> dict[str, str]:
    found = preflight(bench.folder, target, chosen, **more)  # type: ignore[arg-type]
    return {step.step: f"{step.basis}, {step.work}" for step in found.steps}


def test_a_second_expansion_from_the_same_adapter_reuses_the_scan_and_may_reuse_the_benchmark(bench: Bench) -> None:
    found = preflight(bench.folder, "phase-1b.2", settings(), new_attempt=True, parent=1)
    steps = {step.step: step for step in found.steps}
    assert [steps[name].basis for name in ("find_failures", "distill_failures")] == ["reused", "reused"]
    assert steps["find_failures"].seconds == (0.0, 10.0)
    assert steps["benchmark"].work.startswith("at most "), "nobody knows before training whether the same adapter comes out"
    assert steps["benchmark"].seconds is not None and steps["benchmark"].seconds[0] == 0.0 < steps["benchmark"].seconds[1]


def test_other_samples_are_made_and_another_verdict_asks_for_some(bench: Bench) -> None:
    warmer = bases(bench, "phase-1b.2", settings(failures={"temperature": 1.0}), new_attempt=True)
    assert warmer["find_failures"] == "measured, 9,496 to 14,244 responses"
    stricter = bases(bench, "phase-1b.2", settings(failures={"min_consistency": 0.6}), new_attempt=True)
    assert stricter["find_failures"] == "measured, at most 14,244 responses"
    further = bases(bench, "phase-1b.2", settings(failures={"rescue_samples": 40}), new_attempt=True)
    assert further["find_failures"].startswith("reused") and further["distill_failures"].startswith("measured")


def test_of_the_benchmark_what_comes_before_training_is_reused_whatever_is_trained(bench: Bench) -> None:
    longer = bases(bench, "phase-1b.2", settings(train={"num_train_epochs": 4.0}), new_attempt=True)
    assert longer["benchmark"] == "measured, 6,820 to 21,064 responses", "620 problems x 11 after training, and the failures again"
    assert longer["find_failures"].startswith("reused"), "the scan comes before this training"


def test_where_both_phases_are_done_again_the_adapter_is_only_known_once_it_is_trained(bench: Bench) -> None:
    same = bases(bench, "all", settings(), new_attempt=True)
    assert same["validate"] == "measured, at most 5,500 responses" and same["find_failures"] == "measured, at most 14,244 responses"
    faster = bases(bench, "all", settings(train={"learning_rate": 1e-3}), new_attempt=True)
    assert faster["validate"] == "measured, 5,500 responses" and faster["find_failures"] == "measured, 9,496 to 14,244 responses"
    assert faster["diagnose"].startswith("reused")
    bench.begin()
    publish(bench, 8 + TRAIN, "one")
    assert bases(bench, "all", settings())["find_failures"].startswith("reused"), "the same adapter came out"
    publish(bench, 8 + TRAIN, "other")
    assert bases(bench, "all", settings())["find_failures"] == "measured, 9,496 to 14,244 responses"


def test_from_the_start_adapter_the_scan_does_not_ask_what_was_trained(bench: Bench) -> None:
    chosen = settings(failures={"model": "start"})
    with bench.store.write() as db:
        runs.set_target(db, 1, "all", settings_to_json(chosen))
    assert bases(bench, "all", chosen, new_attempt=True)["find_failures"].startswith("reused")


def test_how_fast_responses_are_made_says_nothing_of_which(bench: Bench) -> None:
    assert bases(bench, "phase-1b.1", settings(generation={"batch_size": 7}), new_attempt=True)["diagnose"].startswith("reused")
    assert bases(bench, "phase-1b.1", settings(generation={"top_p": 0.5}), new_attempt=True)["diagnose"].startswith("measured")
