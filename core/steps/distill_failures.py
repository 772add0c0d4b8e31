"""distill_failures: verified responses to the failed problems, the greedy one where it is right, else one of up to 20 samples.

Sampling a problem stops with the first round that brings a verified response; the scan's samples are the first of them. Writes
``self_distillation/failures_<category>.jsonl``, and the problems without a verified response with their best attempts to
``failures/<category>_unsolved.jsonl`` (core/steps/failures.py has the format): those are listed, not trained on.
"""

from __future__ import annotations

from collections.abc import Callable

from core.errors import StepFailed
from core.measures.target import draw_targets
from core.records import Response, TrainingRow
from core.steps.context import Context
from core.steps.distill import write_training_rows
from core.steps.engine import Maker, learnable
from core.steps.evidence import Evidence
from core.steps.failures import failed_problems, write_failures
from core.steps.further import further_adapter
from core.steps.left_out import in_words, tell_left_out
from core.steps.sampling import first_and_then, sample_until
from core.steps.select import CONTROL_TOKEN, CUT_OFF, WRONG

_ROUND = 4
_UNVERIFIABLE = "nothing to verify against"


def run(context: Context) -> str:
    """Carries the step out and returns its summary."""
    failed = failed_problems(context)
    if not failed:
        raise StepFailed("No failures were found, so there is nothing to train on: the model is consistent on every scanned problem.")
    most = context.settings.failures.rescue_samples
    sizes = first_and_then(_ROUND, _ROUND, most)
    takes = learnable(context)
    with Maker(context, further_adapter(context)) as maker:
        known = sample_until(context, failed, maker, "rescue", sizes, lambda e: bool(_usable(e, takes)), "looking for verified responses")
    rows = [_row(context, evidence, found) for evidence in known if (found := _usable(evidence, takes))]
    unsolved = [evidence for evidence in known if not _usable(evidence, takes)]
    left_out = {evidence.problem.id: _why(evidence) for evidence in unsolved}
    tell_left_out(context, [evidence.problem for evidence in known], left_out)
    counts = write_failures(context, unsolved, "failures/{}_unsolved.jsonl", attempts=True)
    if not rows:
        why = in_words(left_out)
        raise StepFailed(f"None of the {len(failed)} failures got a verified response in {most} samples ({why}): nothing to train on.")
    write_training_rows(context, rows, "self_distillation/failures_{}.jsonl")
    context.book.emit("counts", given=len(failed), out=len(rows))
    why = f" ({in_words(left_out)})" if left_out else ""
    return f"{len(rows)} training rows from {len(failed)} failures; without a verified response: {counts}{why}"


def _verified(evidence: Evidence) -> list[Response]:
    return [
        response for response, grade in (evidence.greedy, *evidence.samples) if grade.correct and response.finish == "stop"
    ]


def _usable(evidence: Evidence, learnable: Callable[[str], bool]) -> list[Response]:
    """The verified responses that training takes."""
    return [response for response in _verified(evidence) if learnable(response.text)]


def _why(evidence: Evidence) -> str:
    """Why there is no training row of a problem, in the words of ``select`` where it has the reason too."""
    if _verified(evidence):
        return CONTROL_TOKEN
    told = [grade.correct for _, grade in (evidence.greedy, *evidence.samples) if grade.correct is not None]
    if not told:
        return _UNVERIFIABLE
    return CUT_OFF if any(told) else WRONG


def _row(context: Context, evidence: Evidence, found: list[Response]) -> TrainingRow:
    """The training target of a problem among those ``found``: its greedy response, else drawn at the category's train temperature."""
    problem, settings = evidence.problem, context.settings
    if evidence.greedy[0] in found:
        target, temperature = evidence.greedy[0], 0.0
    else:
        temperature = settings.failures.temperature
        logprobs = [min(0.0, response.logprob or 0.0) for response in found]
        train_at = settings.categories[problem.category].train_temperature
        place = draw_targets(logprobs, 1, train_at, temperature, f"{settings.generation.seed}/{problem.id}")[0]
        target = found[place]
    return TrainingRow(problem.id, problem.category, problem.prompt, target.text, target.key, True, temperature)
