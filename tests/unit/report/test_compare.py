"""Pairing before with after from responses alone."""

from __future__ import annotations

import pytest

from core.measures.paired import Difference
from core.report.compare import by_problem, most_changed, paired
from core.report.figures import _reading
from core.report.read import Row


def row(
    problem: str,
    sample: int,
    text: int = 0,
    *,
    correct: bool | None = True,
    temperature: float = 0.7,
    answer: str | None = "1",
) -> Row:
    return Row(0, problem, sample, text, temperature, "m", 1, answer, correct, None)


def test_problems_without_all_their_runs_are_left_out() -> None:
    runs = by_problem([row("a", 0), row("a", 1), row("b", 0)], 2)
    assert list(runs) == ["a"]


def test_the_greedy_response_is_no_run() -> None:
    (runs,) = by_problem([row("a", 0), row("a", 1), row("a", 0, temperature=0.0, correct=False)], 2).values()
    assert runs.accuracy == 1.0
    assert runs.greedy is not None and runs.greedy.correct is False


def test_ungraded_problems_have_no_accuracy_but_a_consistency() -> None:
    before = by_problem([row("a", 0, 1, correct=None), row("a", 1, 2, correct=None)], 2)
    after = by_problem([row("a", 0, 3, correct=None), row("a", 1, 3, correct=None)], 2)
    found = paired(before, after, ["a"])
    assert found.accuracy is None
    assert found.response_consistency is not None
    assert found.response_consistency.value == 0.5
    assert found.mcnemar is None


def test_problems_that_only_one_side_has_are_not_paired() -> None:
    before, after = by_problem([row("a", 0), row("b", 0)], 1), by_problem([row("a", 0), row("c", 0)], 1)
    found = paired(before, after, ["a", "b", "c"])
    assert found.accuracy is not None
    assert found.accuracy.n == 1


def test_the_most_common_response_is_the_first_of_equals() -> None:
    (runs,) = by_problem([row("a", 0, 5), row("a", 1, 6), row("a", 2, 6), row("a", 3, 5)], 4).values()
    picked, count = runs.most_common()
    assert (picked.digest, picked.sample, count) == (5, 0, 2)


def test_problems_that_did_not_change_are_not_among_the_most_changed() -> None:
    before = by_problem([row("a", 0), row("b", 0, correct=False)], 1)
    after = by_problem([row("a", 0), row("b", 0)], 1)
    assert most_changed(before, after, ["a", "b"], "response", 10) == ["b"]


def difference(value: float, half: float) -> Difference:
    return Difference(value, 0.01, 50, value - half, value + half)


@pytest.mark.parametrize(
    ("sampled", "greedy", "words"),
    [
        (difference(0.2, 0.1), difference(0.0, 0.05), "sharpening looks like"),
        (difference(0.2, 0.1), difference(0.2, 0.05), "became better too"),
        (difference(0.2, 0.1), difference(-0.2, 0.05), "forgotten"),
        (difference(0.0, 0.1), difference(0.0, 0.05), "No change of either"),
    ],
)
def test_the_note_on_sharpening_says_what_the_figures_say(sampled: Difference, greedy: Difference, words: str) -> None:
    assert words in _reading(sampled, greedy)
