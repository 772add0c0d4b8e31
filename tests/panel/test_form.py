"""The form of a start: what is typed, nudged, found, taken back and written, and when it starts. Told from key to screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual import events

from core.errors import SettingsError
from core.runs.readiness import Finding
from screens.iterating import UNCHANGED, Choice, LaunchPlan
from screens.launch import LaunchScreen
from tests.panel import fakes
from tests.panel.fake_iterating import FIELDS
from tests.panel.stage import Stage, opened


def form(stage: Stage) -> LaunchScreen:
    assert isinstance(stage.app.screen, LaunchScreen)
    return stage.app.screen


async def in_form(stage: Stage, *keys: str) -> LaunchScreen:
    """Opens the form and presses keys once all of it is there."""
    await stage.go("g", LaunchScreen)
    await stage.press(*keys)
    return form(stage)


async def told(stage: Stage, condition: Callable[[], bool]) -> None:
    await stage.until(lambda: condition() and not form(stage).waiting)


async def test_a_value_is_typed_checked_as_it_is_typed_and_taken() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "enter")
        assert screen.edit.has_focus and screen.edit.value == "2"
        await stage.press("backspace")
        await stage.type("many")
        await stage.sees("✗ must be a number, at least 0.01")
        await stage.press("enter")
        assert screen.edit.has_focus, "what is no value is not taken"
        await stage.press(*["backspace"] * 4)
        await stage.type("4")
        await stage.sees("✓ a number, at least 0.01")
        await stage.press("enter")
        await told(stage, lambda: dict(screen.choice.values) == {"train.num_train_epochs": 4.0})
        await stage.sees("form    was 2")
        await stage.sees("Start Phase 1B.1 as attempt 3")
        await stage.press("y")
        await stage.until(lambda: "start phase-1b.1 train.num_train_epochs=4" in stage.source.asked)


async def test_a_window_that_changes_its_size_while_a_value_is_typed_loses_no_letter_to_keys() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "enter")
        await stage.press("backspace")
        await stage.type("ru")
        for size in ((80, 24), (119, 40), (60, 15)):
            await stage.pilot.resize_terminal(*size)
            await stage.settle()
            assert screen.edit.has_focus and screen.edit.has_class("-open")
        await stage.type("my")
        assert screen.edit.value == "rumy" and not [asked for asked in stage.source.asked if asked.startswith("start")]


async def test_arrows_that_come_in_one_burst_change_one_value_only() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "enter")
        await stage.press("backspace")
        await stage.type("7")
        for _ in range(4):
            stage.app.post_message(events.Key("down", None))
        await told(stage, lambda: dict(screen.choice.values) == {"train.num_train_epochs": 7.0} and screen.entries.cursor >= 4)
        assert not screen.edit.has_class("-open")


async def test_what_was_written_to_the_file_can_be_set_back() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "right")
        await told(stage, lambda: dict(screen.choice.values) == {"train.num_train_epochs": 3.0})
        await stage.press("w")
        await stage.until(lambda: "keep {'train.num_train_epochs': 3.0}" in stage.source.asked)
        await stage.press("left")
        await told(stage, lambda: dict(screen.choice.values) == {"train.num_train_epochs": 2.0})


async def test_escape_takes_nothing_and_arrows_take_and_move_on() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "enter")
        await stage.type("9")
        await stage.press("escape")
        assert screen.choice == UNCHANGED and not screen.edit.has_focus
        await stage.press("enter")
        await stage.type("5")
        await stage.press("down")
        await told(stage, lambda: dict(screen.choice.values) == {"train.num_train_epochs": 5.0})
        assert screen.current is not None and screen.current.field.key == "train.learning_rate"


async def test_arrows_nudge_values_and_undo_takes_them_back() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "down", "right", "right")
        await told(stage, lambda: dict(screen.choice.values) == {"train.learning_rate": 0.01})
        await stage.press("left")
        await told(stage, lambda: dict(screen.choice.values) == {"train.learning_rate": 0.005})
        await stage.press("u")
        await told(stage, lambda: screen.choice.values == ())
        await stage.press("right", "left")
        await told(stage, lambda: screen.choice.values == ())


async def test_what_was_changed_is_still_there_when_the_form_is_opened_again_until_it_starts() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "right")
        await told(stage, lambda: dict(screen.choice.values) == {"train.num_train_epochs": 3.0})
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.home)
        again = await in_form(stage)
        await stage.sees("Changes of before are kept; U takes them back.")
        assert again is not screen and dict(again.choice.values) == {"train.num_train_epochs": 3.0}
        await stage.press("y")
        await stage.until(lambda: "start phase-1b.1 train.num_train_epochs=3" in stage.source.asked)
        assert (await in_form(stage)).choice == UNCHANGED


@pytest.mark.slow
async def test_a_choice_is_switched_in_place() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "slash")
        await stage.type("model.precision")
        await stage.press("enter", "enter")
        await told(stage, lambda: dict(screen.choice.values) == {"model.precision": "auto"})


async def test_words_find_a_setting_and_escape_shows_all_again() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "slash")
        await stage.type("warmup")
        assert [row.field.key for row in screen.rows] == ["train.warmup_ratio"]
        await stage.sees(f"1 of {len(FIELDS)} settings")
        await stage.press("enter")
        assert screen.current is not None and screen.current.field.key == "train.warmup_ratio"
        await stage.press("escape")
        await stage.sees(f"{len(FIELDS)} settings of an attempt · 0 changed")
        assert isinstance(stage.app.screen, LaunchScreen)


@pytest.mark.slow
async def test_another_screen_can_lead_to_a_setting_in_the_form() -> None:
    async with opened(fakes.failed()) as stage:
        stage.app.launch("phase-1b.1", find="judge.samples")
        await stage.until(lambda: isinstance(stage.app.screen, LaunchScreen))
        row = form(stage).current
        assert row is not None and row.field.key == "judge.samples"


@pytest.mark.slow
async def test_only_what_is_changed_can_be_shown() -> None:
    async with opened(fakes.failed()) as stage:
        screen = await in_form(stage, "down", "right", "f")
        await told(stage, lambda: [row.field.key for row in screen.rows] == ["train.num_train_epochs"])


@pytest.mark.slow
async def test_the_file_is_written_on_request_only() -> None:
    async with opened(fakes.failed()) as stage:
        await in_form(stage, "w")
        await stage.sees("there is nothing to write")
        await stage.press("down", "right", "w")
        await stage.until(lambda: "keep {'train.num_train_epochs': 3.0}" in stage.source.asked)
        await stage.sees("written to /workspace/data/run/cogumi.toml")


@pytest.mark.slow
async def test_failed_checks_ask_twice() -> None:
    source = fakes.FakeSource(fakes.base())
    source.plan = source.plan._replace(findings=(Finding("disk", "problem", "2 GiB are free, the step needs about 9", "make room"),))
    async with opened(source=source) as stage:
        await in_form(stage)
        await stage.sees("although 1 check failed")
        await stage.press("y")
        await stage.sees("Press y again")
        assert not [asked for asked in source.asked if asked.startswith("start")]
        await stage.press("y")
        await stage.until(lambda: "start phase-1b.1" in source.asked)


@pytest.mark.slow
async def test_values_that_cannot_stand_together_are_said_where_one_starts() -> None:
    source = fakes.FakeSource(fakes.failed())
    plain = source.launch_plan

    def refusing(target: str, choice: Choice = UNCHANGED) -> LaunchPlan:
        if choice.values:
            return plain(target)._replace(trouble="model.engine is 'server', so generation.server_url must name the server's base URL.")
        return plain(target)

    source.launch_plan = refusing  # type: ignore[method-assign]
    async with opened(source=source) as stage:
        screen = await in_form(stage, "down", "right")
        await stage.sees("generation.server_url must name")
        await stage.press("y")
        assert screen.entries.cursor == 0 and "start" not in " ".join(source.asked)


@pytest.mark.slow
async def test_an_error_while_working_it_out_is_said_and_can_be_taken_back() -> None:
    source = fakes.FakeSource(fakes.failed())
    plain = source.launch_plan

    def breaking(target: str, choice: Choice = UNCHANGED) -> LaunchPlan:
        if choice.values:
            raise SettingsError("cogumi.toml is not valid TOML.")
        return plain(target)

    source.launch_plan = breaking  # type: ignore[method-assign]
    async with opened(source=source) as stage:
        screen = await in_form(stage, "down", "right")
        await stage.sees("cogumi.toml is not valid TOML.")
        await stage.press("u")
        await told(stage, lambda: not screen.plan.trouble)


@pytest.mark.slow
async def test_what_may_be_started_follows_what_runs_meanwhile() -> None:
    source = fakes.FakeSource(fakes.training())
    source.plan = source.plan._replace(refusal="train is running; one step runs at a time. Stop it first, or wait for it.")
    async with opened(source=source) as stage:
        screen = await in_form(stage)
        await stage.sees("train is running; one step")
        assert " y start" not in stage.text.split("\n")[-1]
        source.plan = source.plan._replace(refusal="")
        await stage.show(fakes.validated("failed"))
        await stage.sees("Start Phase 1B.1 in attempt 2")
        await stage.sees(" y start")
        assert isinstance(stage.app.screen, LaunchScreen) and not screen.plan.refusal


@pytest.mark.slow
async def test_tab_shows_all_that_is_known_and_back() -> None:
    async with opened(fakes.failed(), size=(80, 24)) as stage:
        await in_form(stage)
        await stage.sees("tab shows all of it")
        await stage.press("tab")
        await stage.sees("expect hardly any change")
        await stage.press("escape")
        await stage.sees("tab shows all of it")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 50)])
async def test_the_form_is_whole_at_every_size(size: tuple[int, int]) -> None:
    async with opened(source=fakes.failed_twice(), size=size) as stage:
        await stage.press("i")
        await stage.sees("Train longer")
        await stage.press("enter")
        await stage.sees("Start Phase 1B.1 as attempt 3")
        await stage.press("down")
        await stage.sees("was 1")
        await stage.press("enter")
        await stage.type("77")

        def row(name: str) -> str:
            return next(row for row in stage.text.split("\n") if name in row)

        await stage.until(lambda: "77" in row(".num_train_epochs "), "what was typed")
        typed, below = row(".num_train_epochs "), row(".learning_rate ")
        assert typed.index("77") == below.index("0.002"), "what is typed stands where the value stood"
