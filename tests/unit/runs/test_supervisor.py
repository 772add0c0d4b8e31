"""How the supervisor carries work out: in order, up to the gate, within the budget, and with an end that is told in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.errors import WorkspaceError
from core.runs import launch
from core.runs.launch import resume, stop
from core.runs.loglevel import level_of
from core.runs.logs import tail
from core.runs.override import override
from core.runs.settle import settle
from core.runs.snapshot import Snapshot, State
from core.runs.status import status
from core.runs.workspace import log_name
from tests.unit.runs.helpers import DONE, FAKE, begin, behave, ended, last_try, look, query, registered, settings, step, until
from tests.unit.runs.workbench import DIAGNOSE, NOW, Bench

DEAR = {"dollars_per_hour": 3600.0, "total_dollars": 1e4, "phase_1b1_dollars": 1e4}
"""A dollar a second."""


def states(snapshot: Snapshot) -> list[State]:
    """The states of all steps."""
    return [view.state for view in snapshot.steps]


def test_a_phase_runs_in_order_up_to_its_gate(workspace: Path) -> None:
    started = begin(workspace)
    assert started.steps == ("diagnose", "distill", "train", "validate")
    snapshot = ended(workspace)
    assert states(snapshot) == DONE + [State.WAITING] * 4
    assert snapshot.gates[0].verdict == "passed"
    assert [criterion.verdict for criterion in snapshot.gates[0].criteria] == ["met"] * 4
    assert snapshot.state is State.IDLE
    assert snapshot.steps[0].summary == "8 new responses"
    again = begin(workspace)
    assert (again.pid, again.steps) == (None, ())
    assert "Nothing is left to do" in again.text


@pytest.mark.slow
def test_all_goes_through_a_gate_that_passes_to_the_end(workspace: Path) -> None:
    begin(workspace, "all")
    snapshot = ended(workspace)
    assert states(snapshot) == DONE * 2
    assert [gate.verdict for gate in snapshot.gates] == ["passed", "passed"]
    assert snapshot.state is State.DONE
    handed_over = json.loads((workspace / "handover/phase_1c.json").read_text())
    assert (handed_over["attempt"], handed_over["gate"]["verdict"]) == (1, "passed")
    assert any("handed over to Phase 1C" in note.text for note in snapshot.notes)


@pytest.mark.slow
def test_what_phase_1c_is_handed_tells_of_an_override_of_the_final_gate(workspace: Path) -> None:
    behave(workspace, benchmark={"value": 0.2})
    begin(workspace, "all")
    assert ended(workspace).gates[1].verdict == "failed"
    override(workspace, 1, "gate-final", "ties are out of reach here")
    gate = json.loads((workspace / "handover/phase_1c.json").read_text())["gate"]
    assert (gate["verdict"], gate["reason"]) == ("overridden", "ties are out of reach here")
    assert status(workspace)["altered"] == [], "and its hash is recorded anew"


@pytest.mark.slow
def test_all_stops_at_a_gate_that_does_not_pass_and_an_override_lets_it_go_on(workspace: Path) -> None:
    behave(workspace, validate={"value": 0.2})
    begin(workspace, "all")
    snapshot = ended(workspace)
    assert states(snapshot) == DONE + [State.LOCKED] * 4
    assert snapshot.gates[0].verdict == "failed"
    assert "Phase 1B.2 does not begin: gate 1B.1 has not passed" in snapshot.notes[-1].text
    override(workspace, 1, "gate-1b.1", "only practice")
    assert look(workspace).gates[0].verdict == "overridden"
    assert look(workspace).gates[0].reason == "only practice"
    behave(workspace, benchmark={"value": 0.9})
    resume(workspace, steps_module=FAKE)
    assert states(ended(workspace)) == DONE * 2


def test_a_step_that_fails_says_why_and_what_follows_waits(workspace: Path) -> None:
    behave(workspace, diagnose={"fail": "No problem could be read; name a file."})
    begin(workspace)
    snapshot = ended(workspace)
    assert states(snapshot)[:4] == [State.FAILED, State.WAITING, State.WAITING, State.WAITING]
    assert snapshot.steps[0].cause == "No problem could be read; name a file."
    assert last_try(workspace, "diagnose").exit == 4  # type: ignore[union-attr]
    assert snapshot.state is State.FAILED
    assert "StepFailed" in "\n".join(snapshot.log_tail)


def test_an_unexpected_error_is_one_sentence_and_its_traceback_is_in_the_log(workspace: Path) -> None:
    behave(workspace, diagnose={"raise": "what\nnow\x1b[2J"})
    begin(workspace, "diagnose")
    snapshot = ended(workspace)
    assert snapshot.steps[0].cause == "diagnose ended with an unexpected error (RuntimeError: what now\ufffd[2J); the log has the details."
    assert any("Traceback" in line for line in snapshot.log_tail)
    assert all(line.isprintable() for line in snapshot.log_tail)


@pytest.mark.slow
def test_a_step_that_breaks_in_native_code_is_told_with_its_signal(workspace: Path) -> None:
    behave(workspace, diagnose={"signal": 11})
    begin(workspace, "diagnose")
    view = ended(workspace).steps[0]
    assert view.state is State.CRASHED
    assert "Killed by signal 11 (SIGSEGV)" in view.cause
    last = tail(workspace / view.log)[-1]
    assert last.endswith(f"error: {view.cause}") and level_of(last) == "error"


def test_a_step_that_died_with_its_supervisor_says_so_at_the_end_of_its_log(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "work")
    bench.begin()
    bench.run_step(DIAGNOSE, birth="another process")
    log = bench.folder / log_name(1, "diagnose")
    log.parent.mkdir(parents=True)
    log.write_text("loading\n")
    with bench.store.write() as db:
        assert settle(db, bench.folder, NOW) == []
    last = tail(log)
    assert last[0] == "loading" and "error: It died together with its supervisor" in last[1]
    assert tail(log, since=len("loading\n")) == last[1:]


@pytest.mark.slow
def test_a_steps_module_that_cannot_be_loaded_fails_the_step_not_the_supervisor(workspace: Path) -> None:
    launch.start(workspace, "diagnose", settings(), steps_module="no.such.module")
    view = ended(workspace).steps[0]
    assert view.state is State.FAILED
    assert "A package is missing or broken" in view.cause


def test_a_polite_stop_ends_the_step_and_what_was_queued_waits(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace)
    registered(workspace, "diagnose")
    until(lambda: look(workspace).running)
    assert stop(workspace)
    snapshot = ended(workspace)
    assert states(snapshot)[:4] == [State.STOPPED] + [State.WAITING] * 3
    assert snapshot.steps[0].cause == "Stopped as asked; run it again to go on from here."
    assert not snapshot.steps[0].broken
    assert last_try(workspace, "diagnose").exit == 130  # type: ignore[union-attr]
    assert not stop(workspace)


@pytest.mark.slow
def test_a_stop_in_a_copy_leaves_the_work_in_the_original_alone(workspace: Path, tmp_path: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace, "diagnose")
    registered(workspace, "diagnose")
    copy = Path(shutil.copytree(workspace, tmp_path / "copy"))
    assert not stop(copy)
    (workspace / "go").touch()
    assert ended(workspace).steps[0].state is State.DONE


@pytest.mark.slow
def test_a_budget_that_is_used_up_stops_politely_says_which_and_can_be_raised(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace, chosen=settings(budget={"dollars_per_hour": 3600.0, "step_dollars": 0.01}))
    view = ended(workspace).steps[0]
    assert view.state is State.STOPPED and view.broken
    assert "The limit of $0.01 for step diagnose is reached" in view.cause
    assert "raise budget.step_dollars" in view.cause
    again = begin(workspace, chosen=settings(budget={"dollars_per_hour": 3600.0, "step_dollars": 0.01}))
    assert again.pid is not None
    assert "is reached" in ended(workspace).steps[0].cause
    assert len(query(workspace, "SELECT * FROM tries")) == 1, "a step that may not begin is not even tried"
    (workspace / "go").touch()
    begin(workspace, chosen=settings(budget={"dollars_per_hour": 0.0}))
    assert states(ended(workspace))[:4] == DONE


@pytest.mark.slow
def test_the_panel_is_warned_before_a_limit_is_reached(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace, "diagnose", settings(budget=DEAR | {"step_dollars": 900.0, "warn_share": 0.0001}))
    until(lambda: any("for step diagnose are spent" in note.text for note in look(workspace).notes))
    assert "for step diagnose are spent" in look(workspace).spending.warning
    (workspace / "go").touch()
    assert ended(workspace).steps[0].state is State.DONE


@pytest.mark.slow
def test_time_and_money_are_recorded_while_a_step_runs(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace, "diagnose", settings(budget=DEAR | {"step_dollars": 900.0}))
    until(lambda: query(workspace, "SELECT 1 FROM telemetry, spending WHERE kind = 'machine' AND dollars > 0"))
    snapshot = look(workspace)
    assert snapshot.steps[0].state is State.RUNNING
    assert snapshot.steps[0].seconds > 0
    assert snapshot.spending.step_dollars == pytest.approx(snapshot.steps[0].seconds)
    assert snapshot.telemetry is not None
    assert snapshot.telemetry.host.cores > 0
    (workspace / "go").touch()
    ended(workspace)


def test_the_hook_is_told_of_ends_and_gates_through_its_environment_and_no_shell(workspace: Path) -> None:
    script = "import os, json; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('COGUMI_')}), file=open('told', 'a'))"
    behave(workspace, diagnose={"fail": "$(touch pwned); `touch pwned`"})
    begin(workspace, "diagnose", settings(run={"on_event": f'python3 -c "{script}"'}))
    ended(workspace)
    told = [json.loads(line) for line in (workspace / "told").read_text().splitlines()]
    assert [(t["COGUMI_EVENT"], t["COGUMI_STEP"], t["COGUMI_STATE"]) for t in told] == [("failed", "diagnose", "failed")]
    assert told[0]["COGUMI_TEXT"] == "$(touch pwned); `touch pwned`"
    assert told[0]["COGUMI_WORKSPACE"] == str(workspace)
    assert not (workspace / "pwned").exists()


def test_a_supervisor_that_cannot_begin_says_why_and_nothing_stays_queued(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.sys, "executable", "/bin/false")
    with pytest.raises(WorkspaceError, match="The supervisor could not begin"):
        begin(workspace)
    assert states(look(workspace))[:4] == [State.WAITING] * 4
    monkeypatch.setattr(launch.sys, "executable", "/no/such/python")
    with pytest.raises(WorkspaceError, match="could not be started: No such file"):
        begin(workspace)


@pytest.mark.slow
def test_a_new_attempt_reuses_responses_that_still_hold(workspace: Path) -> None:
    begin(workspace)
    ended(workspace)
    started = begin(workspace, chosen=settings(train={"num_train_epochs": 3.0}), new_attempt=True, reason="3 epochs")
    assert started.run == 2
    snapshot = ended(workspace)
    assert snapshot.attempt == 2
    assert states(snapshot)[:4] == DONE
    assert step(workspace, "diagnose").summary == "0 new responses"
    assert query(workspace, "SELECT count(*) FROM responses") == [(32,)]


@pytest.mark.slow
def test_a_workspace_module_never_shadows_the_program(workspace: Path) -> None:
    workspace.mkdir()
    for name in ("json.py", "core.py", "sqlite3.py"):
        (workspace / name).write_text("raise SystemExit('shadowed')")
    begin(workspace, "diagnose")
    assert ended(workspace).steps[0].state is State.DONE
