"""benchmark: every category before and after all training, on the same held-out problems, against the reference responses.

Writes ``benchmark_results_phase1b/``: ``results.json`` (see core/steps/results.py) and one file of responses per category and moment; and
what Phase 1C is to go on with (see core/steps/handover.py).
"""

from __future__ import annotations

from core.errors import StepFailed
from core.files import folder_hash
from core.records import Measurement, Problem
from core.steps.context import Context
from core.steps.diagnose import summary
from core.steps.engine import Maker, start_adapter
from core.steps.handover import write_handover
from core.steps.measure import changes, measure, measured_again
from core.steps.problems import benchmark_problems, refuse_overlap, scanned_problems, training_problems
from core.steps.results import Side, judge_of, write_results, write_samples
from core.steps.train_failures import OUT

FOLDER = "benchmark_results_phase1b"


def run(context: Context) -> str:
    """Carries the step out and returns its summary."""
    adapter = context.path(OUT)
    if not adapter.exists():
        raise StepFailed(f"There is no final adapter at {adapter}; run the step train_failures first.")
    problems = benchmark_problems(context)
    trained = {row.problem_id for row in context.book.training_rows()}
    seen = [problem for problem in scanned_problems(context) if problem.id in trained]
    refuse_overlap(context, [*training_problems(context), *seen], problems)
    before = measure(context, problems, "before", start_adapter(context), part=0, parts=2)
    with Maker(context, adapter) as maker:
        after = measure(context, problems, "after", adapter, part=1, parts=2, maker=maker)
        earlier = measured_again(context, problems, start_adapter(context))
        after = [*after, *changes(earlier, measured_again(context, problems, adapter), problems)]
        context.book.add_measurements(after)
        _write(context, problems, [*before, *after])
        left = write_handover(context, maker)
    return f"{summary(after, context.settings.gate.consistency)}; {left}"


def _write(context: Context, problems: list[Problem], found: list[Measurement]) -> None:
    folder, judge = context.path(FOLDER), judge_of(context)
    sides = [
        Side(context, "before", problems, start_adapter(context), judge),
        Side(context, "after", problems, context.path(OUT), judge),
    ]
    written = {name for side in sides for name in write_samples(folder, side)}
    for file in folder.glob("samples_*.jsonl"):
        if file.name not in written:
            file.unlink()
    write_results(context, folder, found, sides, judge)
    context.publish(FOLDER, "benchmark results", folder_hash(folder))
