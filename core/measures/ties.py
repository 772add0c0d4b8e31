"""Against the reference: tie rate, score, win and loss rate from wins, losses and ties, with what could not be judged counted apart.

Score = (wins + 0.5 ties) / n and tie rate = ties / n, as the plan defines them; n is the number of problems with a judged response.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.measures.estimate import Estimate
from core.measures.intervals import mean, mean_of_counts, share

POINTS = {"win": 1.0, "tie": 0.5, "loss": 0.0}
"""What an outcome counts in a score."""

_APART = ("unreadable", "failed")


@dataclass(frozen=True, slots=True)
class Against:
    """Counts of verdicts, and the figures over problems (None where nothing was judged)."""

    wins: int
    losses: int
    ties: int
    unreadable: int
    failed: int
    tie_rate: Estimate | None
    score: Estimate | None
    win_rate: Estimate | None
    loss_rate: Estimate | None


def counted(wins: int, losses: int, ties: int) -> Against:
    """The figures where only totals are known, each comparison a problem of its own."""
    n = wins + losses + ties
    score = mean_of_counts({POINTS["win"]: wins, POINTS["tie"]: ties, POINTS["loss"]: losses})
    return Against(wins, losses, ties, 0, 0, share(ties, n), score, share(wins, n), share(losses, n))


def against(groups: Sequence[Sequence[str]]) -> Against:
    """Figures of verdicts against the reference.

    groups: per problem, the outcomes of its judged responses, each win, loss, tie, unreadable or failed. Unreadable and failed ones
    are counted apart and never in n. With several responses a problem counts once, with its own mean. ValueError for another outcome.
    """
    counts = Counter(outcome for group in groups for outcome in group)
    if unknown := set(counts) - set(POINTS) - set(_APART):
        raise ValueError(f"{sorted(unknown)[0]!r} is no verdict; it must be win, loss, tie, unreadable or failed")
    judged = [kept for group in groups if (kept := [outcome for outcome in group if outcome in POINTS])]
    return Against(
        counts["win"],
        counts["loss"],
        counts["tie"],
        counts["unreadable"],
        counts["failed"],
        mean([group.count("tie") / len(group) for group in judged]),
        mean([sum(POINTS[outcome] for outcome in group) / len(group) for group in judged]),
        mean([group.count("win") / len(group) for group in judged]),
        mean([group.count("loss") / len(group) for group in judged]),
    )
