"""Money: limits, warnings, stops."""

from __future__ import annotations

import pytest

from core.plan.ledger import by_step, dollars, guard, machine_dollars, phase_1_left
from core.plan.settings import BudgetSettings
from core.records import Spending

BUDGET = BudgetSettings(dollars_per_hour=2.0, total_dollars=34.0, phase_1b1_dollars=4.0, step_dollars=15.0, warn_share=0.8)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "$0.00"), (0.0004, "$0.0004"), (0.004, "$0.004"), (0.0096, "$0.01"), (0.05, "$0.05"), (12.4, "$12.40"), (1204.4, "$1,204"),
     (999.999, "$1,000"), (-0.004, "$-0.004")],
)  # fmt: skip
def test_money_has_cents_and_more_digits_only_under_one_cent(amount: float, said: str) -> None:
    assert dollars(amount) == said


def test_an_hour_costs_the_hourly_price() -> None:
    assert machine_dollars(BUDGET, 3600) == 2.0


def test_the_guard_is_silent_then_warns_then_stops() -> None:
    assert guard(BUDGET, "train", {"train": 3.0}) is None
    warning = guard(BUDGET, "train", {"train": 3.3})
    assert warning is not None
    assert warning.level == "warn"
    stop = guard(BUDGET, "train", {"train": 2.0, "distill": 2.0})
    assert stop is not None
    assert stop.level == "stop"
    assert "budget.phase_1b1_dollars" in stop.text


def test_money_of_the_other_phase_counts_only_in_the_total() -> None:
    assert guard(BUDGET, "train", {"benchmark": 20.0}) is None
    finding = guard(BUDGET, "train", {"benchmark": 34.0})
    assert finding is not None
    assert "budget.total_dollars" in finding.text


def test_other_attempts_count_in_the_total_alone() -> None:
    assert guard(BUDGET, "train", {"train": 1.0}, earlier=20.0) is None
    finding = guard(BUDGET, "train", {"train": 1.0}, earlier=33.0)
    assert finding is not None
    assert "budget.total_dollars" in finding.text


def test_a_limit_of_nothing_stops_at_the_first_cent() -> None:
    nothing = BudgetSettings(total_dollars=0.0)
    assert guard(nothing, "train", {}) is None
    finding = guard(nothing, "train", {"train": 0.01})
    assert finding is not None
    assert finding.level == "stop"


def test_spending_adds_up_by_step_and_from_the_phase_1_budget() -> None:
    rows = [Spending("train", "machine", 60, 1.0), Spending("train", "judge", 0, 0.5), Spending("distill", "machine", 60, 2.0)]
    assert by_step(rows) == {"train": 1.5, "distill": 2.0}
    assert phase_1_left(85.0) == 200.0
