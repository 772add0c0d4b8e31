"""Which of the problems that training rows were wanted for gave none, and why: told once, by category, for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from core.records import Problem
from core.steps.context import Context

_EXAMPLES = 5


def tell_left_out(context: Context, problems: Sequence[Problem], reasons: Mapping[str, str]) -> None:
    """Emits ``left_out``: by category how many problems there were and how many are kept, how often each of ``reasons`` (by problem id)
    holds, and a few ids."""
    table = []
    for category in dict.fromkeys(problem.category for problem in problems):
        ids = [problem.id for problem in problems if problem.category == category]
        out = [name for name in ids if name in reasons]
        table.append(
            {
                "category": category.value,
                "problems": len(ids),
                "kept": len(ids) - len(out),
                "reasons": Counter(reasons[name] for name in out).most_common(),
                "examples": out[:_EXAMPLES],
            }
        )
    context.book.emit("left_out", categories=table)


def in_words(reasons: Mapping[str, str]) -> str:
    """``28 wrong, 3 no agreement``: the most frequent first."""
    return ", ".join(f"{count} {reason}" for reason, count in Counter(reasons.values()).most_common())
