"""Money: what a step, a phase and the whole may cost, what was spent, and when the guard warns or stops.

Machine time is dollars_per_hour times the wall time of step processes; judge money comes with each verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.measures.estimate import percent
from core.plan.phases import PHASE_1_BUDGET_DOLLARS, PHASE_1A_SPENT_DOLLARS, phase_of
from core.plan.settings import BudgetSettings
from core.records import Spending


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit in dollars, and the name of the setting that holds it."""

    name: str
    setting: str
    dollars: float
    spent: float

    @property
    def share(self) -> float:
        """Spent over the limit; infinite when the limit is 0 and something was spent."""
        if self.dollars > 0:
            return self.spent / self.dollars
        return float("inf") if self.spent > 0 else 0.0


def dollars(value: float) -> str:
    """Money as ``$0.02``, ``$12.40`` or ``$1,204``; finer where it is less than a cent: ``$0.004``."""
    cents = round(abs(value), 2)
    if cents >= 1000:
        return f"${value:,.0f}"
    if cents or not value:
        return f"${value:.2f}"
    return f"${value:.3f}" if abs(value) >= 0.001 else f"${value:.4f}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the guard says: ``stop`` at 100 % of a limit, ``warn`` from warn_share on."""

    level: Literal["warn", "stop"]
    text: str


def machine_dollars(budget: BudgetSettings, seconds: float) -> float:
    """Price of ``seconds`` of the rented machine."""
    return budget.dollars_per_hour * seconds / 3600


def limits(budget: BudgetSettings, step: str, spent: Mapping[str, float], earlier: float = 0.0) -> tuple[Limit, ...]:
    """The three limits that bind ``step``: its own and its phase's in this attempt, and the total over all attempts.

    spent: dollars by step id in this attempt. earlier: dollars of all other attempts of the workspace; where there are any, the names say
    which limits count this attempt alone.
    """
    phase = phase_of(step)
    alone = " in this attempt" if earlier > 0 else ""
    in_phase = sum(spent.get(s.id, 0.0) for s in phase.steps)
    phase_setting = "phase_1b1_dollars" if phase.id == "1B.1" else "phase_1b2_dollars"
    return (
        Limit(f"step {step}{alone}", "budget.step_dollars", budget.step_dollars, spent.get(step, 0.0)),
        Limit(f"Phase {phase.id}{alone}", f"budget.{phase_setting}", getattr(budget, phase_setting), in_phase),
        Limit("Phase 1B", "budget.total_dollars", budget.total_dollars, sum(spent.values()) + earlier),
    )


def guard(budget: BudgetSettings, step: str, spent: Mapping[str, float], earlier: float = 0.0) -> Finding | None:
    """The worst finding over the limits that bind ``step`` (``limits``), or None while all are under warn_share."""
    worst = max(limits(budget, step, spent, earlier), key=lambda limit: limit.share)
    if worst.share >= 1:
        return Finding(
            "stop",
            f"The limit of {dollars(worst.dollars)} for {worst.name} is reached ({dollars(worst.spent)} spent); "
            f"raise {worst.setting} where it was set (file, --set or form) and run the step again to go on from where it stopped.",
        )
    if worst.share >= budget.warn_share:
        told = f"{dollars(worst.spent)} of {dollars(worst.dollars)} for {worst.name} are spent"
        return Finding("warn", f"{told} ({percent(worst.share, 0)}).")
    return None


def by_step(spendings: Iterable[Spending]) -> dict[str, float]:
    """Dollars by step id."""
    totals: dict[str, float] = {}
    for spending in spendings:
        totals[spending.step] = totals.get(spending.step, 0.0) + spending.dollars
    return totals


def phase_1_left(spent: float) -> float:
    """What is left of the Phase 1 budget after Phase 1A and ``spent`` dollars of 1B."""
    return PHASE_1_BUDGET_DOLLARS - PHASE_1A_SPENT_DOLLARS - spent
