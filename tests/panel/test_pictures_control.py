"""The control screen in the moments of scenes.py, as pictures. ``pytest --snapshot-update`` after a wanted change; then look at them."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from core.plan.settings import PanelSettings
from screens.widgets.glyphs import UNICODE
from tests.panel import fakes, scenes
from tests.panel.stage import DEADLINE, PanelApp

PICTURES = (
    ("idle", (80, 24), "dark", ""),
    ("measuring", (80, 24), "dark", "3"),
    ("1-gpu", (80, 24), "light", "6"),
    ("crashed", (120, 40), "dark", ""),
    ("at-its-limit", (80, 24), "dark", ""),
    ("missed", (120, 40), "light", ""),
    ("2-gpus", (120, 40), "dark", "6z"),
    ("stalled", (200, 50), "dark", ""),
    ("8-gpus", (200, 50), "dark", ""),
    ("training", (200, 50), "light", "2w"),
)


@pytest.mark.parametrize(("scene", "size", "theme", "keys"), PICTURES, ids=[f"{name}-{size[0]}x{size[1]}" for name, size, *_ in PICTURES])
def test_the_control_screen(snap_compare: Any, scene: str, size: tuple[int, int], theme: str, keys: str) -> None:
    source = fakes.FakeSource(scenes.SCENES[scene]())
    source.curves = scenes.EARLIER
    app = PanelApp(source, PanelSettings(theme=f"cogumi-{theme}"), clock=lambda: fakes.NOW, glyphs=UNICODE)

    async def drawn(pilot: Pilot[None]) -> None:
        for _ in range(round(DEADLINE / 0.02)):
            if app.snapshot is not None:
                break
            await pilot.pause(0.02)
        for key in keys:
            await pilot.press(key)
        # What a key asks for in a thread, and the panes' places after it, take a few turns.
        await app.workers.wait_for_complete()
        for _ in range(3):
            await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=drawn)
