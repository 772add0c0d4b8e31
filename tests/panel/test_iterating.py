"""After a failed gate: what to change, a new attempt, attempts side by side, two of them compared. Told from key to screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.counsel.suggestions import Suggestion
from core.measures.paired import Difference
from core.plan.verdicts import GateView
from screens.attempts import AttemptsScreen
from screens.attempts_lines import heading, row_line
from screens.control import ControlScreen
from screens.ink import text_of, width_of
from screens.iterating import Choice
from screens.launch import LaunchScreen
from screens.responses import ResponsesScreen
from screens.suggestions import SuggestionsScreen, entry
from screens.versus import VersusScreen
from screens.versus_lines import interval, page
from screens.widgets.glyphs import ASCII, UNICODE, Glyphs
from tests.panel import fakes
from tests.panel.fake_iterating import out_of_reach, three_attempts, versus
from tests.panel.stage import Stage, opened


def three() -> fakes.FakeSource:
    source = fakes.FakeSource(fakes.validated())
    source.views = three_attempts()
    return source


def form(stage: Stage) -> LaunchScreen:
    assert isinstance(stage.app.screen, LaunchScreen)
    return stage.app.screen


async def test_a_failed_gate_leads_to_a_new_attempt_with_three_keys() -> None:
    async with opened(source=fakes.failed_twice()) as stage:
        await stage.sees("i what to change")
        await stage.press("i")
        await stage.sees("Train longer: 3 epochs")
        await stage.sees("the gate wants at least 40 %")
        await stage.press("enter")
        await stage.sees("This starts attempt 3 from attempt 2.")
        await stage.sees("Attempt 2 stays as it is")
        row = next(row for row in form(stage).rows if row.field.key == "train.num_train_epochs")
        assert (row.value, row.origin, row.used) == (3.0, "form", 1.0)
        await stage.press("enter")
        await stage.until(lambda: "start phase-1b.1 from 2 train.num_train_epochs=3" in stage.source.asked)
        assert isinstance(stage.app.screen, ControlScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_no_training_can_meet_is_said_alone_and_enter_starts_nothing(size: tuple[int, int]) -> None:
    source = fakes.FakeSource(fakes.validated("failed"))
    source.views = out_of_reach()
    async with opened(source=source, size=size) as stage:
        await stage.press("i")
        await stage.sees("No training can meet MATH score")
        await stage.sees("REASONING change")
        await stage.sees("of which 64 % are right")
        told = " ".join(stage.text.replace(UNICODE.track[4], " ").split())
        assert "out of reach: a model that is always right scores 68 % against these references, of which 64 % are right" in told
        assert "against its own accuracy before training, less 5 %" in told, "every criterion stands there with its note"
        assert "Lower gate.math_score_1b1, or compare with other references (judge.reference)." in told
        assert "Train longer" not in told and "Learn faster" not in told
        await stage.press("space", "enter")
        await stage.sees("There is no change to try here")
        await stage.press("y")
        assert isinstance(stage.app.screen, SuggestionsScreen) and not stage.app.screen.chosen
        assert not [asked for asked in source.asked if asked.startswith(("start", "plan"))]
        await stage.go("n", LaunchScreen)


@pytest.mark.slow
async def test_several_suggestions_are_taken_together() -> None:
    async with opened(source=fakes.failed_twice()) as stage:
        await stage.press("i")
        await stage.sees("Train longer")
        await stage.press("space", "down", "space", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, LaunchScreen))
        assert dict(form(stage).choice.values) == {
            "train.num_train_epochs": 3.0,
            "categories.MATH.generate_temperature": 0.3,
            "categories.CODE.generate_temperature": 0.3,
        }


@pytest.mark.slow
async def test_own_changes_start_from_the_attempt_that_failed() -> None:
    async with opened(source=fakes.failed_twice()) as stage:
        await stage.press("i")
        await stage.sees("Train longer")
        await stage.go("n", LaunchScreen)
        assert form(stage).choice == Choice(parent=2)


async def test_without_a_failed_gate_there_is_nothing_to_suggest() -> None:
    async with opened(source=three()) as stage:
        await stage.press("i")
        await stage.sees("no gate has failed here")
        await stage.press("enter", "n", "space", "y")
        assert isinstance(stage.app.screen, SuggestionsScreen)


async def test_attempts_stand_side_by_side_and_two_are_compared() -> None:
    async with opened(source=three()) as stage:
        await stage.go("c", AttemptsScreen)
        await stage.sees("3 attempts")
        await stage.sees("num_train_epochs 1 → 3")
        await stage.press("home")
        await stage.sees("Attempt 1,")
        await stage.press("space", "end", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, VersusScreen))
        await stage.until(lambda: "versus 1 3" in stage.source.asked)
        await stage.sees("McNemar p = 0.038")
        await stage.sees("+45.1 [+42.1, +48.1]")
        await stage.press("x")
        await stage.until(lambda: "versus 3 1" in stage.source.asked)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [58, 60, 64, 78, 80, 100, 116, 150, 200])
def test_a_row_of_the_table_stands_under_its_heading_at_every_width(width: int, glyphs: Glyphs) -> None:
    for view in three_attempts():
        names = text_of(heading(width, glyphs))
        row = text_of(row_line(view, width, glyphs, fakes.NOW, False, "response_consistency"))
        assert names.index("consistency") + len("consistency") == row.index(" %") + 2
        assert len(names) <= width and (width >= 100 or len(row) <= width)


@pytest.mark.slow
async def test_without_a_mark_an_attempt_is_compared_with_its_parent() -> None:
    async with opened(source=three()) as stage:
        await stage.press("c")
        await stage.sees("3 attempts")
        await stage.press("enter")
        await stage.until(lambda: "versus 2 3" in stage.source.asked)
        await stage.press("escape", "home", "enter")
        await stage.sees("Mark another attempt first")


async def test_a_new_attempt_starts_from_the_one_under_the_cursor() -> None:
    async with opened(source=three()) as stage:
        await stage.press("c")
        await stage.sees("3 attempts")
        await stage.press("up", "n")
        await stage.sees("This starts attempt 4 from attempt 2.")
        assert form(stage).choice == Choice(parent=2)
        await stage.press("y")
        await stage.until(lambda: "start phase-1b.1 from 2" in stage.source.asked)


@pytest.mark.slow
async def test_suggestions_and_report_of_an_attempt_are_one_key_away() -> None:
    async with opened(source=three()) as stage:
        await stage.press("c")
        await stage.sees("3 attempts")
        await stage.press("home", "i")
        await stage.sees("gate 1B.1 failed in attempt 1")


@pytest.mark.slow
async def test_the_problems_of_an_attempt_are_one_key_away() -> None:
    async with opened(source=three()) as stage:
        await stage.press("c")
        await stage.sees("3 attempts")
        await stage.press("home", "p")
        await stage.until(lambda: isinstance(stage.app.screen, ResponsesScreen))
        await stage.press("escape", "end", "enter")
        await stage.sees("problems that both measured")
        await stage.go("p", ResponsesScreen)


@pytest.mark.slow
async def test_before_the_first_attempt_the_table_says_so() -> None:
    async with opened(fakes.base()) as stage:
        await stage.press("c")
        await stage.sees("no attempt yet")
        await stage.press("enter", "n", "i", "space")
        assert isinstance(stage.app.screen, AttemptsScreen)


@pytest.mark.slow
async def test_an_override_is_named_with_its_reason() -> None:
    source = three()
    first = source.views[0]
    gate = GateView("gate-1b.1", "1B.1", "gate 1B.1", "overridden", first.gates[0].criteria, "shown to the board")
    source.views = (replace(first, gates=(gate,)),)
    async with opened(source=source) as stage:
        await stage.press("c")
        await stage.sees("1B.1 overridden")
        await stage.sees("overridden: shown to the board")


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200])
def test_a_comparison_fits_every_width(width: int, glyphs: Glyphs) -> None:
    lines = page(versus(), width, glyphs)
    table = [line for line in lines if "same response" in text_of(line)]
    assert len(table) == 4 and all("+45.1 [+42.1, +48.1]" in text_of(line) for line in table)
    if width >= 80:
        assert all(width_of(line) <= width for line in table)

def test_what_came_of_a_try_stands_above_the_reason() -> None:
    changes = (("train.num_train_epochs", 3.0),)
    tried = Suggestion("epochs", "Train longer: 3 epochs", "Because.", changes, "Tried in attempt 2: it was worse.")
    drawn = [text_of(line).strip() for line in entry(tried, False, {"train.num_train_epochs": 2.0}, 100, UNICODE)]
    assert drawn == ["Train longer: 3 epochs", "train.num_train_epochs  2 → 3", "Tried in attempt 2: it was worse.", "Because."]


def test_the_end_of_an_interval_is_told_on_its_side_of_nothing_and_nothing_is_never_less_than_nothing() -> None:
    assert interval(Difference(-0.009, 0.004, 300, -0.017, -0.00038)) == "-0.9 [-1.7, -0.04]"
    assert interval(Difference(0.02, 0.01, 300, -0.0003, 0.044)) == "+2.0 [-0.03, +4.4]"
    assert interval(Difference(-1e-17, 0.0, 300, -0.0, 0.0)) == "+0.0 [+0.0, +0.0]"
