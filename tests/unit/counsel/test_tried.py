"""What came of suggestions that other attempts have tried, or whose way they have gone."""

from __future__ import annotations

from typing import Literal

from core.counsel.suggestions import Suggestion
from core.counsel.tried import Attempt, with_tries
from core.measures.estimate import Estimate
from core.plan.verdicts import CriterionView, GateView

EPOCHS, RATE = "train.num_train_epochs", "train.learning_rate"
LONGER = Suggestion("epochs", "Train longer: 3 epochs", "Why.", ((EPOCHS, 3.0),))
FASTER = Suggestion("learning_rate", "Learn faster", "Why.", ((RATE, 1e-4),))
KNOW = Suggestion("unreachable", "No training can meet it", "Why.", ())


def gate(code: float | None, verdict: Literal["passed", "failed", "open"] = "failed") -> GateView:
    value = None if code is None else Estimate(code, 100, code - 0.1, code + 0.1)
    missed = CriterionView("code_score", "CODE score", ">=", 0.7, value, "share", "missed", "missed")
    ties = CriterionView("ties", "CODE ties", "<", 0.2, Estimate(0.1, 100, 0.0, 0.2), "share", "met", "met")
    return GateView("gate-final", "1B.2", "final gate", verdict, (missed, ties))


def attempt(
    number: int, epochs: float, code: float | None = None, verdict: Literal["passed", "failed", "open"] = "failed", rate: float = 5e-6
) -> Attempt:
    return Attempt(number, {EPOCHS: epochs, RATE: rate}, gate(code, verdict))


def test_what_another_attempt_has_tried_says_what_came_out_and_stands_behind_the_rest() -> None:
    found = with_tries([KNOW, LONGER, FASTER], attempt(1, 2.0, 0.495), [attempt(2, 3.0, 0.486)])
    assert [suggestion.id for suggestion in found] == ["unreachable", "learning_rate", "epochs"]
    assert found[2].tried == "Tried in attempt 2: CODE score 48.6 % instead of 49.5 %."
    assert found[0].tried == found[1].tried == "" and found[2].changes == LONGER.changes


def test_the_same_way_further_says_that_it_went_worse() -> None:
    four = Suggestion("epochs", "Train longer: 4 epochs", "Why.", ((EPOCHS, 4.0),))
    found = with_tries([four, FASTER], attempt(2, 3.0, 0.486), [attempt(1, 2.0, 0.495)])
    assert [suggestion.id for suggestion in found] == ["learning_rate", "epochs"]
    assert found[1].tried == "From attempt 1 to this one the same way went worse: CODE score 48.6 % instead of 49.5 %."
    (ahead,) = with_tries([LONGER], attempt(1, 2.0, 0.495), [attempt(2, 4.0, 0.486)])
    assert ahead.tried == "In attempt 2 the same way went worse: CODE score 48.6 % instead of 49.5 %."


def test_a_way_that_helped_is_not_spoken_against() -> None:
    four = Suggestion("epochs", "Train longer: 4 epochs", "Why.", ((EPOCHS, 4.0),))
    (helped,) = with_tries([four], attempt(2, 3.0, 0.52), [attempt(1, 2.0, 0.495)])
    assert helped.tried == ""


def test_figures_of_an_attempt_whose_gate_is_open_are_so_far() -> None:
    (tried,) = with_tries([LONGER], attempt(1, 2.0, 0.495), [attempt(2, 3.0, 0.486, "open")])
    assert tried.tried == "Tried in attempt 2: CODE score 48.6 % so far instead of 49.5 %."
    (ahead,) = with_tries([LONGER], attempt(1, 2.0, 0.495), [attempt(2, 4.0, 0.486, "open")])
    assert ahead.tried == "In attempt 2 the same way went worse: CODE score 48.6 % so far instead of 49.5 %."


def test_other_changes_beside_it_make_it_another_try() -> None:
    found = with_tries([LONGER], attempt(1, 2.0, 0.495), [attempt(2, 3.0, 0.486, rate=1e-3)])
    assert found == (LONGER,)


def test_a_try_that_passed_or_has_no_figures_says_so() -> None:
    (passed,) = with_tries([LONGER], attempt(1, 2.0, 0.495), [attempt(2, 3.0, 0.8, "passed")])
    assert passed.tried == "Tried in attempt 2, where the gate passed."
    (early,) = with_tries([LONGER], attempt(1, 2.0, 0.495), [attempt(2, 3.0)])
    assert early.tried == "Tried in attempt 2, which has no figures yet."
