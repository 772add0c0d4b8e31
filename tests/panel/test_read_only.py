"""A read-only panel reads everything and starts, stops, decides and writes nothing, whichever key is pressed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screens.help import HelpScreen
from screens.keys import TABLE, shown
from screens.launch import LaunchScreen
from tests.panel import fakes
from tests.panel.fake_iterating import three_attempts
from tests.panel.stage import Stage, opened

READING = {
    "e": "Phase 1B report",
    "comma": "learning_rate",
    "d": "must be mended",
    "p": "Problem",
    "l": "log",
    "c": "num_train_epochs",
    "i": "What to change",
    "question_mark": "works here",
}
"""Keys of the home screen that open something, and what is then seen."""


def read_only() -> fakes.FakeSource:
    source = fakes.FakeSource(replace(fakes.validated("failed"), writable=False), writable=False)
    source.views = three_attempts()
    return source


def wrote(stage: Stage) -> list[str]:
    """What the source was asked that changes something, and plans of a start, which is where one begins."""
    return [asked for asked in stage.source.asked if asked.split()[0] in ("start", "stop", "override", "keep", "plan")]


@pytest.mark.slow
@pytest.mark.parametrize("opener", list(READING))
async def test_every_screen_can_be_read_and_its_writing_keys_are_refused(opener: str) -> None:
    async with opened(source=read_only()) as stage:
        await stage.press(opener)
        await stage.sees(READING[opener])
        screen = stage.app.screen
        scope = screen.SCOPE  # type: ignore[attr-defined]
        writing = [key for key in TABLE if key.scope == scope and key.writes]
        footer = stage.text.split("\n")[-1]
        for key in writing:
            assert f"{shown(key.keys[0])} {key.label}" not in footer
            await stage.press(key.keys[0])
            await stage.sees("This panel is read-only")
        assert wrote(stage) == [] and not any(isinstance(one, LaunchScreen) for one in stage.app.screen_stack)
        assert stage.source.written == []


async def test_on_the_home_screen_every_writing_key_is_refused_in_a_sentence() -> None:
    for key in [key for key in TABLE if key.scope == "control" and key.writes]:
        async with opened(source=read_only()) as stage:
            assert f"{shown(key.keys[0])} {key.label}" not in stage.text.split("\n")[-1]
            await stage.press(key.keys[0])
            said = "This panel is read-only, for it was opened with --read-only: it watches"
            await stage.until(lambda: any(said in note.message for note in stage.app._notifications))  # noqa: B023 - awaited
            assert wrote(stage) == []


async def test_help_says_which_keys_a_read_only_panel_refuses() -> None:
    async with opened(source=read_only()) as stage:
        await stage.go("question_mark", HelpScreen)
        await stage.sees("Not in a read-only panel: Run what is left")
