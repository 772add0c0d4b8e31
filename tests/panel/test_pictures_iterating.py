"""Form, suggestions, attempts and their comparison as they look. ``pytest --snapshot-update`` after a wanted change; then look at them."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from core.plan.settings import PanelSettings
from screens.widgets.glyphs import UNICODE
from tests.panel import fakes
from tests.panel.fake_iterating import three_attempts
from tests.panel.stage import DEADLINE, PanelApp

pytestmark = pytest.mark.slow

PICTURES = {
    "form-80x24": ("failed", (80, 24), "cogumi-dark", "i,enter,down,down,right"),
    "form-120x40": ("failed", (120, 40), "cogumi-light", "i,enter"),
    "form-200x50": ("failed", (200, 50), "cogumi-dark", "i,enter,down"),
    "suggestions-80x24": ("failed", (80, 24), "cogumi-light", "i"),
    "suggestions-120x40": ("failed", (120, 40), "cogumi-dark", "i,space,down"),
    "attempts-80x24": ("passed", (80, 24), "cogumi-dark", "c"),
    "attempts-120x40": ("passed", (120, 40), "cogumi-light", "c,home,space,down"),
    "attempts-200x50": ("passed", (200, 50), "cogumi-dark", "c"),
    "versus-80x24": ("passed", (80, 24), "cogumi-light", "c,enter"),
    "versus-120x40": ("passed", (120, 40), "cogumi-dark", "c,enter"),
    "versus-200x50": ("passed", (200, 50), "cogumi-dark", "c,enter"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_seen_while_iterating(snap_compare: Any, name: str) -> None:
    verdict, size, theme, keys = PICTURES[name]
    source = fakes.FakeSource(fakes.validated(verdict))
    source.views = three_attempts()[:2] if verdict == "failed" else three_attempts()
    app = PanelApp(source, PanelSettings(theme=theme), clock=lambda: fakes.NOW, glyphs=UNICODE)

    async def settled(pilot: Pilot[None]) -> None:
        """Waits until nothing is being asked and everything is drawn."""
        for _ in range(round(DEADLINE / 0.02)):
            await pilot.pause(0.02)
            if app.snapshot is not None and not any(not worker.is_finished for worker in app.workers):
                break
        await pilot.pause()

    async def drawn(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys.split(","):
            await pilot.press(key)
            await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=drawn)
