"""What each pane says of a snapshot, as text: figures with unit and n, states in words, nothing wider than it may be."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.gate_text import gate_text
from app.notice import notices, terminal_title
from core.measures.estimate import Estimate
from core.plan.verdicts import CriterionView
from core.records import Category
from core.runs.snapshot import CategoryView, Note, SpendingView, State
from screens.ink import Line, text_of, width_of
from screens.widgets import consistency, gate, log_tail, machine, plan, reference, story
from screens.widgets.glyphs import ASCII, UNICODE
from screens.widgets.header import stale, status
from screens.widgets.measured import mark
from tests.panel import fakes, scenes

WIDTHS = (28, 38, 46, 60, 76, 120, 190)
SCENES = {
    "fresh": fakes.base(),
    "training": fakes.training(),
    "passed": fakes.validated(),
    "missed": fakes.validated("failed"),
    "failed": fakes.failed(),
}


def text(lines: list[Line]) -> str:
    return "\n".join(text_of(line).rstrip() for line in lines)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_pane_keeps_to_its_width_and_height(scene: str, width: int) -> None:
    snapshot = SCENES[scene]
    for glyphs in (UNICODE, ASCII):
        for height in (4, 8, 15, 40):
            drawn = [
                [line for line, _ in plan.rows(snapshot, width, height, glyphs)],
                gate.rows(snapshot.gates[0], width, height, glyphs),
                consistency.rows(snapshot.categories, "response_consistency", width, height, glyphs),
                reference.rows(snapshot.categories, width, height, glyphs),
                machine.rows(fakes.gpu_reading(index_count=2), fakes.history(), width, height, glyphs),
                machine.rows(fakes.reading(), fakes.history(), width, height, glyphs),
                story.rows(fakes.NOTES, width, height),
            ]
            for lines in drawn[4:]:
                assert len(lines) <= height
            for line in [line for lines in drawn for line in lines]:
                # Frames cut what is too wide; from 80 columns on, where panes have 43 inside, nothing may need it.
                assert width < 43 or width_of(line) <= width, text_of(line)
                assert not glyphs.ascii or all(c.isascii() or c in "±–·…°" for c in text_of(line)), text_of(line)


def test_the_plan_gives_states_as_words_with_times_and_progress() -> None:
    shown = text([line for line, _ in plan.rows(fakes.training(), 38, 20, UNICODE)])
    assert "✓ diagnose          done" in shown and "0:14" in shown
    assert "► train             running 55 % 0:21" in shown
    assert "41 of 75 steps" in shown and "locked" in shown


@pytest.mark.parametrize("width", range(22, 64))
@pytest.mark.parametrize("dollars", [0.02, 12.03, 1204.0])
def test_a_running_step_cuts_no_figure_at_any_width(width: int, dollars: float) -> None:
    snapshot = fakes.training()
    progress = fakes.Progress(3120, 14244, "responses at most", 394.0, 3635.0, "")
    steps = tuple(replace(step, progress=progress, dollars=dollars) if step is snapshot.running else step for step in snapshot.steps)
    spending = replace(snapshot.spending, forecast_dollars=dollars + 2)
    rows = plan.rows(replace(snapshot, steps=steps, spending=spending), width, 30, UNICODE)
    below = [text_of(line) for line, step in rows if snapshot.running is not None and step == snapshot.running.id][1:]
    assert len(below) == 3 and not any("…" in line for line in below)
    assert all(len(line) <= width for line in below)
    assert "3,120" in below[0] and "14,244" in below[0] and below[1].endswith("1:00:35 left")


def test_a_failed_step_says_why_and_what_to_press() -> None:
    shown = text([line for line, _ in plan.rows(fakes.failed(), 60, 30, UNICODE)])
    assert "✗ train             failed" in shown
    assert "out of memory" in shown and "press r to resume" in " ".join(shown.split())


def test_with_little_height_details_go_before_steps() -> None:
    rows = plan.rows(fakes.training(), 38, 12, UNICODE)
    assert len(rows) == 12 and not any("41 of 75" in text_of(line) for line, _ in rows)
    assert {step for _, step in rows if step} == {step.id for step in fakes.training().steps}


def test_consistency_shows_before_now_target_and_n() -> None:
    table = text(consistency.rows(fakes.validated().categories, "response_consistency", 76, 8, UNICODE))
    line = next(row for row in table.split("\n") if "MATH" in row)
    assert line.split()[:4] == ["MATH", "15.2", "%", "58.3"]
    assert "±4.5 %" in line and "≥ 40 % ✓" in line and line.endswith("200")
    assert all(sign in line for sign in "○●┃")


def test_where_a_row_has_no_room_for_both_metrics_the_other_one_stands_below() -> None:
    views = fakes.validated().categories
    narrow = text(consistency.both(views, "response_consistency", 43, 19, UNICODE))
    assert "same answer" in narrow and narrow.count("MATH") == 2 and "69" in narrow
    assert text(consistency.both(views, "response_consistency", 43, 6, UNICODE)).count("MATH") == 1
    assert text(consistency.both(views, "response_consistency", 90, 19, UNICODE)).count("MATH") == 1


def test_before_training_nothing_is_marked_met_or_missed() -> None:
    assert not set("✓✗") & set(text(consistency.rows(fakes.training().categories, "response_consistency", 76, 8, UNICODE)))


def test_all_trained_categories_together_are_a_row() -> None:
    views = (CategoryView(None, {"response_consistency": Estimate(0.3, 500, 0.28, 0.32)}), *fakes.training().categories)
    assert "all trained" in text(consistency.rows(views, "response_consistency", 76, 8, UNICODE))


def test_an_interval_over_the_target_is_marked_undecided() -> None:
    assert mark(Estimate(0.41, 20, 0.2, 0.6), (">=", 0.4), UNICODE) == ("✓?", "good")
    assert mark(Estimate(0.39, 20, 0.2, 0.6), (">=", 0.4), UNICODE) == ("✗?", "bad")
    assert mark(Estimate(0.2, 900, 0.18, 0.22), ("<", 0.3), UNICODE) == ("✓", "good")
    assert mark(None, (">=", 0.4), UNICODE) == ("", "dim")


def test_the_reference_table_has_ties_and_score_with_their_change() -> None:
    line = next(row for row in text(reference.rows(fakes.validated().categories, 76, 8, UNICODE)).split("\n") if "MATH" in row)
    assert "41.0 → 24.0 ±4 %" in line and "39.0 → 47.2 ±5 %" in line and "≥ 45 % ✓?" in line and line.endswith("200")


@pytest.mark.parametrize(("share", "shown"), [(0.557, "55.7"), (0.5598, "55.98"), (0.56, "56.0")])
@pytest.mark.parametrize("width", [43, 74, 120])
def test_a_figure_just_under_its_threshold_says_so_wherever_its_verdict_stands(share: float, shown: str, width: int) -> None:
    value, metrics = Estimate(share, 200, share - 0.04, share + 0.04), ("score", "response_consistency")
    view = CategoryView(Category.MATH, {}, dict.fromkeys(metrics, value), dict.fromkeys(metrics, (">=", 0.56)))
    for rows in (reference.rows((view,), width, 8, UNICODE), consistency.rows((view,), "response_consistency", width, 8, UNICODE)):
        assert shown in text(rows) and ("✗" in text(rows)) == (share < 0.56)
        assert all(width_of(line) <= width for line in rows)
    verdict = "met" if share >= 0.56 else "missed"
    criterion = CriterionView("math_score", "MATH score", ">=", 0.56, value, "share", verdict, "undecided")
    first = replace(fakes.gates()[0], criteria=(criterion,))
    assert shown in text(gate.rows(first, 29, 1, UNICODE)) and shown in text(gate.rows(first, 60, 4, UNICODE))
    assert shown in text([gate.criterion_line(criterion, 29, UNICODE, False)])


def test_panel_and_command_line_say_the_same_of_what_would_decide_a_criterion() -> None:
    known = fakes.validated().gates[0]
    for more, said in ((480, "about 480 more problems would decide it"), (26_370, "more problems are no way to decide it")):
        shown = replace(known, criteria=tuple(replace(one, more=more) for one in known.criteria))
        assert said in gate_text(shown) and said in " ".join(text(gate.rows(shown, 100, 20, UNICODE)).split())


def test_without_a_reference_the_pane_says_what_is_needed() -> None:
    assert "judge.reference" in text(reference.rows(fakes.base().categories, 76, 8, UNICODE))


def test_the_gate_says_met_missed_and_undecided_in_words() -> None:
    shown = text(gate.rows(fakes.validated().gates[0], 38, 20, UNICODE))
    assert "✓ response consistency" in shown and "n 500" in shown
    assert "met, undecided ?" in shown and "about 480 more problems would decide it" in " ".join(shown.split())
    missed = CriterionView("x", "CODE ties", "<", 0.2, Estimate(0.31, 100, 0.25, 0.37), "share", "missed", "missed")
    assert "✗ CODE ties" in text(gate.rows(replace(fakes.validated().gates[0], criteria=(missed,)), 38, 20, UNICODE))


def test_an_overridden_gate_shows_its_reason() -> None:
    view = replace(fakes.validated().gates[0], verdict="overridden", reason="REASONING is within noise")
    assert "REASONING is within noise" in text(gate.rows(view, 60, 20, UNICODE))


@pytest.mark.parametrize("width", [22, 24, 38])
def test_the_word_of_an_overridden_gate_is_never_cut(width: int) -> None:
    gates = tuple(replace(one, verdict="overridden") for one in fakes.validated().gates)
    drawn = [line for line, _ in plan.rows(replace(fakes.validated(), gates=gates), width, 40, UNICODE)]
    assert sum("overridden" in text_of(line) for line in drawn if width_of(line) <= width) == 2


def test_fields_that_the_driver_refuses_are_not_available() -> None:
    shown = text(machine.rows(fakes.gpu_reading(refuse=True), (), 72, 20, UNICODE))
    assert "temp N/A" in shown and "clock N/A" in shown
    assert next(line for line in shown.split("\n") if line.startswith("power")).endswith("N/A")
    assert "93 %" in shown and "33.0 of 79.6 GiB" in shown and "this step    31.0 GiB of GPU 0" in shown


def test_a_machine_without_a_gpu_says_so_and_shows_itself() -> None:
    shown = text(machine.rows(fakes.reading(), fakes.history(), 60, 20, UNICODE))
    assert "N/A: no NVIDIA driver on this machine" in shown and "93 % of 2 cores" in shown and "41.0 GiB free" in shown


def test_throttling_is_named() -> None:
    reading = fakes.gpu_reading()
    hot = replace(reading, gpus=(replace(reading.gpus[0], throttle=("power cap", "heat")),))
    assert "slow  power cap, heat" in text(machine.rows(hot, (), 60, 20, UNICODE))


def test_the_story_keeps_the_newest_notes_whole() -> None:
    notes = tuple(Note(fakes.NOW + i, "info", f"note {i} " + "long " * 20) for i in range(9))
    lines = story.rows(notes, 40, 10)
    assert len(lines) <= 10 and "note 8" in text(lines) and "note 0" not in text(lines)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_whole_story_cuts_no_text_and_names_the_level_beside_its_colour(width: int) -> None:
    words = " ".join(f"word{i}" for i in range(400))
    begun, failed, loud = (Note(fakes.NOW, "info", "begun"), Note(fakes.NOW, "error", words), Note(fakes.NOW, "warning", "x" * 500))
    notes = (begun, failed, loud, Note(fakes.NOW, "info", ""))
    lines = story.whole(notes, width)
    assert all(width_of(line) <= width for line in lines)
    shown = [text_of(line) for line in lines]
    levels = [level for line in shown for level in ("info", "warning", "error") if f" {level} " in line]
    assert levels == ["info", "error", "warning", "info"]
    assert words in " ".join(" ".join(line[20:] for line in shown).split())
    assert sum(line.count("x") for line in shown) == 500
    assert {role for line in lines for text, role in line if "word1" in text} == {"bad"}


def test_the_status_line_drops_what_matters_least_first() -> None:
    wide = text_of(status(fakes.training(), fakes.NOW, 140, UNICODE))
    assert "41/75 steps" in wide and "epoch 1.1/2" in wide and "2.3 steps/s" in wide and "0:15 left" in wide and "$0.02 of $34.00" in wide
    narrow = text_of(status(fakes.training(), fakes.NOW, 64, UNICODE))
    assert "55 %" in narrow and "running" in narrow and "steps/s" not in narrow
    for width in range(60, 220, 7):
        assert width_of(status(fakes.training(), fakes.NOW, width, UNICODE)) == width


def test_a_disk_that_runs_short_is_told_before_all_else_and_rings_once() -> None:
    short = replace(fakes.training(), shortage="the disk has 412 MiB left")
    for width in (80, 120):
        assert "the disk has 412 MiB left" in text_of(status(short, fakes.NOW, width, UNICODE))
    (told,) = notices(fakes.training(), short)
    assert told.severity == "error" and told.text.startswith("The disk has 412 MiB left; free some space.")
    assert notices(short, replace(short, shortage="the disk is full")) == []


def test_silence_is_told_with_its_age() -> None:
    snapshot = replace(fakes.training(), heard=fakes.NOW - 12.4)
    assert stale(snapshot, fakes.NOW) == "last update 12 s ago"
    assert "last update 12 s ago" in text_of(status(snapshot, fakes.NOW, 120, UNICODE))
    assert stale(fakes.training(), fakes.NOW) == ""
    assert stale(replace(fakes.base(), heard=fakes.NOW - 900), fakes.NOW) == ""


def test_read_only_errors_and_the_end_are_told_in_the_status_line() -> None:
    assert "read-only" in text_of(status(replace(fakes.base(), writable=False), fakes.NOW, 100, UNICODE))
    assert "the store is damaged" in text_of(status(replace(fakes.base(), error="the store is damaged"), fakes.NOW, 100, UNICODE))
    path = f"{fakes.base().workspace}/cogumi.db"
    damaged = f"{path} is damaged (database disk image is malformed); it was left as it is: put back a copy, or move it away to begin anew."
    whole = {width: text_of(status(replace(fakes.base(), error=damaged), fakes.NOW, width, UNICODE)) for width in (80, 140, 250)}
    assert damaged in whole[250]
    assert "  cogumi.db is damaged; it was left as it is: put back a copy, or move it away to begin anew." in whole[140]
    assert "  cogumi.db is damaged; see the doctor  " in whole[80]
    finished = replace(
        fakes.validated(),
        steps=tuple(replace(step, state=State.DONE) for step in fakes.base().steps),
        gates=tuple(replace(gate, verdict="passed") for gate in fakes.gates(True)),
    )
    assert "all steps are done; final gate has passed" in text_of(status(finished, fakes.NOW, 100, UNICODE))
    short = replace(finished, gates=(finished.gates[0], replace(finished.gates[1], verdict="failed")))
    assert "all steps are done; final gate was missed" in text_of(status(short, fakes.NOW, 100, UNICODE))
    assert "final gate was missed" in text_of(status(short, fakes.NOW, 60, UNICODE))


def test_a_gate_that_has_opened_the_way_is_told_with_the_key_that_goes_on() -> None:
    hint = ("press g to run to the gate, r for one step", "press g to run to the gate")
    passed = fakes.validated("passed")
    assert "gate 1B.1 passed; press g to run to the gate, r for one step" in text_of(status(passed, fakes.NOW, 120, UNICODE, hint))
    assert "press g to run to the gate" in text_of(status(passed, fakes.NOW, 80, UNICODE, hint))
    begun = replace(passed, steps=tuple(replace(s, tries=1) if s.phase == "1B.2" else s for s in passed.steps))
    assert "passed" not in text_of(status(begun, fakes.NOW, 120, UNICODE, hint))


def test_between_steps_the_status_line_says_what_is_awaited() -> None:
    queued = tuple(replace(step, state=State.QUEUED) if step.id == "validate" else step for step in fakes.validated().steps)
    starting = replace(fakes.validated(), steps=queued, supervised=True)
    assert "starting validate" in text_of(status(starting, fakes.NOW, 100, UNICODE, ("press g",)))
    undecided = replace(fakes.validated("failed"), gates=fakes.gates(True), supervised=True)
    assert "deciding gate 1B.1" in text_of(status(undecided, fakes.NOW, 100, UNICODE, ("press g",)))
    assert "gate 1B.1 is not decided yet" in text_of(status(replace(undecided, supervised=False), fakes.NOW, 100, UNICODE))
    assert "gate 1B.1 was missed" in text_of(status(fakes.validated("failed"), fakes.NOW, 100, UNICODE, ("press g",)))


def test_a_budget_warning_colours_the_money() -> None:
    warned = replace(fakes.training(), spending=SpendingView(3.9, 0, 4.0, 2.0, warning="$3.90 of $4.00 are spent"))
    assert ("$3.90", "bad") in status(warned, fakes.NOW, 120, UNICODE)


def test_what_happened_between_two_pictures_is_told_once() -> None:
    training, done = fakes.training(), fakes.validated()
    told = notices(training, done)
    assert [notice.title for notice in told] == ["train done", "validate done", "gate 1B.1 passed"]
    assert notices(done, done) == [] and notices(None, done) == []


def test_a_failure_is_told_with_its_cause() -> None:
    (told,) = notices(fakes.training(), fakes.failed())
    assert told.severity == "error" and "out of memory" in told.text




def test_the_terminal_title_says_what_runs_and_how_far() -> None:
    assert terminal_title(fakes.training()) == "cogumi: train 55 %"
    assert terminal_title(fakes.failed()) == "cogumi: train failed"
    assert terminal_title(fakes.base()) == "cogumi: idle"



def test_what_a_gate_wants_is_met_or_missed_so_far_until_it_is_decided() -> None:
    decided = fakes.validated("failed").gates[0]
    assert "missed" in (said := text(gate.rows(decided, 40, 20, UNICODE))) and "so far" not in said and UNICODE.missed in said
    still = text(gate.rows(replace(decided, verdict="open"), 40, 20, UNICODE))
    assert "missed so far" in still and "met so far" in still
    assert UNICODE.missed not in still and UNICODE.met not in still, "no mark of a decision"
    assert "missed so far" in gate_text(replace(decided, verdict="open")) and "so far" not in gate_text(decided)
    near = replace(decided.criteria[0], value=Estimate(0.44967, 60, 0.4, 0.5), threshold=0.45, verdict="missed", unit="share")
    assert "44.97 % [" in gate_text(replace(decided, criteria=(near,))), "never as on the other side of what is wanted"
    for one, marked in ((decided, True), (replace(decided, verdict="open"), False)):
        scene = replace(fakes.validated("failed"), gates=(one, *fakes.validated().gates[1:]))
        drawn = [text_of(line) for line, _ in plan.rows(scene, 60, 40, UNICODE)]
        score = next(line for line in drawn if "MATH score" in line)
        assert (UNICODE.missed in score) is marked


def test_the_plans_figures_are_called_those_of_the_8b_model_wherever_they_stand() -> None:
    for width in WIDTHS:
        for line, _ in plan.rows(fakes.base(), width, 20, UNICODE):
            shown = text_of(line)
            assert not re.search(r"\d (min|h)\b", shown) or "8B" in shown or "training time" in shown, shown
    assert "8B plan 30–45 min" in text([line for line, _ in plan.rows(fakes.base(), 120, 20, UNICODE)])


@pytest.mark.parametrize("title", ["train on failures", "distill failures"])
@pytest.mark.parametrize("state", [state for state in State if state is not State.IDLE])
def test_at_eighty_columns_a_steps_name_and_state_are_told_whole(title: str, state: State) -> None:
    for seconds in (57.0, 3725.0):
        steps = tuple(replace(one, state=state, seconds=seconds, tries=1) if one.title == title else one for one in fakes.base().steps)
        lines = text([line for line, _ in plan.rows(replace(fakes.base(), steps=steps), 29, 40, UNICODE)])
        line = next(line for line in lines.split("\n") if title in line)
        assert "…" not in line and len(line) <= 29
        assert state in (State.LOCKED, State.DONE, State.RUNNING) or state.value in line


@pytest.mark.parametrize("width", [60, 76, 89, 90, 120])
def test_the_hosts_figures_are_whole_at_every_width(width: int) -> None:
    reading = scenes.machine(fakes.NOW, [], 128)
    shown = text(machine.rows(reading, (), width, 19, UNICODE))
    assert "of 128 cores" in shown and "96 of 503 GiB" in shown and "910 GiB free" in shown


def test_while_rows_are_free_the_newest_lines_of_a_log_are_told_whole() -> None:
    pane = log_tail.LogPane(7)
    lines = tuple(f"{number} " + "word " * 12 + f"end{number}" for number in range(6))
    pane.snapshot = replace(fakes.training(), log_tail=lines)
    assert text(pane.body(40, 30)).count("end") == 6
    some = text(pane.body(40, 8))
    assert len(some.split("\n")) == 8 and "end5" in some and "end4" in some and "end3" not in [line.strip() for line in some.split("\n")]
    assert [text_of(line) for line in pane.body(100, 6)] == [line.rstrip() for line in lines]


def test_a_phase_that_was_taken_over_shows_its_time_and_no_money() -> None:
    scene = fakes.validated("passed")
    free = replace(scene, steps=tuple(replace(step, dollars=0.0) for step in scene.steps))
    for shown, money in ((scene, True), (free, False)):
        head = text_of(plan.rows(shown, 60, 20, UNICODE)[0][0])
        assert ":" in head and ("$" in head) is money
