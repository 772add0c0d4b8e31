"""Which steps a setting decides about, and that what a finished phase was decided by is never recorded anew without being applied."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UsageError
from core.plan.fields import fields
from core.plan.gates import targets
from core.plan.load import load_settings, settings_to_json
from core.plan.phases import PHASES
from core.records import Category
from core.report.gather import gather
from core.runs.launch import start
from core.runs.outlook import outlook
from core.runs.store import runs
from core.runs.store.connection import open_writer
from core.runs.usage import is_free, out_of_reach, users
from core.runs.watch import Watcher
from core.runs.workspace import STORE_NAME
from tests.unit.report.builder import build
from tests.unit.runs.helpers import settings
from tests.unit.runs.test_outlook import FIRST, SECOND, queued

STEPS = {step.id for phase in PHASES for step in phase.steps}
GATES = {phase.gate.id for phase in PHASES}
TRAINED_ON = [
    "categories.CODE.train_problems=0",
    "categories.KNOWLEDGE.train_problems=3",
    "categories.MATH.train_source=others.jsonl",
    "categories.MATH.source=others.jsonl",
]
ONLY_1B2 = [
    "categories.MATH.failure_problems=60",
    "categories.CODE.failure_problems=20",
    "categories.KNOWLEDGE.benchmark_problems=5",
    "failures.samples=4",
    "gate.consistency_final=0.5",
]


@pytest.fixture
def passed(tmp_path: Path) -> Path:
    """Phase 1B.1 is done and its gate has passed."""
    queued(tmp_path, outlook(tmp_path, "phase-1b.1"), *FIRST, gate="passed")
    return tmp_path


def test_every_setting_decides_about_steps_of_the_plan_or_is_free() -> None:
    usual = settings()
    for field in fields():
        found = users(field.key, usual)
        assert found <= STEPS | GATES, field.key
        if field.key.startswith("categories.") and field.key.endswith("source"):
            continue
        assert bool(found) != is_free(field.key), field.key


@pytest.mark.parametrize(
    ("key", "steps"),
    [
        ("categories.MATH.failure_problems", {"find_failures", "distill_failures", "benchmark"}),
        ("categories.MATH.benchmark_problems", {"benchmark"}),
        ("categories.MATH.measure_problems", {"diagnose", "validate", "benchmark"}),
        ("categories.MATH.train_problems", {"diagnose", "distill", "validate", "benchmark"} | GATES),
        ("categories.MATH.generate_temperature", {"distill"}),
        ("categories.MATH.train_temperature", {"distill", "distill_failures"}),
        ("categories.MATH.source", {"diagnose", "distill", "validate", *SECOND} - {"train_failures"} | GATES),
        ("failures.rescue_samples", {"distill_failures"}),
        ("gate.reasoning_margin", {"gate-1b.1"}),
        ("gate.math_ties_final", {"gate-final"}),
        ("gate.consistency", {"gate-1b.1", "gate-final", "find_failures", "distill_failures", "benchmark"}),
        ("model.base", STEPS | GATES),
        ("run.processes", {"train", "train_failures"}),
        ("run.stall_seconds", set()),
        ("budget.step_dollars", set()),
    ],
)
def test_a_setting_binds_the_steps_that_use_it(key: str, steps: set[str]) -> None:
    assert set(users(key, settings())) == steps


def test_the_source_of_a_category_decides_about_the_problems_that_are_drawn_of_it() -> None:
    usual = settings()
    table = replace(usual.categories[Category.KNOWLEDGE], train_problems=0, measure_problems=0, benchmark_problems=0, failure_problems=0)
    none = replace(usual, categories={**usual.categories, Category.KNOWLEDGE: table})
    assert not users("categories.KNOWLEDGE.train_source", none)
    some = replace(none, categories={**none.categories, Category.KNOWLEDGE: replace(table, benchmark_problems=4)})
    assert users("categories.KNOWLEDGE.train_source", some) == {"benchmark"}


def test_what_only_the_second_phase_uses_may_change_until_it_is_used(passed: Path) -> None:
    found = outlook(passed, "phase-1b.2", flags=ONLY_1B2)
    assert (found.new, found.attempt, found.left, found.refusal) == (False, 1, SECOND, "")
    assert queued(passed, found, "find_failures") == 1
    again = outlook(passed, "phase-1b.2", flags=["categories.MATH.failure_problems=70", "failures.rescue_samples=9"])
    assert (again.new, tuple(again.binding)) == (True, ("categories.MATH.failure_problems",))


def test_the_number_of_processes_is_bound_once_training_is_done(tmp_path: Path) -> None:
    """It is part of the batch: with another number the report would name steps that were never taken."""
    queued(tmp_path, outlook(tmp_path, "phase-1b.1"), "diagnose", "distill")
    four = outlook(tmp_path, "phase-1b.1", flags=["run.processes=4"])
    assert (four.new, four.left) == (False, ("train", "validate"))
    queued(tmp_path, four, "train")
    assert outlook(tmp_path, "phase-1b.1").loaded.settings.run.processes == 4, "it was chosen for this attempt"
    with pytest.raises(UsageError, match=r"run\.processes 4 -> 1"):
        start(tmp_path, "phase-1b.1", settings())
    assert tuple(outlook(tmp_path, "phase-1b.1", flags=["run.processes=1"]).binding) == ("run.processes",)


def test_the_sentence_names_the_way_to_a_new_attempt(passed: Path) -> None:
    with pytest.raises(UsageError, match=r"\(measure.samples 10 -> 5\); start a new attempt with the changed ones \(--new\)"):
        start(passed, "phase-1b.1", settings(measure={"samples": 5}))


@pytest.mark.parametrize("key", ["gate.consistency_1b1=0.99", "gate.consistency=answer", "distill.samples=3", *TRAINED_ON])
def test_what_the_first_gate_was_decided_by_comes_too_late_for_the_second_phase(passed: Path, key: str) -> None:
    sentence = "late, for a new attempt of phase-1b.2 stands on Phase 1B.1 and gate 1B.1 as attempt 1"
    for new in (False, True):
        refusal = outlook(passed, "phase-1b.2", flags=[key], new=new).refusal
        assert sentence in refusal and "Run phase-1b.1 with it as a new attempt (--new)" in refusal and key.partition("=")[0] in refusal
        with pytest.raises(UsageError, match=sentence):
            start(passed, "phase-1b.2", load_settings(passed, [key]).settings, new_attempt=new)
    anew = outlook(passed, "phase-1b.1", flags=[key], new=True)
    assert (anew.left, anew.refusal) == (FIRST, "")


def test_an_attempt_of_the_second_phase_alone_takes_them_no_later_either(passed: Path) -> None:
    queued(passed, outlook(passed, "phase-1b.2", flags=["train.num_train_epochs=3"]))
    assert outlook(passed, "phase-1b.2").refusal == "" and outlook(passed, "phase-1b.2", flags=["failures.samples=4"]).refusal == ""
    assert "gate 1B.1 as attempt 1 has done" in outlook(passed, "phase-1b.2", flags=["gate.consistency_1b1=0.99"]).refusal
    with pytest.raises(UsageError, match="it comes too late"):
        start(passed, "phase-1b.2", settings(gate={"consistency_1b1": 0.99}, train={"num_train_epochs": 3.0}))


def test_a_change_that_reaches_nothing_is_told_from_one_that_does() -> None:
    usual = settings()
    assert out_of_reach("distill.samples", usual, ["1B.2"]) and out_of_reach("gate.consistency", usual, ["1B.2"])
    assert not out_of_reach("categories.KNOWLEDGE.source", usual, ["1B.2"]), "nothing of it was trained on"
    assert not out_of_reach("train.seed", usual, ["1B.2"]) and not out_of_reach("run.on_event", usual, ["1B.2"])
    assert not any(out_of_reach(field.key, usual, ["1B.1", "1B.2"]) for field in fields())


def test_a_phase_that_was_taken_over_is_drawn_with_the_thresholds_it_was_decided_by(tmp_path: Path) -> None:
    build(tmp_path, "validate", changed={"gate": {"consistency_1b1": 0.99}}, override="to see")
    build(tmp_path, "", parent=1, phases=["1B.2"])
    # A store of an earlier version, which let another threshold through.
    with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
        runs.set_target(db, 2, "phase-1b.2", settings_to_json(settings()))
    watcher = Watcher(tmp_path)
    together = watcher.poll(60_000).categories[0]
    watcher.close()
    assert together.target["response_consistency"] == (">=", 0.99)
    assert gather(tmp_path).comparisons[0].categories[0].target["response_consistency"] == (">=", 0.99)
    assert targets(PHASES[0].gate, settings())[None]["response_consistency"] == (">=", 0.4)
