"""The practice problems: one fixed pool per category and split, drawn from the families; the same on every machine. Light: no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Literal

from core.errors import DataError
from core.practice.families import DRAW
from core.practice.families.task import Task
from core.problems.sizes import HELD_OUT, too_few_practice
from core.records import Category, CodeTests, Problem

Split = Literal["train", "test"]

REVISION = "1"
SIZES: dict[Split, Mapping[Category, int]] = {
    "train": {
        Category.MATH: 3000,
        Category.CODE: 800,
        Category.REASONING: 600,
        Category.KNOWLEDGE: 500,
        Category.INSTRUCTION: 600,
        Category.CREATIVITY: 300,
    },
    "test": HELD_OUT["practice"],
}
"""How many problems each pool holds."""

_GRAM = 13


def practice_problems(category: Category, split: Split, count: int, seed: int) -> list[Problem]:
    """``count`` problems of the pool, chosen and ordered by ``seed`` alone, whatever the hash seed of the process.

    Those of a smaller count are the first of those of a larger one.
    Two problems of different splits never share a family (template and numbers) nor a run of 13 words.
    Raises DataError when the pool holds fewer problems.
    """
    pool = practice_pool(category, split)
    if count > len(pool):
        raise DataError(too_few_practice(category, split, len(pool), count))
    order = list(pool)
    Random(f"practice/{category}/{split}/{seed}").shuffle(order)
    return order[:count]


def held_out_families(category: Category) -> frozenset[str]:
    """The families of the test split, which no training text may have."""
    return frozenset(problem.family for problem in practice_pool(category, "test") if problem.family)


@cache
def practice_pool(category: Category, split: Split) -> tuple[Problem, ...]:
    """Every problem of a split, in the order of their ids."""
    seen: set[str | None] = set()
    barred: set[str] = set()
    if split == "train":
        test = practice_pool(category, "test")
        seen = {problem.family for problem in test}
        barred = {gram for problem in test for gram in grams(problem.prompt)}
    random = Random(f"practice/{category}/{split}")
    found: list[Problem] = []
    while len(found) < SIZES[split][category]:
        task = DRAW[category](random)
        problem = _problem(task, split, len(found))
        if problem.family in seen or not barred.isdisjoint(grams(problem.prompt)):
            continue
        seen.add(problem.family)
        found.append(problem)
    return tuple(found)


def grams(text: str) -> list[str]:
    """Every run of 13 words, in lower case and without punctuation."""
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[start : start + _GRAM]) for start in range(len(words) - _GRAM + 1)]


def _problem(task: Task, split: Split, row: int) -> Problem:
    return Problem(
        id=f"practice/{task.category.lower()}/{split}/{row:06d}",
        category=task.category,
        prompt=task.prompt,
        gold=task.gold,
        tests=CodeTests(task.tests) if task.tests else None,
        choices=task.choices,
        source="practice",
        revision=REVISION,
        split=split,
        row=row,
        family=f"{task.category.lower()}/{task.family}",
    )
