"""Opens the panel on a fake source in a terminal of a given size, waits for what should come, and reads the screen as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from app.panel import prepare

prepare()

from app.application import PanelApp  # noqa: E402 - Textual reads its environment when it is imported
from core.plan.settings import PanelSettings  # noqa: E402
from screens.control import ControlScreen  # noqa: E402
from screens.widgets.glyphs import UNICODE, Glyphs  # noqa: E402
from tests.panel import fakes  # noqa: E402

DEADLINE = 10.0


@dataclass
class Stage:
    """A running panel."""

    app: PanelApp
    source: fakes.FakeSource
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        """The screen as text, one line a row."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def home(self) -> ControlScreen:
        """The home screen."""
        return cast(ControlScreen, self.app.screen_stack[1])

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Waits until ``condition`` holds."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"{what or 'what was waited for'} did not come; the screen was:\n{self.text}"
            await asyncio.sleep(0.005)
            await self.settle()

    async def sees(self, text: str) -> None:
        """Waits until ``text`` is on the screen."""
        await self.until(lambda: text in self.text, repr(text))

    async def settle(self) -> None:
        """Lets every widget do what it has been told, and what that led to."""
        # Pilot's own pause waits for an idle processor, which on a busy machine takes a tenth of a second a key.
        for _ in range(2):
            await asyncio.sleep(0.001)
            await self.pilot._wait_for_screen()
        while self.app.taking:
            await asyncio.sleep(0.001)

    async def press(self, *keys: str) -> None:
        """Presses keys, each once the one before has done its work."""
        for key in keys:
            self.app.post_message(events.Key(key, None))
            await self.settle()

    async def go(self, key: str, screen: type) -> None:
        """Presses a key that opens a screen, and waits for it."""
        await self.press(key)
        await self.until(lambda: isinstance(self.app.screen, screen), screen.__name__)
        await self.settle()

    async def type(self, text: str) -> None:
        """Types text, as into an input."""
        for character in text:
            self.app.post_message(events.Key(_character_to_key(character), character))
            await self.settle()

    async def burst(self, text: str, *keys: str) -> None:
        """Text and then keys, all of them there before the first is dealt with, as a slow line brings them."""
        typed = [events.Key(_character_to_key(character), character) for character in text]
        for event in (*typed, *(events.Key(key, None) for key in keys)):
            self.app.post_message(event)
        await self.settle()

    async def show(self, snapshot: fakes.Snapshot) -> None:
        """The workspace becomes this, and the panel has drawn it."""
        self.source.show(snapshot)
        assert self.app.watcher is not None
        self.app.watcher.hurry()
        await self.until(lambda: self.app.snapshot is snapshot, "the snapshot")


@asynccontextmanager
async def opened(
    *snapshots: fakes.Snapshot,
    size: tuple[int, int] = (120, 40),
    source: fakes.FakeSource | None = None,
    settings: PanelSettings | None = None,
    glyphs: Glyphs = UNICODE,
) -> AsyncIterator[Stage]:
    """A panel that has drawn its first snapshot; the clock stands at ``fakes.NOW``."""
    acting = source or fakes.FakeSource(*snapshots)
    app = PanelApp(acting, settings, clock=lambda: fakes.NOW, glyphs=glyphs)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, acting, pilot)
        await stage.until(lambda: app.snapshot is not None, "the first snapshot")
        yield stage
