"""An ordinary right answer that says its number twice, or as the bound that is asked for, stays right; a real choice of two does not."""

from __future__ import annotations

import pytest

from core.grading.matcher import Matcher
from core.grading.measured import grade_math

RIGHT = [
    ("So half of 14, or 7, of the kittens are grey.", "7"), ("Then 2/3 of 30, or 20, of the seats are taken.", "20"), ("3/4 of 24 or 18 students passed.", "18"),
    ("He gave away 25% of $80, or $20.", "20"), ("The tip is 20% of $45 or $9.", "9"), ("He ate 50 percent of 60 or 30 marbles.", "30"),
    ("This means that a quarter of the 100, or 25, are red.", "25"), ("She cycled 2 hours at 15 mph, or 30 miles.", "30"), ("That is 4 bags of 9, or 36 plums.", "36"),
    ("He has 3 rows of 12 or 36 chairs.", "36"), ("That is twice 15 or 30 eggs.", "30"), ("That is five rows of 6 or 30 seats.", "30"), ("The chairs are $30 each, or $600 for 20 of them.", "600"),
    ("That comes to 11 per week or 77 in 7 weeks.", "77"), ("The rent is $15 per month, or $180 per year.", "180"), ("He saves $15 a month, or $180 a year.", "180"),
    ("She made 8 per box or 96 in total.", "96"), ("That is 2 x 30 or 60.", "60"), ("That is 2 times 30 or 60 marbles.", "60"), ("It is 30 twice or 60 marbles.", "60"),
    ("They need 2.25 or 3 vans.", "3"), ("They need 3.5, or 4 buses.", "4"), ("They need at least 3.5 buses, or 4 buses.", "4"),
    ("It costs 200 quarters or 50 dollars.", "50"), ("He pays 5 tens, or 50 dollars.", "50"), ("The profit is 40% or $36.", "36"),
    ("#### 730 days or 2 years", "730"), ("The answer is 8 hours or 1 workday.", "8"), ("The answer is 1/3 or 0.33.", "0.33"),
    ("The answer is 10 apples and 0 oranges.", "10"), ("The answer is $9 and $0 cents", "9"), ("#### 10 apples and 0 pears", "10"),
    ("The answer is a dozen or twelve.", "12"),
]  # fmt: skip

CHOICES = [
    "The answer is 18 or 19.", "#### 18 or 19", "So it is 18 or 19.", "The answer is 18, or 19.", "He has 18 or 19 apples.", "He has 18 apples or 19 apples.",
    "He has either 18 apples, or 19.", "He has 18 apples, or maybe 19 pears.", "He has $18 or $19.", "He has a total of 18 or 19.", "It sells at 18 or 19 dollars.",
    "The answer is $18 a day or $19 a day.", "It takes 18 hours or 19.", "It takes 18 days or 19 weeks.", "#### 18 apples or 19 pears", "The answer is 18.5-19.",
    "The answer is between 10 and 18.", "#### between 10 and 18", "#### 18 apples and 19 pears", "The answer is 0 to 18.", "The answer is 18 to 0.",
]  # fmt: skip

LEAST = "What is the minimum number of boxes she must sell?"
BOUNDS = [
    (LEAST, "The answer is at least 18."), (LEAST, "Answer: at least 18 boxes"), (LEAST, "#### at least 18"), (LEAST, "The answer is 18 or more."),
    ("How many packs at least are there?", "The final answer is: at least 18"), ("What is the max?", "The answer is up to 18 people."),
    ("What is the largest group that fits?", "The answer is up to 18 people."), ("How many vans does he need?", "The answer is at least 18 vans."), ("How many at most?", "#### no more than 18"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "gold"), RIGHT)
def test_the_same_said_again_is_one_answer(text: str, gold: str, matcher: Matcher) -> None:
    assert grade_math(text, gold, "How many?", matcher).correct


@pytest.mark.parametrize("text", CHOICES)
def test_a_choice_of_two_is_no_answer(text: str, matcher: Matcher) -> None:
    for gold in ("18", "10", "19"):
        assert grade_math(text, gold, "How many?", matcher).correct is False


@pytest.mark.parametrize(("prompt", "text"), BOUNDS)
def test_a_bound_answers_a_question_for_one(prompt: str, text: str, matcher: Matcher) -> None:
    assert grade_math(text, "18", prompt, matcher).correct
    assert grade_math(text, "18", "How many boxes has she?", matcher).correct is False


@pytest.mark.parametrize("text", ["The answer is x > 18.", "#### less than 18", "The answer is over 18.", "The answer is more than 18."])
def test_a_strict_bound_answers_no_question(text: str, matcher: Matcher) -> None:
    assert grade_math(text, "18", LEAST, matcher).correct is False


def test_minutes_in_the_question_ask_for_no_minimum(matcher: Matcher) -> None:
    assert grade_math("#### at least 18", "18", "It takes 20 min. How long is the rest?", matcher).correct is False
