"""The sizes that are known ahead are the sizes that are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jsonl import read_rows
from core.practice.problems import practice_pool
from core.problems.sizes import HELD_OUT, held_out
from core.records import Category


@pytest.mark.parametrize("category", list(Category))
def test_practice_has_as_many_as_is_said(category: Category) -> None:
    assert held_out(category, "practice") == len(practice_pool(category, "test"))


def test_the_data_sets_have_as_many_as_is_said(shared_data: Path) -> None:
    def rows(name: str) -> int:
        return len(read_rows(shared_data / name))

    assert HELD_OUT["hub"][Category.MATH] == rows("gsm8k_test.jsonl")
    mbpp_test = sum(11 <= row["task_id"] <= 510 for _, row in read_rows(shared_data / "mbpp.jsonl"))
    assert HELD_OUT["hub"][Category.CODE] == rows("humaneval.jsonl") + mbpp_test


def test_of_files_of_ones_own_nothing_is_claimed() -> None:
    assert held_out(Category.MATH, "problems.jsonl") is None
