"""After a failed gate: the plan's three ways and what the figures ask for, as changes that settings take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.counsel.suggestions import Suggestion, suggest
from core.measures.estimate import Estimate
from core.plan.gates import evaluate
from core.plan.load import load_profile, load_settings
from core.plan.phases import PHASE_1B1, PHASE_1B2
from core.plan.settings import Settings
from core.records import Category, Measurement, When

PLAN = load_profile("h100")
PRACTICE = load_profile("practice")


def figure(when: When, category: Category | None, metric: str, value: float, half: float = 0.02, n: int = 300) -> Measurement:
    return Measurement(when, category, metric, Estimate(value, n, value - half, value + half))


def first(consistency: float, before: float = 0.24, score: float = 0.50, reasoning: float = 0.90) -> list[Measurement]:
    return [
        figure("before", None, "response_consistency", before),
        figure("before", Category.MATH, "greedy_accuracy", 0.86, n=200),
        figure("before", Category.CODE, "greedy_accuracy", 0.70, n=100),
        figure("after", None, "response_consistency", consistency),
        figure("after", Category.MATH, "score", score),
        figure("after", Category.REASONING, "accuracy", reasoning),
        Measurement("after", Category.REASONING, "accuracy_change", Estimate(reasoning - 0.9, 200, reasoning - 0.93, reasoning - 0.87)),
    ]


def after_first(settings: Settings, measured: list[Measurement], seconds: float = 600) -> tuple[Suggestion, ...]:
    return suggest(evaluate(PHASE_1B1.gate, settings, measured, seconds), settings, measured)


def ids(found: tuple[Suggestion, ...]) -> list[str]:
    return [suggestion.id for suggestion in found]


def test_only_a_failed_gate_asks_for_anything() -> None:
    assert after_first(PLAN, first(0.55)) == ()
    measured = first(0.30)
    assert suggest(evaluate(PHASE_1B1.gate, PLAN, measured, None), PLAN, measured) == ()


def test_at_the_plans_rate_nothing_moved_so_a_larger_one_comes_first_and_then_the_plans_three() -> None:
    found = after_first(PLAN, first(0.243, before=0.242))
    assert ids(found) == ["learning_rate", "epochs", "temperatures", "categories"]
    assert found[0].flags == ("train.learning_rate=0.0001",)
    assert "5e-06 over about 76 steps" in found[0].why and "24.3 % [22.3, 26.3] (n 300)" in found[0].why
    assert "cannot be told apart" in found[0].why


def test_where_the_weights_moved_the_rate_stays() -> None:
    learned = replace(PLAN, train=replace(PLAN.train, learning_rate=2e-4))
    assert ids(after_first(learned, first(0.36))) == ["epochs", "temperatures", "categories"]


def test_no_rate_is_suggested_that_a_start_would_warn_of() -> None:
    def rates(now: float, alpha: int = 32) -> list[tuple[str, ...]]:
        settings = replace(PLAN, train=replace(PLAN.train, learning_rate=now, lora_alpha=alpha))
        return [s.flags for s in after_first(settings, first(0.243, before=0.242)) if s.id == "learning_rate"]

    assert rates(2e-3) == [("train.learning_rate=0.005",)]
    assert rates(3e-3) == [("train.learning_rate=0.005",)], "32 times 0.01 is a third of a weight in every step"
    assert rates(1e-3, alpha=128) == [], "the next one under 0.25 / 128 is 0.001"
    assert rates(6e-3) == []


def test_three_epochs_then_four_then_no_more() -> None:
    def epochs(now: float) -> list[tuple[str, ...]]:
        settings = replace(PLAN, train=replace(PLAN.train, num_train_epochs=now, learning_rate=2e-4))
        return [s.flags for s in after_first(settings, first(0.36)) if s.id == "epochs"]

    assert epochs(2) == [("train.num_train_epochs=3",)]
    assert epochs(3) == [("train.num_train_epochs=4",)]
    assert epochs(4) == []


def test_less_than_the_plans_epochs_is_mended_first() -> None:
    settings = replace(PRACTICE, train=replace(PRACTICE.train, num_train_epochs=0.1))
    assert ids(after_first(settings, first(0.25)))[0] == "epochs"


def test_temperatures_name_what_the_greedy_response_lost_and_go_back_when_they_are_warm() -> None:
    (cold,) = [s for s in after_first(PLAN, first(0.30)) if s.id == "temperatures"]
    assert cold.flags == ("categories.MATH.generate_temperature=0.3", "categories.CODE.generate_temperature=0.3")
    assert "MATH 14 % (n 200)" in cold.why and "CODE 30 % (n 100)" in cold.why
    warm = load_settings(Path("/nowhere"), ["profile=h100", *cold.flags]).settings
    (back,) = [s for s in after_first(warm, first(0.30)) if s.id == "temperatures"]
    assert back.flags == ("categories.MATH.generate_temperature=0", "categories.CODE.generate_temperature=0")


def test_more_categories_are_those_that_are_measured_and_not_trained_yet() -> None:
    (more,) = [s for s in after_first(PLAN, first(0.30)) if s.id == "categories"]
    assert more.flags == ("categories.REASONING.train_problems=50",)
    wide = load_settings(Path("/nowhere"), ["profile=h100", "categories.KNOWLEDGE.measure_problems=50", *more.flags]).settings
    (knowledge,) = [s for s in after_first(wide, first(0.30)) if s.id == "categories"]
    assert knowledge.flags == ("categories.KNOWLEDGE.train_problems=50",)


def test_what_was_forgotten_asks_for_less_and_for_training_it_too() -> None:
    settings = replace(PLAN, train=replace(PLAN.train, learning_rate=2e-3))
    found = after_first(settings, first(0.60, reasoning=0.70))
    assert ids(found) == ["gentler", "categories"]
    assert found[0].flags == ("train.learning_rate=0.001",) and found[1].flags == ("categories.REASONING.train_problems=50",)


def test_training_that_took_too_long_gets_larger_batches() -> None:
    (found,) = after_first(PLAN, first(0.60), seconds=5400)
    assert found.flags == ("train.per_device_train_batch_size=8",) and "1.5 h" in found.why


def test_an_undecided_miss_may_be_decided_by_measuring_more() -> None:
    measured = [*first(0.60), figure("after", Category.MATH, "score", 0.41, half=0.068, n=200)]
    (found,) = [s for s in after_first(PLAN, measured) if s.id == "measure"]
    (change,) = found.changes
    assert change[0] == "categories.MATH.measure_problems" and change[1] > 200 and change[1] % 10 == 0
    assert "does not change the model" in found.why


def test_no_more_problems_are_asked_for_than_there_are() -> None:
    nearly = [*first(0.60), figure("after", Category.MATH, "score", 0.42, half=0.068, n=200)]
    assert "measure" in ids(after_first(PLAN, nearly))
    assert "measure" not in ids(after_first(PRACTICE, nearly)), "practice holds 400 MATH problems, and these would not decide it"


def test_after_the_final_gate_failures_are_what_changes() -> None:
    measured = [
        *first(0.55),
        figure("after", Category.MATH, "score", 0.50),
        figure("after", Category.CODE, "score", 0.75),
        figure("after", Category.MATH, "tie_rate", 0.57),
        figure("after", Category.CODE, "tie_rate", 0.10),
    ]
    found = suggest(evaluate(PHASE_1B2.gate, PRACTICE, measured, None), PRACTICE, measured)
    assert ids(found) == ["epochs", "failures", "temperatures", "categories"]
    flags = {s.id: s.flags for s in found}
    assert flags["failures"] == ("failures.min_consistency=0.6",)
    assert flags["temperatures"] == ("failures.temperature=1",)
    assert flags["categories"] == ("categories.REASONING.failure_problems=200", "categories.KNOWLEDGE.failure_problems=200")


def final(*measured: Measurement) -> tuple[Suggestion, ...]:
    figures = [
        *first(0.70),
        figure("after", Category.MATH, "score", 0.70),
        figure("after", Category.CODE, "score", 0.75),
        figure("after", Category.MATH, "tie_rate", 0.10),
        figure("after", Category.CODE, "tie_rate", 0.10),
        *measured,
    ]
    return suggest(evaluate(PHASE_1B2.gate, PLAN, figures, None), PLAN, figures)


def test_what_is_out_of_reach_asks_for_no_training_and_says_what_can_be_done_instead() -> None:
    right = figure("after", Category.CODE, "reference_accuracy", 0.64, n=100)
    (only,) = final(right, figure("after", Category.CODE, "score", 0.60, n=100))
    assert only.changes == () and only.flags == () and only.title == "No training can meet CODE score"
    assert "always right scores 68 % against these references" in only.why and "the gate wants at least 70 %" in only.why
    assert "Lower gate.code_score_final" in only.why and "judge.reference" in only.why
    (ties,) = final(right, figure("after", Category.CODE, "tie_rate", 0.60))
    assert "ties on 64 %" in ties.why and "Raise gate.code_ties_final" in ties.why, "ties are to stay under their threshold"


def test_what_is_out_of_reach_is_not_measured_on_more_problems_either() -> None:
    undecided = figure("after", Category.CODE, "score", 0.66, half=0.08, n=100)
    assert "measure" in ids(final(undecided))
    assert ids(final(undecided, figure("after", Category.CODE, "reference_accuracy", 0.64, n=100))) == ["unreachable_code_score"]


def test_beside_another_miss_what_is_out_of_reach_comes_first_and_training_is_suggested_for_the_other_alone() -> None:
    right = figure("after", Category.CODE, "reference_accuracy", 0.64)
    found = final(right, figure("after", Category.CODE, "score", 0.60), figure("after", None, "response_consistency", 0.50))
    assert ids(found) == ["unreachable_code_score", "epochs", "failures", "temperatures", "categories"]
    assert "onsistency is 50.0 %" in found[1].why


@pytest.mark.parametrize("profile", ["practice", "h100"])
@pytest.mark.parametrize("consistency", [0.1, 0.24, 0.39])
@pytest.mark.parametrize("reasoning", [0.5, 0.9])
def test_every_suggestion_is_taken_by_the_settings_and_changes_something(profile: str, consistency: float, reasoning: float) -> None:
    settings = load_profile(profile)
    for suggestion in after_first(settings, first(consistency, reasoning=reasoning), seconds=4000):
        changed = load_settings(Path("/nowhere"), [f"profile={profile}", *suggestion.flags]).settings
        assert changed != settings and suggestion.title and suggestion.why.endswith(".")
