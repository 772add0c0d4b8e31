"""Which responses a step asks for: the measuring runs, the greedy ones, and the training responses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from core.plan.settings import CategorySettings, Settings
from core.records import Category, Problem, Request, Sampling


def spread(problems: Sequence[Problem]) -> list[Problem]:
    """The problems with the categories mixed evenly, so that the figures of all fill together while a step runs."""
    by_category: dict[Category, list[Problem]] = {}
    for problem in problems:
        by_category.setdefault(problem.category, []).append(problem)
    placed = [
        ((position + 0.5) / len(group), order, problem)
        for order, group in enumerate(by_category.values())
        for position, problem in enumerate(group)
    ]
    return [problem for _, _, problem in sorted(placed, key=lambda entry: entry[:2])]


def measuring(problems: Sequence[Problem], settings: Settings) -> list[Request]:
    """For every problem its sampled runs and one greedy response, in the order in which they are made."""
    sampling = Sampling(
        temperature=settings.measure.temperature,
        top_p=settings.generation.top_p,
        max_new_tokens=settings.generation.max_new_tokens,
        seed=settings.measure.seed,
    )
    return [
        request
        for problem in spread(problems)
        for request in (*runs(problem, sampling, settings.measure.samples), greedy(problem, settings))
    ]


def training(problem: Problem, category: CategorySettings, settings: Settings) -> list[Request]:
    """The responses that training targets are chosen from: one where the category is greedy, ``distill.samples`` where not."""
    if category.generate_temperature == 0:
        return [greedy(problem, settings)]
    sampling = Sampling(
        temperature=category.generate_temperature,
        top_p=settings.generation.top_p,
        max_new_tokens=settings.generation.max_new_tokens,
        seed=settings.generation.seed,
    )
    return runs(problem, sampling, settings.distill.samples)


def greedy(problem: Problem, settings: Settings) -> Request:
    """The one response at temperature 0."""
    return Request(problem.id, problem.prompt, 0, Sampling(0.0, 1.0, settings.generation.max_new_tokens, 0))


def runs(problem: Problem, sampling: Sampling, count: int) -> list[Request]:
    """``count`` samples of a problem, numbered from 0."""
    return [Request(problem.id, problem.prompt, sample, sampling) for sample in range(count)]
