"""The letter that a response settles on; letters inside words and two letters at once are no answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.grading.choices import chosen_letter, gold_letter, listed_choices
from core.problems.prompts import LETTERS

CELL = ("mitochondria", "the nucleus", "ribosomes", "the cell wall")
TRUTHS = ("True, True", "False, False", "True, False", "False, True")
NONE: tuple[str, ...] = ()

SETTLED: list[tuple[str, tuple[str, ...], str | None]] = [
    ("B", NONE, "B"), ("B.", NONE, "B"), ("(B)", NONE, "B"), ("b", NONE, "B"), ("(c)", NONE, "C"), ("**B**", NONE, "B"), ("B) text", NONE, "B"),
    ("B. 4", NONE, "B"), ("D: 5", NONE, "D"), ("B, because it is", NONE, "B"), ("A. A dog", NONE, "A"), ("Option (B)", NONE, "B"),
    ("The answer is (B)", NONE, "B"), ("The answer is B.", NONE, "B"), ("The answer is A.", NONE, "A"), ("Answer: b", NONE, "B"),
    ("**Answer:** B", NONE, "B"), ("**Answer: B) the nucleus**", CELL, "B"), ("ANSWER: C", NONE, "C"), ("Answer:\nB", NONE, "B"),
    ("#### B", NONE, "B"), ("\\boxed{B}", NONE, "B"), ("The final answer is: $\\boxed{C}$", NONE, "C"), ("\\boxed{\\text{D}}", NONE, "D"),
    ("\\boxed{6x^2 + 4x + 6}", ("2x^2+5", "6x^2+4x+6", "0", "x^2+1"), "B"), ("<answer>C</answer>", NONE, "C"), ('{"answer": "B"}', NONE, "B"),
    ("Hence, the correct answer is B. 4.", NONE, "B"), ("The correct option is (D) the cell wall.", CELL, "D"), ("Option C is correct.", NONE, "C"),
    ("C is the correct answer.", NONE, "C"), ("I would choose B.", NONE, "B"), ("It matches option B.", NONE, "B"), ("Therefore, D.", NONE, "D"),
    ("So the answer is D. Option A is wrong.", NONE, "D"), ("The answer is not A, it is C.", NONE, "C"), ("Answer: (J)", NONE, "J"),
    ("The answer is C because A and B are wrong.", NONE, "C"), ("The answer is option 'C'", NONE, "C"), ("First A. But no: the answer is B.", NONE, "B"),
    ("A) mitochondria: wrong.\nB) the nucleus: wrong.\nC) ribosomes: yes.\n\nThe correct answer is C) ribosomes.", CELL, "C"),
    ("<think>maybe A</think>\n\nB", NONE, "B"), ("The answer is B.\n\nQuestion: another one?\nAnswer: C", NONE, "B"),
    ("mitochondria", CELL, "A"), ("It is the nucleus.", CELL, "B"), ("The answer is the cell wall.", CELL, "D"), ("Both hold. True, True", TRUTHS, "A"),
    ("yes", ("yes", "no"), "A"), ("He is 66, so the answer is A) yes", ("yes", "no"), "A"),
    ("A and C", NONE, None), ("The answer is A and C.", NONE, None), ("The answer is A, B.", NONE, None), ("A or B", NONE, None),
    ("Both A and B are correct.", NONE, None), ("A dog is a mammal.", NONE, None), ("The answer is a tie.", NONE, None),
    ("Vitamin C is the best source.", NONE, None), ("I think so.", NONE, None), ("I don't know.", NONE, None), ("", NONE, None),
    ("The answer is: 60", ("8", "2", "24", "120"), None), ("The answer is E", CELL, None), ("It is either the nucleus or ribosomes.", CELL, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "choices", "letter"), SETTLED)
def test_the_letter_that_is_settled_on(text: str, choices: tuple[str, ...], letter: str | None) -> None:
    assert chosen_letter(text, choices) == letter


def test_choices_are_read_from_the_prompt_when_they_are_not_given() -> None:
    prompt = "Where is Laos?\nA) Africa\nB) Asia\nC) Europe\n"
    assert listed_choices(prompt) == ["Africa", "Asia", "Europe"]
    assert chosen_letter("It lies in Asia.", (), prompt) == "B"
    assert chosen_letter(prompt + "Answer: C", (), prompt) == "C"
    assert chosen_letter("The answer is D.", (), prompt) is None


@pytest.mark.parametrize(
    ("gold", "letter"),
    [("B", "B"), ("(b)", "B"), ("B.", "B"), (1, "B"), ("the nucleus", "B"), ("2", "B"), ("B) the nucleus", "B"), (9, None), (True, None), ("maybe", None)],
)
def test_a_gold_answer_in_any_form_is_a_letter(gold: object, letter: str | None) -> None:
    assert gold_letter(gold, CELL) == letter


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=10))
def test_any_text_is_read_without_an_error(text: str, choices: list[str]) -> None:
    assert chosen_letter(text, choices) in {None, *LETTERS}


def test_every_real_question_knows_its_letter_and_its_text(shared_data: Path) -> None:
    for name in ("mmlu_sample.jsonl", "mmlu_pro_sample.jsonl"):
        for line in (shared_data / name).read_text().splitlines():
            row = json.loads(line)
            letter = gold_letter(row["answer"], row["choices"])
            assert letter is not None
            assert chosen_letter(f"Let me see. The answer is ({letter}).", row["choices"]) == letter
            text = row["choices"][row["answer"]]
            if [choice.strip() for choice in row["choices"]].count(text.strip()) == 1:
                assert chosen_letter(f"{letter}. {text}", row["choices"]) == letter
