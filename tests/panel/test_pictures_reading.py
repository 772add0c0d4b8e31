"""The report, exports, settings, doctor and help as they look. ``pytest --snapshot-update`` after a wanted change; then look at them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from core.plan.settings import PanelSettings
from screens.widgets.glyphs import UNICODE
from tests.panel import fakes
from tests.panel.stage import DEADLINE, PanelApp, Stage

pytestmark = pytest.mark.slow

PICTURES = {
    "report-80x24": ((80, 24), "dark", ("e", "Phase 1B report", "n", "about 480 more")),
    "report-120x40-light": ((120, 40), "light", ("e", "Phase 1B report")),
    "report-200x50": ((200, 50), "dark", ("e", "Phase 1B report", "n", "about 480 more", "n", "Paired by problem")),
    "export-80x24": ((80, 24), "dark", ("e", "Phase 1B report", "x", "md-attempt-2", "down", "Markdown")),
    "settings-80x24": ((80, 24), "dark", ("comma", "learning_rate", "down", "base model", "down", "Phase 1A adapter")),
    "settings-120x40": ((120, 40), "dark", ("comma", "learning_rate", "f", "3 of 47 changed")),
    "settings-200x50-light": ((200, 50), "light", ("comma", "learning_rate")),
    "doctor-80x24": ((80, 24), "dark", ("d", "must be mended")),
    "doctor-120x40": ((120, 40), "dark", ("d", "must be mended", "down", "export COGUMI")),
    "words-120x40": ((120, 40), "dark", ("question_mark", "works here", "n", "┃  2  Words")),
    "signs-80x24": ((80, 24), "dark", ("question_mark", "works here", "n", "2 Words ──", "n", "3 States and signs ──")),
    "signs-200x50": ((200, 50), "contrast", ("question_mark", "works here", "n", "┃  2  Words", "n", "┃  3  States")),
}
"""Size, theme, and keys each with what is then seen."""


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_reading_screen(snap_compare: Any, name: str) -> None:
    size, theme, steps = PICTURES[name]
    source = fakes.FakeSource(fakes.validated("failed"))
    app = PanelApp(source, PanelSettings(theme=f"cogumi-{theme}"), clock=lambda: fakes.NOW, glyphs=UNICODE)

    async def drawn(pilot: Pilot[None]) -> None:
        stage = Stage(app, source, pilot)
        deadline = time.monotonic() + DEADLINE
        while app.snapshot is None:
            assert time.monotonic() < deadline
            await pilot.pause(0.02)
        for key, seen in zip(steps[::2], steps[1::2], strict=True):
            app.post_message(events.Key(key, None))
            await stage.sees(seen)
        for line in app.screen.query(Input):
            line.cursor_blink = False
        await stage.settle()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=drawn)
