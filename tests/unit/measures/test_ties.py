"""Against the reference: the plan's tie rate and score, with verdicts that failed counted apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.measures.intervals import share
from core.measures.ties import against, counted

OUTCOMES = st.sampled_from(["win", "loss", "tie", "unreadable", "failed"])


def test_seventy_ties_six_wins_and_twenty_four_losses_score_forty_one() -> None:
    result = against([["tie"]] * 70 + [["win"]] * 6 + [["loss"]] * 24)
    assert result.tie_rate == share(70, 100)
    assert result.score is not None
    assert result.score.value == pytest.approx(0.41)
    assert result.win_rate == share(6, 100)


def test_unreadable_and_failed_verdicts_are_counted_but_not_in_n() -> None:
    result = against([["win"], ["unreadable"], ["failed"], ["tie", "failed"]])
    assert (result.wins, result.losses, result.ties, result.unreadable, result.failed) == (1, 0, 1, 1, 2)
    assert result.tie_rate == share(1, 2)


def test_a_problem_with_several_judged_responses_counts_once() -> None:
    result = against([["win", "win", "loss", "tie"], ["tie"]])
    assert result.score is not None
    assert (result.score.value, result.score.n) == (pytest.approx((0.625 + 0.5) / 2), 2)


def test_nothing_judged_has_no_figures() -> None:
    result = against([["failed"], []])
    assert (result.tie_rate, result.score, result.win_rate, result.failed) == (None, None, None, 1)


def test_an_unknown_outcome_is_an_error() -> None:
    with pytest.raises(ValueError, match="'draw' is no verdict"):
        against([["draw"]])


@given(st.lists(st.lists(OUTCOMES, max_size=3), max_size=12))
def test_swapping_wins_and_losses_mirrors_the_score_and_keeps_the_tie_rate(groups: list[list[str]]) -> None:
    swap = {"win": "loss", "loss": "win"}
    one, other = against(groups), against([[swap.get(outcome, outcome) for outcome in group] for group in groups])
    assert one.tie_rate == other.tie_rate
    if one.score is not None and other.score is not None:
        assert one.score.value == pytest.approx(1 - other.score.value)
        assert one.score.low == pytest.approx(1 - other.score.high, abs=1e-9)
        assert one.score.value == pytest.approx(one.win_rate.value + one.tie_rate.value / 2)  # type: ignore[union-attr]


@given(*[st.integers(0, 40)] * 3)
def test_totals_alone_give_the_same_figures_as_their_comparisons(wins: int, losses: int, ties: int) -> None:
    listed, summed = against([["win"]] * wins + [["loss"]] * losses + [["tie"]] * ties), counted(wins, losses, ties)
    for name in ("tie_rate", "score", "win_rate", "loss_rate"):
        one, other = getattr(listed, name), getattr(summed, name)
        assert (one is None) == (other is None) == (wins + losses + ties == 0)
        if one is not None:
            assert one.n == other.n
            assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
