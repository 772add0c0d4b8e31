"""The sizes that are known ahead are the sizes that are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.jsonl import read_rows
from core.plan.settings import CategorySettings
from core.practice.problems import practice_pool
from core.problems.sizes import HELD_OUT, TRAINING, held_out, short, to_train, within
from core.problems.splits import mbpp_split
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


@pytest.mark.parametrize("category", list(Category))
def test_training_problems_are_as_many_as_is_said(category: Category) -> None:
    assert to_train(category, "practice") == len(practice_pool(category, "train"))


def test_the_data_sets_training_splits_have_as_many_as_is_said(shared_data: Path) -> None:
    assert TRAINING["hub"][Category.MATH] == len(read_rows(shared_data / "gsm8k_train.jsonl"))
    mbpp_train = sum(mbpp_split(row["task_id"]) == "train" for _, row in read_rows(shared_data / "mbpp.jsonl"))
    assert TRAINING["hub"][Category.CODE] == mbpp_train


def test_a_count_beyond_the_source_comes_down_to_what_there_is() -> None:
    asked = CategorySettings(source="hub", measure_problems=99_999_999, failure_problems=374, train_problems=801)
    assert short(Category.CODE, asked) == {"measure_problems": 664, "train_problems": 374}
    assert within(Category.CODE, asked) == replace(asked, measure_problems=664, train_problems=374)
    assert short(Category.CODE, replace(asked, source="mine.jsonl")) == {}


def test_of_the_practice_problems_no_fewer_are_taken_than_are_asked_for() -> None:
    asked = CategorySettings(source="practice", measure_problems=500, train_source="hub", train_problems=801)
    assert short(Category.CODE, asked) == {"measure_problems": 200, "train_problems": 374}
    assert within(Category.CODE, asked) == replace(asked, train_problems=374)
