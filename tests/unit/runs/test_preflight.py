"""Before a launch: what it will do, what it should take by what steps took here, and what stands in its way."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from app.preflight_text import lines
from core.errors import DataError, UsageError
from core.plan.load import load_profile
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.problems.source import load_problems
from core.records import Category
from core.runs.paces import known
from core.runs.preflight import Preflight, preflight
from core.runs.snapshot import State
from core.runs.status import as_dict
from core.runs.store import figures, runs
from core.runs.store.events import add_events, new_event
from tests.unit.runs.helpers import settings
from tests.unit.runs.workbench import DIAGNOSE, DISTILL, NOW, TRAIN, VALIDATE, Bench, progress


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "work")
    made.begin()
    return made


def done(bench: Bench, step: int, seconds: float, dollars: float = 0.0, **told: dict[str, object]) -> None:
    """The step was carried out in one try, and said what it made."""
    with bench.store.write() as db:
        tried = runs.add_try(db, step, "here", NOW, "log")
        runs.see_try(db, tried.id, seconds, NOW + seconds)
        runs.set_outcome(db, tried.id, "done", "")
        runs.end_try(db, tried.id, 0, NOW + seconds)
        runs.set_state(db, step, State.DONE)
        figures.set_machine_money(db, tried.id, seconds, dollars)
        add_events(db, [new_event(1, step, NOW, kind, data) for kind, data in told.items()])


def made(count: int, seconds: float, unit: str = "responses") -> dict[str, object]:
    return {"unit": unit, "made": count, "found": 0, "seconds": seconds}


def texts(found: Preflight) -> str:
    return "\n".join(lines(found))


def test_a_first_start_says_its_work_and_that_nobody_knows_how_long(tmp_path: Path) -> None:
    found = preflight(tmp_path / "nowhere", "phase-1b.1", settings())
    assert (found.attempt, found.new, found.seconds) == (1, True, None)
    assert [step.step for step in found.steps] == ["diagnose", "distill", "train", "validate"]
    assert "5,500 responses" in texts(found)
    assert "Nothing was measured here yet" in found.basis
    assert not (tmp_path / "nowhere").exists(), "looking changes nothing"
    assert {limit.setting for limit in found.limits} == {"budget.step_dollars", "budget.phase_1b1_dollars", "budget.total_dollars"}


def test_a_target_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no step or phase 'trian'"):
        preflight(tmp_path, "trian", settings())


def test_what_steps_took_here_says_what_the_next_ones_take(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, 0.07, throughput=made(5500, 110.0))
    found = preflight(bench.folder, "phase-1b.1", settings())
    states = {step.step: step.basis for step in found.steps}
    assert states == {"diagnose": "done", "distill": "measured", "train": "unknown", "validate": "measured"}
    validate = found.steps[3]
    assert validate.seconds == pytest.approx((10 + 110 * 3 / 4, 10 + 110 * 4 / 3))
    assert "How long train will take is not known yet and not in it." in texts(found)
    assert next(limit for limit in found.limits if limit.setting == "budget.total_dollars").spent == pytest.approx(0.07)


def test_of_a_step_that_was_begun_only_what_is_missing_is_expected(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, throughput=made(5500, 110.0))
    bench.run_step(VALIDATE)
    bench.tell(VALIDATE, "progress", progress(2764, 5500), {"done": 0, "total": 0, "unit": "", "doing": "loading"})
    with bench.store.write() as db:
        runs.set_state(db, VALIDATE, State.STOPPED)
    (validate,) = preflight(bench.folder, "validate", settings()).steps
    assert validate.work == "2,736 more responses"
    assert validate.seconds == pytest.approx((10 + 2736 / 50 * 3 / 4, 10 + 2736 / 50 * 4 / 3))
    (other,) = preflight(bench.folder, "validate", settings(measure={"temperature": 0.9})).steps
    assert other.work == "5,500 responses", "those of another temperature do not count"
    (anew, *_) = preflight(bench.folder, "validate", settings(), new_attempt=True).steps
    assert anew.work == "5,500 responses"


def test_a_training_goes_on_from_its_newest_checkpoint_and_not_from_its_last_step(bench: Bench) -> None:
    done(bench, DISTILL, 20.0, throughput=made(150, 5.0), counts={"given": 250, "out": 200})
    bench.run_step(TRAIN)
    at = [{"done": done, "total": 100, "unit": "steps", "doing": "training"} for done in (20, 40, 44)]
    bench.tell(TRAIN, "progress", at[0])
    bench.tell(TRAIN, "checkpoint", {"step": 20, "path": "work"}, {"step": 40, "path": "work"})
    bench.tell(TRAIN, "progress", *at[1:])
    with bench.store.write() as db:
        runs.set_state(db, TRAIN, State.CRASHED)
    (train,) = preflight(bench.folder, "train", settings()).steps
    assert train.work == "60 more optimizer steps", "four of those that were told are lost"
    live = next(step for step in bench.poll().spending.ahead if step.step == "train")
    assert live.work == train.work


def test_of_samples_that_may_end_early_those_that_are_there_count_too(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, throughput=made(5500, 110.0))
    bench.run_step(DISTILL)
    bench.tell(DISTILL, "progress", {"done": 50, "total": 200, "unit": "responses at most", "doing": "making"})
    with bench.store.write() as db:
        runs.set_state(db, DISTILL, State.STOPPED)
    (whole,) = preflight(bench.folder, "distill", settings(generation={"seed": 1})).steps
    (rest,) = preflight(bench.folder, "distill", settings()).steps
    assert rest.seconds is not None and whole.seconds is not None
    assert rest.seconds[1] - 10 == pytest.approx(0.75 * (whole.seconds[1] - 10), abs=0.02)


def test_a_new_attempt_reuses_what_still_holds(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, throughput=made(5500, 110.0))
    done(bench, DISTILL, 20.0, throughput=made(150, 5.0), counts={"given": 150, "out": 120})
    same = preflight(bench.folder, "phase-1b.1", settings(train={"num_train_epochs": 4.0}), new_attempt=True)
    assert (same.attempt, same.new) == (2, True)
    assert [step.basis for step in same.steps][:2] == ["reused", "reused"]
    assert same.steps[2].work == "120 optimizer steps", "120 rows came out the last time"
    warmer = preflight(bench.folder, "phase-1b.1", settings(measure={"temperature": 0.9}), new_attempt=True)
    assert [step.basis for step in warmer.steps][:2] == ["measured", "reused"]


def test_figures_of_another_model_say_nothing(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, throughput=made(5500, 110.0))
    with bench.store.read() as db:
        assert known(db, 1, settings()).paces
        assert not known(db, 1, settings(model={"base": "another/model"})).paces


def test_the_pace_of_one_gpu_is_not_that_of_two(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, throughput=made(5500, 110.0), counts={"given": 150, "out": 120})
    with bench.store.read() as db:
        two = known(db, 1, settings(run={"processes": 2}))
    assert not two.paces and two.counts["diagnose"].out == 120


def test_a_limit_that_will_be_reached_is_told_with_the_setting_to_raise(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, 0.07, throughput=made(5500, 110.0))
    found = preflight(bench.folder, "validate", settings(budget={"step_dollars": 0.05, "dollars_per_hour": 2.0}))
    (budget,) = [finding for finding in found.findings if finding.name == "budget"]
    assert "the limit of $0.05 for step validate will be reached" in budget.text
    assert "raise budget.step_dollars" in budget.advice


def test_a_training_that_will_hardly_move_the_weights_is_told_with_the_plans_own_numbers(tmp_path: Path) -> None:
    found = preflight(tmp_path, "train", dataclasses.replace(load_profile("h100"), model=settings().model))
    (warning,) = [finding for finding in found.findings if finding.name == "train"]
    assert "5e-06 over about 76 steps" in warning.text and "hardly any change" in warning.text


@pytest.mark.parametrize(("rate", "level"), [(5.0, "problem"), (1e-2, "warning"), (5e-4, None)])
def test_a_learning_rate_that_destroys_is_told_before_anything_is_paid_for(tmp_path: Path, rate: float, level: str | None) -> None:
    plan = load_profile("h100")
    found = preflight(tmp_path, "phase-1b.1", dataclasses.replace(plan, train=dataclasses.replace(plan.train, learning_rate=rate)))
    told = [(finding.level, finding.advice) for finding in found.findings if finding.name == "train"]
    assert told == ([] if level is None else [(level, "lower train.learning_rate")])


def counting(**counts: int | str) -> Settings:
    """Practice settings with other counts or another source of CODE."""
    base = settings()
    return dataclasses.replace(
        base, categories={**base.categories, Category.CODE: dataclasses.replace(base.categories[Category.CODE], **counts)}
    )


def test_more_problems_than_there_are_is_said_and_not_counted(tmp_path: Path) -> None:
    found = preflight(tmp_path, "diagnose", counting(source="hub", measure_problems=99_999_999))
    (data,) = [finding for finding in found.findings if finding.name == "data CODE"]
    assert data.level == "warning" and "CODE has 664 problems for measure_problems, not 99,999,999" in data.text
    assert data.advice == "set categories.CODE.measure_problems"
    assert found.steps[0].work == "11,704 responses"
    scan = preflight(tmp_path, "distill", counting(source="hub", failure_problems=99_999_999))
    assert not [finding for finding in scan.findings if finding.name == "data CODE"], "distill draws none of them"


@pytest.mark.parametrize(
    ("counts", "refusal"),
    [
        ({"measure_problems": 500}, "The practice CODE problems of the split 'test' are 200, but 500 are asked for; ask for fewer."),
        ({"train_problems": 900}, "The practice CODE problems of the split 'train' are 800, but 900 are asked for; ask for fewer."),
    ],
)
def test_more_practice_problems_than_there_are_is_a_problem_in_the_words_of_the_step(
    tmp_path: Path, counts: dict[str, int], refusal: str
) -> None:
    plan = counting(**counts)
    found = preflight(tmp_path, "diagnose", plan)
    (key,) = counts
    told = [(one.level, one.text, one.advice) for one in found.findings if one.name == "data CODE"]
    assert told == [("problem", refusal, f"set categories.CODE.{key}")]
    with pytest.raises(DataError, match=re.escape(refusal)):
        load_problems(Category.CODE, plan.categories[Category.CODE], "measure" if key[0] == "m" else "train", *counts.values(), 0, tmp_path)


def test_more_responses_than_the_plan_has_hours_for_are_told(tmp_path: Path) -> None:
    found = preflight(tmp_path, "diagnose", settings(measure={"samples": 100_000}))
    (much,) = [finding for finding in found.findings if finding.name == "diagnose"]
    assert much.level == "warning" and much.text.startswith("50,000,500 responses are more than")


def test_problems_come_first_and_name_what_is_missing(tmp_path: Path) -> None:
    plan = load_profile("h100")
    found = preflight(tmp_path, "phase-1b.1", plan)
    assert found.findings[0].level == "problem"
    adapter = next(finding for finding in found.problems if finding.name == "adapter")
    assert str(tmp_path / "checkpoints/final") in adapter.text
    assert any(finding.name == "reference" for finding in found.findings)
    levels = [finding.level for finding in found.findings]
    assert levels == sorted(levels, key=["problem", "warning", "ok"].index)


def test_a_model_of_the_hub_that_is_not_here_yet_is_told_without_asking_the_network(tmp_path: Path) -> None:
    chosen = settings(model={"base": "nobody/no-such-model", "adapter": ""})
    found = preflight(tmp_path, "diagnose", chosen)
    assert any("the first step downloads it" in finding.text for finding in found.findings if finding.name == "model")


def test_an_adapter_that_could_not_be_trained_further_is_told_before_anything_is_paid_for(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "final"
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"target_modules": ["q_proj", "lm_head"]}))
    (folder / "adapter_model.safetensors").write_bytes(b"")
    found = preflight(tmp_path, "diagnose", settings(model={"adapter": "checkpoints/final"}))
    assert any("changes lm_head" in finding.text for finding in found.problems)


def test_only_what_the_steps_need_is_looked_for(tmp_path: Path) -> None:
    practice = load_profile("practice")
    table = dataclasses.replace(practice.categories[next(iter(practice.categories))], source="missing.jsonl")
    chosen = dataclasses.replace(practice, categories={**practice.categories, next(iter(practice.categories)): table})
    assert any("missing.jsonl" in finding.text for finding in preflight(tmp_path, "diagnose", chosen).problems)
    assert preflight(tmp_path, "train", chosen).problems == ()


def test_the_running_step_forecasts_itself_and_what_follows_it(bench: Bench) -> None:
    done(bench, DIAGNOSE, 120.0, throughput=made(5500, 110.0))
    bench.run_step(DISTILL)
    bench.tell(DISTILL, "progress", *(progress(n, 150) for n in range(0, 101, 10)), every=1.0)
    spending = bench.poll().spending
    assert [step.step for step in spending.ahead][:2] == ["train", "validate"]
    assert spending.forecast_dollars is not None and spending.forecast_dollars > 0
    assert spending.plan_dollars == (24.0, 34.0)
    assert spending.seconds_left == pytest.approx((5.0, 5.0)), "50 of 150 at ten a second; nothing is queued behind it"
    assert spending.total_dollars is None, "how long training takes is not known yet"
    told = as_dict(bench.poll())
    assert told["spending"]["seconds_left"] == spending.seconds_left
    assert [step["id"] for step in told["ahead"]] == [step.step for step in spending.ahead]


@pytest.mark.parametrize("profile", ["practice", "h100"])
def test_every_step_of_the_plan_says_its_work(tmp_path: Path, profile: str) -> None:
    found = preflight(tmp_path, "all", load_profile(profile))
    assert len(found.steps) == sum(len(phase.steps) for phase in PHASES)
    assert all(step.work for step in found.steps)
