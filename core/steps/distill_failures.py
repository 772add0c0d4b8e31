"""distill_failures: verified responses to the failed problems, the greedy one where it is right, else one of up to 20 samples.

Sampling a problem stops with the first round that brings a verified response; the scan's samples are the first of them. Writes
``self_distillation/failures_<category>.jsonl``, and the problems without a verified response with their best attempts to
``failures/<category>_unsolved.jsonl`` (core/steps/failures.py has the format): those are listed, not trained on.
"""

from __future__ import annotations

from core.errors import StepFailed
from core.measures.target import draw_targets
from core.records import Response, TrainingRow
from core.steps.context import Context
from core.steps.distill import write_training_rows
from core.steps.engine import Maker
from core.steps.evidence import Evidence
from core.steps.failures import failed_problems, write_failures
from core.steps.further import further_adapter
from core.steps.sampling import first_and_then, sample_until

_ROUND = 4


def run(context: Context) -> str:
    """Carries the step out and returns its summary."""
    failed = failed_problems(context)
    if not failed:
        raise StepFailed("No failures were found, so there is nothing to train on: the model is consistent on every scanned problem.")
    most = context.settings.failures.rescue_samples
    sizes = first_and_then(_ROUND, _ROUND, most)
    with Maker(context, further_adapter(context)) as maker:
        known = sample_until(context, failed, maker, "rescue", sizes, lambda e: bool(_verified(e)), "looking for verified responses")
    rows = [_row(context, evidence) for evidence in known if _verified(evidence)]
    unsolved = [evidence for evidence in known if not _verified(evidence)]
    counts = write_failures(context, unsolved, "failures/{}_unsolved.jsonl", attempts=True)
    if not rows:
        raise StepFailed(f"None of the {len(failed)} failed problems got a verified response in {most} samples: nothing to train on.")
    write_training_rows(context, rows, "self_distillation/failures_{}.jsonl")
    context.book.emit("counts", given=len(failed), out=len(rows))
    return f"{len(rows)} training rows from {len(failed)} failures; without a verified response: {counts}"


def _verified(evidence: Evidence) -> list[Response]:
    return [
        response for response, grade in (evidence.greedy, *evidence.samples) if grade.correct and response.finish == "stop"
    ]


def _row(context: Context, evidence: Evidence) -> TrainingRow:
    """The training target of a problem: its greedy response where that is right, else drawn at the category's train temperature."""
    problem, settings = evidence.problem, context.settings
    found = _verified(evidence)
    if evidence.greedy[0] in found:
        target, temperature = evidence.greedy[0], 0.0
    else:
        temperature = settings.failures.temperature
        logprobs = [min(0.0, response.logprob or 0.0) for response in found]
        train_at = settings.categories[problem.category].train_temperature
        place = draw_targets(logprobs, 1, train_at, temperature, f"{settings.generation.seed}/{problem.id}")[0]
        target = found[place]
    return TrainingRow(problem.id, problem.category, problem.prompt, target.text, target.key, True, temperature)
