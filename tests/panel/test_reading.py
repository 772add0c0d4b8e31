"""Reading the report, exporting from it, looking up settings and asking the doctor, told from key to screen."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import CogumiError
from screens.control import ControlScreen
from screens.doctor import DoctorScreen
from screens.export import ExportScreen
from screens.launch import LaunchScreen
from screens.report import ReportScreen
from screens.settings import SettingsScreen
from screens.widgets.glyphs import ASCII
from tests.panel import fakes
from tests.panel.fake_reading import Finding, Reported, SettingsPicture, setting_rows
from tests.panel.stage import Stage, opened


async def open_report(stage: Stage) -> ReportScreen:
    await stage.press("e")
    await stage.until(lambda: isinstance(stage.app.screen, ReportScreen) and bool(stage.app.screen.reader.chapters))
    screen = stage.app.screen
    assert isinstance(screen, ReportScreen)
    await stage.sees("Phase 1B report")
    return screen


async def test_the_report_is_read_chapter_by_chapter() -> None:
    async with opened(fakes.validated("failed")) as stage:
        screen = await open_report(stage)
        await stage.sees("response consistency")
        assert "attempt 2 of 2 · 1/7" in stage.text and "✗ failed" in stage.text
        await stage.press("n")
        await stage.sees("about 480 more problems")
        assert screen.reader.at == 1
        await stage.press("n", "n")
        await stage.sees("Training loss over 62 steps")
        await stage.press("N")
        await stage.sees("14 % → 86 %")
        await stage.press("7")
        await stage.sees("$ cogumi run phase-1b.1")
        assert screen.reader.at == 6
        await stage.press("home")
        assert screen.reader.at == 0
        await stage.press("end", "escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_a_terminal_that_changes_its_size_leaves_the_reader_in_the_chapter() -> None:
    async with opened(fakes.validated("failed")) as stage:
        screen = await open_report(stage)
        await stage.press("4")
        await stage.until(lambda: screen.reader.at == 3)
        for size in ((80, 24), (200, 50), (120, 40)):
            await stage.pilot.resize_terminal(*size)
            await stage.sees("Training loss over 62 steps")
            assert screen.reader.at == 3


async def test_where_there_is_room_the_contents_stand_at_the_left_and_a_click_goes_there() -> None:
    async with opened(fakes.validated(), size=(120, 40)) as stage:
        screen = await open_report(stage)
        await stage.sees("5  Most changed problems")
        rows = stage.text.split("\n")
        at = next(number for number, row in enumerate(rows) if "5  Most changed problems" in row)
        await stage.pilot.click(offset=(8, at))
        await stage.until(lambda: screen.reader.at == 4)
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: "  Most changed problems  " not in stage.text.split("\n")[5])


async def test_a_model_cannot_speak_for_the_report() -> None:
    async with opened(fakes.validated(), size=(120, 40)) as stage:
        await open_report(stage)
        await stage.press("5")
        await stage.sees("<script>alert(1)</script> [bold]not markup[/bold]")
        assert "\x1b" not in stage.text and "\ufffd[31mred" in stage.text


async def test_what_is_folded_away_is_unfolded_by_a_key() -> None:
    async with opened(fakes.validated()) as stage:
        await open_report(stage)
        await stage.press("6")
        await stage.sees("All 30 settings as used   f shows it")
        assert "train.setting_29" not in stage.text
        await stage.press("f")
        await stage.sees("train.setting_9")


async def test_any_attempt_is_reported() -> None:
    async with opened(fakes.validated()) as stage:
        await open_report(stage)
        await stage.press("left_square_bracket")
        await stage.sees("attempt 1 of 2")
        await stage.press("left_square_bracket")
        await stage.press("right_square_bracket")
        await stage.sees("attempt 2 of 2")
        assert stage.source.reports == [None, 1, 2]
        await stage.press("A")
        await stage.sees("There is no later attempt.")
        await stage.press("a")
        await stage.sees("attempt 1 of 2")


async def test_a_report_that_has_grown_old_says_so_and_is_made_again() -> None:
    async with opened(fakes.training(20)) as stage:
        await open_report(stage)
        assert "outdated" not in stage.text
        await stage.show(fakes.training(40))
        await stage.sees("outdated: u renews it")
        await stage.press("u")
        await stage.until(lambda: "outdated" not in stage.text and "made" in stage.text)
        assert len(stage.source.reports) == 2


async def test_a_chapter_is_copied_as_markdown() -> None:
    async with opened(fakes.validated()) as stage:
        await open_report(stage)
        await stage.press("n", "y")
        await stage.sees("Copied the chapter Gates as Markdown")
        assert "| Response consistency" in stage.app.clipboard and "\x1b" not in stage.app.clipboard


async def test_nothing_to_report_is_one_sentence() -> None:
    source = fakes.FakeSource(fakes.base())
    source.attempts = ()
    async with opened(source=source) as stage:
        await stage.press("e")
        await stage.sees("nothing to report")
        assert "making the report" not in stage.text
        await stage.press("n", "x", "f", "y", "left_square_bracket", "escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_an_export_shows_where_it_goes_and_then_where_it_went() -> None:
    async with opened(fakes.validated()) as stage:
        await open_report(stage)
        await stage.go("x", ExportScreen)
        await stage.sees("/workspace/data/run/html-attempt-2")
        await stage.press("down", "down", "enter")
        screen = stage.app.screen
        assert isinstance(screen, ExportScreen) and screen.place.value == "/workspace/data/run/training-attempt-2"
        assert stage.source.written == []
        await stage.press("enter")
        await stage.sees("✓ wrote /workspace/data/run/training-attempt-2: 124 rows")
        assert stage.source.written == [("training", 2, Path("/workspace/data/run/training-attempt-2"))]
        await stage.press("y")
        assert stage.app.clipboard == "/workspace/data/run/training-attempt-2"


async def test_an_export_that_is_refused_says_why_and_escape_writes_nothing() -> None:
    async with opened(fakes.validated()) as stage:
        await open_report(stage)
        await stage.press("x", "enter")
        screen = stage.app.screen
        assert isinstance(screen, ExportScreen)
        await stage.until(lambda: screen.place.has_focus or not await_paths(screen))
        screen.place.value = "/tmp/taken"
        await stage.press("enter")
        await stage.sees("✗ /tmp/taken exists already")
        await stage.press("enter", "escape")
        assert stage.source.written == [] and isinstance(stage.app.screen, ExportScreen)


def await_paths(screen: ExportScreen) -> bool:
    """Whether the usual places have come; then enter opens the line for the path."""
    if screen._paths and not screen.place.has_focus:
        screen.action_choose()
    return True


async def test_the_doctor_puts_what_must_be_mended_first_and_looks_again() -> None:
    async with opened(fakes.base()) as stage:
        await stage.press("d")
        await stage.until(lambda: isinstance(stage.app.screen, DoctorScreen) and bool(stage.app.screen.findings))
        await stage.sees("✗ 2 problems  ! 1 warning  ✓ 2 fine")
        rows = [row for row in stage.text.split("\n") if "problem  " in row or "warning  " in row or "fine  " in row][1:]
        words = [row.removeprefix("┃").split()[1] for row in rows]
        assert words == ["problem", "problem", "warning", "fine", "fine"]
        assert "→  a CUDA GPU is needed" in stage.text and "\x1b" not in stage.text
        await stage.press("y")
        assert stage.app.clipboard.startswith("a CUDA GPU is needed")
        stage.source.found = [Finding("python", "ok", "3.13.0")]
        await stage.press("u")
        await stage.sees("✓ 1 fine")
        assert stage.source.looked == 2


async def test_a_doctor_that_cannot_look_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    source = fakes.FakeSource(fakes.base())

    def examine() -> list[Finding]:
        raise CogumiError("cogumi.toml: there is no setting 'fly'.")

    monkeypatch.setattr(source, "examine", examine)
    async with opened(source=source) as stage:
        await stage.press("d")
        await stage.sees("there is no setting 'fly'")
        await stage.sees("✗ 1 problem")
        await stage.press("y", "down", "escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_settings_that_cannot_be_read_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    source = fakes.FakeSource(fakes.base())

    def settings(attempt: int | None) -> SettingsPicture:
        raise CogumiError("cogumi.toml is not valid TOML: at the end of the document.")

    monkeypatch.setattr(source, "settings", settings)
    async with opened(source=source) as stage:
        await stage.press("comma")
        await stage.sees("cogumi.toml is not valid TOML")
        await stage.press("f", "e", "y", "down", "escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_an_answer_that_comes_after_its_screen_was_left_does_no_harm() -> None:
    release = threading.Event()

    class Slow(fakes.FakeSource):
        def report(self, attempt: int | None) -> Reported:
            release.wait(10)
            return super().report(attempt)

        def examine(self) -> list[Finding]:
            release.wait(10)
            return super().examine()

        def settings(self, attempt: int | None) -> SettingsPicture:
            release.wait(10)
            return super().settings(attempt)

    async with opened(source=Slow(fakes.validated())) as stage:
        await stage.press("e", "u", "escape", "d", "u", "escape", "comma", "f", "escape")
        assert isinstance(stage.app.screen, ControlScreen)
        release.set()
        await stage.until(lambda: all(worker.is_finished for worker in stage.app.workers))
        await stage.press("e")
        await stage.sees("Phase 1B report")


async def open_settings(stage: Stage) -> SettingsScreen:
    await stage.press("comma")
    await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and bool(stage.app.screen.rows))
    screen = stage.app.screen
    assert isinstance(screen, SettingsScreen)
    return screen


async def test_settings_say_their_source_and_what_was_changed_is_marked() -> None:
    async with opened(fakes.validated()) as stage:
        screen = await open_settings(stage)
        await stage.sees("47 · profile practice · 3 changed · 1 not as in attempt 2")
        row = next(line for line in stage.text.split("\n") if "learning_rate" in line)
        assert "● learning_rate" in row and "0.004" in row and "file" in row and "attempt 2: 0.002" in row
        await stage.press("f")
        assert [row.key for row in screen.rows] == ["train.learning_rate", "gate.consistency", "judge.url"]
        await stage.press("f")
        assert [row.key for row in screen.rows] == ["train.learning_rate"]
        await stage.sees("takes a number, at least 0")
        await stage.sees("5e-06")
        await stage.press("y")
        assert stage.app.clipboard == "train.learning_rate=0.004"
        assert "\x1b" not in stage.text


async def test_settings_are_found_by_typing_and_escape_gives_all_back() -> None:
    async with opened(fakes.validated(), size=(80, 24)) as stage:
        screen = await open_settings(stage)
        await stage.press("slash")
        await stage.type("peak rate")
        await stage.until(lambda: [row.key for row in screen.rows] == ["train.learning_rate"])
        await stage.press("enter", "escape")
        assert len(screen.rows) == 47
        await stage.press("slash")
        await stage.type("nothing like it")
        await stage.sees("no setting has these words")
        await stage.press("y", "escape", "escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_settings_lead_to_a_new_attempt_and_change_nothing_themselves() -> None:
    async with opened(fakes.base()) as stage:
        await open_settings(stage)
        await stage.go("e", LaunchScreen)
        assert stage.source.asked == ["plan phase-1b.1 from 2"]


async def test_a_file_that_cannot_be_read_shows_what_the_attempt_was_run_with() -> None:
    source = fakes.FakeSource(fakes.validated())
    source.picture = SettingsPicture(setting_rows(), "practice", "", 2, "cogumi.toml is not valid TOML.")
    async with opened(source=source) as stage:
        await open_settings(stage)
        await stage.sees("as attempt 2 was run · cogumi.toml is not valid TOML.")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_every_reading_screen_draws_in_ascii_at_every_size(size: tuple[int, int]) -> None:
    async with opened(fakes.validated(), size=size, glyphs=ASCII) as stage:
        await open_report(stage)
        for _ in range(8):
            await stage.press("pagedown")
            assert stage.text.isascii()
        await stage.press("x")
        await stage.sees("Report as Markdown")
        assert stage.text.isascii()
        await stage.press("escape", "escape", "d")
        await stage.sees("must be mended")
        assert stage.text.isascii()
        await stage.press("escape")
        await open_settings(stage)
        assert stage.text.isascii()


async def test_leaving_the_panel_abandons_what_is_still_being_asked() -> None:
    source = fakes.FakeSource(replace(fakes.base()))
    async with opened(source=source):
        assert not source.abandoned
    assert source.abandoned
