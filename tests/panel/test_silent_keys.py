"""A key that can do nothing says so, or says what can be done instead."""

from __future__ import annotations

import pytest

from screens.launch import LaunchScreen
from screens.responses import ResponsesScreen
from screens.settings import SettingsScreen
from tests.panel import fakes
from tests.panel.stage import opened


async def test_an_attempt_that_there_is_not_is_told_among_the_problems() -> None:
    async with opened(fakes.failed()) as stage:
        await stage.go("p", ResponsesScreen)
        await stage.sees("Problem 1:")
        await stage.press("A")
        await stage.sees("There is no later attempt.")
        await stage.press("a")
        await stage.until(lambda: "attempt 1" in stage.text)


async def test_enter_in_the_settings_opens_the_form_at_the_setting() -> None:
    async with opened(fakes.failed()) as stage:
        await stage.press("comma")
        await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and bool(stage.app.screen.rows))
        await stage.go("enter", LaunchScreen)


@pytest.mark.parametrize(
    ("pane", "said"),
    [("1", "distill"), ("3", "MATH"), ("4", "MATH"), ("5", "MATH score"), ("6", "no NVIDIA driver"), ("7", "'grad_norm': 0.81"),
     ("8", "checkpoint 40 saved")],
)  # fmt: skip
async def test_y_copies_what_a_pane_says(pane: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(fakes.training()) as stage:
        copied: list[str] = []
        monkeypatch.setattr(stage.app, "copy_to_clipboard", copied.append)
        await stage.press(pane, "y")
        assert len(copied) == 1 and said in copied[0] and copied[0].startswith(f"{pane} ")
        assert not any(sign in copied[0] for sign in "╭╮│")


async def test_y_on_a_blocked_form_says_why_and_the_form_names_the_key_that_goes_on() -> None:
    source = fakes.FakeSource(fakes.failed())
    source.plan = source.plan._replace(refusal="This is done in attempt 3.", anew=True)
    async with opened(source=source) as stage:
        await stage.press("g")
        await stage.sees("This is done in attempt 3. Press a for a new attempt.")
        assert "starts it in the background" not in stage.text
        await stage.press("down", "y")
        await stage.sees("not started")
        assert not [asked for asked in source.asked if asked.startswith("start")]
        source.plan = source.plan._replace(refusal="", anew=False)
        await stage.press("a")
        await stage.sees("starts it in the background")
