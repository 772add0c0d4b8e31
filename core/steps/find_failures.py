"""find_failures: training problems that the model gets wrong or answers differently every time, with the evidence.

Writes ``failures/<category>_failures.jsonl`` (core/steps/failures.py has the format). Sampling a problem stops when its verdict can no
longer change and it is known whether the majority of its samples is right.
"""

from __future__ import annotations

from core.measures.votes import votes_needed
from core.steps.context import Context
from core.steps.engine import Maker
from core.steps.evidence import failed, saved, settled
from core.steps.failures import consistency_kind, write_failures
from core.steps.further import further_adapter
from core.steps.problems import scanned_problems
from core.steps.sampling import first_and_then, sample_until


def run(context: Context) -> str:
    """Carries the step out and returns its summary."""
    settings, kind = context.settings.failures, consistency_kind(context)
    problems = scanned_problems(context)
    sizes = first_and_then(votes_needed(settings.samples), 1, settings.samples)
    with Maker(context, further_adapter(context)) as maker:
        known = sample_until(
            context, problems, maker, "scan", sizes, lambda evidence: settled(evidence, settings, kind), "searching for failures"
        )
    failures = [evidence for evidence in known if failed(evidence, settings, kind)]
    counts = write_failures(context, failures, "failures/{}_failures.jsonl")
    context.book.emit("counts", given=len(problems), out=len(failures))
    return (
        f"{len(failures)} failures among {len(problems)} problems ({counts}); "
        f"{saved(known, settings)} of {len(problems) * settings.samples} samples saved by stopping early"
    )
