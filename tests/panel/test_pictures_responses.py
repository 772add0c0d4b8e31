"""Problems, responses and differences as they look. ``pytest --snapshot-update`` after a wanted change; then look at them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from core.plan.settings import PanelSettings
from screens.widgets.glyphs import UNICODE
from tests.panel import fakes
from tests.panel.stage import DEADLINE, PanelApp, Stage
from tests.panel.test_responses import Attempts, Coded

pytestmark = pytest.mark.slow
Drawn = Callable[[Pilot[None]], Awaitable[None]]


def is_gone(stage: Stage, text: str) -> bool:
    """Whether a text is no longer on the screen."""
    return text not in stage.text


def drawn(source: fakes.FakeSource, *steps: str) -> Drawn:
    """Presses keys, types after ``type:``, and waits until what follows ``see:`` is on the screen, or what follows ``gone:`` is not."""

    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PanelApp)
        stage = Stage(app, source, pilot)
        deadline = time.monotonic() + DEADLINE
        while app.snapshot is None and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for step in steps:
            if step.startswith("see:"):
                await stage.sees(step.removeprefix("see:"))
            elif step.startswith("gone:"):
                await stage.until(partial(is_gone, stage, step.removeprefix("gone:")), step)
            elif step.startswith("type:"):
                app.screen.query_one(Input).cursor_blink = False
                await stage.type(step.removeprefix("type:"))
            else:
                await stage.press(step)
        await pilot.pause()

    return run


def app_of(source: fakes.FakeSource, theme: str = "cogumi-dark") -> PanelApp:
    """A panel whose clock stands still."""
    return PanelApp(source, PanelSettings(theme=theme), clock=lambda: fakes.NOW, glyphs=UNICODE)


TABLE = ("p", "see:won tie los")
OPENED = ("p", "see:Problem 0", "enter")


@pytest.mark.parametrize(
    ("size", "theme", "steps"),
    [
        ((80, 24), "cogumi-light", ("p", "see:Problem 0")),
        ((120, 40), "cogumi-dark", (*TABLE, "f", "o", "o", "O")),
        ((200, 50), "cogumi-dark", (*TABLE, "see:Before training")),
        ((120, 40), "cogumi-dark", (*TABLE, "slash", "type:problem 3", "gone:searching")),
        ((80, 24), "cogumi-dark", ("p", "see:Problem 0", "f", "f", "F", "F", "F", "see:no problem passes")),
    ],
    ids=["80x24-light", "120x40-ordered", "200x50-preview", "120x40-searching", "80x24-nothing-left"],
)
def test_the_table_of_problems(snap_compare: Any, size: tuple[int, int], theme: str, steps: tuple[str, ...]) -> None:
    source = fakes.FakeSource(fakes.validated(), problems=fakes.problem_rows(60))
    assert snap_compare(app_of(source, theme), terminal_size=size, run_before=drawn(source, *steps))


def test_the_table_before_anything_was_measured(snap_compare: Any) -> None:
    source = fakes.FakeSource(fakes.base(), problems=[])
    assert snap_compare(app_of(source), terminal_size=(80, 24), run_before=drawn(source, "p", "see:nothing was measured yet"))


def test_the_table_of_scanned_problems(snap_compare: Any) -> None:
    source = Attempts(fakes.validated())
    steps = ("p", "see:Problem 0", "s", "see:greedy answer wrong")
    assert snap_compare(app_of(source), terminal_size=(120, 40), run_before=drawn(source, *steps))


@pytest.mark.parametrize(
    ("size", "theme", "steps"),
    [
        ((80, 24), "cogumi-dark", (*OPENED, "see:Before training", "pagedown")),
        ((120, 40), "cogumi-light", (*OPENED, "see:After training", "down")),
        ((200, 50), "cogumi-dark", (*OPENED, "see:After training", "tab")),
        ((120, 40), "cogumi-dark", (*OPENED, "see:After training", "down", "d", "see:only in the second")),
        ((80, 24), "cogumi-dark", (*OPENED, "see:Before training", "down", "d", "see:only in the second")),
    ],
    ids=["80x24", "120x40-light", "200x50", "120x40-differences", "80x24-differences"],
)
def test_the_responses_to_a_problem(snap_compare: Any, size: tuple[int, int], theme: str, steps: tuple[str, ...]) -> None:
    source = fakes.FakeSource(fakes.validated())
    assert snap_compare(app_of(source, theme), terminal_size=size, run_before=drawn(source, *steps))


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "cogumi-dark"), ((120, 40), "cogumi-dark"), ((200, 50), "cogumi-light")],
    ids=["80x24", "120x40", "200x50-light"],
)
def test_code_with_a_test_that_failed(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    source = Coded(fakes.validated())
    seen = "see:tests passed" if size[0] > 80 else "see:Before training"
    assert snap_compare(app_of(source, theme), terminal_size=size, run_before=drawn(source, *OPENED, seen))
