"""How many held-out problems a source has, known before it is loaded: the data sets at their pinned commits (core/problems/splits.py), and
the practice problems. Sizes of the data sets: their cards on the Hugging Face hub; CODE is HumanEval with MBPP's test split.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def held_out(category: Category, source: str) -> int | None:
    """Problems of ``category`` that ``source`` (``hub``, ``practice`` or files) can be measured on; None where nobody knows."""
    return HELD_OUT.get(source, {}).get(category)
