"""What a person starts, stops, opens and changes with the panel, told from key to screen; watching it is in test_watching.py."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UsageError, WorkspaceError
from core.plan.settings import PanelSettings
from core.runs.snapshot import State
from screens.control import ControlScreen
from screens.help import HelpScreen
from screens.launch import LaunchScreen
from screens.log import LogScreen
from screens.override import OverrideScreen
from screens.responses import ResponsesScreen
from screens.stop import StopScreen, ending
from screens.widgets.glyphs import ASCII
from tests.panel import fakes
from tests.panel.stage import opened


async def test_a_newcomer_runs_to_the_gate_with_two_keys() -> None:
    async with opened(fakes.base()) as stage:
        await stage.sees("press g to run to the gate")
        await stage.go("g", LaunchScreen)
        await stage.sees("expected")
        await stage.press("enter")
        await stage.until(lambda: "start phase-1b.1" in stage.source.asked)
        assert isinstance(stage.app.screen, ControlScreen)
        await stage.sees("Started phase-1b.1")


async def test_nothing_starts_before_the_answer_and_escape_leaves() -> None:
    async with opened(fakes.base()) as stage:
        await stage.go("r", LaunchScreen)
        assert stage.source.asked == ["plan diagnose"]
        await stage.go("escape", ControlScreen)
        assert stage.source.asked == ["plan diagnose"]


async def test_the_plans_cursor_says_which_step_is_meant() -> None:
    async with opened(fakes.base()) as stage:
        await stage.press("down", "down", "r")
        await stage.until(lambda: isinstance(stage.app.screen, LaunchScreen))
        assert stage.source.asked == ["plan train"]
        await stage.press("n")
        await stage.press("up", "up", "up", "up", "r")
        await stage.until(lambda: stage.source.asked[-1] == "plan diagnose")


async def test_what_is_done_is_begun_anew_only_on_request() -> None:
    source = fakes.FakeSource(fakes.validated())
    source.plan = source.plan._replace(refusal="This is done in attempt 2.")
    async with opened(source=source) as stage:
        await stage.press("g")
        await stage.sees("This is done in attempt 2.")
        await stage.press("enter")
        assert "start" not in " ".join(source.asked)
        await stage.press("a")
        await stage.sees("This starts attempt 3 from attempt 2")
        await stage.press("enter")
        await stage.until(lambda: "start phase-1b.2 new" in source.asked)


async def test_a_start_that_fails_is_told_in_one_sentence() -> None:
    source = fakes.FakeSource(fakes.base())
    source.refusal = WorkspaceError("A step is running here already, started at 12:03.")
    async with opened(source=source) as stage:
        await stage.go("g", LaunchScreen)
        await stage.press("y")
        await stage.sees("A step is running here already")
        assert isinstance(stage.app.screen, ControlScreen)


def queueing() -> fakes.Snapshot:
    """Training, with one step queued behind it."""
    training = fakes.training()
    return replace(training, steps=tuple(replace(s, state=State.QUEUED) if s.id == "validate" else s for s in training.steps))


async def test_a_stop_says_what_it_stops_and_what_of_the_queue_waits_and_one_key_confirms() -> None:
    async with opened(queueing()) as stage:
        await stage.go("s", StopScreen)
        waits = "What is queued behind it waits: validate will not run until you start it"
        for said in ("Stop the step train?", "41 of 75 steps, 0:15 left", "work is kept", waits):
            assert said in stage.text
        assert stage.source.asked == []
        await stage.press("y")
        await stage.until(lambda: stage.source.asked == ["stop"])
        assert isinstance(stage.app.screen, ControlScreen)
        await stage.sees("stops after its current batch")


def test_before_the_first_picture_it_is_not_claimed_that_nothing_runs() -> None:
    assert ending(None) == "It is not known yet whether anything is running."


async def test_one_stray_key_and_those_that_come_after_it_stop_nothing() -> None:
    async with opened(fakes.training()) as stage:
        for leave in ("n", "escape"):
            await stage.press("2", "s", "s", "enter")
            assert isinstance(stage.app.screen, StopScreen)
            await stage.go(leave, ControlScreen)
        assert stage.source.asked == []


async def test_what_stops_already_or_does_not_run_is_not_asked_about() -> None:
    train = replace(fakes.training().steps[2], state=State.STOPPING)
    stopping = replace(fakes.training(), sequence=200, steps=fakes.steps(diagnose=fakes.DIAGNOSE, distill=fakes.DISTILL, train=train))
    async with opened(fakes.training()) as stage:
        await stage.go("s", StopScreen)
        await stage.show(stopping)
        await stage.sees("The step train is stopping already")
        assert "Press y" not in stage.text
        await stage.press("y", "s")
        assert isinstance(stage.app.screen, ControlScreen) and stage.source.asked == []
    async with opened(fakes.base()) as stage:
        await stage.press("s")
        await stage.sees("Nothing is running.")
        assert isinstance(stage.app.screen, ControlScreen) and stage.source.asked == []


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_the_question_before_a_stop_is_whole_at_every_size(size: tuple[int, int]) -> None:
    async with opened(queueing(), size=size) as stage:
        await stage.go("s", StopScreen)
        await stage.sees("Press y to stop, n or escape to let it run.")


async def test_a_read_only_panel_starts_and_stops_nothing() -> None:
    async with opened(source=fakes.FakeSource(replace(fakes.training(), writable=False), writable=False)) as stage:
        await stage.press("s", "r", "g", "o")
        await stage.sees("read-only")
        assert stage.source.asked == []
        assert "run to gate" not in stage.text


async def test_a_workspace_without_measurements_says_so() -> None:
    async with opened(source=fakes.FakeSource(fakes.base(), problems=[])) as stage:
        await stage.press("p")
        await stage.sees("nothing was measured yet")
        await stage.press("enter")
        assert isinstance(stage.app.screen, ResponsesScreen)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "train.log"
    path.write_text("".join(f"12:00:{i % 60:02d} line {i} loss {2 - i / 6000:.3f}\n" for i in range(5000)))
    return path


async def test_search_means_the_log_in_the_log_pane_and_the_problems_elsewhere(log: Path) -> None:
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("7", "slash")
        await stage.until(lambda: isinstance(stage.app.screen, LogScreen) and stage.app.screen.find.has_focus)
        await stage.press("escape", "escape", "1", "slash")
        await stage.until(lambda: isinstance(stage.app.screen, ResponsesScreen) and stage.app.screen.find.has_focus)


async def test_help_opens_over_anything_and_begins_with_where_one_is() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("2", "question_mark")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        await stage.sees("Loss pane  works here")
        await stage.press("pagedown", "escape")
        assert isinstance(stage.app.screen, ControlScreen) and stage.home.board.front == "loss"


async def test_the_palette_finds_actions_steps_and_themes() -> None:
    async with opened(fakes.base()) as stage:
        await stage.press("ctrl+p")
        await stage.type("light")
        await stage.sees("Theme light")
        await stage.press("enter")
        await stage.until(lambda: stage.app.theme == "cogumi-light")
        await stage.press("ctrl+p")
        await stage.type("Run val")
        await stage.sees("Run validate")
        await stage.press("enter")
        await stage.until(lambda: stage.source.asked == ["plan validate"])


async def test_a_gate_is_overridden_only_with_a_reason() -> None:
    async with opened(fakes.validated("failed")) as stage:
        await stage.go("o", OverrideScreen)
        await stage.press("enter")
        assert isinstance(stage.app.screen, OverrideScreen) and stage.source.asked == []
        await stage.type("within noise")
        await stage.press("enter")
        await stage.until(lambda: stage.source.asked == ["override gate-1b.1 of attempt 2: within noise"])
        assert isinstance(stage.app.screen, ControlScreen)
        first, final = fakes.validated("failed").gates
        begun = tuple(replace(step, tries=1) if step.id == "find_failures" else step for step in fakes.validated("failed").steps)
        gates = (replace(first, verdict="overridden"), final)
        await stage.show(replace(fakes.validated("failed"), sequence=401, steps=begun, gates=gates))
        await stage.sees("the reason is recorded")
        assert [toast.title for toast in stage.app._notifications] == ["gate 1B.1 overridden"], "told once, by its name"
        await stage.sees("5 Final gate")


async def test_an_override_names_the_attempt_that_was_seen_and_its_refusal_is_shown() -> None:
    async with opened(fakes.validated("failed")) as stage:
        await stage.go("o", OverrideScreen)
        await stage.show(replace(fakes.validated("failed"), sequence=401, attempt=3))
        await stage.type("noise")
        await stage.press("enter")
        await stage.until(lambda: stage.source.asked == ["override gate-1b.1 of attempt 2: noise"])
        stage.source.refusal = UsageError("gate 1B.1 of attempt 3 was not overridden, for attempt 4 is the latest now; look at its gate.")
        await stage.go("o", OverrideScreen)
        await stage.type("noise")
        await stage.press("enter")
        await stage.until(lambda: any("for attempt 4 is the latest now" in note.message for note in stage.app._notifications))


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_a_gate_that_was_not_measured_is_not_overridden_and_what_an_override_means_is_read_whole(size: tuple[int, int]) -> None:
    async with opened(fakes.validated(), size=size) as stage:
        await stage.press("o")
        await stage.until(lambda: any("final gate is not decided yet" in note.message for note in stage.app._notifications))
        assert not isinstance(stage.app.screen, OverrideScreen)
    async with opened(fakes.validated("failed"), size=size) as stage:
        await stage.go("o", OverrideScreen)
        await stage.press("pagedown", "pagedown")
        await stage.sees("wherever the gate is.")
        await stage.type("noise")
        await stage.press("enter")
        await stage.until(lambda: stage.source.asked == ["override gate-1b.1 of attempt 2: noise"])


async def test_the_users_keymap_moves_keys_and_says_what_it_could_not_take() -> None:
    settings = PanelSettings(keymap={"stop": "X", "fly": "y"})
    async with opened(source=fakes.FakeSource(fakes.training()), settings=settings) as stage:
        await stage.sees("no action 'fly'")
        await stage.press("s")
        assert stage.source.asked == []
        assert "X stop" in stage.text
        await stage.go("X", StopScreen)


async def test_the_theme_of_the_settings_opens_and_one_key_goes_round_all() -> None:
    async with opened(source=fakes.FakeSource(fakes.training()), settings=PanelSettings(theme="cogumi-light")) as stage:
        seen = []
        for _ in range(3):
            seen.append(stage.app.theme)
            await stage.press("f2")
        assert seen[0] == stage.app.theme == "cogumi-light" and len(set(seen)) == 3


async def test_a_terminal_without_unicode_gets_ascii_on_every_screen(log: Path) -> None:
    source = fakes.FakeSource(fakes.validated(), log=log)
    async with opened(source=source, glyphs=ASCII) as stage:
        for keys in ((), ("2", "x"), ("6",), ("l",), ("escape", "p"), ("enter",), ("escape", "escape", "g"), ("escape", "question_mark")):
            await stage.press(*keys)
            odd = {character for character in stage.text if not character.isascii()}
            assert not odd, f"{odd} after {keys}"


async def test_an_answer_that_comes_after_its_screen_was_left_does_no_harm(log: Path) -> None:
    release = threading.Event()

    class Slow(fakes.FakeSource):
        def problems(self, part: str = "measured", attempt: int = 0, listing: bool = False) -> fakes.Problems:
            release.wait(5)
            return super().problems(part, attempt, listing)

        def logs(self) -> list[fakes.Log]:
            release.wait(5)
            return super().logs()

    async with opened(source=Slow(fakes.training(), log=log)) as stage:
        await stage.press("p", "escape", "l", "escape", "p", "escape")
        assert isinstance(stage.app.screen, ControlScreen)
        release.set()
        await stage.until(lambda: not stage.app._workers._workers or all(worker.is_finished for worker in stage.app._workers))
        await stage.sees("41/75 steps")


async def test_pressing_twice_asks_once() -> None:
    async with opened(fakes.base()) as stage:
        stage.app.action_help_quit()
        stage.home.action_run_gate()
        stage.home.action_run_gate()
        await stage.until(lambda: len(stage.source.asked) == 2)
        await stage.sees("expected")
        assert sum(isinstance(screen, LaunchScreen) for screen in stage.app.screen_stack) == 1


async def test_a_workspace_that_turns_out_to_be_read_only_takes_its_keys_away() -> None:
    async with opened(fakes.base()) as stage:
        assert "run to gate" in stage.text
        stage.source.writable = False
        await stage.show(replace(fakes.base(), sequence=5, writable=False))
        await stage.until(lambda: "run to gate" not in stage.text)
        await stage.until(lambda: "press g" not in stage.text)
