"""All figures of a set of problems at once, under the names that the store, the gates and the commands use.

Fast enough to be called after every batch: plain Python, a few milliseconds for hundreds of problems with ten responses each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.measures.consistency import agreement, answer_consistency, response_consistency
from core.measures.estimate import Estimate
from core.measures.intervals import Interval, mean
from core.measures.passk import pass_at_k
from core.measures.votes import decided_share, majority_accuracy, vote_tie_rate


@dataclass(frozen=True, slots=True)
class Runs:
    """One problem's sampled responses: text, canonical answer and grade of each, in three tuples of equal length.

    answers: None for "no answer". correct: None for all where the problem has neither gold answer nor tests.
    """

    texts: tuple[str, ...]
    answers: tuple[str | None, ...]
    correct: tuple[bool | None, ...]

    @property
    def graded(self) -> bool:
        return bool(self.correct) and None not in self.correct

    @property
    def accuracy(self) -> float:
        """Share of its responses that are right. ValueError when it is not graded."""
        if not self.graded:
            raise ValueError("a problem without grades has no accuracy")
        return sum(right is True for right in self.correct) / len(self.correct)


def accuracy(problems: Sequence[Runs], interval: Interval = mean) -> Estimate | None:
    """Mean over graded problems of the share of right responses; with one response each it is a plain share with Wilson's interval."""
    return interval([problem.accuracy for problem in problems if problem.graded])


def pass_at(problems: Sequence[Runs], ks: Sequence[int], interval: Interval = mean) -> dict[int, Estimate]:
    """pass@k by k over the graded problems with at least k responses; a k that no problem reaches is left out."""
    groups = [[right is True for right in problem.correct] for problem in problems if problem.graded]
    found = {k: pass_at_k(groups, k, interval) for k in ks}
    return {k: estimate for k, estimate in found.items() if estimate is not None}


def figures(problems: Sequence[Runs], *, interval: Interval = mean) -> dict[str, Estimate]:
    """Every figure that these problems allow, by name; those that they do not allow are left out.

    response_consistency, answer_consistency, agreement (of answers), decided_share, vote_tie_rate; of graded problems accuracy and
    majority_accuracy. A problem without a response is not counted; one that is still being sampled is for the caller to leave out,
    because the share of the most common response is biased upward for few. interval: of the means; shares of problems always have
    Wilson's.
    """
    counted = [problem for problem in problems if problem.texts]
    answers = [problem.answers for problem in counted]
    graded = [problem for problem in counted if problem.graded]
    found = {
        "response_consistency": response_consistency([problem.texts for problem in counted], interval),
        "answer_consistency": answer_consistency(answers, interval),
        "agreement": agreement(answers, interval),
        "accuracy": accuracy(graded, interval),
        "majority_accuracy": majority_accuracy([p.answers for p in graded], [p.correct for p in graded]),
        "decided_share": decided_share(answers),
        "vote_tie_rate": vote_tie_rate(answers),
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}
