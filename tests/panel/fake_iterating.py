"""Attempts, a failed gate and plans of a start written by hand, and the part of a source that yields them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.counsel.forecast import StepAhead
from core.counsel.suggestions import suggest
from core.errors import CogumiError
from core.measures.estimate import Estimate
from core.measures.paired import Difference
from core.plan.fields import by_key, grouped, shown
from core.plan.gates import evaluate
from core.plan.ledger import Limit
from core.plan.load import flat, load_profile, load_settings
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.records import Category
from core.report.versus import CategoryVersus, Figure, Moved, Versus
from core.runs.attempts import different
from core.runs.overview import AttemptView
from core.runs.readiness import Finding
from core.runs.snapshot import State
from core.runs.usage import is_free
from screens.iterating import UNCHANGED, Choice, FieldRow, Iteration, LaunchPlan

NOW = 1_764_000_000.0
"""When the clock of the panel's tests stands still."""
NOWHERE = Path("/nonexistent")
_TABLES = {
    "train": "num_train_epochs learning_rate per_device_train_batch_size gradient_accumulation_steps warmup_ratio lr_scheduler_type "
    "max_grad_norm weight_decay r lora_alpha lora_dropout target_modules save_steps held_out_share backend seed",
    "distill": "samples min_agreement max_distinct",
    "measure": "samples temperature seed allow_overlap",
    "model": "base adapter revision precision engine max_length",
    "generation": "batch_size top_p max_new_tokens seed server_url",
    "judge": "reference kind samples url model",
    "budget": "dollars_per_hour total_dollars phase_1b1_dollars phase_1b2_dollars step_dollars",
    **{
        f"categories.{category}": "generate_temperature train_temperature source train_source train_problems measure_problems"
        for category in (Category.MATH, Category.CODE, Category.REASONING)
    },
}
FIELDS = frozenset(f"{table}.{name}" for table, names in _TABLES.items() for name in names.split())
"""The settings that the form shows here: a setting that is added later changes no picture."""


def settings(*flags: str) -> Settings:
    """The practice profile with some values changed."""
    return load_settings(NOWHERE, flags).settings


def launch_plan() -> LaunchPlan:
    """Attempt 2 goes on: diagnose is done."""
    steps = [
        StepAhead("diagnose", "diagnose", "measures consistency, accuracy and ties before training", "done"),
        StepAhead("distill", "distill", "makes the model's own verified responses to the training problems", "measured",
                  "150 responses", (9.0, 9.0), (0.01, 0.01)),
        StepAhead("train", "train", "trains an adapter on those responses", "measured", "76 optimizer steps", (31.0, 38.0), (0.02, 0.02)),
        StepAhead("validate", "validate", "measures the same problems again after training", "measured", "5,500 responses",
                  (15.0, 15.0), (0.01, 0.01)),
    ]  # fmt: skip
    return LaunchPlan(
        "phase-1b.1", "Phase 1B.1, proof of concept, to gate 1B.1", 2, False, steps=tuple(steps),
        seconds=(55.0, 62.0), dollars=(0.03, 0.04), basis="Measured on this machine with this model.",
        limits=(Limit("step distill", "budget.step_dollars", 15.0, 0.0), Limit("Phase 1B.1", "budget.phase_1b1_dollars", 4.0, 0.02)),
        findings=(
            Finding("train", "warning", "Learning rate 5e-06 over about 76 steps moves an adapter weight by at most about 2e-04, and a "
                    "layer's weight by 0.6% of its typical size; expect hardly any change.",
                    "raise train.learning_rate or train.num_train_epochs if the gate is missed"),
            Finding("model", "ok", "practice, 4 MB"),
            Finding("disk", "ok", "41 GiB are free"),
        ),
    )  # fmt: skip


def field_rows(values: Settings, before: Settings | None, form: dict[str, Any], steps: tuple[str, ...]) -> tuple[FieldRow, ...]:
    """Every setting as the form shows it."""
    now, usual = flat(values), flat(load_profile("practice"))
    old = flat(before) if before is not None else None
    return tuple(
        FieldRow(by_key()[key], heading, now[key], "form" if key in form else "profile", usual[key], None if old is None else old[key])
        for heading, keys in grouped(steps, values)
        for key in keys
        if key in FIELDS
    )


def figures(consistency: float, score: float, ties: float, half: float = 0.03) -> dict[Category | None, dict[str, Estimate]]:
    """Figures of one moment by category."""

    def table(value: float, n: int) -> dict[str, Estimate]:
        named = {
            "response_consistency": value, "answer_consistency": min(0.97, value + 0.2), "accuracy": min(0.95, value + 0.15),
            "greedy_accuracy": 0.86, "score": score, "tie_rate": ties,
        }  # fmt: skip
        return {name: Estimate(v, n, max(0.0, v - half), min(1.0, v + half)) for name, v in named.items()}

    found: dict[Category | None, dict[str, Estimate]] = {None: table(consistency, 300)}
    for category, n in ((Category.MATH, 200), (Category.CODE, 100), (Category.REASONING, 200)):
        found[category] = table(consistency, n)
    found[Category.REASONING]["accuracy_change"] = Estimate(-0.012, 200, -0.03, 0.01)
    return found


def attempt_view(
    number: int, parent: int | None, chosen: Settings, earlier: Settings | None, after: tuple[float, float, float]
) -> AttemptView:
    """An attempt of Phase 1B.1 whose gate is decided by its figures."""
    before = figures(0.178, 0.412, 0.52)
    now = figures(*after)
    view = AttemptView(
        number, parent, "phase-1b.1", "", NOW - 9000 + 1500 * number, "{}",
        {} if earlier is None else different(flat(earlier), flat(chosen)),
        {step.id: State.DONE if phase is PHASES[0] else State.WAITING for phase in PHASES for step in phase.steps},
        (), before, now, 61.0 + number, 0.03 + number / 100, chosen, State.IDLE,
        {} if earlier is None else dict.fromkeys(different(flat(earlier), flat(chosen)), "form"),
        {"diagnose": 14.0, "distill": 9.0, "train": 23.0 + number, "validate": 15.0},
    )  # fmt: skip
    return replace(view, gates=(evaluate(PHASES[0].gate, chosen, view.measurements, 23.0 + number),))


def three_attempts() -> tuple[AttemptView, ...]:
    """The first one's gate failed, the third passed."""
    first, second, third = (settings(f"train.num_train_epochs={epochs}") for epochs in (0.1, 1, 3))
    return (
        attempt_view(1, None, first, None, (0.182, 0.41, 0.52)),
        attempt_view(2, 1, second, first, (0.371, 0.47, 0.55)),
        attempt_view(3, 2, third, second, (0.822, 0.566, 0.625)),
    )


def out_of_reach() -> tuple[AttemptView, ...]:
    """One attempt whose gate wants more of MATH than a model that is always right can score against its references."""
    chosen = settings("gate.math_score_1b1=0.7")
    view = attempt_view(1, None, chosen, None, (0.822, 0.60, 0.625))
    right = {Category.MATH: {**view.after[Category.MATH], "reference_accuracy": Estimate(0.64, 200, 0.57, 0.71)}}
    view = replace(view, after={**view.after, **right})
    return (replace(view, gates=(evaluate(PHASES[0].gate, chosen, view.measurements, 23.0),)),)


def versus(first: int = 2, second: int = 3) -> Versus:
    """A second attempt that is better in nearly everything."""

    def figure(metric: str, was: float, now: float, n: int, half: float) -> Figure:
        def one(value: float) -> Estimate:
            return Estimate(value, n, value - half, value + half)

        return Figure(metric, one(was), one(now), Difference(now - was, half / 2, n, now - was - half, now - was + half))

    def part(category: Category | None, n: int) -> CategoryVersus:
        return CategoryVersus(
            category, n,
            (
                figure("response_consistency", 0.371, 0.822, n, 0.03), figure("answer_consistency", 0.61, 0.897, n, 0.03),
                figure("accuracy", 0.58, 0.758, n, 0.04), figure("score", 0.47, 0.566, n, 0.035),
                figure("tie_rate", 0.55, 0.625, n, 0.05), figure("greedy_accuracy", 0.86, 0.865, n, 0.03),
            ),
            0.0376, 20, 8,
        )  # fmt: skip

    moved = tuple(
        Moved(f"practice/math/test/{i:06d}", Category.MATH, f"Ana has {i} apples and buys {i % 4 + 2} bags of 6. How many has she now?",
              (0.1, 0.9), (0.3, 1.0))
        for i in range(12)
    )  # fmt: skip
    changed = {"train.num_train_epochs": (1.0, 3.0), "model.adapter": ("", "checkpoints/final")}
    categories = (part(None, 300), part(Category.MATH, 200), part(Category.CODE, 100), part(Category.REASONING, 200))
    return Versus(first, second, "1B.1", "validate", 10, 500, 0, 0, categories, moved, changed, ())


class FakeIterating:
    """Remembers in ``asked`` what it was asked to do; a refusal is raised by a start."""

    asked: list[str]
    refusal: CogumiError | None

    def __init__(self) -> None:
        self.plan = launch_plan()
        self.views: tuple[AttemptView, ...] = ()
        self.against = versus()

    def launch_plan(self, target: str, choice: Choice = UNCHANGED) -> LaunchPlan:
        self.asked.append(f"plan {target}{_told(choice)}")
        steps = tuple(step.step for step in self.plan.steps)
        form = dict(choice.values)
        parent = next((view for view in self.views if view.number == choice.parent), None)
        before = None if self.plan.new and not choice.parent else settings() if parent is None else parent.settings
        now = settings(*(f"{key}={shown(value)}" for key, value in {**(_apart(before) if before else {}), **form}.items()))
        rows = field_rows(now, before, form, steps)
        bound = tuple(key for key in form if not is_free(key)) if before is not None else ()
        latest = self.views[-1].number if self.views else self.plan.attempt
        plan = self.plan._replace(target=target, fields=rows)
        if not (choice.parent or choice.new or bound) or self.plan.new:
            return plan
        again = [replace(step, basis="reused", seconds=(8.0, 8.0), dollars=(0.0, 0.0)) if step.done else step for step in plan.steps]
        return plan._replace(
            new=True, attempt=latest + 1, parent=choice.parent or latest, binding=bound, steps=tuple(again), refusal=""
        )

    def start(self, target: str, choice: Choice = UNCHANGED) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(f"start {target}{_told(choice)}")
        return f"Started {target} in the background."

    def command(self, target: str, choice: Choice) -> str:
        return f"cogumi run {target}{_told(choice)}"

    def keep(self, values: tuple[tuple[str, Any], ...]) -> str:
        self.asked.append(f"keep {dict(values)}")
        return "1 setting written to /workspace/data/run/cogumi.toml; later attempts start with them."

    def iteration(self, attempt: int = 0) -> Iteration:
        view = next((view for view in self.views if view.number == attempt), None) if attempt else self.views[-1] if self.views else None
        if view is None or view.failed_gate is None:
            return Iteration(view.number if view else 0, "", None, (), {})
        given = suggest(view.failed_gate, view.settings, view.measurements)
        return Iteration(view.number, "phase-1b.1", view.failed_gate, given, flat(view.settings))

    def overview(self) -> tuple[AttemptView, ...]:
        return self.views

    def versus(self, first: int, second: int) -> Versus:
        self.asked.append(f"versus {first} {second}")
        return replace(self.against, first=first, second=second)


def _apart(chosen: Settings) -> dict[str, Any]:
    """What is not as in the profile."""
    return {key: new for key, (_, new) in different(flat(load_profile("practice")), flat(chosen)).items()}


def _told(choice: Choice) -> str:
    parts = [f"from {choice.parent}"] if choice.parent else ["new"] if choice.new else []
    return "".join(f" {part}" for part in [*parts, *(f"{key}={shown(value)}" for key, value in choice.values)])
