"""What cannot be read says why on its own page, where the user looks, and not only in a message that goes."""

from __future__ import annotations

import pytest

from core.errors import WorkspaceError
from screens.answers import AnswersScreen
from screens.versus import VersusScreen
from tests.panel import fakes
from tests.panel.stage import Stage, opened

WHY = "The store of the workspace is damaged: the file is no database any more. Put back a copy of it, or move it away."


def refuse(source: fakes.FakeSource, method: str) -> None:
    def refused(*arguments: object, **named: object) -> None:
        raise WorkspaceError(WHY)

    setattr(source, method, refused)


async def gone(stage: Stage) -> None:
    """Every message has gone; what is still there stands on the page."""
    stage.app.clear_notifications()
    await stage.until(lambda: "Put back a copy of it" in stage.text.replace("\n", " ") and not list(stage.app._notifications))


@pytest.mark.parametrize(
    ("method", "key"), [("logs", "l"), ("problems", "p"), ("iteration", "i"), ("overview", "c"), ("settings", "comma"), ("report", "e")]
)
async def test_a_screen_says_what_it_could_not_read(method: str, key: str) -> None:
    source = fakes.FakeSource(fakes.validated("failed"))
    refuse(source, method)
    async with opened(source=source, size=(200, 50)) as stage:
        await stage.press(key)
        await gone(stage)
        for waiting in ("opening the log", "reading", "looking at"):
            assert f"  {waiting}" not in stage.text


async def test_a_comparison_that_cannot_be_says_why_until_the_other_way_round_can() -> None:
    source = fakes.FakeSource(fakes.validated("failed"))
    known = source.versus
    refuse(source, "versus")
    async with opened(source=source, size=(200, 50)) as stage:
        stage.app.open_versus(2, 3)
        await stage.until(lambda: isinstance(stage.app.screen, VersusScreen))
        await gone(stage)
        source.versus = known  # type: ignore[method-assign]
        await stage.press("x")
        await stage.until(lambda: "Put back" not in stage.text)


async def test_responses_that_cannot_be_read_say_why() -> None:
    source = fakes.FakeSource(fakes.validated("failed"))
    refuse(source, "answers")
    async with opened(source=source, size=(140, 50)) as stage:
        await stage.press("p")
        await stage.sees("Problem 1:")
        await stage.go("enter", AnswersScreen)
        await gone(stage)
