"""Following a run on the command line: what is told, what is not told again, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from app.follow import PlainDisplay, follow
from core.runs.snapshot import State
from core.runs.store import runs
from core.runs.store.events import add_events, note
from tests.unit.runs.workbench import DIAGNOSE, NOW, Bench, progress


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "work")
    made.begin()
    return made


def told(bench: Bench, time: float, text: str) -> None:
    with bench.store.write() as db:
        add_events(db, [note(1, 0, time, "info", text)])


def test_what_was_told_before_the_start_is_not_told_again(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    told(bench, NOW, "an earlier day")
    told(bench, NOW + 100, "this very run")
    assert follow(bench.folder, ["diagnose"], since=NOW + 50) == 130
    out = capsys.readouterr().out
    assert "this very run" in out and "an earlier day" not in out


def test_a_run_that_the_guard_stopped_says_why_at_its_end(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with bench.store.write() as db:
        runs.set_state(db, DIAGNOSE, State.STOPPED, cause="The limit of $1.00 for step diagnose is reached; raise budget.step_dollars.")
    assert follow(bench.folder, ["diagnose"]) == 130
    assert "cogumi: diagnose stopped: The limit of $1.00" in capsys.readouterr().err


def test_a_running_step_tells_how_far_it_is_what_it_has_cost_and_what_it_will(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.run_step(DIAGNOSE)
    bench.tell(DIAGNOSE, "progress", *(progress(n, 1800) for n in range(0, 181, 10)), every=1.0)
    PlainDisplay(["diagnose"]).show(bench.poll())
    display = PlainDisplay(["diagnose"])
    display.show(bench.poll())
    bench.now += 11
    display.show(bench.poll())
    out = capsys.readouterr().out
    assert "diagnose: sampling, 180 of 1,800 responses" in out
    assert "2 min 42 s left" in out
    assert "$0.0" in out and "at its end" in out


def test_status_groups_the_digits_of_counts_as_the_panel_does(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.run_step(DIAGNOSE)
    bench.tell(DIAGNOSE, "progress", progress(14_244, 20_000))
    assert main(["status", "--workspace", str(bench.folder)]) == 0
    assert "14,244 of 20,000 responses" in capsys.readouterr().out
