"""What a report says, as one frozen value: gathered once from the store, then written as Markdown or HTML.

Shares are in 0..1, times seconds since the epoch, durations seconds, money dollars. Texts of models and users are as stored: whoever
writes them out makes them harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.measures.decide import Direction
from core.measures.estimate import Estimate
from core.measures.paired import Difference
from core.plan.phases import BaselineFigure
from core.plan.settings import Settings
from core.plan.verdicts import GateView
from core.records import Category
from core.runs.overview import AttemptView
from core.runs.snapshot import Series, State


@dataclass(frozen=True, slots=True)
class Baseline:
    """One category before training: what Phase 1A's benchmark found, and what diagnose measured here."""

    category: Category
    plan: BaselineFigure | None
    measured: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Paired:
    """After less before on the same problems; None where the responses do not allow it. ``mcnemar`` is the two-sided p of the greedy
    responses, of which ``became_right`` and ``became_wrong`` changed."""

    accuracy: Difference | None = None
    greedy: Difference | None = None
    response_consistency: Difference | None = None
    answer_consistency: Difference | None = None
    score: Difference | None = None
    tie_rate: Difference | None = None
    win_rate: Difference | None = None
    loss_rate: Difference | None = None
    mcnemar: float | None = None
    became_right: int = 0
    became_wrong: int = 0


@dataclass(frozen=True, slots=True)
class CategoryComparison:
    """One category before against after. ``category`` None is the trained categories together.

    spread: per problem the share of its most common response, before and after, as the settings' gate takes consistency.
    """

    category: Category | None
    trained: bool
    before: Mapping[str, Estimate]
    after: Mapping[str, Estimate]
    target: Mapping[str, tuple[Direction, float]]
    paired: Paired
    spread: tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one measuring step (validate or benchmark) found, against before training."""

    phase: str
    step: str
    categories: tuple[CategoryComparison, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One response of a problem's runs: the most common one. ``count`` of ``runs`` sampled responses are the same."""

    text: str
    count: int
    runs: int
    answer: str | None
    correct: bool | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A problem that changed much: shares of right runs and of the most common response (or answer, as ``kind`` says) before and after."""

    problem: str
    category: Category
    prompt: str
    gold: str | None
    right: tuple[float | None, float | None]
    kind: str
    consistency: tuple[float, float]
    greedy: tuple[bool | None, bool | None]
    before: Shown
    after: Shown


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Training problems of one category: how many there were, how many gave rows, and why the others did not."""

    category: Category
    problems: int
    kept: int
    reasons: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]  # ids of problems that were left out, a few


@dataclass(frozen=True, slots=True)
class Training:
    """One training with the rows it was given."""

    phase: str
    step: str
    rows: int
    verified: int
    left_out: tuple[LeftOut, ...]
    unexplained: tuple[int, int]  # problems without a row, of how many, where the step that is done did not record why; else 0, 0
    made: str  # summary of the step that made the rows
    summary: str
    seconds: float
    series: Series


@dataclass(frozen=True, slots=True)
class StepCost:
    """One step: what it took, and what the plan expected (low, high), None where it names nothing. ``attempt``: the one that carries
    it out, which is an earlier one for a phase that was taken over; its money is counted there."""

    step: str
    attempt: int
    phase: str
    title: str
    state: State
    tries: int
    seconds: float
    dollars: float
    plan_minutes: tuple[float, float] | None
    plan_dollars: tuple[float, float] | None
    summary: str
    cause: str


@dataclass(frozen=True, slots=True)
class Money:
    """Dollars: of this attempt, of all attempts, of judges among them, and what is left of the Phase 1 budget."""

    attempt: float
    everything: float
    judge: float
    limit: float
    per_hour: float
    left: float


@dataclass(frozen=True, slots=True)
class FileMade:
    """A file or folder that a step wrote. ``now`` is ``unchanged``, ``changed``, ``missing`` or ``unreadable``."""

    step: str
    path: str
    kind: str
    sha256: str
    now: str


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """A model's fingerprint and the roles its responses played, with their number."""

    fingerprint: str
    engine: str
    roles: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What it takes to do it again: versions by name, seeds, models, files, and the commands."""

    python: str
    platform: str
    packages: Mapping[str, str]
    seeds: Mapping[str, int]
    models: tuple[ModelUsed, ...]
    files: tuple[FileMade, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failures:
    """The failure scan of one category. reasons: how many failures have each (a failure may have several). rescued: failures with a
    verified response, which were trained on; unsolved: those without; left: those that still fail with the final adapter. None is not
    known yet.
    """

    category: Category
    scanned: int
    failed: int
    reasons: tuple[tuple[str, int], ...]
    rescued: int | None
    unsolved: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What Phase 1C goes on with: two files, the number of problems that still fail, and the dollars that were left."""

    summary: str
    failures: str
    problems: int
    dollars: float


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that is not as in the profile."""

    key: str
    usual: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report of one attempt says. ``others`` are all attempts, this one among them, oldest first.

    held: by phase the settings of the attempt that carried it out, which is an earlier one where this one takes a phase over.
    """

    workspace: str
    attempt: int
    parent: int | None
    target: str
    reason: str
    created: float
    made: float
    state: State
    settings: Settings
    held: Mapping[str, Settings]
    flat: Mapping[str, Any]
    changes: tuple[Change, ...]
    baseline: tuple[Baseline, ...]
    gates: tuple[GateView, ...]
    comparisons: tuple[Comparison, ...]
    failures: tuple[Failures, ...]
    handed_over: HandedOver | None
    trainings: tuple[Training, ...]
    steps: tuple[StepCost, ...]
    money: Money
    changed: tuple[Changed, ...]
    overlap: tuple[tuple[str, str], ...]  # step, finding
    origin: Origin
    others: tuple[AttemptView, ...]
