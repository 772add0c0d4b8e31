"""Majority votes over a problem's canonical answers: who wins, how often nobody does, and how often the winner is right.

A majority holds at least 60 % of all runs and is not tied. "No answer" (None) counts among the runs and never wins. Each figure is a
share of problems with Wilson's interval, and None where there is no problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from core.measures.estimate import Estimate
from core.measures.intervals import share

MAJORITY = 0.6


@dataclass(frozen=True, slots=True)
class Vote:
    """One problem's vote. ``answer`` is the majority's, None where there is none; ``leading`` is the highest count of an answer;
    ``tied`` says that two or more answers share that count."""

    answer: str | None
    leading: int
    total: int
    tied: bool

    @property
    def decided(self) -> bool:
        return self.answer is not None


@lru_cache(maxsize=1024)
def votes_needed(runs: int, majority: float = MAJORITY) -> int:
    """The least count that is at least ``majority`` of ``runs``, exactly: 60 % of 5 is 3, whatever floating point makes of it.

    ValueError unless 0 < majority <= 1 and runs >= 0.
    """
    if runs < 0 or not 0 < majority <= 1:
        raise ValueError(f"a majority of {majority:g} of {runs} runs does not exist")
    exact = Fraction(str(majority)) * runs
    return max(1, -(-exact.numerator // exact.denominator))


def vote(answers: Sequence[str | None], majority: float = MAJORITY) -> Vote:
    """The vote over one problem's canonical answers, None for a run without an answer."""
    counts = sorted(Counter(a for a in answers if a is not None).items(), key=lambda item: -item[1])
    if not counts:
        return Vote(None, 0, len(answers), False)
    answer, leading = counts[0]
    tied = len(counts) > 1 and counts[1][1] == leading
    won = not tied and leading >= votes_needed(len(answers), majority)
    return Vote(answer if won else None, leading, len(answers), tied)


def majority_right(answers: Sequence[str | None], correct: Sequence[bool | None]) -> bool:
    """Whether one problem has a majority and every run that gave its answer was graded right. ValueError for unequal lengths."""
    if len(answers) != len(correct):
        raise ValueError(f"{len(answers)} answers cannot go with {len(correct)} grades")
    winner = vote(answers).answer
    return winner is not None and all(right is True for answer, right in zip(answers, correct, strict=True) if answer == winner)


def decided_share(groups: Sequence[Sequence[str | None]]) -> Estimate | None:
    """Share of problems whose vote has a majority."""
    votes = [vote(group) for group in groups if group]
    return share(sum(v.decided for v in votes), len(votes))


def vote_tie_rate(groups: Sequence[Sequence[str | None]]) -> Estimate | None:
    """Share of problems where two or more answers share the highest count."""
    votes = [vote(group) for group in groups if group]
    return share(sum(v.tied for v in votes), len(votes))


def majority_accuracy(groups: Sequence[Sequence[str | None]], correct: Sequence[Sequence[bool | None]]) -> Estimate | None:
    """Share of problems whose majority is right; a problem without a majority counts as not right.

    groups, correct: per problem, the answers of its runs and whether each was graded right.
    """
    pairs = [(a, c) for a, c in zip(groups, correct, strict=True) if a]
    return share(sum(majority_right(a, c) for a, c in pairs), len(pairs))
