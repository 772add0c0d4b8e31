"""Gates: the plan's verdict, and beside it what the interval allows to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.measures.estimate import Estimate
from core.plan.gates import evaluate, targets
from core.plan.load import load_profile
from core.plan.phases import PHASE_1B1, PHASE_1B2
from core.plan.verdicts import CriterionView
from core.records import Category, Measurement

PLAN = load_profile("h100")


def after(category: Category | None, metric: str, value: float, half: float, n: int = 200) -> Measurement:
    return Measurement("after", category, metric, Estimate(value, n, value - half, value + half))


def passing() -> list[Measurement]:
    return [
        after(None, "response_consistency", 0.60, 0.05),
        after(Category.MATH, "score", 0.52, 0.03),
        after(Category.REASONING, "accuracy", 0.90, 0.02),
    ]


def test_the_gate_is_open_until_every_criterion_has_a_figure() -> None:
    gate = evaluate(PHASE_1B1.gate, PLAN, passing(), None)
    assert gate.verdict == "open"
    assert [c.verdict for c in gate.criteria] == ["met", "met", "unknown", "met"]


def test_all_met_passes_and_one_missed_fails() -> None:
    assert evaluate(PHASE_1B1.gate, PLAN, passing(), 1800).verdict == "passed"
    assert evaluate(PHASE_1B1.gate, PLAN, passing(), 3600).verdict == "failed"
    slower = [*passing()[:2], after(Category.REASONING, "accuracy", 0.84, 0.005)]
    assert evaluate(PHASE_1B1.gate, PLAN, slower, 1800).verdict == "failed"


def test_an_interval_over_the_threshold_is_undecided_with_the_number_that_would_decide_it() -> None:
    figures = [after(None, "response_consistency", 0.42, 0.05, n=100), *passing()[1:]]
    first = evaluate(PHASE_1B1.gate, PLAN, figures, 60).criteria[0]
    assert (first.verdict, first.certainty) == ("met", "undecided")
    assert first.more is not None
    # half width 0.05 at 100 problems must shrink to 0.02, and a share near 0.40 is less sure than one near 0.37:
    # 100 * (0.05 / 0.02) ** 2 * (0.40 * 0.60) / (0.37 * 0.63) = 644 problems in all
    assert first.more == 544


def test_a_figure_that_stands_on_the_threshold_is_met_and_no_number_is_promised() -> None:
    figures = [after(None, "response_consistency", 0.40, 0.05), *passing()[1:]]
    first = evaluate(PHASE_1B1.gate, PLAN, figures, 60).criteria[0]
    assert (first.verdict, first.certainty, first.more) == ("met", "undecided", None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (544, "about 544 more problems would decide it"), (1, "about 1 more problem would decide it"),
        (26_370, "more problems are no way to decide it"), (None, "more problems are no way to decide it"),
    ],
)  # fmt: skip
def test_a_number_of_problems_far_beyond_those_measured_is_called_no_way_to_decide(more: int | None, said: str) -> None:
    value = Estimate(0.42, 200, 0.37, 0.47)
    criterion = CriterionView("consistency", "response consistency", ">=", 0.4, value, "share", "met", "undecided", more)
    assert criterion.decided_by() == said
    assert criterion.decided_by(moves=True) == ("" if "no way" in said else said)


def test_ties_must_be_under_the_threshold_not_on_it() -> None:
    figures = [
        after(None, "response_consistency", 0.7, 0.02),
        after(Category.MATH, "score", 0.7, 0.02),
        after(Category.CODE, "score", 0.75, 0.02),
        after(Category.MATH, "tie_rate", 0.30, 0.02),
        after(Category.CODE, "tie_rate", 0.10, 0.02),
    ]
    gate = evaluate(PHASE_1B2.gate, PLAN, figures, None)
    assert gate.verdict == "failed"
    assert gate.criteria[3].verdict == "missed"


def test_practice_holds_reasoning_against_its_own_baseline_and_says_so() -> None:
    practice = load_profile("practice")
    figures = [*passing()[:2], after(Category.REASONING, "accuracy_change", -0.02, 0.01)]
    gate = evaluate(PHASE_1B1.gate, practice, figures, 60)
    assert gate.verdict == "passed"
    assert "before training" in gate.criteria[3].note


def test_the_settings_choose_which_consistency_counts() -> None:
    answers = replace(PLAN, gate=replace(PLAN.gate, consistency="answer"))
    gate = evaluate(PHASE_1B1.gate, answers, [after(None, "answer_consistency", 0.9, 0.01), *passing()], 60)
    assert gate.criteria[0].value is not None
    assert gate.criteria[0].value.value == 0.9
    assert targets(PHASE_1B1.gate, answers)[None] == {"answer_consistency": (">=", 0.4)}


def test_a_missing_reference_is_said_where_the_score_is_missing() -> None:
    gate = evaluate(PHASE_1B1.gate, PLAN, [], None)
    assert "judge.reference" in gate.criteria[1].note


def test_a_criterion_that_even_a_model_that_is_always_right_would_miss_is_called_out_of_reach() -> None:
    figures = [after(Category.CODE, "score", 0.5, 0.02), after(Category.CODE, "reference_accuracy", 0.83, 0.05)]
    score = evaluate(PHASE_1B2.gate, PLAN, figures, None).criteria[2]
    assert (score.threshold, score.verdict) == (0.70, "missed")
    assert score.out_of_reach
    assert "always right scores 58 % against these references, of which 83 % are right" in score.note
    ties = evaluate(PHASE_1B2.gate, PLAN, [*figures, after(Category.CODE, "tie_rate", 0.7, 0.02)], None).criteria[4]
    assert "ties on 83 %" in ties.note
    met = [after(Category.CODE, "tie_rate", 0.1, 0.02), figures[1]]
    assert evaluate(PHASE_1B2.gate, PLAN, met, None).criteria[4].note == "", "what is met is not out of reach"
    weak = [figures[0], after(Category.CODE, "reference_accuracy", 0.4, 0.05)]
    near = evaluate(PHASE_1B2.gate, PLAN, weak, None).criteria[2]
    assert near.note == "" and not near.out_of_reach


def test_figures_from_before_training_never_decide_a_gate() -> None:
    before = [replace(m, when="before") for m in passing()]
    assert evaluate(PHASE_1B1.gate, PLAN, before, 60).verdict == "open"
