"""The palette reaches everything by name: actions, screens, steps, attempts, problems, settings and themes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screens.attempts import AttemptsScreen
from screens.control import ControlScreen
from screens.doctor import DoctorScreen
from screens.export import ExportScreen
from screens.launch import LaunchScreen
from screens.log import LogScreen
from screens.report import ReportScreen
from screens.responses import ResponsesScreen
from screens.settings import SettingsScreen
from screens.story import StoryScreen
from screens.versus import VersusScreen
from tests.panel import fakes
from tests.panel.stage import Stage, opened


async def choose(stage: Stage, typed: str, name: str) -> None:
    """Opens the palette, types, sees the entry and takes it."""
    await stage.press("ctrl+p")
    await stage.type(typed)
    await stage.sees(name)
    await stage.press("enter")


@pytest.mark.slow
async def test_every_screen_is_reached_from_any_other() -> None:
    places = (
        ("report of attempt 1", "Report of attempt 1", ReportScreen),
        ("export attempt 2", "Export attempt 2", ExportScreen),
        ("check this machine", "Doctor", DoctorScreen),
        ("log of train", "Log of train", LogScreen),
        ("story", "Story", StoryScreen),
        ("compare attempt 1", "Compare attempt 1 with 2", VersusScreen),
        ("lay attempts", "Attempts", AttemptsScreen),
    )
    async with opened(fakes.validated()) as stage:
        for typed, name, screen in places:
            await choose(stage, typed, name)
            await stage.until(lambda: isinstance(stage.app.screen, screen), name)  # noqa: B023 - awaited in this round
        assert stage.source.reports[0] == 1


async def test_a_setting_is_found_by_its_name_and_shown() -> None:
    async with opened(fakes.validated()) as stage:
        await choose(stage, "train.learning_rate", "Setting train.learning_rate")
        await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and bool(stage.app.screen.rows))
        screen = stage.app.screen
        assert isinstance(screen, SettingsScreen) and screen.current is not None
        assert screen.current.key == "train.learning_rate"


async def test_a_problem_is_found_by_its_id_and_shown() -> None:
    rows = [replace(row, prompt=f"[bold]not[/bold] markup [ {row.prompt}") for row in fakes.problem_rows(30)]
    wanted = rows[17].id
    async with opened(source=fakes.FakeSource(fakes.validated(), problems=rows)) as stage:
        await choose(stage, wanted, "[bold]not[/bold] markup [")
        await stage.until(lambda: isinstance(stage.app.screen, ResponsesScreen) and len(stage.app.screen.shown) == 1)
        screen = stage.app.screen
        assert isinstance(screen, ResponsesScreen) and screen.shown[0].row.id == wanted


async def test_what_is_chosen_is_done_where_one_was() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("2")
        await choose(stage, "log scale", "Log scale  (")
        await stage.sees("log scale")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_what_works_nowhere_near_is_not_offered() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("ctrl+p")
        await stage.type("log scale")
        await stage.sees("No matches")


async def test_a_read_only_panel_offers_nothing_that_writes() -> None:
    source = fakes.FakeSource(replace(fakes.training(), writable=False), writable=False)
    async with opened(source=source) as stage:
        await stage.press("ctrl+p")
        await stage.type("run")
        await stage.sees("Setting run.")
        assert not any(name in stage.text for name in ("Run step", "Run to gate", "Run Phase", "Run validate"))
        assert not isinstance(stage.app.screen, LaunchScreen)


async def test_without_colours_the_chosen_entry_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(fakes.training()) as stage:
        await stage.press("ctrl+p")
        await stage.type("theme li")
        await stage.sees("Theme light")

        def reversed_text() -> str:
            strips = stage.app.screen._compositor.render_strips()
            return "".join(segment.text for strip in strips for segment in strip if segment.style and segment.style.reverse)

        await stage.until(lambda: "Theme light" in reversed_text())
        assert "Theme dark" not in reversed_text()
