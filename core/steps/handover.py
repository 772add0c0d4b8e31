"""What is handed over to Phase 1C: the failures that still fail with the final adapter, looked at again by the scan's own rule.

Writes ``handover/phase_1c_failures.jsonl`` in the failures' format (core/steps/failures.py), each with its best attempts and with
``trained``: whether a verified response to it was trained on. All of them are training problems: the measured ones are never handed over,
for what is measured on is never trained on. Beside it the supervisor writes ``phase_1c.json`` once the final gate is decided.
"""

from __future__ import annotations

from core.jsonl import write_rows
from core.measures.votes import votes_needed
from core.steps.context import Context
from core.steps.engine import Maker
from core.steps.evidence import failed, settled
from core.steps.failures import consistency_kind, failed_problems, row
from core.steps.sampling import first_and_then, sample_until

FILE = "handover/phase_1c_failures.jsonl"


def write_handover(context: Context, maker: Maker) -> str:
    """Looks at the failures again with the final adapter's ``maker``, writes the file and says in words what came out."""
    settings, kind = context.settings.failures, consistency_kind(context)
    problems = failed_problems(context)
    trained = {line.problem_id for line in context.book.training_rows()}
    sizes = first_and_then(votes_needed(settings.samples), 1, settings.samples)
    known = sample_until(
        context, problems, maker, "handover", sizes, lambda e: settled(e, settings, kind), "looking at the failures again"
    )
    left = [evidence for evidence in known if failed(evidence, settings, kind)]
    rows = [{**row(evidence, settings, kind, attempts=True), "trained": evidence.problem.id in trained} for evidence in left]
    context.publish(FILE, "handover", write_rows(context.path(FILE), rows))
    return f"{len(left)} of {len(problems)} failures still fail" if problems else "no failure to look at again"
