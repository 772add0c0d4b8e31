"""Numbers are read as written and compared exactly, with the few roundings and other readings that a person would accept."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.grading.numbers import Quantity, close, counted_in, exact, quantities, same, written
from core.grading.tidy import plain_math

READ = {
    "18": 18, "18.00": 18, "$18": 18, "$18.00": 18, "18 dollars": 18, "1,234,567": 1234567, "$1,234.50": Fraction("1234.5"), "-5": -5,
    "\u22125": -5, "-$5": -5, "$-5": -5, ".5": Fraction(1, 2), "3/4": Fraction(3, 4), "2 1/2": Fraction(5, 2), "1 and 3/4 cups": Fraction(7, 4),
    "2½": Fraction(5, 2), "½ cup": Fraction(1, 2), "\\frac{3}{4}": Fraction(3, 4), "2\\frac{1}{2}": Fraction(5, 2), "\\dfrac12": Fraction(1, 2),
    "1.5e6": 1500000, "1.5 \\times 10^{6}": 1500000, "3 × 10^2": 300, "10^6": 10, "20%": 20, "20 percent": 20, "5 million": 5000000,
    "$70K": 70000, "1{,}234": 1234, "1\\,234": 1234, "1\u202f234": 1234, "1,00,000": 100000, "\\$18": 18, "18\\%": 18, "€ 7.50": Fraction("7.5"),
    "2 hours 30 minutes": Fraction(5, 2), "1 hour and 15 minutes": Fraction(5, 4), "5 feet 6 inches": Fraction(11, 2), "3 dollars and 50 cents":
    Fraction(7, 2), "three hundred is 300": 300, "two lists: 2,3": 3,
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_the_last_number_is_read_as_written(text: str) -> None:
    assert quantities(plain_math(text))[0 if text == "10^6" else -1].value == READ[text]


@pytest.mark.parametrize("text", ["x2", "H2O", "abc", "", "v1_2", "..", "$", "-"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert quantities(plain_math(text)) == []


def quantity(text: str) -> Quantity:
    return quantities(plain_math(text))[-1]


SAME = [
    ("18", "18.0"), ("$18.00", "18"), ("1,000", "1000"), ("20%", "20"), ("20%", "0.2"), ("0.2", "20%"), ("20", "20%"), ("50 cents", "0.5"),
    ("50 cents", "50"), ("$0.25", "25"), ("2 hours 30 minutes", "150"), ("2 hours 30 minutes", "2.5"), ("3/4", "0.75"), ("0.333", "1/3"),
    ("0.667", "2/3"), ("18.3333", "18.33"), ("55/3", "18.33"), ("2 dozen", "24"), ("5 hundred thousand", "500,000"), ("-0", "0"),
]  # fmt: skip
DIFFERENT = [
    ("18", "19"), ("18", "-18"), ("0.2", "20"), ("0.33", "1/3"), ("0.3", "1/3"), ("0.334", "1/3"), ("18.4", "18"), ("2.46", "2.5"),
    ("18.3", "18.33"), ("25%", "0.25%"), ("1000", "1"), ("1/3", "1/4"), ("18.001", "18"), ("99.5", "100"), ("2 dozen", "2"),
    ("5 million", "5"), ("5 millions", "5"), ("$70K", "70"), ("5 hundred thousand", "500"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "gold"), SAME)
def test_equal_in_one_reading_is_right(answer: str, gold: str) -> None:
    assert same(quantity(answer), quantity(gold))


@pytest.mark.parametrize(("answer", "gold"), DIFFERENT)
def test_other_values_are_wrong(answer: str, gold: str) -> None:
    assert not same(quantity(answer), quantity(gold))


def test_a_percentage_against_a_percentage_is_compared_as_it_stands() -> None:
    assert same(quantity("20%"), quantity("20 percent"))
    assert not same(quantity("0.2%"), quantity("20%"))


@pytest.mark.parametrize(
    ("text", "question", "also"),
    [
        ("7 dozens", "How many dozens of eggs does she eat?", 7),
        ("5 million", "How many million people live there?", 5),
        ("$70K", "The first car was $20k.", 70),
        ("$70K", "How many thousand dollars is that?", 70),
        ("7 dozens", "How many eggs does she eat?", None),
        ("5 million", "How many thousand people live there?", None),
        ("5 million", "", None),
    ],
)
def test_a_scale_word_is_left_off_only_where_the_question_counts_in_it(text: str, question: str, also: int | None) -> None:
    found = quantity(text)
    assert counted_in(found, question).values == (found.value, *([also] if also is not None else []))


@given(st.fractions())
def test_the_canonical_text_reads_back_to_the_same_value(value: Fraction) -> None:
    assert exact(written(value)) == value


@given(st.integers(-(10**12), 10**12))
def test_grouping_by_thousands_changes_nothing(value: int) -> None:
    assert quantity(f"{value:,}").value == value


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_a_value_is_close_to_itself_and_integers_to_nothing_else(value: int, more: int) -> None:
    assert close(Fraction(value), Fraction(value))
    assert not close(Fraction(value) + more, Fraction(value))
    assert not close(Fraction(value) + Fraction(1, more + 1), Fraction(value))


def test_equal_values_have_one_canonical_text() -> None:
    assert written(Fraction("18.50")) == written(Fraction(37, 2)) == "18.5"
    assert (written(Fraction(-1, 8)), written(Fraction(1, 3)), written(Fraction(10**30))) == ("-0.125", "1/3", "1" + "0" * 30)
