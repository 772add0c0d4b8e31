"""diagnose: consistency, accuracy and ties of the model as it is, on held-out problems, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence

from core.records import Measurement
from core.steps.context import Context
from core.steps.engine import start_adapter
from core.steps.measure import measure
from core.steps.problems import measured_problems, refuse_overlap, training_problems


def run(context: Context) -> str:
    """Carries the step out and returns its summary. The run's problems are drawn here, and those of both sides checked for overlap."""
    problems = measured_problems(context)
    refuse_overlap(context, training_problems(context), problems)
    return summary(measure(context, problems, "before", start_adapter(context)), context.settings.gate.consistency)


def summary(measurements: Sequence[Measurement], consistency: str) -> str:
    """The figures that the gates look at, in one line."""
    parts = []
    for category, metric, words in ((None, f"{consistency}_consistency", f"{consistency} consistency"), (None, "accuracy", "accuracy")):
        for measurement in measurements:
            if measurement.category is category and measurement.metric == metric:
                parts.append(f"{words} {measurement.estimate.text}")
    return "; ".join(parts)
