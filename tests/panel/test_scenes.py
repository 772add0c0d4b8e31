"""Every moment of scenes.py on the control screen: what a person must be able to read off it, at every designed size and in both themes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.notice import notices, terminal_title
from core.plan.settings import PanelSettings
from core.runs.snapshot import Series
from screens.launch import LaunchScreen
from tests.panel import fakes, scenes
from tests.panel.stage import Stage, opened

SIZES = ((80, 24), (120, 40), (200, 50))


@pytest.mark.slow
@pytest.mark.parametrize("scene", scenes.SCENES)
async def test_every_scene_keeps_the_plan_its_state_and_the_pane_in_front_at_every_size(scene: str) -> None:
    snapshot = scenes.SCENES[scene]()
    async with opened(snapshot, size=SIZES[0]) as stage:
        for size in SIZES:
            await stage.pilot.resize_terminal(*size)
            await stage.sees("╭─ 1 Plan")
            await stage.until(lambda: snapshot.state.value in stage.text.split("\n")[0])
            for key in ("6", "2", "5", "3"):
                await stage.press(key, "z")
                await stage.until(lambda: f"─ {key} " in stage.text.split("\n")[2] and "╭─ 1 Plan" not in stage.text)  # noqa: B023 - awaited
                await stage.press("escape")
                await stage.sees("╭─ 1 Plan")


def shown(stage: Stage) -> str:
    """The screen's words with single spaces."""
    return " ".join(stage.text.split())


async def test_a_running_step_says_how_far_how_fast_until_when_and_for_how_much() -> None:
    async with opened(scenes.measuring()) as stage:
        await stage.sees("$0.01 so far")
        assert "212 responses/s" in stage.text and "1,650 of 5,000 responses" in stage.text and "CODE at 0.7, run 4 of 10" in stage.text
        assert "0:16 left" in stage.text
        await stage.show(scenes.training())
        await stage.sees("$0.02 at its end")
        assert "2.3 steps/s" in stage.text


async def test_what_is_still_queued_is_told_with_its_time_and_money() -> None:
    snapshot = scenes.training()
    spending = replace(snapshot.spending, seconds_left=(75.0, 110.0), total_dollars=(0.04, 0.06))
    async with opened(replace(snapshot, spending=spending), size=(200, 50)) as stage:
        await stage.sees("queue 2 min, in all $0.04–0.06")


BOUNDED = fakes.Progress(3120, 14244, "responses at most", 394.0, 35.0, "MATH, round 2 of 3")


@pytest.mark.parametrize(
    ("size", "queue"),
    [
        ((80, 24), "queue 1–5 min, $0.13–0.40 "),
        ((100, 30), "queue 1–5 min, in all $0.13–0.40 "),
        ((120, 40), "queue 1–5 min, in all $0.13–0.40 "),
    ],
)
async def test_no_figure_of_a_running_step_is_cut_and_no_rate_is_a_bound(size: tuple[int, int], queue: str) -> None:
    snapshot = scenes.measuring()
    steps = tuple(replace(step, progress=BOUNDED, dollars=12.03) if step is snapshot.running else step for step in snapshot.steps)
    spending = replace(snapshot.spending, forecast_dollars=14.05, seconds_left=(63.0, 300.0), total_dollars=(0.13, 0.40))
    async with opened(replace(snapshot, steps=steps, spending=spending), size=size) as stage:
        await stage.sees(queue)
        assert "394 responses/s" in stage.text and "0:35 left" in stage.text
        assert "at most/s" not in stage.text and "Pace responses a second" in stage.text
        assert "3,120 of 14,244" in stage.text and "$12.03" in stage.text and "$14.05 at its end" in stage.text


async def test_figures_and_gate_fill_in_while_a_step_measures() -> None:
    async with opened(scenes.measuring()) as stage:
        await stage.sees("3 of 4 met")
        rows = stage.text.split("\n")
        math = next(row for row in rows if "MATH" in row and "58.3" in row)
        assert "15.2 %" in math and "±7.0 %" in math and "≥ 40 % ✓" in math and "66" in math
        assert "41.0 → 24.0 ±7 %" in stage.text
        assert "not known yet" in stage.text


async def test_a_crash_stands_first_with_its_cause_its_last_lines_and_what_to_press() -> None:
    async with opened(scenes.crashed()) as stage:
        await stage.sees("l whole log")
        assert "✗ train crashed" in stage.text and "65 s ago" in stage.text
        assert "the GPU ran out of" in stage.text
        assert "torch.OutOfMemoryError: CUDA out of memory" in stage.text
        assert "r run it again, what was made is kept" in stage.text
        assert "2 Loss" not in stage.text
        await stage.press("2")
        await stage.sees("2 Loss")
        await stage.press("1", "r")
        await stage.until(lambda: isinstance(stage.app.screen, LaunchScreen))
        assert stage.source.asked == ["plan train"]
        await stage.press("escape")
        await stage.show(scenes.training())
        await stage.until(lambda: "crashed" not in stage.text and "2 Loss" in stage.text, "the loss again")


async def test_at_eighty_columns_the_trouble_stands_beside_the_plan_until_another_pane_is_asked_for() -> None:
    async with opened(scenes.crashed(), size=(80, 24)) as stage:
        await stage.sees("the last lines of its log")
        assert "d check this machine" in stage.text
        await stage.press("6")
        await stage.until(lambda: "the last lines of its log" not in stage.text)
        assert "6 Machine" in stage.text and "✗ train" in stage.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_stop_at_a_limit_stands_first_with_the_limit_and_the_way_on(size: tuple[int, int]) -> None:
    async with opened(scenes.training(), size=size) as stage:
        await stage.show(scenes.at_its_limit())
        await stage.until(lambda: [(note.title, note.severity) for note in stage.app._notifications] == [("train stopped", "error")])
        stage.app.clear_notifications()
        await stage.sees("l whole log")
        await stage.until(lambda: "r run it again, with the limit raised" in shown(stage))
        first = stage.text.split("\n")[0]
        assert "■ train stopped: The limit of" in first and "65 s ago" in stage.text
        assert size[0] == 80 or ("for step train is reached" in first and "…" not in first)
        assert not any("…" in row[:42] for row in stage.text.split("\n")[2:10]), "the plan says whole clauses"
        assert "budget.step_dollars" in stage.text and "press g" not in stage.text


async def test_a_stop_that_was_asked_for_stays_quiet() -> None:
    halted = replace(scenes.at_its_limit().steps[2], cause="Stopped as asked; run it again to go on from here.")
    steps = fakes.steps(diagnose=fakes.DIAGNOSE, distill=fakes.DISTILL, train=halted)
    async with opened(scenes.training()) as stage:
        await stage.show(replace(scenes.at_its_limit(), steps=steps, supervised=False))
        await stage.until(lambda: [note.severity for note in stage.app._notifications] == ["warning"])
        await stage.sees("press g")
        assert "whole log" not in stage.text and "2 Loss" in stage.text


async def test_a_read_only_panel_offers_no_key_that_starts_or_stops() -> None:
    async with opened(replace(scenes.crashed(), writable=False), size=(200, 50)) as stage:
        await stage.sees("l whole log")
        assert "run it again" not in stage.text


async def test_a_stalled_step_is_told_apart_from_a_crashed_one() -> None:
    async with opened(scenes.training()) as stage:
        await stage.show(scenes.stalled())
        await stage.sees("! train stalled")
        assert "said nothing for 600 s" in shown(stage) and "s stop it" in stage.text
        await stage.press("s", "y")
        await stage.until(lambda: stage.source.asked == ["stop"])


async def test_eight_gpus_have_a_row_each_with_what_ails_them_in_words() -> None:
    async with opened(scenes.eight_gpus(), size=(200, 50)) as stage:
        await stage.sees("power 7")
        rows = stage.text.split("\n")
        machine = [row[row.rindex("││") :] if "││" in row else row for row in rows]
        for index, watts in enumerate((598, 508, 586, 417, 467)):
            assert any(f"{watts}/700 W" in row and f" {index} " in row for row in machine)
        assert "GPU 3 slowed by power cap, heat (hardware)" in stage.text
        assert "GPU 7 no longer answers (GPU is lost)." in stage.text
        assert any(" 5 " in row and "N/A" in row and "61/80 GiB" in row for row in machine)
        assert all(f"power {index}" in stage.text for index in range(8))
        await stage.press("6", "z")
        await stage.sees("► this step")
        assert "386 GiB of GPU 0, 1, 2, 3, 4, 6" in shown(stage) and "pid 990" in stage.text and "clock" in stage.text


async def test_a_machine_without_a_gpu_shows_its_cores_its_load_and_the_steps_part() -> None:
    async with opened(scenes.training(), size=(200, 50)) as stage:
        await stage.sees("step 839 MiB")
        assert "48 % of 8 cores" in stage.text and "load 3.80" in stage.text and "3.0 of 8 cores, 839 MiB" in stage.text
        assert "41.0 GiB free" in stage.text and "N/A: No NVIDIA driver" in stage.text
        assert "CPU 48 %, step 38 %" in stage.text and "RAM 5.6 GiB, step 839 MiB" in stage.text


async def test_more_or_less_of_the_machines_past_is_one_key() -> None:
    async with opened(scenes.gpus(1), size=(200, 50)) as stage:
        await stage.press("6")
        await stage.sees("last 5 min")
        for key, span in (("minus", "last 30 min"), ("minus", "last 2 h"), ("plus", "last 30 min"), ("plus", "last 5 min")):
            await stage.press(key)
            await stage.sees(span)
        await stage.press("plus", "plus", "plus")
        await stage.sees("last 60 s")


async def test_readings_that_stopped_coming_are_marked_with_their_age() -> None:
    snapshot = scenes.gpus(1)
    assert snapshot.telemetry is not None
    async with opened(replace(snapshot, telemetry=replace(snapshot.telemetry, time=fakes.NOW - 40))) as stage:
        await stage.sees("read 40 s ago")


async def test_earlier_attempts_are_laid_under_the_curve_told_apart_and_taken_away() -> None:
    source = fakes.FakeSource(scenes.training())
    source.curves = scenes.EARLIER
    async with opened(source=source) as stage:
        await stage.press("2", "w")
        await stage.sees("attempt 3")
        assert "⠤⠤⠤ ⠤⠤ 2" in stage.text and "⠤ ⠤ ⠤  1" in stage.text
        await stage.press("x")
        await stage.sees("#2 0.937 · #1 0.677")
        await stage.press("x", "t")
        await stage.sees("2 Held-out loss")
        await stage.press("w")
        await stage.until(lambda: "⠤⠤⠤ ⠤⠤ 2" not in stage.text)


async def test_without_an_earlier_training_there_is_nothing_to_lay_under_and_the_panel_says_so() -> None:
    async with opened(scenes.training()) as stage:
        await stage.press("2", "w")
        await stage.sees("There is no earlier attempt")


async def test_while_nothing_is_trained_the_steps_pace_is_drawn_until_another_curve_is_chosen() -> None:
    async with opened(scenes.measuring()) as stage:
        await stage.sees("2 Pace responses a second")
        await stage.press("2", "x")
        await stage.sees("second 238 · pace")
        await stage.press("t")
        await stage.sees("2 Loss")
        await stage.show(replace(scenes.measuring(), sequence=301))
        assert "2 Pace" not in stage.text
        await stage.press("t", "t", "t", "t", "t")
        await stage.sees("2 Pace")
        await stage.show(scenes.training())
        await stage.sees("2 Loss")


async def test_a_curve_that_was_chosen_gives_way_to_the_pace_where_there_is_nothing_of_it() -> None:
    async with opened(scenes.training()) as stage:
        await stage.press("2", "t")
        await stage.sees("2 Held-out loss")
        await stage.show(replace(scenes.measuring(), sequence=500, series=Series()))
        await stage.sees("2 Pace responses a second")
        assert "no training yet" not in stage.text


async def test_a_stalled_step_tells_no_time_that_is_left_and_no_pace() -> None:
    scene = scenes.stalled()
    told = fakes.Progress(41, 75, "steps", 2.3, 35.0, "")
    spending = replace(scene.spending, seconds_left=(75.0, 110.0))
    steps = tuple(replace(step, progress=told) if step.id == "train" else step for step in scene.steps)
    async with opened(replace(scene, steps=steps, spending=spending), size=(200, 50)) as stage:
        await stage.sees("! train stalled")
        for _ in range(2):
            assert "left" not in stage.text and "steps/s" not in stage.text and "queue" not in stage.text
            await stage.press("p")
            await stage.sees("Problems")


async def test_every_curve_comes_round_and_those_without_values_are_passed_over() -> None:
    async with opened(scenes.training()) as stage:
        await stage.press("2")
        for name in ("held-out loss", "learning rate", "gradient norm", "tokens a second"):
            await stage.press("t")
            await stage.sees(f"2 {name.capitalize()}")
        await stage.press("t", "t")
        await stage.sees("2 Held-out loss")
        await stage.show(fakes.training())
        await stage.press("t", "t", "t", "t", "t")
        await stage.until(lambda: "held-out" not in stage.text)


async def test_with_room_the_other_curves_stand_small_below_the_loss() -> None:
    async with opened(scenes.training(), size=(200, 50)) as stage:
        await stage.sees("gradient norm")
        row = next(row for row in stage.text.split("\n") if "learning rate" in row)
        assert "gradient norm" in row and "tokens a second" in row and "9.3e-4" in row


def test_a_bell_rings_for_an_end_a_failure_a_silence_and_a_gate() -> None:
    running = scenes.training()
    told = {
        name: [(notice.title, notice.severity, notice.rings) for notice in notices(running, scenes.SCENES[name]())]
        for name in ("passed", "missed", "crashed", "stalled")
    }
    assert ("train done", "information", True) in told["passed"] and ("gate 1B.1 passed", "information", True) in told["passed"]
    assert ("gate 1B.1 failed", "warning", True) in told["missed"]
    assert told["crashed"] == [("train crashed", "error", True)] and told["stalled"] == [("train stalled", "error", True)]
    assert terminal_title(scenes.crashed()) == "cogumi: train crashed"
    assert terminal_title(scenes.stalled()) == "cogumi: train stalled 55 %"


async def test_the_bell_and_the_toast_come_once_and_the_bell_can_be_switched_off() -> None:
    for bell in (True, False):
        async with opened(source=fakes.FakeSource(scenes.training()), settings=PanelSettings(bell=bell)) as stage:
            rung: list[bool] = []
            stage.app.bell = lambda: rung.append(True)  # type: ignore[method-assign] # noqa: B023 - awaited in this round
            await stage.show(scenes.stalled())
            await stage.sees("train stalled")
            await stage.show(replace(scenes.stalled(), sequence=999))
            assert len(rung) == bell
