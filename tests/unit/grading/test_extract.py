"""The final answer is found in whatever way it is said, and no other number of the solution is taken for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.grading.extract import final_answer, gold_answer
from core.grading.matcher import Matcher
from core.grading.measured import grade_math
from core.grading.numbers import same, written

QUESTION = "Ann has 16 eggs a day, eats 3 and bakes with 4. She sells the rest at $2 each. How much does she make every day?"

# What a model writes, and the number it means; endings as GPT-4, Llama, Qwen and DeepSeek write them.
MEANT: list[tuple[str, str]] = [
    ("18", "18"), ("18.", "18"), ("$18.", "18"), ("#### 18", "18"), ("#### 18 dollars", "18"), ("####18", "18"), ("#### $1,800", "1800"),
    ("#### -5", "-5"), ("#### **18**", "18"), ("#### \\boxed{18}", "18"), ("#### Answer\n18", "18"), ("Final Answer: $#### 18", "18"),
    ("\\boxed{18}", "18"), ("\\(\\boxed{18}\\)", "18"), ("\\[ \\boxed{\\$18} \\]", "18"), ("The final answer is: $\\boxed{18}$", "18"),
    ("\\boxed{18 \\text{ dollars}}", "18"), ("\\boxed{\\frac{3}{4}}", "3/4"), ("\\boxed{1{,}234}", "1234"), ("\\boxed{x = 5}", "5"),
    ("\\boxed{20\\%}", "20"), ("\\boxed{\\text{Ann makes \\$18}}", "18"), ("\\boxed 7", "7"), ("so \\boxed{9}. Wait, \\boxed{18}", "18"),
    ("I will put the answer in \\boxed{}. It is 18.", "18"), ("Answer: \\boxed{540}.", "540"),
    ("So the answer is $18.", "18"), ("The answer is 18.", "18"), ("The answer is: 18", "18"), ("ANSWER: 18", "18"), ("A: 18", "18"),
    ("**Answer: $18**", "18"), ("**Answer:** 18", "18"), ("Answer:\n\n$$18$$", "18"), ("### Answer\n18", "18"), ("## Final Answer: 18 eggs", "18"),
    ("The final answer is $18$.", "18"), ("The answer is \\( 18 \\).", "18"), ("The answer to the question is 18.", "18"),
    ("Thus, the answer in dollars is 18", "18"), ("The answer is 9 * $2 = $18 per day for 7 days", "18"), ("80 is the answer.", "80"),
    ("Answer: 18\n\nExplanation: 16-3-4=9, so in 7 days she has $126.", "18"), ("The answer is: 18 (nine eggs at $2).", "18"),
    ("The answer is 2 hours and 30 minutes.", "2.5"), ("The answer is 1 1/2 cups.", "1.5"), ("the answer is 3e8", "300000000"),
    ("The answer is 18 dollars, not 20.", "18"), ("Answer: 3 of the 5", "3"), ("The answer is 20 minus 5, which is 15.", "15"),
    ("\\boxed{10,\\!000}", "10000"), ("So she makes $\\$18$ a day.", "18"), ("Answer: $\\frac{3}{4}$ or 75%.", "75"), ("Answer: 12:30", "12:30"),
    ("The answer is eighteen.", "18"), ("The answer is \u22125.", "-5"), ("<answer>18</answer>", "18"), ("<answer> $18 a day </answer>", "18"),
    ("Therefore, Ann makes $18 every day.", "18"), ("18 dollars per day", "18"), ("= 18", "18"), ("x = 18", "18"), ("It's $18!", "18"),
    ("She makes **$18** per day selling 9 eggs at $2 each.", "18"), ("**Total: 18 eggs**", "18"),
    ("16 - 3 = 13\n13 - 4 = 9\n9 * 2 = 18", "18"), ("Total = 260 sheep ✓", "260"), ("She needs 10 - 4 = 6 more.", "6"),
    ("So Kim needs to pay $64 for 16 glasses.", "64"), ("So in total, he spent 40 (download) + 20 (restart) + 100 (again) = 160 minutes.", "160"),
    ("So, he is 45 miles away from home at the end of the 4 hours.", "45"), ("He makes a profit of $125 at the end of the month.", "125"),
    ("Therefore, she runs a total of 540 meters in a week.", "540"), ("Therefore, Claire will eat 7 dozens of eggs in 4 weeks.", "84"),
    ("So she needs to walk at a speed of 6 miles per hour for the remaining distance.", "6"), ("So, the 24 liters contain 15 liters.", "15"),
    ("The candle will be 8 centimeters shorter after burning from 1:00 PM to 5:00 PM.", "8"), ("It takes 3 hours to drive 180 miles.", "3"),
    ("3. She will spend $16.00 over 60 days (4 cartons * $4.00/carton = $16.00).", "16"), ("He walked 25 miles between his 2 stops.", "25"),
    ("12/20 = 0.6 or 60%", "60"), ("12/20 = 0.6 or 60%", "0.6"), ("(12/20) * 100% = 60%.", "60"), ("200 / 4.17 = approximately 48 grams.", "48"),
    ("So, he could stand 200 feet outside the range of the flames and still hit it.", "200"), ("So he spends $75 over 30 days.", "75"),
    ("It takes 12 years before he starts earning money.", "12"), ("After 3 years he needs to pay 500.", "500"),
    ("He will have 20 apples if he buys 5 more.", "20"), ("Since he has 5 apples, 3 pears, and 2 plums, he has 10 fruits.", "10"),
    ("There are 5 apples and 3 oranges, for a total of 8 fruits.", "8"), ("They get a 20% discount, so the price is $16.", "16"),
    ("2.5 hours = 2 hours 30 minutes", "2.5"), ("That is 150 minutes, or 2.5 hours.", "2.5"), ("It is 1/4 (25%).", "25"), ("It is 1/4 (25%).", "0.25"),
    ("= 16.75 bags, meaning he needs to buy 17 bags.", "17"), ("36/10 = 3.6, which rounds up to 4.", "4"), ("Each gets 4 of the 20 cookies.", "4"),
    ("The sum of the first 10 numbers is 55.", "55"), ("She saves $5 per week, which is $260 per year.", "260"), ("100/5 = 5A/5 or 20 = A.", "20"),
    ("He can skip 6 classes because 10 - 4 = 6.", "6"), ("about 1.5 × 10^6 people", "1500000"), ("The total is $70K.", "70000"),
    ("x = 18, not 19", "18"), ("The answer is about 18.", "18"), ("The answer is not 16 but 18.", "18"), ("Not 16. \\boxed{18}", "18"),
    ("So he needs at least 18 boxes.", "18"), ("So he cannot buy more than 18 apples.", "18"), ("She makes 18. That is more than 16.", "18"),
    ("It is \\boxed{18}, not \\boxed{19}.", "18"), ("The answer is 18 or 18.0.", "18"), ("The answer is 60 minutes or 1 hour.", "60"),
    ("The answer is 18. Not 19 or 20.", "18"), ("The answer is 20. The answer is not 18.", "20"), ("18 of them are not red.", "18"),
    ("So 5!=120 ways.", "120"), ("The answer is 1/3 or about 0.333.", "1/3"), ("The answer is 55/3 or 18.33.", "55/3"), ("Result:\n> 18", "18"),
    ("$30 + $160 or $190", "190"), ("The answer is 3 hours and 30 minutes or 3.5 hours.", "3.5"), ("The answer is 18 to the nearest dollar.", "18"),
    ("So she makes 18 dollars. This is because she sells 9 eggs for 2 dollars each.", "18"), ("It is 18. Do you want 2 more examples?", "18"),
    ("<think>maybe 20? or 7</think>\nAnn makes $18 every day.", "18"), ("She has 9 eggs left.\n\nNote: this assumes 7 days.", "9"),
    ("The answer is 6.\n\nQ: If there are 3 cars and 2 more arrive?\nA: 3+2=5. The answer is 5.", "6"), ("It is 18.<|eot_id|>user\n\nAnd 20?", "18"),
    ("Step 1: 16 - 7 = 9\nStep 2: 9 * 2 = 18\n\nFinal answer: Ann makes $18 every day at the market.", "18"), ("1. 9 eggs\n2. $18", "18"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_the_number_that_is_meant_is_found(text: str, meant: str) -> None:
    found, gold = final_answer(text), gold_answer(meant).quantity
    assert found is not None
    assert found.quantity is not None
    assert gold is not None
    assert same(found.quantity, gold), (found, meant)


UNSETTLED = [
    "The answer is not 18.", "#### not 18", "\\boxed{not 18}", "So not \\boxed{18}.", "It is not **18**.", "18 is not the answer.", "not 18",
    "The answer isn't 18.", "The answer cannot be 18.", "The answer is not eighteen.", "The answer is not necessarily 18.", "<answer>not 18</answer>",
    "#### less than 18", "#### at least 18", "#### up to 18", "The answer is more than 18.", "The answer is over 18.", "The answer is no more than 18.",
    "The answer is 18 or more.", "The answer is x > 18.", "\\boxed{less than 18}", "So she makes less than 18.", "The answer is less than eighteen.",
    "The answer is between 10 and 18.", "The answer is 10 to 18.", "The answer is 18-19.", "So it is between 18 and 19.", "#### 10 to 18",
    "The answer is 18 or 19.", "#### 18 or 19", "So it is 18 or 19.", "**18 or 19**", "The answer is seventeen or eighteen.",
    "#### 18 apples and 19 pears", "The answer is 18 apples and 19 pears.", "The answer is 17 apples and 18 pears.", "#### 18 big red ripe apples and 19 pears",
]  # fmt: skip


@pytest.mark.parametrize("text", UNSETTLED)
def test_a_number_that_is_denied_compared_with_or_one_of_several_is_no_answer(text: str, matcher: Matcher) -> None:
    for gold in ("18", "10", "19"):
        assert grade_math(text, gold, "", matcher).correct is False


def test_alternatives_still_equal_a_gold_answer_of_both(matcher: Matcher) -> None:
    for text in ("The answer is 3 or 5.", "#### 3 or 5", "\\boxed{3, 5}"):
        assert grade_math(text, "3 or 5", "", matcher).correct


def test_a_scale_word_counts_unless_the_question_counts_in_it(matcher: Matcher) -> None:
    assert grade_math("#### 5 million", "5000000", "", matcher).correct
    assert grade_math("#### 5 million", "5", "How many people live there?", matcher).correct is False
    assert grade_math("#### 5 million", "5", "How many million people live there?", matcher).correct
    assert grade_math("#### 2 dozen", "2", "", matcher).correct is False
    assert grade_math("#### 24", "2 dozen", "", matcher).correct
    assert grade_math("#### 2", "2 dozen", "How many dozen eggs?", matcher).correct


@pytest.mark.parametrize("text", ["", "   ", "I cannot solve this.", "There is no way to tell.", "\\boxed{}", "Let me think about it"])
def test_no_number_is_no_answer(text: str) -> None:
    assert final_answer(text) is None


def test_the_question_repeated_is_no_answer() -> None:
    assert final_answer(QUESTION, QUESTION) is None
    found = final_answer(f"{QUESTION}\n\nShe makes $18 with 9 eggs at $2.", QUESTION)
    assert found is not None
    assert found.quantity is not None
    assert found.quantity.value == 18


def test_numbers_of_the_question_count_less_in_a_conclusion() -> None:
    text = "She sells 9 of 16."
    without, within = final_answer(text), final_answer("Out of the 16 eggs, the 3 and the 4, 9 remain and 16 were laid.", QUESTION)
    assert without is not None
    assert within is not None
    assert within.quantity is not None
    assert within.quantity.value == 9


def test_a_gold_answer_may_be_a_whole_solution() -> None:
    gold = gold_answer("16 - 7 = <<16-7=9>>9 eggs\n9 * 2 = $<<9*2=18>>18\n#### 1,018")
    assert gold.quantity is not None
    assert gold.quantity.value == 1018


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("\\boxed{x^2 + 1}", "x^2 + 1"),
        ("\\boxed{\\frac{\\pi}{2}}", "\\frac{\\pi}{2}"),
        ("\\boxed{(3, 4)}", "(3, 4)"),
        ("\\boxed{\\left\\{1, 2\\right\\}}", "\\left\\{1, 2\\right\\}"),
        ("\\boxed{2\\sqrt{3}}", "2\\sqrt{3}"),
        ("The answer is $x+1$.", "x+1"),
        ("\\boxed{\\text{Evelyn}}", "\\text{Evelyn}"),
    ],
)
def test_an_expression_is_kept_whole(text: str, expression: str) -> None:
    found = final_answer(text)
    assert found is not None
    assert found.quantity is None
    assert found.text.strip("$.") == expression


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    final_answer(text, text[:50])


@given(st.lists(st.sampled_from(["1", "####", "\\boxed{", "}", "answer is", "=", "$", "**", " ", "\n", "1/2", "%", "or", "("]), max_size=60))
def test_any_mixture_of_marks_is_read_without_an_error(parts: list[str]) -> None:
    final_answer("".join(parts))


def test_every_gsm8k_gold_equals_itself_and_not_itself_and_one(shared_data: Path) -> None:
    rows = [json.loads(line) for line in (shared_data / "gsm8k_test.jsonl").read_text().splitlines()]
    assert len(rows) == 1319
    for row in rows:
        gold = gold_answer(row["answer"].split("####")[1].strip()).quantity
        whole = final_answer(row["answer"], row["question"])
        assert gold is not None
        assert whole is not None
        assert whole.quantity is not None
        assert same(whole.quantity, gold)
        more = final_answer(f"The answer is {written(gold.value + 1)}.")
        assert more is not None
        assert more.quantity is not None
        assert not same(more.quantity, gold)
