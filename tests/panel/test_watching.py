"""What a person sees on the control screen while work goes on, told from key to screen; pictures are in test_pictures_control.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.runs.snapshot import Note, State
from screens.control import ControlScreen
from screens.story import StoryScreen
from tests.panel import fakes
from tests.panel.stage import opened


async def test_figures_move_while_the_step_runs() -> None:
    async with opened(fakes.training(20)) as stage:
        await stage.sees("20/75 steps")
        await stage.show(fakes.training(60))
        await stage.sees("60/75 steps")
        assert "► train             running 80 %" in stage.text


async def test_the_end_of_a_step_and_the_gate_are_announced() -> None:
    async with opened(fakes.training()) as stage:
        await stage.show(fakes.validated())
        await stage.sees("gate 1B.1 passed")
        await stage.sees("75 steps, loss 2.10 to 0.31")


async def test_a_failure_is_announced_and_stays_on_the_screen_with_its_cause() -> None:
    async with opened(fakes.training()) as stage:
        await stage.show(fakes.failed())
        await stage.sees("train failed")
        await stage.sees("out of memory")


async def test_numbers_jump_to_panes_and_tab_goes_round() -> None:
    async with opened(fakes.training()) as stage:
        for number, name in enumerate(("plan", "loss", "consistency", "reference", "gate", "machine", "log", "story"), start=1):
            await stage.press(str(number))
            assert stage.home.board.front == name and stage.app.focused is stage.home.board.panes[name]
        await stage.press("1", "tab", "tab")
        assert stage.home.board.front == "consistency"
        await stage.press("shift+tab")
        assert stage.home.board.front == "loss"


async def test_log_and_story_share_their_place_where_there_is_room_for_one() -> None:
    async with opened(fakes.training()) as stage:
        assert "7 Log" in stage.text and "8 Story" not in stage.text
        await stage.press("8")
        await stage.sees("8 Story")
        await stage.sees("checkpoint 40 saved")
        assert "7 Log" not in stage.text


def told(count: int, first: int = 0) -> fakes.Snapshot:
    """A story of ``count`` notes, the sixth of them long."""
    notes = (Note(fakes.NOW + i, "warning" if i == 5 else "info", f"note {i:03d}" + " and more" * 60 * (i == 5)) for i in range(count))
    return replace(fakes.training(), sequence=1000 + count + first, notes=tuple(notes)[first:])


async def test_enter_on_the_story_opens_all_of_it_which_follows_until_it_is_scrolled() -> None:
    async with opened(told(100), size=(80, 24)) as stage:
        await stage.press("8", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, StoryScreen))
        await stage.sees("100 notes  following")
        await stage.sees("note 099")
        await stage.show(told(101))
        await stage.sees("note 100")
        await stage.press("home")
        await stage.sees("note 000")
        await stage.sees("warning  note 005 and more")
        assert "following" not in stage.text and "…" not in stage.text
        shown = " ".join(" ".join(row[20:] for row in stage.text.split("\n")[2:-1]).split())
        assert "note 005" + " and more" * 60 + " note 006" in shown, "a long note is wrapped and not cut"
        await stage.press("down", "pagedown", "pageup", "up", "down")
        await stage.sees("note 001")
        await stage.until(lambda: "note 000" not in stage.text)
        await stage.show(told(102))
        await stage.sees("102 notes")
        assert "note 001" in stage.text and "note 101" not in stage.text, "what is being read stays"
        await stage.show(told(103, first=1))
        await stage.sees("102 notes")
        assert stage.text.split("\n")[2].endswith("note 001"), "also when an older note is no longer kept"
        await stage.press("end")
        await stage.sees("note 102")
        await stage.show(told(104, first=1))
        await stage.sees("note 103")
        await stage.go("escape", ControlScreen)
        assert stage.home.board.front == "story"


async def test_a_story_without_notes_says_so_and_fills_in() -> None:
    async with opened(fakes.base()) as stage:
        await stage.press("8", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, StoryScreen))
        await stage.sees("nothing has happened yet")
        await stage.press("up", "home", "end", "pagedown")
        await stage.show(told(1))
        await stage.sees("1 note  following")
        await stage.sees("info     note 000")


async def test_one_key_makes_a_pane_fill_the_screen_and_escape_gives_all_back() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("2", "z")
        await stage.until(lambda: "1 Plan" not in stage.text)
        assert stage.home.board.shown == ["loss"]
        await stage.press("escape")
        await stage.sees("1 Plan")
        assert stage.home.board.front == "loss"
        await stage.press("escape")
        assert stage.home.board.front == "plan"


async def test_at_eighty_columns_one_pane_is_in_front_and_plan_and_status_stay() -> None:
    async with opened(fakes.training(), size=(80, 24)) as stage:
        for key, title in (("3", "3 Consistency"), ("5", "5 Gate"), ("6", "6 Machine"), ("7", "7 Log"), ("8", "8 Story"), ("2", "2 Loss")):
            await stage.press(key)
            await stage.until(lambda: title in stage.text.split("\n")[2], title)  # noqa: B023 - awaited in this round
            rows = stage.text.split("\n")
            assert "1 Plan" in rows[2] and "► train" in rows[0]


async def test_a_window_too_small_says_what_it_needs_and_recovers() -> None:
    async with opened(fakes.training(), size=(120, 40)) as stage:
        await stage.pilot.resize_terminal(50, 12)
        await stage.sees("The panel needs 60 x 15, this is 50 x 12.")
        await stage.pilot.resize_terminal(60, 15)
        await stage.sees("1 Plan")
        await stage.pilot.resize_terminal(200, 50)
        await stage.sees("8 Story")


@pytest.mark.parametrize("width", [24, 40, 59])
async def test_the_sentence_of_a_window_that_is_too_small_is_itself_not_cut(width: int) -> None:
    async with opened(fakes.training(), size=(width, 14)) as stage:
        await stage.until(lambda: f"The panel needs 60 x 15, this is {width} x 14." in " ".join(stage.text.split()))
        assert "…" not in stage.text


async def test_no_toast_covers_the_sentence_that_asks_for_a_larger_window() -> None:
    async with opened(fakes.training()) as stage:
        await stage.show(fakes.validated())
        await stage.sees("gate 1B.1 passed")
        await stage.pilot.resize_terminal(50, 12)
        await stage.sees("The panel needs 60 x 15, this is 50 x 12.")
        await stage.sees("Work in the background goes on.")


async def test_the_chart_zooms_pans_and_reads_off_values() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("2", "plus")
        await stage.sees("steps 19 to 56")
        await stage.press("right")
        await stage.sees("steps 28 to 66")
        await stage.press("0", "x")
        await stage.sees("step 41 · loss 0.571 · average")
        await stage.press("left")
        await stage.sees("step 40 ·")
        await stage.press("x", "y")
        await stage.sees("log scale")
        await stage.press("a")
        await stage.sees("log scale, average 0.6")
        await stage.press("t")
        await stage.sees("2 Learning rate log scale ─")
        await stage.press("a")
        await stage.sees("Only the loss is drawn with an average.")
        await stage.press("x")
        await stage.sees("step 41 · learning rate")
        assert "average 0." not in stage.text
        await stage.press("t", "t", "t")
        await stage.sees("2 Loss log scale, average 0.6")


async def test_escape_ends_the_crosshair_before_it_leaves_the_pane() -> None:
    async with opened(fakes.training()) as stage:
        await stage.press("2", "z", "x")
        await stage.sees("step 41 · loss 0.571")
        await stage.press("escape")
        assert stage.home.board.front == "loss" and stage.home.board.zoomed and "step 41 ·" not in stage.text
        await stage.press("escape", "escape")
        assert stage.home.board.front == "plan" and not stage.home.board.zoomed


async def test_consistency_switches_between_responses_and_answers() -> None:
    async with opened(fakes.validated()) as stage:
        await stage.press("3", "v")
        await stage.sees("3 Consistency same answer")


async def test_stale_news_are_marked_with_their_age() -> None:
    async with opened(replace(fakes.training(), heard=fakes.NOW - 42)) as stage:
        await stage.sees("last update 42 s ago")


async def test_an_error_of_the_workspace_is_shown_not_raised() -> None:
    async with opened(replace(fakes.base(), error="The store is from a newer version; update cogumi-panel.")) as stage:
        await stage.sees("The store is from a newer version")


async def test_a_click_on_a_pane_a_tab_or_a_key_does_what_its_key_does() -> None:
    async with opened(fakes.training(), size=(80, 24)) as stage:
        await stage.pilot.click("Header", offset=(10, 1))
        assert stage.home.board.front == "loss"
        await stage.pilot.click("#plan", offset=(5, 5))
        assert stage.home.board.front == "plan"
        row = stage.text.split("\n")[-1]
        await stage.pilot.click("Footer", offset=(row.index("stop"), 0))
        await stage.sees("y stop it")
        await stage.pilot.click("Footer", offset=(stage.text.split("\n")[-1].index("stop it"), 0))
        await stage.until(lambda: stage.source.asked == ["stop"])


async def test_running_steps_count_their_time_and_states_change_their_words() -> None:
    async with opened(fakes.training()) as stage:
        for state in (State.STOPPING, State.STALLED):
            changed = tuple(replace(step, state=state) if step.id == "train" else step for step in fakes.training().steps)
            await stage.show(replace(fakes.training(), sequence=hash(state), state=state, steps=changed))
            await stage.sees(f"train             {state.value}")
