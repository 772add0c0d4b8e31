"""How many problems a source has, known before it is loaded: the data sets at their pinned commits (core/problems/splits.py), and the
practice problems. Sizes of the data sets: their cards on the Hugging Face hub; measured CODE is HumanEval with MBPP's test split. Of the
data sets' training problems those that overlap with measured ones are left out when they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.plan.settings import CategorySettings
from core.records import Category

HELD_OUT: Mapping[str, Mapping[Category, int]] = {
    "hub": {Category.MATH: 1319, Category.CODE: 664, Category.REASONING: 1172, Category.KNOWLEDGE: 14042},
    "practice": {
        Category.MATH: 400,
        Category.CODE: 200,
        Category.REASONING: 400,
        Category.KNOWLEDGE: 160,
        Category.INSTRUCTION: 200,
        Category.CREATIVITY: 60,
    },
}

TRAINING: Mapping[str, Mapping[Category, int]] = {
    "hub": {Category.MATH: 7473, Category.CODE: 374, Category.REASONING: 1119, Category.KNOWLEDGE: 1816},
    "practice": {
        Category.MATH: 3000,
        Category.CODE: 800,
        Category.REASONING: 600,
        Category.KNOWLEDGE: 500,
        Category.INSTRUCTION: 600,
        Category.CREATIVITY: 300,
    },
}

_MEASURED = ("measure_problems", "benchmark_problems")
_TRAINED = ("train_problems", "failure_problems")
"""The counts of a category's table, by what their problems are for."""


def held_out(category: Category, source: str) -> int | None:
    """Problems of ``category`` that ``source`` (``hub``, ``practice`` or files) can be measured on; None where nobody knows."""
    return HELD_OUT.get(source, {}).get(category)


def to_train(category: Category, source: str) -> int | None:
    """Problems of ``category`` that ``source`` can train on at most; None where nobody knows."""
    return TRAINING.get(source, {}).get(category)


def source_of(table: CategorySettings, key: str) -> str:
    """Where the problems come from that a count of a category's table asks for."""
    source = table.source.strip()
    return source if key in _MEASURED else table.train_source.strip() or source


def short(category: Category, table: CategorySettings) -> dict[str, int]:
    """The counts of a category's table that ask for more than its sources have, with how many they have."""
    sizes = {key: (held_out if key in _MEASURED else to_train)(category, source_of(table, key)) for key in (*_MEASURED, *_TRAINED)}
    return {key: size for key, size in sizes.items() if size is not None and getattr(table, key) > size}


def within(category: Category, table: CategorySettings) -> CategorySettings:
    """The table with the counts that will be drawn: of more than there are all that there are, but for the practice problems, of which
    more than there are is refused."""
    counts: dict[str, Any] = {key: size for key, size in short(category, table).items() if not refusal(category, table, key)}
    return replace(table, **counts)


def refusal(category: Category, table: CategorySettings, key: str) -> str:
    """The sentence with which a step refuses a count that is more than its source has; '' where the step takes all that there are."""
    if source_of(table, key) != "practice":
        return ""
    split, size = ("test", held_out) if key in _MEASURED else ("train", to_train)
    return too_few_practice(category, split, size(category, "practice") or 0, getattr(table, key))


def too_few_practice(category: Category, split: str, size: int, count: int) -> str:
    """That the practice problems of a split (``train`` or ``test``) are ``size``, fewer than the ``count`` that are asked for."""
    return f"The practice {category} problems of the split '{split}' are {size}, but {count} are asked for; ask for fewer."
