"""Met, missed or undecided, and how many more problems would decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.measures.decide import certainty, meets, more_problems
from core.measures.estimate import Estimate
from core.measures.intervals import mean, share
from core.measures.paired import paired_difference


def test_a_figure_exactly_on_its_threshold_is_met_whatever_floating_point_makes_of_it() -> None:
    shares = [count / 10 for count in (1, 9, 2, 1, 2, 7, 6)]
    now = mean(shares)
    assert now is not None
    assert now.value != 0.4
    assert meets(now.value, ">=", 0.4)
    assert not meets(now.value, "<", 0.4)
    assert not meets(0.1 + 0.2, "<", 0.3)
    assert not meets(0.4 - 1e-9, ">=", 0.4)
    assert meets(0.4 - 1e-9, "<", 0.4)


@given(st.permutations([1] * 9 + [0] * 9 + [-9, -10]), st.lists(st.integers(0, 10), min_size=20, max_size=20))
def test_a_paired_change_of_exactly_the_margin_is_met(steps: list[int], starts: list[int]) -> None:
    able = [min(max(start, -step), 10 - step) for start, step in zip(starts, steps, strict=True)]
    difference = paired_difference([start / 10 for start in able], [(start + step) / 10 for start, step in zip(able, steps, strict=True)])
    assert difference is not None
    assert meets(difference.value, ">=", -0.05)


def test_an_interval_that_ends_on_the_threshold_is_not_undecided_by_the_last_digit() -> None:
    assert certainty(Estimate(0.5, 100, 0.4 - 1e-15, 0.6), ">=", 0.4) == "met"
    assert certainty(Estimate(0.5, 100, 0.3 - 1e-15, 0.6), "<", 0.3) == "missed"
    assert certainty(Estimate(0.3, 100, 0.2, 0.4 - 1e-15), ">=", 0.4) == "undecided"
    assert more_problems(Estimate(0.3, 100, 0.2, 0.4 - 1e-15), 0.4) == 1


def test_an_interval_on_one_side_is_certain_and_one_across_is_undecided() -> None:
    assert certainty(Estimate(0.6, 100, 0.5, 0.7), ">=", 0.4) == "met"
    assert certainty(Estimate(0.3, 100, 0.2, 0.39), ">=", 0.4) == "missed"
    assert certainty(Estimate(0.3, 100, 0.2, 0.45), ">=", 0.4) == "undecided"
    assert certainty(Estimate(0.2, 100, 0.1, 0.29), "<", 0.3) == "met"
    assert certainty(Estimate(0.5, 100, 0.3, 0.7), "<", 0.3) == "missed"


@given(st.integers(10, 200), st.floats(0, 1), st.floats(0.05, 0.95))
def test_so_many_more_problems_with_the_same_share_decide_and_hardly_fewer_would(n: int, part: float, threshold: float) -> None:
    successes = round(part * n)
    now = share(successes, n)
    assert now is not None
    more = more_problems(now, threshold)
    if certainty(now, ">=", threshold) != "undecided" or more is None or more == 0:
        return

    def spans(size: float) -> bool:
        # Wilson's interval for the same share, its count not rounded to whole problems.
        return (now.value - threshold) ** 2 < 1.959963984540054**2 * threshold * (1 - threshold) / size

    assert not spans(n + more + 0.5)
    assert more == 1 or spans(n + more - 1.5)


def test_a_mean_of_consistencies_is_forecast_too() -> None:
    values = [0.3, 0.4, 0.5, 0.6] * 10
    now = mean(values)
    assert now is not None
    more = more_problems(now, 0.42)
    assert more is not None
    assert more > 0
    times = -(-(len(values) + more) // len(values))
    later = mean(values * times)
    assert later is not None
    assert certainty(later, ">=", 0.42) == "met"


def test_a_difference_is_forecast_by_the_root_of_n() -> None:
    assert more_problems(Estimate(0.02, 100, -0.08, 0.12), -0.05, difference=True) == 105
    assert more_problems(Estimate(-0.05, 50, -0.1, 0.01), -0.05, difference=True) is None


def test_what_is_decided_needs_no_more_and_a_figure_on_the_threshold_cannot_be_decided() -> None:
    assert more_problems(Estimate(0.6, 100, 0.5, 0.7), 0.4) == 0
    assert more_problems(Estimate(0.4, 100, 0.3, 0.5), 0.4) is None


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_at_the_end_of_the_scale_gets_a_number_too(threshold: float) -> None:
    more = more_problems(Estimate(0.5, 2, 0.0, 1.0), threshold)
    assert more is not None
    assert more >= 1
