"""Forecasts: the work of each step, its time from measured throughput, and what is said where nothing was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.counsel.forecast import Counts, Known, Pace, basis_text, step_ahead, total, work
from core.plan.load import load_profile
from core.plan.phases import all_steps, step_plan
from core.plan.settings import Settings
from core.records import Category

PRACTICE, PLAN = load_profile("practice"), load_profile("h100")
MEASURED = Known((Pace("diagnose", "responses", 5000, 0, 100.0, 110.0), Pace("train", "steps", 60, 0, 30.0, 42.0)))


def free(settings: Settings) -> Settings:
    return replace(settings, budget=replace(settings.budget, dollars_per_hour=3600.0))


def test_the_work_of_each_step_follows_from_the_settings() -> None:
    counts = {step.id: work(step.id, PRACTICE, Known()) for step in all_steps()}
    assert (counts["diagnose"].low, counts["diagnose"].high) == (5500, 5500)
    assert counts["distill"].text == "150 responses"
    warm = replace(PRACTICE.categories[Category.MATH], generate_temperature=0.3)
    voted = replace(PRACTICE, categories={**PRACTICE.categories, Category.MATH: warm})
    assert work("distill", voted, Known()).text == "650 to 1,050 responses", "six of ten samples decide a vote at the earliest"
    assert counts["train"].text == "at most 76 optimizer steps", "how many of the 150 are right is not known yet"
    assert counts["find_failures"].text == "9,496 to 14,244 responses"
    assert counts["benchmark"].low == 5500 + 2 * 120 * 11


def test_what_came_out_of_a_step_decides_the_work_of_the_next() -> None:
    known = Known(counts={"distill": Counts(150, 120), "find_failures": Counts(2374, 100), "distill_failures": Counts(100, 40)})
    assert work("train", PRACTICE, known).text == "60 optimizer steps"
    assert work("distill_failures", PRACTICE, known).high == 100 * 20
    assert work("train_failures", PRACTICE, known).text == "20 optimizer steps"
    assert work("train_failures", PRACTICE, replace(known, counts={}, usual=known.counts)).text == "20 optimizer steps"
    two = replace(PRACTICE, run=replace(PRACTICE.run, processes=2))
    assert work("train", two, known).text == "30 optimizer steps", "two processes take twice the rows a step"


def test_time_is_work_by_the_measured_pace_and_what_lies_around_it() -> None:
    ahead = step_ahead(step_plan("validate"), free(PRACTICE), MEASURED)
    assert ahead.basis == "measured"
    third = (10 + 110 * 3 / 4, 10 + 110 * 4 / 3)
    assert ahead.seconds == pytest.approx(third), "5,500 responses at about 50 a second, and the 10 s around those of diagnose"
    assert ahead.dollars == pytest.approx(third)
    half = step_ahead(step_plan("validate"), PRACTICE, MEASURED, left=0.5)
    assert half.seconds == pytest.approx((10 + 55 * 3 / 4, 10 + 55 * 4 / 3))


def test_the_range_is_as_wide_as_the_paces_of_the_steps_so_far_lie_apart() -> None:
    slower, faster = Pace("find_failures", "responses", 5000, 0, 200.0, 230.0), Pace("benchmark", "responses", 8000, 0, 80.0, 100.0)
    known = replace(MEASURED, paces=(*MEASURED.paces, slower, faster))
    assert step_ahead(step_plan("validate"), PRACTICE, known).seconds == pytest.approx((10 + 5500 / 100, 30 + 5500 / 25))
    small = replace(MEASURED, paces=(*MEASURED.paces, Pace("distill", "responses", 20, 0, 4.0, 14.0)))
    wide = step_ahead(step_plan("find_failures"), PRACTICE, small).seconds
    assert wide is not None and wide[1] < 10 + 14244 / 35, "a step that hardly made any says nothing of the pace"


def test_a_step_of_the_same_kind_says_best_what_lies_around_the_work() -> None:
    known = replace(MEASURED, paces=(*MEASURED.paces, Pace("validate", "responses", 5000, 0, 100.0, 130.0)))
    assert step_ahead(step_plan("validate"), PRACTICE, known).seconds == pytest.approx((30 + 110 * 3 / 4, 30 + 110 * 4 / 3))


def test_responses_that_still_hold_cost_only_what_lies_around() -> None:
    reused = replace(MEASURED, reused=frozenset({"diagnose"}))
    ahead = step_ahead(step_plan("diagnose"), PRACTICE, reused)
    assert (ahead.basis, ahead.seconds) == ("reused", (0.0, 10.0)), "the model is not even loaded"
    again = replace(reused, paces=(Pace("diagnose", "responses", 0, 5500, 0.0, 0.6), *MEASURED.paces))
    assert step_ahead(step_plan("diagnose"), PRACTICE, again).seconds == (0.6, 0.6)
    assert step_ahead(step_plan("validate"), PRACTICE, again).seconds == step_ahead(step_plan("validate"), PRACTICE, MEASURED).seconds


def test_before_anything_is_measured_only_the_plans_own_model_has_the_plans_expectation() -> None:
    assert step_ahead(step_plan("train"), PRACTICE, Known()).basis == "unknown"
    plan = step_ahead(step_plan("train"), PLAN, Known())
    assert (plan.basis, plan.seconds, plan.dollars) == ("plan", (1800.0, 2700.0), (1.0, 2.0))
    rest = step_ahead(step_plan("train"), PLAN, Known(), left=0.25)
    assert (rest.seconds, rest.dollars) == ((450.0, 675.0), (0.25, 0.5))
    assert step_ahead(step_plan("diagnose"), PLAN, Known()).basis == "unknown", "the plan names no time for it"


def test_judge_money_is_that_of_the_newest_step_that_was_judged() -> None:
    judged = replace(PRACTICE, judge=replace(PRACTICE.judge, kind="llm", url="http://x", model="m"))
    known = Known((Pace("diagnose", "responses", 5500, 0, 110.0, 110.0, 0.75),))
    free_machine = replace(judged, budget=replace(judged.budget, dollars_per_hour=0.0))
    assert step_ahead(step_plan("validate"), free_machine, known).dollars == (0.75, 0.75)
    assert step_ahead(step_plan("find_failures"), free_machine, known).dollars == (0.0, 0.0)


def test_a_whole_is_only_known_when_every_part_is() -> None:
    steps = [step_ahead(step_plan(name), PRACTICE, MEASURED) for name in ("diagnose", "train")]
    seconds, dollars = total(steps)
    assert seconds is not None and dollars is not None
    assert seconds[1] == pytest.approx(10 + 110 * 4 / 3 + 12 + 76 / 2 * 4 / 3)
    assert "what steps took here" in basis_text(steps)
    unknown = [*steps, step_ahead(step_plan("distill"), PRACTICE, Known())]
    assert total(unknown) == (None, None)
    assert total(unknown, known_only=True) == total(steps)
    assert basis_text(unknown) == "How long distill will take is not known yet and not in it."
    plan = [step_ahead(step_plan(name), PLAN, Known()) for name in ("diagnose", "distill")]
    assert "which names none for diagnose" in basis_text(plan)
    assert basis_text([step_ahead(step_plan("train"), PRACTICE, Known(), done=True)]) == "Nothing is left to do."
