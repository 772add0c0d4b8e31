"""Keys that come all at once, as a slow line delivers them: text after a key that opens a field is text, never commands."""

from __future__ import annotations

import asyncio
import threading

import pytest
from textual import events
from textual.widgets import Input

from app import inturn
from screens.export import ExportScreen
from screens.iterating import UNCHANGED, Choice, LaunchPlan
from screens.launch import LaunchScreen
from screens.log import LogScreen
from screens.override import OverrideScreen
from screens.responses import ResponsesScreen
from screens.settings import SettingsScreen
from tests.panel import fakes
from tests.panel.stage import Stage, opened


def started(stage: Stage) -> list[str]:
    return [asked for asked in stage.source.asked if asked.startswith(("start", "stop", "keep"))]


@pytest.mark.parametrize(
    ("key", "screen", "text"),
    [
        ("g", LaunchScreen, "key_env"),
        ("g", LaunchScreen, "consist"),
        ("l", LogScreen, "valq"),
        ("p", ResponsesScreen, "flea"),
        ("comma", SettingsScreen, "seed"),
    ],
)
async def test_text_behind_a_slash_in_one_burst_is_looked_for(key: str, screen: type, text: str) -> None:
    async with opened(fakes.failed()) as stage:
        await stage.go(key, screen)
        await stage.burst(f"/{text}")
        assert type(stage.app.screen) is screen and not started(stage)
        find = stage.app.screen.query_one("#find", Input)
        assert find.value == text and find.has_focus


async def test_a_screen_and_its_search_may_be_opened_and_typed_into_in_one_burst() -> None:
    async with opened(fakes.failed()) as stage:
        await stage.burst("p/flea")
        assert isinstance(stage.app.screen, ResponsesScreen) and stage.app.screen.find.value == "flea"
        await stage.press("escape", "escape")
        assert stage.app.screen is stage.home
        await stage.burst("/flea")
        assert isinstance(stage.app.screen, ResponsesScreen) and stage.app.screen.find.value == "flea"


async def test_enter_and_escape_behind_the_text_do_what_they_say_and_keys_behind_them_are_keys_again() -> None:
    async with opened(fakes.failed()) as stage:
        await stage.go("g", LaunchScreen)
        screen = stage.app.screen
        assert isinstance(screen, LaunchScreen)
        await stage.burst("/epochs", "enter", "n")
        assert stage.app.screen is stage.home and not started(stage) and screen.find.value == "epochs"
        await stage.go("g", LaunchScreen)
        screen = stage.app.screen
        assert isinstance(screen, LaunchScreen)
        await stage.burst("/epochs", "escape")
        assert stage.app.screen is screen and not screen.find.has_class("-open") and len(screen.rows) == len(screen.plan.fields)


async def test_a_value_typed_and_taken_in_one_burst_replaces_the_one_there() -> None:
    async with opened(fakes.failed()) as stage:
        await stage.go("g", LaunchScreen)
        screen = stage.app.screen
        assert isinstance(screen, LaunchScreen)
        for event in (events.Key("down", None), events.Key("enter", None), events.Key("7", "7"), events.Key("enter", None)):
            stage.app.post_message(event)
        await stage.until(lambda: dict(screen.choice.values) == {"train.num_train_epochs": 7.0} and not screen.waiting)
        assert not started(stage)


async def test_pasted_text_behind_a_slash_waits_for_the_field() -> None:
    async with opened(fakes.failed()) as stage:
        await stage.go("comma", SettingsScreen)
        stage.app.post_message(events.Key("slash", "/"))
        stage.app.post_message(events.Paste("seed"))
        await stage.settle()
        assert stage.app.screen.query_one("#find", Input).value == "seed"


async def test_a_reason_and_a_place_are_typed_in_one_burst() -> None:
    async with opened(fakes.validated("failed")) as stage:
        await stage.burst("oquite sure", "enter")
        await stage.until(lambda: "override gate-1b.1 of attempt 2: quite sure" in stage.source.asked)
        assert not isinstance(stage.app.screen, OverrideScreen)
        await stage.press("e", "x")
        await stage.until(lambda: isinstance(stage.app.screen, ExportScreen))
        screen = stage.app.screen
        assert isinstance(screen, ExportScreen)
        await stage.until(lambda: bool(screen._paths))
        stage.app.post_message(events.Key("enter", None))
        await stage.burst("yqk")
        assert screen.place.value.endswith("yqk") and stage.app.screen is screen


async def test_no_key_is_lost_when_the_screen_under_it_goes() -> None:
    async with opened(fakes.failed()) as stage:
        for key in ("p", "escape", "comma", "escape", "p"):
            stage.app.post_message(events.Key(key, None))
        await stage.until(lambda: isinstance(stage.app.screen, ResponsesScreen) and not stage.app.taking)


async def test_a_form_that_comes_late_does_not_take_the_keys_of_the_screen_opened_meanwhile() -> None:
    source, may = fakes.FakeSource(fakes.failed()), threading.Event()
    plan = source.launch_plan

    def late(target: str, choice: Choice = UNCHANGED) -> LaunchPlan:
        may.wait(10)
        return plan(target, choice)

    source.launch_plan = late  # type: ignore[method-assign]
    async with opened(source=source) as stage:
        await stage.burst("g/many")
        may.set()
        await stage.sees("Another screen was opened")
        assert isinstance(stage.app.screen, ResponsesScreen) and stage.app.screen.find.value == "many" and not started(stage)


async def test_a_widget_that_never_comes_back_does_not_keep_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inturn, "_PATIENCE_SECONDS", 0.01)
    async with opened(fakes.failed()) as stage:
        never = asyncio.Event()
        stage.app.screen.call_later(never.wait)
        stage.app.post_message(events.Key("p", "p"))
        stage.app.post_message(events.Key("question_mark", "?"))
        await stage.until(lambda: len(stage.app.screen_stack) > 1)
        never.set()
        await stage.until(lambda: not stage.app.taking)
