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


def held_out(category: Category, source: str) -> int | None:
    """Problems of ``category`` that ``source`` (``hub``, ``practice`` or files) can be measured on; None where nobody knows."""
    return HELD_OUT.get(source, {}).get(category)


def to_train(category: Category, source: str) -> int | None:
    """Problems of ``category`` that ``source`` can train on at most; None where nobody knows."""
    return TRAINING.get(source, {}).get(category)


def short(category: Category, table: CategorySettings) -> dict[str, int]:
    """The counts of a category's table that ask for more than its sources have, with how many they have."""
    measured = held_out(category, table.source.strip())
    trained = to_train(category, table.train_source.strip() or table.source.strip())
    sizes = {"measure_problems": measured, "benchmark_problems": measured, "train_problems": trained, "failure_problems": trained}
    return {key: size for key, size in sizes.items() if size is not None and getattr(table, key) > size}


def within(category: Category, table: CategorySettings) -> CategorySettings:
    """The table with the counts that will be drawn: of more than there are all that there are."""
    counts: dict[str, Any] = {**short(category, table)}
    return replace(table, **counts)
