"""Responses as lines: wrapped without a loss, code with its columns and colours, tests told one by one, differences word by word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from core.grading.sandbox.outcomes import with_notes
from core.records import Category, CodeTests, Grade, Problem, Response, Sampling
from core.runs.evidence import Evidence, Opened
from screens.answers_layout import stacked
from screens.grouping import read
from screens.ink import Line, text_of, width_of
from screens.outcomes import assertions, outcomes
from screens.prose import LONGEST, first_of, laid, styled
from screens.responses_facets import facet, facet_line
from screens.widgets.glyphs import ASCII, UNICODE
from screens.worddiff import beside, difference
from screens.worddiff import stacked as under
from tests.panel import fakes
from tests.panel.test_hostile import ATTACK, FORBIDDEN

foreign = st.text(max_size=120) | st.text("ab `\n\t#def", max_size=120)


def words(lines: list[Line]) -> str:
    return "".join("".join(text_of(line) for line in lines).split())


@given(foreign, st.integers(2, 40), st.sampled_from(["CODE", "MATH"]))
def test_any_text_wraps_to_its_width_and_loses_only_white_space(text: str, width: int, category: str) -> None:
    lines = styled(text, category)
    shown = list(laid(lines, width))
    assert all(width_of(line) <= width for line in shown)
    assert words(shown) == "".join("".join(span for line in lines for span, _ in line.spans).split())
    assert not FORBIDDEN & set("".join(map(text_of, shown)))


def test_indentation_stays_and_fenced_code_gets_colours() -> None:
    text = "  - a point\n```python\nif x:\n    return 'a'  # why\n```\nand on"
    lines = list(laid(styled(text), 60))
    assert [text_of(line) for line in lines] == text.split("\n")
    roles = {span: role for line in lines for span, role in line}
    assert (roles["return"], roles["# why"], roles["    "]) == ("accent", "faint", "text")
    assert roles["point"] == "text"


def test_code_without_a_fence_is_code_where_code_was_asked_for() -> None:
    body = "    total = sum(items)\n    return total"
    assert all(line.code for line in styled(body, "CODE"))
    assert not any(line.code for line in styled(body, "MATH"))
    assert not any(line.code for line in styled("I cannot write that.", "CODE"))


def test_a_fence_that_is_never_closed_and_another_language_do_no_harm() -> None:
    assert [text_of(line) for line in laid(styled("```\nx = 1"), 20)] == ["```", "x = 1"]
    assert [text_of(line) for line in laid(styled("~~~rust\nfn main() {}\n~~~\nend"), 20)] == ["~~~rust", "fn main() {}", "~~~", "end"]


def test_a_megabyte_is_cut_before_it_is_looked_at() -> None:
    lines = styled("x" * 1_000_000)
    assert sum(len(span) for line in lines for span, _ in line.spans) < LONGEST + 100
    assert "980,000 more characters" in text_of(list(laid(lines, 100))[-1])
    assert first_of(lines, 80, 3)[1]


HUMANEVAL = CodeTests(
    (
        "def check(candidate):\n    assert candidate(1) == 1\n    for i in range(3):\n        assert candidate(i) == i, 'loop'\n"
        "    def inner():\n        assert False\n    if True:\n        assert candidate(9) == 9\n",
    ),
    entry_point="same",
)


def test_assertions_are_numbered_as_the_sandbox_numbers_them() -> None:
    assert len(assertions(HUMANEVAL)) == with_notes(HUMANEVAL.tests[0], "check")[1] == 3
    assert assertions(HUMANEVAL)[2] == "assert same(9) == 9"
    assert assertions(replace(HUMANEVAL, tests=("no python (",))) == ()


@pytest.mark.parametrize(
    ("answer", "reason", "expected"),
    [
        ("110", "test 3 of 3: wrong result", [(True, ""), (True, ""), (False, "wrong result")]),
        ("010", "test 1 of 3: TypeError: no", [(False, "TypeError: no"), (True, ""), (False, "")]),
        ("111", "passed 3 of 3", [(True, ""), (True, ""), (True, "")]),
        ("000", "the time limit was reached", [(False, "the time limit was reached"), (False, ""), (False, "")]),
        ("x = 1", "the code is not valid Python", [(None, ""), (None, ""), (None, "")]),
        (None, "no answer", [(None, ""), (None, ""), (None, "")]),
        ("01", "test 1 of 2: graded with other tests", [(None, ""), (None, ""), (None, "")]),
    ],
)
def test_each_test_has_its_outcome_and_the_first_failure_its_reason(
    answer: str | None, reason: str, expected: list[tuple[bool | None, str]]
) -> None:
    assert [(test.passed, test.reason) for test in outcomes(HUMANEVAL, answer, reason)] == expected


@given(foreign, foreign, st.integers(20, 80))
def test_a_difference_shows_both_texts_whole_whatever_they_hold(old: str, new: str, width: int) -> None:
    found = difference(old, new)
    for lines in (beside(found, width, UNICODE), under(found, width)):
        assert all(width_of(line) <= width for line in lines)
        assert not FORBIDDEN & set("".join(map(text_of, lines)))
    left = "".join(span for row in found.rows for span, _ in row.left or ())
    right = "".join(span for row in found.rows for span, _ in row.right or ())
    assert "".join(left.split()) == "".join("".join(span for line in styled(old) for span, _ in line.spans).split())
    assert "".join(right.split()) == "".join("".join(span for line in styled(new) for span, _ in line.spans).split())
    assert 0 <= found.alike <= 1 and (found.removed == found.added == 0 if old == new else True)


def test_only_the_words_that_differ_are_marked_and_lines_that_belong_together_stand_together() -> None:
    found = difference("Ana has 3 apples.\nShe buys 4 bags: 24.\n#### 27", "She buys 4 boxes: 24.\n#### 24")
    assert [(row.left is not None, row.right is not None) for row in found.rows] == [(True, False), (True, True), (True, True)]
    changed = found.rows[1]
    assert [span for span in changed.left or () if span[1] == "removed"] == [("bags", "removed")]
    assert [span for span in changed.right or () if span[1] == "added"] == [("boxes", "added")]
    assert (found.removed, found.added) == (4 + 1 + 1, 1 + 1)
    text = [text_of(line) for line in under(found, 60)]
    assert text == ["- Ana has 3 apples.", "- She buys 4 bags: 24.", "+ She buys 4 boxes: 24.", "- #### 27", "+ #### 24"]


def test_equal_texts_and_hidden_differences_are_told_apart() -> None:
    assert all(row.same for row in difference("a\nb", "a\nb").rows)
    assert not all(row.same for row in difference("a b", "a\u202eb").rows)


def test_texts_too_long_for_a_word_by_word_comparison_differ_as_a_whole() -> None:
    found = difference("a b " * 5000, "a c " * 5000)
    assert len(found.rows) == 1 and found.rows[0].left is not None and {role for _, role in found.rows[0].left} == {"removed"}


@given(st.integers(20, 200), st.sampled_from(["all", "inconsistent", "lost"]))
def test_filters_keep_the_chosen_value_in_sight_at_any_width(width: int, chosen: str) -> None:
    names = {name: name for name in ("all", "inconsistent", "wrong", "changed", "worse", "tied", "lost")}
    line, places = facet_line(facet("f", "show", names, dict.fromkeys(names, 1000), chosen), width)
    text = text_of(line)
    assert f"[{chosen}" in text and (cell_len(text) <= width or len(places) == 1)
    for start, end, value in places:
        assert value in text[start:end]


def poisoned() -> Opened:
    """A problem in which every text that can come from outside is the attack."""
    problem = Problem("p", Category.CODE, ATTACK, ATTACK, CodeTests((f"assert f('{ATTACK[:20]}')", ATTACK)))
    response = Response("key", "p", 0, "```python\n" + ATTACK + "\n```\n" + ATTACK, 9, "length", None, Sampling(0.7), "m", "e")
    evidence = (
        Evidence("before", response, Grade("01", False, f"test 1 of 2: {ATTACK}"), None),
        Evidence("after", replace(response, key="other", text=ATTACK * 500), Grade(ATTACK, None, ATTACK), None),
    )
    return Opened(problem, evidence, frozenset({"key"}), ATTACK * 3, ATTACK)


@pytest.mark.parametrize("width", [30, 76, 120])
def test_every_text_of_a_problem_is_harmless_at_every_width(width: int) -> None:
    reading = read(poisoned())
    for glyphs in (UNICODE, ASCII):
        lines = [line for block in stacked(reading, width, glyphs, frozenset({"before key"}), True) for line in block.lines]
        text = "\n".join(map(text_of, lines))
        assert not FORBIDDEN & set(text) and "[bold red]markup[/]" in text and "漢字" in text
        assert all(width_of(line) <= width for line in lines), [text_of(line) for line in lines if width_of(line) > width]


def test_a_problem_without_responses_says_so() -> None:
    lines = [line for block in stacked(read(Opened(Problem("p", Category.MATH, "1 + 1?"), ())), 60, UNICODE) for line in block.lines]
    assert "no responses to this problem yet" in "\n".join(map(text_of, lines))


def test_ungraded_responses_are_grouped_by_their_text_and_share_no_verdict() -> None:
    found = tuple(replace(one, grade=None) for one in fakes.evidence("before", "a story", None, None, 2))
    other = tuple(replace(one, grade=None) for one in fakes.evidence("before", "another story", None, None, 1))
    side = read(Opened(Problem("p", Category.CREATIVITY, "Tell a story."), found + other)).sides[0]
    assert [(group.count, group.correct) for group in side.groups] == [(2, None), (1, None)]
    assert side.same_response == side.same_answer == 2 / 3
