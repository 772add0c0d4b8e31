"""Whether a gate's criteria are met: the plan's rule on the point estimate, and beside it what the 95 % interval allows to say.

A criterion is undecided when its interval spans the threshold; ``more`` is then the number of further problems after which the
interval would no longer span it, if the figure stayed where it is (core/measures/decide.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from core.measures.decide import Direction, meets, more_problems
from core.measures.decide import certainty as how_certain
from core.measures.estimate import Estimate, percent
from core.plan.phases import PHASES, CriterionPlan, GatePlan
from core.plan.settings import Settings
from core.plan.verdicts import OUT_OF_REACH, CriterionVerdict, CriterionView, GateView
from core.records import Category, Measurement

_MOST_MORE = 100_000


def evaluate(gate: GatePlan, settings: Settings, measurements: Sequence[Measurement], training_seconds: float | None) -> GateView:
    """The gate as it stands now. It is ``open`` until every criterion has a figure, then ``passed`` or ``failed``.

    measurements: those taken after training in this attempt, and those before it.
    training_seconds: wall time of the phase's training over all its tries, None before it is done.
    """
    criteria = tuple(_criterion(plan, settings, measurements, training_seconds) for plan in gate.criteria)
    verdict: Literal["passed", "failed", "open"]
    if any(c.verdict == "unknown" for c in criteria):
        verdict = "open"
    else:
        verdict = "passed" if all(c.verdict == "met" for c in criteria) else "failed"
    phase = next(phase.id for phase in PHASES if phase.gate.id == gate.id)
    return GateView(gate.id, phase, gate.title, verdict, criteria)


def targets(gate: GatePlan, settings: Settings) -> dict[Category | None, dict[str, tuple[Direction, float]]]:
    """What the gate wants of each category's metrics: {category: {metric: (direction, threshold)}}; None is all together."""
    wanted: dict[Category | None, dict[str, tuple[Direction, float]]] = {}
    for plan in gate.criteria:
        if plan.metric == "training_hours" or _is_relative(plan, settings):
            continue
        metric = f"{settings.gate.consistency}_consistency" if plan.metric == "consistency" else plan.metric
        wanted.setdefault(plan.category, {})[metric] = (plan.direction, _threshold(plan, settings))
    return wanted


def _threshold(plan: CriterionPlan, settings: Settings) -> float:
    return float(getattr(settings.gate, plan.threshold))


def _is_relative(plan: CriterionPlan, settings: Settings) -> bool:
    return plan.id == "reasoning" and settings.gate.reasoning_against == "baseline"


def _criterion(
    plan: CriterionPlan, settings: Settings, measurements: Sequence[Measurement], training_seconds: float | None
) -> CriterionView:
    if plan.metric == "training_hours":
        hours = None if training_seconds is None else training_seconds / 3600
        value = None if hours is None else Estimate(hours, 1, hours, hours)
        return _view(plan, plan.title, _threshold(plan, settings), value, "hours")
    if _is_relative(plan, settings):
        margin = settings.gate.reasoning_margin
        change = _find(measurements, plan.category, "accuracy_change")
        note = f"against its own accuracy before training, less {percent(margin, 0)}"
        return _view(plan, "REASONING change", -margin, change, "share", note)
    metric = f"{settings.gate.consistency}_consistency" if plan.metric == "consistency" else plan.metric
    value = _find(measurements, plan.category, metric)
    title = f"{settings.gate.consistency} consistency" if plan.metric == "consistency" else plan.title
    note = _missing(plan, settings, value)
    if value is not None and not meets(value.value, plan.direction, _threshold(plan, settings)):
        note = _out_of_reach(plan, settings, measurements)
    return _view(plan, title, _threshold(plan, settings), value, "share", note)


def _missing(plan: CriterionPlan, settings: Settings, value: Estimate | None) -> str:
    if value is None and plan.metric in ("score", "tie_rate") and not settings.judge.reference:
        return "needs reference responses: name a file in judge.reference"
    if value is None and plan.category is not None and not settings.categories[plan.category].measure_problems:
        return f"needs categories.{plan.category}.measure_problems above 0"
    return ""


def _out_of_reach(plan: CriterionPlan, settings: Settings, measurements: Sequence[Measurement]) -> str:
    """That a model which is always right would miss the criterion, because the verifier calls it a tie where the reference is right too."""
    right = _find(measurements, plan.category, "reference_accuracy")
    if right is None or plan.metric not in ("score", "tie_rate"):
        return ""
    best, words = (1 - right.value / 2, "scores") if plan.metric == "score" else (right.value, "ties on")
    if meets(best, plan.direction, _threshold(plan, settings)):
        return ""
    those = f"these references, of which {percent(right.value, 0)} are right"
    return f"{OUT_OF_REACH}: a model that is always right {words} {percent(best, 0)} against {those}"


def _find(measurements: Sequence[Measurement], category: Category | None, metric: str) -> Estimate | None:
    for measurement in reversed(measurements):
        if (measurement.when, measurement.category, measurement.metric) == ("after", category, metric):
            return measurement.estimate
    return None


def _view(
    plan: CriterionPlan, title: str, threshold: float, value: Estimate | None, unit: Literal["share", "hours"], note: str = ""
) -> CriterionView:
    verdict: CriterionVerdict
    certainty: CriterionVerdict
    more = None
    if value is None:
        verdict = certainty = "unknown"
    else:
        verdict = "met" if meets(value.value, plan.direction, threshold) else "missed"
        certainty = how_certain(value, plan.direction, threshold)
        more = _more(value, threshold) if certainty == "undecided" else None
    return CriterionView(plan.id, title, plan.direction, threshold, value, unit, verdict, certainty, more, note)


def _more(value: Estimate, threshold: float) -> int | None:
    """Further problems that would likely decide, or None where no number, or none worth naming, would."""
    # Only a change against the baseline has a threshold below 0: its interval is that of a difference.
    more = more_problems(value, threshold, difference=threshold < 0 or value.low < 0)
    return more if more is not None and more <= _MOST_MORE else None
