"""Which responses of a problem become training targets, and why the others do not. Pure.

Sampled categories are voted on first: at least ``min_agreement`` of the samples agree on one answer, and no tie. Where a gold
answer or tests exist, only verified responses are trained on, majority or not: agreement is no proof. CREATIVITY has no answer to agree
on: it keeps up to ``max_distinct`` responses that are whole and differ in wording.

Among several accepted responses the target is drawn at the category's train temperature (core/measures/target.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.measures.distinct import distinct_places, overlap
from core.measures.stopping import adaptive_stop, settled_majority
from core.measures.target import draw_targets
from core.measures.votes import vote
from core.plan.settings import CategorySettings, DistillSettings
from core.records import Category, Grade, Problem, Response

Graded = tuple[Response, Grade]

WRONG, CUT_OFF, CONTROL_TOKEN = "wrong", "cut off at max_new_tokens", "holding a control token"
"""Why there is no training row of a problem, of the reasons that ``distill_failures`` knows too."""

LEAST_ADAPTIVE = 4
"""Adaptive-Consistency is sure of an answer after four equal ones at the earliest: 1 - I_0.5(5, 1) = 0.969."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen targets, best first; none with the reason: ``wrong``, ``no agreement``, ``no answer``, ``cut off ...`` and so on."""

    targets: tuple[Response, ...]
    verified: bool
    reason: str


def is_voted(problem: Problem, category: CategorySettings) -> bool:
    """Whether the samples of a problem vote on its answer."""
    return category.generate_temperature > 0 and problem.category is not Category.CREATIVITY


def vote_is_settled(problem: Problem, samples: Sequence[Graded], category: CategorySettings, distill: DistillSettings) -> bool:
    """Whether further samples of a problem can be saved, as ``distill.stopping`` says."""
    if distill.stopping == "never" or not is_voted(problem, category):
        return False
    answers = [grade.answer for _, grade in samples]
    if settled_majority(answers, distill.samples, distill.min_agreement) is not None:
        return True
    return distill.stopping == "adaptive" and len(answers) >= LEAST_ADAPTIVE and adaptive_stop(answers)


def select(
    problem: Problem,
    samples: Sequence[Graded],
    category: CategorySettings,
    distill: DistillSettings,
    seed: int,
    learnable: Callable[[str], bool],
) -> Selection:
    """Chooses the training targets among a problem's responses, or says why there is none. ``learnable``: whether training takes a text."""
    candidates = list(samples)
    creative = problem.category is Category.CREATIVITY
    if is_voted(problem, category):
        majority = vote([grade.answer for _, grade in candidates], distill.min_agreement).answer
        if majority is None:
            return Selection((), False, "no agreement")
        candidates = [(response, grade) for response, grade in candidates if grade.answer == majority]
    verifiable = any(grade.correct is not None for _, grade in candidates)
    if verifiable:
        candidates = [(response, grade) for response, grade in candidates if grade.correct]
        if not candidates:
            return Selection((), False, WRONG)
    else:
        candidates = [(response, grade) for response, grade in candidates if grade.answer is not None]
        if not candidates:
            return Selection((), False, "no answer")
    whole = [response for response, _ in candidates if response.finish == "stop"]
    if not whole:
        return Selection((), False, CUT_OFF)
    whole = [response for response in whole if learnable(response.text)]
    if not whole:
        return Selection((), False, CONTROL_TOKEN)
    if creative:
        whole = [response for response in whole if overlap(response.text, problem.prompt) <= distill.max_overlap]
        if not whole:
            return Selection((), False, "only repeats the question")
    most = len(whole) if creative and category.generate_temperature > 0 else 1
    logprobs = [min(0.0, response.logprob) if response.logprob is not None else 0.0 for response in whole]
    places = draw_targets(logprobs, most, category.train_temperature, category.generate_temperature, f"{seed}/{problem.id}")
    drawn = [whole[place] for place in places]
    kept = distinct_places([response.text for response in drawn], distill.max_distinct if creative else 1, distill.max_overlap)
    return Selection(tuple(drawn[place] for place in kept), verifiable, "")
