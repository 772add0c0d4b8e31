"""Phase 1B as data: its phases, steps, gates, expected time and money, categories and the baseline that was measured before.

Every figure is the plan's own. Nothing here runs anything; core/steps carries the steps out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.records import Category

Kind = Literal["consistency", "score", "accuracy", "tie_rate", "training_hours"]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step. ``minutes`` and ``dollars`` are what the plan expects (low, high) on a rented H100, or None where it names none."""

    id: str
    title: str
    does: str
    writes: tuple[str, ...] = ()
    minutes: tuple[float, float] | None = None
    dollars: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class CriterionPlan:
    """One condition of a gate.

    metric: ``consistency`` is the response or answer consistency over the trained categories together, as the settings say.
    threshold: name of the setting in ``[gate]`` that holds the number.
    """

    id: str
    title: str
    metric: Kind
    direction: Literal[">=", "<"]
    threshold: str
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class GatePlan:
    id: str
    title: str
    criteria: tuple[CriterionPlan, ...]


@dataclass(frozen=True, slots=True)
class PhasePlan:
    id: str
    title: str
    steps: tuple[StepPlan, ...]
    gate: GatePlan
    hours: tuple[float, float]
    dollars: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """Where a category's problems come from, how it is sampled, and what graded it in the plan."""

    category: Category
    generate_temperature: float
    train_temperature: float
    source: str
    graded_by: Literal["number", "tests", "letter", "judge"]


@dataclass(frozen=True, slots=True)
class BaselineFigure:
    """What Phase 1A's benchmark found, as shares in 0..1; None where the plan names no figure."""

    score: float
    tie_rate: float | None = None
    response_consistency: float | None = None


PHASE_1B1 = PhasePlan(
    id="1B.1",
    title="proof of concept",
    steps=(
        StepPlan("diagnose", "diagnose", "measures consistency, accuracy and ties before training"),
        StepPlan(
            "distill",
            "distill",
            "makes the model's own verified responses to the training problems",
            ("self_distillation/math_distilled.jsonl", "self_distillation/code_distilled.jsonl"),
            (30, 45),
            (0.5, 1.0),
        ),
        StepPlan(
            "train",
            "train",
            "trains an adapter on those responses",
            ("checkpoints/self_consistent_test",),
            (30, 45),
            (1.0, 2.0),
        ),
        StepPlan(
            "validate", "validate", "measures the same problems again after training", (), (15, 20), (0.5, 0.5)
        ),
    ),
    gate=GatePlan(
        "gate-1b.1",
        "gate 1B.1",
        (
            CriterionPlan("consistency", "consistency", "consistency", ">=", "consistency_1b1"),
            CriterionPlan("math_score", "MATH score", "score", ">=", "math_score_1b1", Category.MATH),
            CriterionPlan("training_time", "training time", "training_hours", "<", "training_hours_1b1"),
            CriterionPlan(
                "reasoning", "REASONING kept", "accuracy", ">=", "reasoning_1b1", Category.REASONING
            ),
        ),
    ),
    hours=(1.5, 2.0),
    dollars=(2.0, 4.0),
)

PHASE_1B2 = PhasePlan(
    id="1B.2",
    title="full expansion",
    steps=(
        StepPlan(
            "find_failures",
            "find failures",
            "samples training problems and keeps those that are wrong or inconsistent",
            ("failures/math_failures.jsonl", "failures/code_failures.jsonl"),
            (120, 180),
            (4.0, 6.0),
        ),
        StepPlan(
            "distill_failures",
            "distill failures",
            "finds verified responses to the failed problems",
            ("self_distillation/failures_math.jsonl", "self_distillation/failures_code.jsonl"),
            (60, 120),
            (2.0, 3.0),
        ),
        StepPlan(
            "train_failures",
            "train on failures",
            "trains the final adapter on the failures' verified responses",
            ("checkpoints/self_consistent_final",),
            (360, 480),
            (12.0, 15.0),
        ),
        StepPlan(
            "benchmark",
            "benchmark",
            "measures all categories against the reference responses",
            ("benchmark_results_phase1b", "handover/phase_1c_failures.jsonl", "handover/phase_1c.json"),
            (120, 180),
            (4.0, 6.0),
        ),
    ),
    gate=GatePlan(
        "gate-final",
        "final gate",
        (
            CriterionPlan("consistency", "consistency", "consistency", ">=", "consistency_final"),
            CriterionPlan("math_score", "MATH score", "score", ">=", "math_score_final", Category.MATH),
            CriterionPlan("code_score", "CODE score", "score", ">=", "code_score_final", Category.CODE),
            CriterionPlan("math_ties", "MATH ties", "tie_rate", "<", "math_ties_final", Category.MATH),
            CriterionPlan("code_ties", "CODE ties", "tie_rate", "<", "code_ties_final", Category.CODE),
        ),
    ),
    hours=(11.0, 16.0),
    dollars=(22.0, 30.0),
)

PHASES = (PHASE_1B1, PHASE_1B2)

CATEGORIES = (
    CategoryPlan(Category.MATH, 0.0, 0.0, "GSM8K", "number"),
    CategoryPlan(Category.CODE, 0.0, 0.0, "HumanEval, MBPP", "tests"),
    CategoryPlan(Category.REASONING, 0.1, 0.0, "ARC-Challenge", "letter"),
    CategoryPlan(Category.KNOWLEDGE, 0.0, 0.0, "MMLU", "letter"),
    CategoryPlan(Category.INSTRUCTION, 0.2, 0.0, "Alpaca", "judge"),
    CategoryPlan(Category.CREATIVITY, 0.7, 0.3, "writing prompts", "judge"),
)

BASELINE_1A = {
    Category.MATH: BaselineFigure(0.41, 0.70, 0.10),
    Category.CODE: BaselineFigure(0.58, 0.28, 0.10),
    Category.REASONING: BaselineFigure(0.86),
    Category.KNOWLEDGE: BaselineFigure(0.90),
    Category.INSTRUCTION: BaselineFigure(0.76),
    Category.CREATIVITY: BaselineFigure(0.60, None, 0.10),
}
"""Shown beside what diagnose measures, never instead of it."""

PHASE_1_BUDGET_DOLLARS = 505.0
PHASE_1A_SPENT_DOLLARS = 220.0


def phase_of(step_id: str) -> PhasePlan:
    """The phase that a step belongs to. KeyError when there is no such step."""
    for phase in PHASES:
        if any(step.id == step_id for step in phase.steps):
            return phase
    raise KeyError(step_id)


def step_plan(step_id: str) -> StepPlan:
    """The plan of one step. KeyError when there is no such step."""
    return next(step for step in phase_of(step_id).steps if step.id == step_id)


def all_steps() -> tuple[StepPlan, ...]:
    """Every step of both phases, in order."""
    return tuple(step for phase in PHASES for step in phase.steps)


def row_maker(phase: str) -> str:
    """The step of a phase that makes the rows which its training is given."""
    return next(step.id for one in PHASES if one.id == phase for step in one.steps if step.id.startswith("distill"))
