"""validate: the same held-out problems measured again with the trained adapter, and each problem paired with itself before."""

from __future__ import annotations

from core.errors import StepFailed
from core.steps.context import Context
from core.steps.diagnose import summary
from core.steps.engine import start_adapter
from core.steps.measure import changes, measure, measured_again
from core.steps.problems import measured_problems, refuse_overlap, training_problems
from core.steps.train import OUT


def run(context: Context) -> str:
    """Carries the step out and returns its summary."""
    adapter = context.path(OUT)
    if not adapter.exists():
        raise StepFailed(f"There is no trained adapter at {adapter}; run the step train first.")
    problems = measured_problems(context)
    trained = {row.problem_id for row in context.book.training_rows()}
    refuse_overlap(context, [problem for problem in training_problems(context) if problem.id in trained], problems)
    found = measure(context, problems, "after", adapter)
    before = measured_again(context, problems, start_adapter(context))
    if before:
        after = measured_again(context, problems, adapter)
        found = [*found, *changes(before, after, problems)]
        context.book.add_measurements(found)
    else:
        context.note("diagnose has not run in this attempt, so there is nothing to compare with", "warning")
    return summary(found, context.settings.gate.consistency)
