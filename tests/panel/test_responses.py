"""Problems are found among thousands, opened, read, compared and copied; what a step makes meanwhile appears by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import Category, CodeTests, Grade, Outcome, Problem, Response, Sampling, Verdict
from core.runs.evidence import Evidence, Opened, ProblemFigures, Side
from screens import answers, responses
from screens.answers import AnswersScreen
from screens.control import ControlScreen
from screens.difference import DifferenceScreen
from screens.ports import Problems
from screens.responses import ResponsesScreen
from tests.panel import fakes
from tests.panel.stage import Stage, opened


async def table_of(stage: Stage, count: int) -> ResponsesScreen:
    """The table once it shows so many problems."""
    await stage.until(lambda: isinstance(stage.app.screen, ResponsesScreen) and len(stage.app.screen.shown) == count, f"{count} problems")
    screen = stage.app.screen
    assert isinstance(screen, ResponsesScreen)
    return screen


def ids(screen: ResponsesScreen) -> list[int]:
    """The problems as shown, by their places."""
    return [entry.place for entry in screen.shown]


async def test_problems_are_filtered_by_category_and_kind_and_escape_takes_the_filters_away() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("p")
        screen = await table_of(stage, 40)
        await stage.sees("c category [all 40] MATH 14 CODE 13 REASONING 13")
        await stage.press("c")
        assert {entry.row.category for entry in screen.shown} == {Category.MATH}
        await stage.press("f")
        assert all(entry.now.response_consistency is not None and entry.now.response_consistency < 0.5 for entry in screen.shown)
        assert 0 < len(screen.shown) < 14
        await stage.sees(f"[inconsistent {len(screen.shown)}]")
        await stage.press("F", "F")
        await stage.sees("[lost 0]")
        assert "no problem passes the filter" in stage.text
        await stage.press("escape")
        await stage.until(lambda: len(screen.shown) == 40, "all problems again")
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, ControlScreen), "the home screen")


async def test_the_table_is_ordered_by_any_column_and_the_other_way_round() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("p")
        screen = await table_of(stage, 40)
        await stage.press("down", "down", "o", "o")
        await stage.sees("same response ▾")
        assert screen.table.cursor == 0, "what comes first is seen"
        shares = [entry.now.response_consistency or 0 for entry in screen.shown]
        assert shares == sorted(shares)
        await stage.press("O")
        await stage.sees("same response ▴")
        assert [entry.now.response_consistency or 0 for entry in screen.shown] == sorted(shares, reverse=True)
        await stage.pilot.click(screen.table, offset=(40, 0))
        await stage.sees("right ▾")
        await stage.pilot.click(screen.table, offset=(40, 0))
        await stage.sees("right ▴")


async def test_a_click_on_a_filter_chooses_it() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("p")
        screen = await table_of(stage, 40)
        await stage.sees("f show     [all 40]")
        row = next(y for y, line in enumerate(stage.text.split("\n")) if line.startswith(" f show"))
        await stage.pilot.click(offset=(stage.text.split("\n")[row].index("wrong") + 1, row))
        await stage.until(lambda: len(screen.shown) < 40)
        await stage.sees("[wrong ")


async def test_text_is_found_in_problems_at_once_and_in_responses_when_the_typing_pauses() -> None:
    class Searched(fakes.FakeSource):
        def search(self, text: str, part: str = "measured", attempt: int = 0) -> set[str]:
            self.asked.append(f"search {text}")
            return {self.rows[3].id} if text == "only in a response" else set()

    source = Searched(fakes.training())
    async with opened(source=source) as stage:
        await stage.press("p", "slash")
        screen = await table_of(stage, 40)
        await stage.type("Problem 7:")
        await stage.until(lambda: ids(screen) == [7], "the problem with the text")
        await stage.press("escape")
        await stage.until(lambda: len(screen.shown) == 40, "all problems again")
        await stage.press("slash")
        await stage.type("only in a response")
        await stage.until(lambda: ids(screen) == [3], "the problem whose response holds the text")
        assert source.asked[-1] == "search only in a response"
        await stage.press("enter", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, AnswersScreen))


async def test_responses_are_grouped_by_answer_with_their_counts() -> None:
    async with opened(fakes.training(), size=(120, 40)) as stage:
        await stage.press("p")
        await table_of(stage, 40)
        await stage.press("enter")
        await stage.sees("10 of 10 right")
        text = stage.text
        assert "✓ right  27" in text and "5 of 10  ━━━━━─────   50 %" in text and "✗ wrong  24" in text and "2 of 10" in text
        assert "same response 30 %   same answer 50 %   n 10" in text and "greedy ✓ 27" in text and "also the greedy response" in text
        await stage.press("n")
        await stage.sees("Problem 1:")
        assert "2 of 40" in stage.text


async def test_before_and_after_stand_side_by_side_or_below_each_other() -> None:
    async with opened(fakes.training(), size=(120, 40)) as stage:
        await stage.press("p")
        await table_of(stage, 40)
        await stage.press("enter")
        await stage.sees("After training")
        assert any("Before training" in line and "After training" in line for line in stage.text.split("\n"))
        await stage.press("tab", "down")
        screen = stage.app.screen
        assert isinstance(screen, AnswersScreen) and screen.second.has_focus
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: screen.first.has_focus, "the one column that is left")
        assert not any("Before training" in line and "After training" in line for line in stage.text.split("\n"))
        await stage.press("tab")
        await stage.sees("After training")


async def test_a_response_is_compared_word_by_word_and_copied() -> None:
    async with opened(fakes.training()) as stage:
        copied: list[str] = []
        stage.app.copy = lambda text, what: copied.append(text)  # type: ignore[method-assign]
        await stage.press("p")
        await table_of(stage, 40)
        await stage.press("enter")
        await stage.sees("After training")
        await stage.press("down", "y")
        assert copied == ["4 * 6 = 24 apples\n#### 27"]
        await stage.go("d", DifferenceScreen)
        await stage.sees("only in the second")
        assert "- before training: right, 27, 2 of 10" in stage.text and "+ after training: right, 27, 10 of 10" in stage.text
        await stage.press("n")
        await stage.sees("- before training: wrong, 24, 3 of 10")
        await stage.press("y")
        assert copied[-1] == "She buys 4 * 6 = 24.\n#### 24"
        await stage.press("d")
        await stage.until(lambda: "+ after training" not in stage.text, "another one to compare with")
        await stage.press("escape")
        assert isinstance(stage.app.screen, AnswersScreen)


async def test_one_response_alone_has_nothing_to_be_compared_with() -> None:
    class Alone(fakes.FakeSource):
        def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
            return Opened(Problem(problem_id, Category.MATH, "1 + 1?", "2"), tuple(fakes.evidence("before", "2", "2", True, 3)))

    async with opened(source=Alone(fakes.training())) as stage:
        await stage.press("p")
        await table_of(stage, 40)
        await stage.press("enter")
        await stage.sees("3 of 3 right")
        await stage.press("d")
        await stage.sees("one response only")


REASONS: dict[Outcome, str] = {"tie": "both right", "loss": "wrong against right"}


def code_problem(row: ProblemFigures) -> Opened:
    """A CODE problem with a response that passes, one that fails its second test, and one that is no Python."""
    tests = CodeTests(("assert clip(5, 3) == 3", "assert clip(2, 3) == 2", "assert clip(3, 3) == 3"))
    prompt = f"Write a function that clips a number.\nIt should pass this test:\n{tests.tests[0]}"
    problem = Problem(row.id, Category.CODE, prompt, None, tests)
    bodies = ("return min(x, top)  # the smaller one", "return top", "return min(x top)")
    good, bad, broken = (f"Here it is:\n```python\ndef clip(x, top):\n    {line}\n```" for line in bodies)

    def made(role: str, text: str, grade: Grade, times: int, outcome: Outcome) -> list[Evidence]:
        found = []
        for index in range(times):
            response = Response(f"{role}{text}{index}", row.id, index, text, 30, "stop", None, Sampling(0.7), "model", "local")
            found.append(Evidence(role, response, grade, Verdict(row.id, response.key, outcome, "judge", REASONS[outcome])))
        return found

    return Opened(
        problem,
        (
            *made("before", bad, Grade("101", False, "test 2 of 3: wrong result"), 6, "loss"),
            *made("before", good, Grade("111", True, "passed 3 of 3"), 3, "tie"),
            *made("before", broken, Grade("def clip(x, top): return min(x top)", False, "the code is not valid Python"), 1, "loss"),
            *made("after", good, Grade("111", True, "passed 3 of 3"), 10, "tie"),
        ),
        frozenset({f"after{good}0"}),
        "```python\ndef clip(x, top):\n    return x if x < top else top\n```",
        "the file of references has changed since",
    )


class Coded(fakes.FakeSource):
    """Every problem is the CODE problem."""

    def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
        return code_problem(next(row for row in self.rows if row.id == problem_id))


async def test_code_is_shown_with_the_assertion_that_failed_the_reference_and_what_was_trained_on() -> None:
    async with opened(source=Coded(fakes.training())) as stage:
        await stage.press("p")
        await table_of(stage, 40)
        await stage.press("enter")
        await stage.sees("2 of 3 tests passed")
        await stage.sees("references has changed since")
        text = stage.text
        assert "✗ assert clip(2, 3) == 2" in text and "✓ assert clip(5, 3) == 3" in text and "wrong result" in text
        assert "6 lost against the reference: wrong against right" in text and "return x if x < top else top" in text
        assert "trained on this" in text
        await stage.press("pagedown")
        await stage.sees("the code is not valid Python")


async def test_a_long_response_is_folded_until_it_is_asked_for() -> None:
    class Long(fakes.FakeSource):
        def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
            text = "\n".join(f"line {i} of a long way to think" for i in range(60))
            return Opened(Problem(problem_id, Category.MATH, "word " * 900, "2"), tuple(fakes.evidence("before", text, "2", True, 1)))

    async with opened(source=Long(fakes.training())) as stage:
        await stage.press("p")
        await table_of(stage, 40)
        await stage.press("enter")
        await stage.sees("shows the whole problem")
        await stage.sees("48 more lines")
        assert "line 11 of" in stage.text and "line 12 of" not in stage.text
        await stage.press("enter")
        await stage.sees("line 12 of")
        for _ in range(30):
            await stage.press("down")
        await stage.sees("line 59 of")
        await stage.press("enter", "e")
        await stage.until(lambda: stage.text.count("word") > 200, "the whole problem")


class Growing(fakes.FakeSource):
    """A step is measuring: every reading finds more."""

    def __init__(self, *snapshots: fakes.Snapshot) -> None:
        super().__init__(*snapshots)
        self.runs = 1

    def problems(self, part: str = "measured", attempt: int = 0, listing: bool = False) -> Problems:
        made, none = Side(self.runs, 1.0, 1.0, self.runs, 0), Side()
        rows = [replace(row, before=made if place < 10 * self.runs else none, after=none) for place, row in enumerate(self.rows)]
        return Problems(rows, part, {part: len(rows)}, 2, not listing)

    def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
        return Opened(Problem(problem_id, Category.MATH, "1 + 1?", "2"), tuple(fakes.evidence("before", "3", "3", False, self.runs)))


async def test_what_the_running_step_makes_appears_in_the_table_and_in_the_open_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "LIVE_SECONDS", 0.0)
    monkeypatch.setattr(answers, "LIVE_SECONDS", 0.0)
    source = Growing(fakes.training(41))
    async with opened(source=source) as stage:
        await stage.press("p")
        screen = await table_of(stage, 40)
        await stage.until(lambda: screen.shown[0].now.n == 1)
        await stage.sees("10 of 40 problems have responses so far")
        await stage.press("down", "down")
        source.runs = 4
        await stage.show(fakes.training(42))
        await stage.until(lambda: screen.shown[0].now.n == 4, "the new responses in the table")
        assert screen.table.cursor == 2, "the cursor stays on its problem"
        await stage.until(lambda: "so far" not in stage.text)
        await stage.press("enter")
        await stage.sees("0 of 4 right")
        source.runs = 7
        await stage.until(lambda: stage.app.snapshot is not None)
        await stage.show(fakes.training(43))
        await stage.sees("0 of 7 right")


class Attempts(fakes.FakeSource):
    """Two parts, and other problems in each attempt."""

    def problems(self, part: str = "measured", attempt: int = 0, listing: bool = False) -> Problems:
        self.asked.append(f"{part} of {attempt}")
        rows = fakes.problem_rows(9 if attempt == 1 else 5)
        if part == "scanned":
            rows = [replace(row, failure="greedy answer wrong", trained=i == 1) if i % 2 else row for i, row in enumerate(rows)]
        return Problems(rows, part, {"measured": len(rows), "scanned": len(rows)}, attempt or 2, not listing)


async def test_scanned_problems_tell_failures_from_those_that_nobody_could_rescue() -> None:
    async with opened(source=Attempts(fakes.training())) as stage:
        await stage.press("p")
        screen = await table_of(stage, 5)
        await stage.press("s")
        await stage.sees("[scanned 5]")
        await stage.sees("greedy answer wrong")
        await stage.press("f")
        await stage.until(lambda: ids(screen) == [1, 3], "the failures")
        await stage.press("f")
        await stage.until(lambda: ids(screen) == [3] and "left out" in stage.text, "the one that was not rescued")


async def test_older_attempts_are_one_key_away() -> None:
    source = Attempts(fakes.training())
    async with opened(source=source) as stage:
        await stage.press("p")
        await table_of(stage, 5)
        await stage.press("a")
        await table_of(stage, 9)
        await stage.sees("attempt 1 of 2")
        await stage.press("A")
        await table_of(stage, 5)
        assert source.asked[-1] == "measured of 0"


async def test_ten_thousand_problems_are_there_at_once_and_filtered_while_one_types() -> None:
    source = fakes.FakeSource(fakes.training(), problems=fakes.problem_rows(10_000))
    async with opened(source=source, size=(160, 40)) as stage:
        await stage.press("p")
        screen = await table_of(stage, 10_000)
        await stage.press("end")
        await stage.sees("Problem 9999:")
        await stage.press("slash")
        await stage.type("problem 77:")
        await stage.until(lambda: ids(screen) == [77], "the problem with the text")


async def test_more_rows_than_can_be_filtered_at_once_are_filtered_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "_AT_ONCE", 10)
    async with opened(fakes.training()) as stage:
        await stage.press("p")
        screen = await table_of(stage, 40)
        await stage.press("c", "c")
        await stage.until(lambda: {entry.row.category for entry in screen.shown} == {Category.CODE}, "the last filter")


async def test_where_there_is_room_the_responses_stand_beside_the_table() -> None:
    async with opened(fakes.training(), size=(200, 50)) as stage:
        await stage.press("p")
        await table_of(stage, 40)
        await stage.sees("Before training")
        await stage.press("down")
        await stage.until(lambda: stage.text.count("Problem 1:") == 2, "the next problem beside the table")
