"""Grading by category, many at once, each distinct response once, and stoppable."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import DataError, StopRequested
from core.grading.canonical import canonical
from core.grading.grade import Grader, grade_all, grade_each
from core.grading.matcher import Matcher
from core.grading.rows import item
from core.jsonl import read_rows
from core.records import Category, CodeTests, Grade, Problem

TESTS = CodeTests(("assert f(1) == 2", "assert f(2) == 3"))
CODE = "```python\ndef f(x):\n    return x + 1\n```"


def problem(category: Category, gold: str | None = None, tests: CodeTests | None = None, choices: tuple[str, ...] = ()) -> Problem:
    return Problem("p", category, "", gold, tests, choices)


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    made = Grader()
    yield made
    made.close()


def test_code_without_tests_is_told_apart_by_its_source(grader: Grader) -> None:
    untested = problem(Category.CODE)
    same = [grader.grade(untested, text) for text in (CODE, CODE.replace("x + 1", "x+1  # one more"))]
    other = grader.grade(untested, CODE.replace("x + 1", "1 + x"))
    assert same[0].answer == same[1].answer == "def f(x):\n    return x + 1" and other.answer not in (None, same[0].answer)
    assert {grade.correct for grade in (*same, other)} == {None}


def test_each_category_is_graded_by_its_own_means(grader: Grader) -> None:
    items = [
        (problem(Category.MATH, "18"), "So the answer is $18."),
        (problem(Category.CODE, tests=TESTS), CODE),
        (problem(Category.REASONING, "B"), "The answer is (B)."),
        (problem(Category.KNOWLEDGE, "A", choices=("fish", "bird")), "It is a bird."),
        (problem(Category.INSTRUCTION, "1. ring\n2. door"), " 1.  ring \n\n2. door\n"),
        (problem(Category.CREATIVITY), "The moon  is\nold."),
        (problem(Category.MATH, "18"), "No idea."),
    ]
    grades = grade_all(items, grader=grader)
    assert [grade.answer for grade in grades] == ["18", "11", "B", "B", "1. ring\n2. door", "The moon is\nold.", None]
    assert [grade.correct for grade in grades] == [True, True, True, False, True, None, False]
    assert grades[6].reason == "no answer"


def test_right_answers_in_other_words_vote_together(grader: Grader) -> None:
    texts = ["#### 2.5", "2 hours 30 minutes", "The answer is 5/2.", "150 minutes = 2.5 hours"]
    assert {grade.answer for grade in grade_all([(problem(Category.MATH, "2.5"), text) for text in texts], grader=grader)} == {"2.5"}


def test_equal_responses_are_graded_once(grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counting(self: Grader, one: Problem, text: str, over: object) -> Grade:
        asked.append(text)
        return Grade(text, True)

    monkeypatch.setattr(Grader, "grade", counting)
    grades = grade_all([(problem(Category.MATH, "1"), text) for text in "abab"], grader=grader)
    assert [grade.answer for grade in grades] == list("abab")
    assert sorted(asked) == ["a", "b"]


def test_grades_come_one_by_one_and_stop_when_asked(grader: Grader) -> None:
    came: list[int] = []
    items = [(problem(Category.MATH, "1"), f"#### {number}") for number in range(200)]
    with pytest.raises(StopRequested):
        grade_all(items, on_grade=lambda index, grade: came.append(index), stopping=lambda: len(came) >= 5, grader=grader)
    assert 5 <= len(came) < 200
    assert sorted(index for index, _ in grade_each(items, grader=grader)) == list(range(200))


@pytest.mark.slow
def test_expressions_are_compared_as_mathematics_in_a_child_that_may_hang() -> None:
    matcher = Matcher(seconds=2.0)
    try:
        assert matcher.equal("x+1", "1+x") is True
        assert matcher.equal("\\frac{1}{2}", "\\frac{2}{3}") is False
        assert matcher.equal("\\sqrt{16}", "4") is True
        child = matcher.child
        assert child is not None
        child.send_signal(19)  # it stops, as one that hangs
        assert matcher.equal("x+2", "2+x") is None
        assert matcher.equal("x+3", "3+x") is True
        assert matcher.child is not child
    finally:
        matcher.close()


def test_an_expression_is_graded_against_an_expression(grader: Grader) -> None:
    gold = problem(Category.MATH, "2\\sqrt{3}")
    grades = grade_all([(gold, "\\boxed{\\sqrt{12}}"), (gold, "\\boxed{2\\sqrt{3}}"), (gold, "\\boxed{3\\sqrt{2}}")], grader=grader)
    assert [grade.correct for grade in grades] == [True, True, False]
    assert grades[0].answer == grades[1].answer != grades[2].answer


def test_the_canonical_answer_is_the_grades_or_the_normalised_text() -> None:
    assert canonical(problem(Category.MATH, "18"), "It is 18.", Grade("18", True)) == "18"
    assert canonical(problem(Category.MATH, "18"), "Well.", Grade(None, False, "no answer")) is None
    assert canonical(problem(Category.CREATIVITY), " a  moon\n", None) == "a moon"
    assert canonical(problem(Category.CREATIVITY), "  ", None) is None
    with_comment = "```python\ndef f(x):\n    # add\n    return (x+1)\n```"
    assert canonical(problem(Category.CODE), with_comment, None) == canonical(problem(Category.CODE), CODE, None) == "def f(x):\n    return x + 1"


ROWS = [
    ({"response": "18", "gold": 18}, "math", True),
    ({"response": "B", "gold": 1, "choices": ["a", "b"]}, "knowledge", True),
    ({"response": "B", "gold": "(b)"}, "reasoning", True),
    ({"response": CODE, "test_list": ["assert f(1) == 2"], "test_setup_code": ""}, None, True),
    ({"response": "    return x + 1", "prompt": 'def f(x):\n    """ more """\n', "test": "def check(c):\n    assert c(1) == 2\n",
      "entry_point": "f"}, "code", True),
    ({"response": "She sells 9 of 16 eggs.", "gold": "9", "question": "Of 16 eggs, how many are sold?"}, "math", True),
]  # fmt: skip


def test_rows_of_every_form_are_graded(grader: Grader) -> None:
    items = [item(Path("r.jsonl"), line, row, category) for line, (row, category, _) in enumerate(ROWS, start=1)]
    assert [grade.correct for grade in grade_all(items, grader=grader)] == [right for _, _, right in ROWS]


@pytest.mark.parametrize(
    ("row", "category"),
    [
        ({"gold": "1"}, "math"),
        ({"response": 5, "gold": "1"}, "math"),
        ({"response": "x"}, "math"),
        ({"response": "x", "gold": ""}, "math"),
        ({"response": "x", "gold": ["1"]}, "math"),
        ({"response": "x", "gold": "1"}, "poetry"),
        ({"response": "x", "gold": "E", "choices": ["a", "b"]}, "knowledge"),
        ({"response": "x", "gold": "A", "choices": "ab"}, "knowledge"),
        ({"response": "x", "gold": "A", "choices": ["c"] * 11}, "knowledge"),
        ({"response": "x", "test_list": []}, "code"),
        ({"response": "x", "test_list": "assert"}, "code"),
        ({"response": "x", "test": "def check(c): pass"}, "code"),
        ({"response": "x", "test": "t", "entry_point": "not a name", "prompt": ""}, "code"),
        ({"response": "x"}, "code"),
    ],
)
def test_a_row_that_cannot_be_graded_is_named(row: dict[str, object], category: str) -> None:
    with pytest.raises(DataError, match=r"rows\.jsonl line 7"):
        item(Path("rows.jsonl"), 7, row, category)


def test_the_command_writes_the_rows_and_prints_the_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.cli import main

    file, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    file.write_text('{"response": "#### 5", "gold": "5", "id": 1}\n\n{"response": "none", "gold": "5"}\n')
    assert main(["grade", str(file), "--category", "math", "-o", str(out)]) == 0
    assert "accuracy 50.0 %" in capsys.readouterr().out
    rows = [row for _, row in read_rows(out)]
    assert [(row["answer"], row["correct"]) for row in rows] == [("5", True), (None, False)]
    assert rows[0]["id"] == 1
    assert main(["grade", str(file), "--category", "math", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["accuracy"], summary["n"], summary["no_answer"]) == (0.5, 2, 1)


def test_a_bad_file_leaves_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.cli import main

    file, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    file.write_text('{"response": "#### 5", "gold": "5"}\n{"response": 5, "gold": "5"}\n')
    assert main(["grade", str(file), "--category", "math", "-o", str(out)]) == 2
    assert "line 2" in capsys.readouterr().err
    assert not out.exists()


def test_grading_needs_no_torch() -> None:
    script = (
        "import sys, app.commands.grade, core.grading.grade, core.grading.rows, core.measures.intervals\n"
        "print([name for name in ('torch', 'transformers', 'textual', 'rich', 'sympy', 'numpy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"
