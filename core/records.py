"""The nouns that every room shares: problems, responses, grades, verdicts, measurements, money.

Plain frozen dataclasses; no behaviour beyond what follows from the fields themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from core.measures.estimate import Estimate


class Category(StrEnum):
    """The six categories of Phase 1B, in the order in which they are always shown."""

    MATH = "MATH"
    CODE = "CODE"
    REASONING = "REASONING"
    KNOWLEDGE = "KNOWLEDGE"
    INSTRUCTION = "INSTRUCTION"
    CREATIVITY = "CREATIVITY"


@dataclass(frozen=True, slots=True)
class CodeTests:
    """How a response to a CODE problem is checked.

    tests: MBPP form: one assert statement each. HumanEval form: one text that defines ``check(candidate)``.
    setup: run before the tests (MBPP's ``test_setup_code``).
    entry_point: the function's name; given, the HumanEval form calls ``check(entry_point)`` after the tests' text.
    prefix: HumanEval's prompt (imports, helpers, signature), which a body-only response continues.
    """

    tests: tuple[str, ...]
    setup: str = ""
    entry_point: str | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One question put to the model.

    id: stable across samples, orders and machines, e.g. ``gsm8k/test/17``.
    prompt: the user's message, complete; the chat template is applied when it is tokenised.
    gold: the right canonical answer (MATH: a number or expression; choices: a letter), or None.
    family: what makes two problems the same for contamination (the practice problems' template and numbers), or None.
    """

    id: str
    category: Category
    prompt: str
    gold: str | None = None
    tests: CodeTests | None = None
    choices: tuple[str, ...] = ()
    source: str = ""
    revision: str = ""
    split: str = ""
    row: int = 0
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one response is drawn. ``temperature`` 0.0 is greedy, and then ``top_p`` and ``seed`` say nothing."""

    temperature: float
    top_p: float = 1.0
    max_new_tokens: int = 512
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One response that is wanted: sample number ``sample`` (from 0) of a problem."""

    problem_id: str
    prompt: str
    sample: int
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Response:
    """One response of a model.

    key: identifies everything that made it (see core/generation/keys.py).
    tokens: number of generated tokens, the end token included.
    logprob: mean natural-log probability of its tokens at temperature 1, or None where the engine has none.
    model: fingerprint of base, adapter, precision and chat template.
    """

    key: str
    problem_id: str
    sample: int
    text: str
    tokens: int
    finish: Literal["stop", "length"]
    logprob: float | None
    sampling: Sampling
    model: str
    engine: str


@dataclass(frozen=True, slots=True)
class Grade:
    """What a grader found. ``answer`` is the canonical answer or None for "no answer"; ``correct`` is None where nothing can tell.

    yardstick: mark of the gold answer, tests and choices that it was found against (core/problems/yardstick.py), '' where nobody kept it.
    """

    answer: str | None
    correct: bool | None
    reason: str = ""
    yardstick: str = ""


Outcome = Literal["win", "loss", "tie", "unreadable", "failed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A response against the reference response of its problem. ``unreadable`` and ``failed`` are never part of n.

    yardstick: mark of what the judge held it against beside the reference, '' where nobody kept it.
    """

    problem_id: str
    response_key: str
    outcome: Outcome
    judge: str
    reason: str = ""
    dollars: float = 0.0
    yardstick: str = ""


When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of one category before or after training.

    category: None is "the trained categories together", which is what the gates' consistency is taken over.
    metric: response_consistency, answer_consistency, agreement, accuracy, greedy_accuracy, majority_accuracy, vote_tie_rate,
        tie_rate, score, win_rate, loss_rate, reference_accuracy (right ones among the reference responses), self_overlap of CREATIVITY
        (all shares in 0..1); accuracy_change (after less before, paired by problem, -1..1).
    """

    when: When
    category: Category | None
    metric: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Spending:
    """Money and time that a step used: ``kind`` is ``machine`` (rented by the hour) or ``judge`` (paid by the token)."""

    step: str
    kind: Literal["machine", "judge"]
    seconds: float
    dollars: float


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One training example: the target ``response`` to ``prompt``, and where it came from."""

    problem_id: str
    category: Category
    prompt: str
    response: str
    response_key: str
    verified: bool
    temperature: float
    extra: dict[str, object] = field(default_factory=dict)
