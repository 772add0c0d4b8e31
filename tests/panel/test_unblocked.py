"""However long the disk takes, a key does what it does: no test here waits for the reading that hangs."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import ahead
from screens.control import ControlScreen
from screens.log import LogScreen
from screens.responses import ResponsesScreen
from tests.panel import fakes, scenes
from tests.panel.stage import opened

APPLICATION = Path(ahead.__file__).parent / "application.py"


class SlowDisk(fakes.FakeSource):
    """Every question hangs from the moment that ``gate`` is cleared until it is set again."""

    def __init__(self, *snapshots: fakes.Snapshot) -> None:
        super().__init__(*snapshots)
        self.gate = threading.Event()
        self.gate.set()
        self.hanging = threading.Event()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found) or name in ("show", "gate", "hanging"):
            return found

        def slow(*arguments: Any, **named: Any) -> Any:
            gate = object.__getattribute__(self, "gate")
            if not gate.is_set():
                object.__getattribute__(self, "hanging").set()
                gate.wait(60)
            return found(*arguments, **named)

        return slow


@pytest.fixture
def disk() -> Iterator[SlowDisk]:
    source = SlowDisk(scenes.training())
    yield source
    source.gate.set()


async def test_keys_work_while_the_workspace_is_being_read(disk: SlowDisk) -> None:
    async with opened(source=disk) as stage:
        disk.gate.clear()
        assert stage.app.watcher is not None
        stage.app.watcher.hurry()
        await stage.until(disk.hanging.is_set, "a reading that hangs")
        await stage.press("2", "plus")
        await stage.sees("steps 19 to 56")
        await stage.press("z")
        await stage.until(lambda: "1 Plan" not in stage.text)
        await stage.press("escape", "6", "minus")
        await stage.sees("last 30 min")
        await stage.press("f2", "question_mark")
        await stage.sees("works here")
        await stage.press("escape", "tab")
        assert isinstance(stage.app.screen, ControlScreen) and stage.home.board.front == "log"
        disk.gate.set()


async def test_screens_open_and_close_while_what_they_show_is_still_being_read(disk: SlowDisk) -> None:
    async with opened(source=disk) as stage:
        disk.gate.clear()
        await stage.go("p", ResponsesScreen)
        await stage.press("escape", "l")
        await stage.until(lambda: isinstance(stage.app.screen, LogScreen))
        await stage.press("escape", "2", "w", "g", "s", "y")
        await stage.press("3")
        assert isinstance(stage.app.screen, ControlScreen) and stage.home.board.front == "consistency"
        disk.gate.set()
        await stage.until(lambda: "stop" in disk.asked and "plan phase-1b.1" in disk.asked, "what was asked for")


def test_every_screen_that_a_key_opens_is_loaded_ahead() -> None:
    tree = ast.parse(APPLICATION.read_text(encoding="utf-8"))
    late = {
        node.module
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("screens.")
    }
    assert late - set(ahead.SCREENS) == {"screens.control"}


def test_what_is_loaded_ahead_can_be_loaded() -> None:
    ahead.load()
