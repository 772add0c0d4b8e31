"""Where Phase 1B.2 goes on from: the adapter of Phase 1B.1, or the one that Phase 1B.1 started from, as the settings say."""

from __future__ import annotations

from pathlib import Path

from core.errors import StepFailed
from core.files import leads_into
from core.plan.phases import PHASES
from core.steps.context import Context
from core.steps.engine import start_adapter
from core.steps.train import OUT


def further_adapter(context: Context) -> Path | None:
    """The adapter whose failures are searched and that is trained further: that of the attempt whose gate let this one through.

    The plan's own path is a link to whatever attempt trained last, so it counts only where it is the user's own. Raises StepFailed when
    Phase 1B.1 has left none.
    """
    if context.settings.failures.model == "start":
        return start_adapter(context)
    made, own = context.path(OUT, context.book.holder(PHASES[0].id)), context.workspace / OUT
    if made.exists():
        return made
    if own.exists() and not leads_into(own, context.workspace / "attempts"):
        return own
    raise StepFailed(f"There is no adapter of Phase 1B.1 at {made}; run phase-1b.1 first, or set failures.model to 'start'.")
