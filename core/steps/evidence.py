"""Whether a problem is a failure: a wrong answer, or answers that hardly agree. Pure; settled as soon as nothing can change it.

Wrong means that the greedy response is wrong or that the majority of the samples is not right; both are always found out and recorded.
Inconsistent means that the most common response (or answer, as ``gate.consistency`` says) has less than ``failures.min_consistency`` of
the samples; that is no longer asked of a problem that is wrong. Where nothing can be verified, consistency alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.measures.stopping import settled_consistency, settled_right
from core.plan.settings import FailureSettings
from core.records import Grade, Problem, Response

Kind = Literal["response", "answer"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one problem: its greedy response and the samples so far, in the order of their numbers."""

    problem: Problem
    greedy: tuple[Response, Grade]
    samples: tuple[tuple[Response, Grade], ...]

    @property
    def answers(self) -> list[str | None]:
        return [grade.answer for _, grade in self.samples]

    @property
    def correct(self) -> list[bool | None]:
        return [grade.correct for _, grade in self.samples]

    @property
    def verifiable(self) -> bool:
        """Whether its responses were graded right or wrong."""
        return self.greedy[1].correct is not None

    def items(self, kind: Kind) -> list[str | None]:
        """What consistency is taken over: whole responses or canonical answers."""
        return self.answers if kind == "answer" else [response.text for response, _ in self.samples]


def failed(evidence: Evidence, settings: FailureSettings, kind: Kind) -> bool | None:
    """Whether the problem is a failure, or None while further samples could still decide it either way."""
    if evidence.greedy[1].correct is False:
        return True
    right, steady = majority_is_right(evidence, settings), _is_steady(evidence, settings, kind)
    if right is False or steady is False:
        return True
    return False if steady and (right or not evidence.verifiable) else None


def settled(evidence: Evidence, settings: FailureSettings, kind: Kind) -> bool:
    """Whether no further sample is needed: the verdict stands, and whether the majority is right is known too."""
    known = majority_is_right(evidence, settings) is not None or not evidence.verifiable
    return known and failed(evidence, settings, kind) is not None


def majority_is_right(evidence: Evidence, settings: FailureSettings) -> bool | None:
    """Whether the majority of all planned samples is right; None while it is open, and where nothing can tell."""
    if not evidence.verifiable:
        return None
    return settled_right(evidence.answers, evidence.correct, settings.samples)


def reasons(evidence: Evidence, settings: FailureSettings, kind: Kind) -> list[str]:
    """Why it is a failure, in words; of a scan that stopped early only what is certain."""
    found = []
    if evidence.greedy[1].correct is False:
        found.append("greedy answer wrong")
    if majority_is_right(evidence, settings) is False:
        found.append("majority not right")
    if _is_steady(evidence, settings, kind) is False:
        found.append("inconsistent")
    return found


def saved(evidences: Sequence[Evidence], settings: FailureSettings) -> int:
    """Samples that did not have to be made because the verdict was settled."""
    return sum(settings.samples - len(evidence.samples) for evidence in evidences)


def _is_steady(evidence: Evidence, settings: FailureSettings, kind: Kind) -> bool | None:
    if settings.min_consistency <= 0:
        return True
    return settled_consistency(evidence.items(kind), settings.samples, settings.min_consistency)
