"""The watcher's picture: live, bounded, true about dead processes, and there again after an error."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace
from pathlib import Path

import pytest

from core.measures.estimate import Estimate
from core.plan.gates import evaluate
from core.plan.phases import PHASES
from core.records import Category, Measurement, Spending
from core.runs.fold import MOST_NOTES
from core.runs.snapshot import HostReading, State, Telemetry
from core.runs.status import status
from core.runs.store import figures, readings, runs
from core.runs.telemetry.history import MOST_READINGS
from core.runs.watch import Watcher
from core.runs.workspace import STORE_NAME, prepare
from tests.unit.runs.helpers import settings
from tests.unit.runs.workbench import DIAGNOSE, DISTILL, NOW, TRAIN, VALIDATE, Bench, figure, progress


def test_a_workspace_that_has_not_begun_shows_the_plan_and_its_own_settings(tmp_path: Path) -> None:
    snapshot = Watcher(tmp_path).poll()
    assert (snapshot.attempt, snapshot.state, snapshot.error, snapshot.profile) == (0, State.IDLE, "", "practice")
    assert [view.state for view in snapshot.steps] == [State.WAITING] * 4 + [State.LOCKED] * 4
    assert [gate.verdict for gate in snapshot.gates] == ["open", "open"]
    assert snapshot.categories[0].target == {"response_consistency": (">=", 0.4)}
    assert snapshot.spending.budget_left == 285.0


def test_settings_that_cannot_be_read_are_told_beside_the_picture(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text("profile = 3")
    snapshot = Watcher(tmp_path).poll()
    assert "profile is 3" in snapshot.error
    assert len(snapshot.steps) == 8


def test_a_store_that_comes_later_is_found(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path / "new")
    assert watcher.poll().attempt == 0
    made = Bench(tmp_path / "new")
    made.begin()
    assert watcher.poll().attempt == 1


def test_a_store_that_was_replaced_is_read_anew(bench: Bench) -> None:
    bench.tell(DIAGNOSE, "note", {"level": "info", "text": "old"})
    assert bench.poll().notes[-1].text == "old"
    for path in bench.folder.glob(f"{STORE_NAME}*"):
        path.unlink()
    assert bench.poll().attempt == 0
    prepare(bench.folder)
    assert bench.poll().notes == ()


def test_progress_has_a_rate_over_the_recent_past_and_an_end_in_sight(bench: Bench) -> None:
    bench.run_step(DIAGNOSE)
    bench.poll()
    for done in (10, 20, 30, 40):
        bench.tell(DIAGNOSE, "progress", progress(done), every=5.0)
        bench.poll()
    view = bench.poll().steps[0]
    assert (view.progress.done, view.progress.total, view.progress.unit) == (40, 100, "responses")
    assert view.progress.rate == pytest.approx(2.0)
    assert view.progress.eta == pytest.approx(30.0)


def test_a_new_activity_counts_from_its_own_beginning(bench: Bench) -> None:
    bench.run_step(DIAGNOSE)
    bench.poll()
    bench.tell(DIAGNOSE, "progress", progress(10), progress(50), every=1.0)
    bench.poll()
    bench.tell(DIAGNOSE, "progress", progress(1, 10, "grading"), every=1.0)
    view = bench.poll().steps[0]
    assert view.progress.doing == "grading"
    assert view.progress.rate is None


def test_a_watcher_that_comes_late_sees_what_one_that_was_there_sees(bench: Bench) -> None:
    bench.run_step(DIAGNOSE)
    bench.poll()
    for done in range(10, 60, 10):
        bench.tell(DIAGNOSE, "progress", progress(done), every=2.0)
        bench.tell(DIAGNOSE, "figures", figure("before", "MATH", accuracy=[done / 100, done, 0, 1]))
        bench.tell(DIAGNOSE, "figures", figure("before", None, accuracy=[done / 200, done, 0, 1]))
        bench.poll()
    bench.tell(DIAGNOSE, "overlap", {"text": "no overlap"})
    bench.tell(TRAIN, "loss", *({"step": x, "loss": 1 / x} for x in range(1, 50)))
    bench.tell(TRAIN, "held_out", {"step": 20, "loss": 0.5})
    bench.tell(TRAIN, "epoch", {"step": 25, "epoch": 1})
    there = bench.poll()
    late = Watcher(bench.folder, clock=lambda: bench.now).poll(60_000)
    assert late == there
    assert late.overlap == "no overlap"
    assert late.categories[1].before == {"accuracy": Estimate(0.5, 50, 0, 1)}


def test_a_flood_of_events_loses_no_note_and_ends_with_the_newest_progress(bench: Bench) -> None:
    bench.run_step(DIAGNOSE)
    bench.poll()
    seen: list[str] = []
    for start in range(0, 20_000, 1_000):
        bench.tell(DIAGNOSE, "progress", *(progress(i, 20_000) for i in range(start, start + 1_000)))
        bench.tell(DIAGNOSE, "note", *({"level": "info", "text": f"{i}"} for i in range(start, start + 100)))
        seen += [note.text for note in bench.poll().notes if note.text not in seen[-2 * MOST_NOTES :]]
    assert seen == [f"{i}" for start in range(0, 20_000, 1_000) for i in range(start, start + 100)]
    snapshot = bench.poll()
    assert snapshot.steps[0].progress.done == 19_999
    assert len(snapshot.notes) == MOST_NOTES


def test_a_backlog_is_read_in_slices_within_the_budget_and_wholly_in_the_end(bench: Bench) -> None:
    bench.run_step(TRAIN)
    bench.tell(TRAIN, "loss", *({"step": x, "loss": 1.0} for x in range(1, 30_001)))
    first = bench.watcher.poll(0.0)
    assert 0 < len(first.series.x) < 30_000
    lengths = []
    while not lengths or lengths[-1] < 30_000:
        lengths.append(len(bench.watcher.poll(0.0).series.x))
    assert lengths == sorted(lengths)
    assert bench.poll().series.x == tuple(range(1, 30_001))


def test_figures_are_live_while_a_step_measures_and_final_when_it_is_done(bench: Bench) -> None:
    bench.run_step(VALIDATE)
    bench.tell(VALIDATE, "figures", figure("after", None, response_consistency=[0.5, 10, 0.35, 0.65]))
    snapshot = bench.poll()
    assert snapshot.categories[0].now == {"response_consistency": Estimate(0.5, 10, 0.35, 0.65)}
    gate = snapshot.gates[0]
    assert (gate.verdict, gate.criteria[0].verdict, gate.criteria[0].certainty) == ("open", "met", "undecided")
    assert gate.criteria[1].verdict == "unknown"
    with bench.store.write() as db:
        final = Measurement("after", None, "response_consistency", Estimate(0.6, 100, 0.55, 0.65))
        figures.add_measurements(db, 1, VALIDATE, [final])
        runs.set_state(db, VALIDATE, State.DONE)
    assert bench.poll().categories[0].now == {"response_consistency": final.estimate}


def test_what_an_earlier_try_measured_is_no_figure_of_the_one_that_runs(bench: Bench) -> None:
    bench.run_step(VALIDATE)
    bench.tell(VALIDATE, "state", {"state": "running"})
    bench.tell(VALIDATE, "figures", figure("after", Category.MATH, score=[0.5, 10, 0.35, 0.65], accuracy=[0.7, 10, 0.5, 0.8]))
    assert "score" in bench.poll().categories[1].now
    bench.tell(VALIDATE, "state", {"state": "stopped"}, {"state": "running"})
    bench.tell(VALIDATE, "figures", figure("after", Category.MATH, accuracy=[0.8, 4, 0.5, 0.9]))
    with contextlib.closing(Watcher(bench.folder, clock=lambda: bench.now)) as late:
        for snapshot in (bench.poll(), late.poll()):
            assert snapshot.categories[1].now == {"accuracy": Estimate(0.8, 4, 0.5, 0.9)}


def test_damaged_events_are_passed_over(bench: Bench) -> None:
    with bench.store.write() as db:
        kinds = ("figures", "progress", "note", "epoch", "held_out")
        rows = [(1, DIAGNOSE, NOW, kind, "", data) for kind in kinds for data in ("{", "[]", "{}")]
        rows += [(1, DIAGNOSE, NOW, "figures", "", '{"metrics": {"a": [1]}, "category": "NO"}')]
        db.executemany("INSERT INTO events (run, step, time, kind, subject, data) VALUES (?, ?, ?, ?, ?, ?)", rows)
    assert bench.poll().error == ""
    assert Watcher(bench.folder).poll().error == ""


def test_an_older_attempt_can_be_watched(bench: Bench) -> None:
    bench.tell(DIAGNOSE, "note", {"level": "info", "text": "first"})
    bench.begin()
    assert bench.poll().attempt == 2
    older = Watcher(bench.folder, attempt=1).poll()
    assert (older.attempt, older.notes[-1].text) == (1, "first")


def test_readings_are_shown_with_a_bounded_past_and_the_panels_own_when_they_are_old(bench: Bench) -> None:
    with bench.store.write() as db:
        for i in range(MOST_READINGS + 50):
            readings.add_reading(db, Telemetry(NOW + i, HostReading(0.5, 2, 1, 2, 3, 4)))
    bench.now = NOW + MOST_READINGS + 50
    snapshot = bench.poll()
    assert len(snapshot.history) == MOST_READINGS
    assert snapshot.telemetry == snapshot.history[-1]
    own = Telemetry(bench.now + 100, HostReading(0.9, 2, 1, 2, 3, 4))

    class Sampler:
        latest: Telemetry | None = own

    watcher = Watcher(bench.folder, sampler=Sampler(), clock=lambda: bench.now)
    assert watcher.poll().telemetry == snapshot.telemetry
    bench.now += 100
    seen = watcher.poll()
    assert seen.telemetry is own and seen.history[-1] is own


def test_a_reading_that_lies_in_the_future_is_not_shown_as_the_present(bench: Bench) -> None:
    """As after the clock was set back: nobody takes readings any more, and the last one would stand still for hours."""
    with bench.store.write() as db:
        readings.add_reading(db, Telemetry(NOW + 7200, HostReading(0.5, 2, 1, 2, 3, 4)))

    class Sampler:
        latest: Telemetry | None = Telemetry(NOW, HostReading(0.9, 2, 1, 2, 3, 4))

    watcher = Watcher(bench.folder, sampler=Sampler(), clock=lambda: NOW)
    assert watcher.poll().telemetry is Sampler.latest
    watcher.close()


def test_money_is_that_of_all_attempts_and_forecast_from_the_pace(bench: Bench) -> None:
    tried = bench.run_step(DIAGNOSE)
    bench.poll()
    with bench.store.write() as db:
        figures.set_machine_money(db, tried, 3600.0, 2.0)
        runs.see_try(db, tried, 3600.0, bench.now)
        figures.add_judge_money(db, tried, 0.0, 0.5)
    for done in (10, 20):
        bench.tell(DIAGNOSE, "progress", progress(done), every=10.0)
        bench.poll()
    with bench.store.write() as db:
        runs.see_try(db, tried, 3600.0, bench.now)
    spending = bench.poll().spending
    assert spending.dollars == pytest.approx(2.5)
    assert spending.judge_dollars == 0.5
    assert spending.forecast_dollars == pytest.approx(2.5 + 80 * 2.0 / 3600)
    assert spending.budget_left == pytest.approx(282.5)


def test_figures_are_held_against_the_gate_of_the_phase_that_measured_them(bench: Bench) -> None:
    def wanted() -> tuple[str, float]:
        return next(view for view in bench.poll().categories if view.category is None).target["response_consistency"]

    assert wanted() == (">=", 0.4)
    with bench.store.write() as db:
        gate = evaluate(PHASES[0].gate, settings(), [], None)
        figures.set_gate(db, 1, replace(gate, verdict="passed"), bench.now)
        for step in (DIAGNOSE, DISTILL, TRAIN, VALIDATE):
            runs.set_state(db, step, State.DONE)
    assert wanted() == (">=", 0.6), "nothing is measured yet, and the next gate is the current one"
    with bench.store.write() as db:
        after = Measurement("after", None, "response_consistency", Estimate(0.5, 10, 0.3, 0.7))
        figures.add_measurements(db, 1, VALIDATE, [after])
    assert wanted() == (">=", 0.4), "what validate measured is what gate 1B.1 was decided on"


def test_status_has_the_keys_that_scripts_lean_on(bench: Bench) -> None:
    bench.run_step(DIAGNOSE)
    bench.tell(DIAGNOSE, "progress", progress(10))
    bench.tell(DIAGNOSE, "figures", figure("before", "MATH", accuracy=[0.5, 10, 0.35, math.nan]))
    found = status(bench.folder, clock=lambda: bench.now)
    assert set(found) == {
        *("workspace", "attempt", "state", "shortage", "steps"),
        *("measurements", "gates", "spending", "ahead", "altered"),
    }
    assert found["state"] == "running"
    assert {"id", "phase", "state", "attempt", "started", "seconds", "cost", "progress"} <= set(found["steps"][0])
    assert found["steps"][0]["progress"]["done"] == 10
    assert set(found["measurements"]) == {"before", "after"}
    math_figures = found["measurements"]["before"]["MATH"]
    assert set(math_figures) == {"response_consistency", "answer_consistency", "accuracy", "tie_rate", "score"}
    assert math_figures["accuracy"] == {"value": 0.5, "n": 10, "low": 0.35, "high": None}
    assert math_figures["score"] is None
    assert {"id", "verdict", "criteria"} <= set(found["gates"][0])
    assert {"value", "threshold", "verdict"} <= set(found["gates"][0]["criteria"][0])
    assert found["spending"]["dollars"] == 0.0


def test_looking_changes_nothing(bench: Bench) -> None:
    before = {path.name: path.read_bytes() for path in bench.folder.glob("*") if path.is_file() and not path.name.endswith("-shm")}
    for _ in range(3):
        with contextlib.closing(Watcher(bench.folder)) as watcher:
            watcher.poll()
    assert {path.name: path.read_bytes() for path in bench.folder.glob("*") if path.is_file() and not path.name.endswith("-shm")} == before


def test_spending_by_step_is_part_of_each_step(bench: Bench) -> None:
    tried = bench.run_step(DIAGNOSE)
    with bench.store.write() as db:
        figures.set_machine_money(db, tried, 10.0, 0.25)
    assert bench.poll().steps[0].dollars == pytest.approx(0.25, abs=0.01)
    with bench.store.read() as db:
        assert figures.spending(db, 1) == [Spending("diagnose", "machine", 10.0, 0.25)]


def test_categories_are_those_that_are_measured(bench: Bench) -> None:
    shown = [view.category for view in bench.poll().categories]
    assert shown == [None, Category.MATH, Category.CODE, Category.REASONING]
