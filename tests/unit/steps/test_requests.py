"""What a step asks for: every problem as often as the settings say, categories mixed, greedy ones once."""

from __future__ import annotations

from collections import Counter

from core.plan.load import load_profile
from core.plan.settings import CategorySettings
from core.records import Category, Problem
from core.steps.requests import greedy, measuring, spread, training

SETTINGS = load_profile("practice")


def problems(category: Category, count: int) -> list[Problem]:
    return [Problem(f"{category}/{i}", category, f"prompt {i}") for i in range(count)]


def test_every_problem_is_measured_ten_times_sampled_and_once_greedy() -> None:
    wanted = measuring(problems(Category.MATH, 3), SETTINGS)
    by_temperature = Counter((request.problem_id, request.sampling.temperature) for request in wanted)
    assert set(by_temperature.values()) == {10, 1}
    assert {request.sample for request in wanted if request.sampling.temperature > 0} == set(range(10))


def test_categories_are_mixed_so_that_all_figures_fill_together() -> None:
    mixed = spread(problems(Category.MATH, 8) + problems(Category.CODE, 4))
    first_half = Counter(problem.category for problem in mixed[:6])
    assert first_half == {Category.MATH: 4, Category.CODE: 2}
    assert {p.id for p in mixed} == {p.id for p in problems(Category.MATH, 8) + problems(Category.CODE, 4)}


def test_spreading_is_the_same_every_time() -> None:
    both = problems(Category.MATH, 7) + problems(Category.REASONING, 5)
    assert spread(both) == spread(list(both))


def test_a_greedy_category_makes_one_response_a_problem_and_a_sampled_one_ten() -> None:
    some = problems(Category.MATH, 2)
    assert len([r for p in some for r in training(p, CategorySettings(generate_temperature=0.0), SETTINGS)]) == 2
    sampled = [r for p in some for r in training(p, CategorySettings(generate_temperature=0.2), SETTINGS)]
    assert len(sampled) == 20
    assert {request.sampling.temperature for request in sampled} == {0.2}


def test_the_greedy_request_of_distill_is_that_of_measuring_so_that_it_is_made_once() -> None:
    problem = problems(Category.MATH, 1)[0]
    assert greedy(problem, SETTINGS) in measuring([problem], SETTINGS)
