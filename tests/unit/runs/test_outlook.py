"""What a start would come to: its settings with their origins, the attempt, what is left, and why it may need a new attempt."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import SettingsError, UsageError
from core.plan.profiles import PROFILES
from core.plan.verdicts import GateView
from core.runs import attempts
from core.runs.launch import _queue
from core.runs.outlook import Outlook, outlook
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.store.connection import open_reader, open_writer
from core.runs.workspace import STORE_NAME, prepare

FIRST = ("diagnose", "distill", "train", "validate")
SECOND = ("find_failures", "distill_failures", "train_failures", "benchmark")


def queued(folder: Path, found: Outlook, *done: str, gate: str = "") -> int:
    """The attempt is made as a start would make it, and some of its steps are done."""
    prepare(folder)
    with contextlib.closing(open_writer(folder / STORE_NAME)) as store:
        number = _queue(store, found.target, found.loaded.settings, found.new, found.parent, found.reason, found.origins)[0]
        with store.write() as db:
            for row in runs.steps_of(db, number):
                runs.set_state(db, row.id, State.DONE if row.step in done else State.WAITING)
            if gate:
                figures.set_gate(db, number, GateView("gate-1b.1", "1B.1", "gate 1B.1", gate, ()), 1.0)  # type: ignore[arg-type]
    return number


def recorded(folder: Path, number: int) -> dict[str, str]:
    with contextlib.closing(open_reader(folder / STORE_NAME)) as store, store.read() as db:
        return dict(attempts.origins_of(db, number))


@pytest.fixture
def failed(tmp_path: Path) -> Path:
    """Attempt 1 trained a tenth of an epoch, as a flag said, and its gate failed."""
    queued(tmp_path, outlook(tmp_path, "phase-1b.1", flags=["train.num_train_epochs=0.1"]), *FIRST, gate="failed")
    return tmp_path


def test_the_first_attempt_begins_where_the_plan_begins(tmp_path: Path) -> None:
    found = outlook(tmp_path, "phase-1b.1")
    assert (found.attempt, found.new, found.parent, found.left, found.refusal) == (1, True, None, FIRST, "")
    assert "diagnose must be done before train" in outlook(tmp_path, "train").refusal
    assert "locked until gate 1B.1 passes" in outlook(tmp_path, "phase-1b.2").refusal
    assert not (tmp_path / STORE_NAME).exists()


def test_what_was_chosen_for_an_attempt_is_recorded_and_kept_when_it_goes_on(tmp_path: Path) -> None:
    first = outlook(tmp_path, "phase-1b.1", flags=["train.seed=7"], form={"train.num_train_epochs": 3.0, "budget.total_dollars": 9.0})
    assert queued(tmp_path, first, "diagnose") == 1
    assert recorded(tmp_path, 1) == {"train.seed": "flag", "train.num_train_epochs": "form", "budget.total_dollars": "form"}
    on = outlook(tmp_path, "phase-1b.1")
    assert (on.new, on.attempt, on.done, on.left) == (False, 1, ("diagnose",), FIRST[1:])
    assert on.loaded.settings.train.num_train_epochs == 3.0 and on.loaded.origins["train.num_train_epochs"] == "form"
    assert on.loaded.settings.budget.total_dollars == 9.0


def test_an_attempt_that_goes_on_follows_the_file_where_nothing_was_chosen(tmp_path: Path) -> None:
    queued(tmp_path, outlook(tmp_path, "phase-1b.1", form={"train.seed": 7}), "diagnose")
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[train]\nseed = 9\nnum_train_epochs = 4.0\n')
    train = outlook(tmp_path, "phase-1b.1").loaded.settings.train
    assert (train.seed, train.num_train_epochs) == (7, 4.0)


def test_what_the_file_named_is_recorded_as_such_and_still_follows_the_file(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[train]\nseed = 8\nlearning_rate = 1e-3\n[budget]\nstep_dollars = 3.0\n')
    queued(tmp_path, outlook(tmp_path, "phase-1b.1", flags=["train.num_train_epochs=3"]), "diagnose")
    named = dict.fromkeys(("profile", "train.seed", "train.learning_rate", "budget.step_dollars"), "file")
    assert recorded(tmp_path, 1) == {**named, "train.num_train_epochs": "flag"}
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[train]\nseed = 9\n')
    found = outlook(tmp_path, "phase-1b.1")
    assert (found.loaded.settings.train.seed, found.loaded.origins["train.seed"]) == (9, "file")
    assert (found.loaded.settings.train.learning_rate, found.loaded.origins["train.learning_rate"]) == (1e-3, "attempt")


def test_other_defaults_of_a_later_version_change_nothing_in_an_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(tmp_path, outlook(tmp_path, "phase-1b.1"), *FIRST, gate="passed")
    monkeypatch.setitem(PROFILES, "practice", {**PROFILES["practice"], "train": {"learning_rate": 7e-3}})
    on = outlook(tmp_path, "phase-1b.2")
    assert (on.new, on.attempt, on.left, on.refusal, on.anew) == (False, 1, SECOND, "", False)
    assert (on.loaded.settings.train.learning_rate, on.loaded.origins["train.learning_rate"]) == (2e-3, "attempt")
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[train]\nlearning_rate = 9e-3\n')
    changed = outlook(tmp_path, "phase-1b.2")
    assert (changed.new, changed.parent, dict(changed.binding)) == (True, 1, {"train.learning_rate": (2e-3, 9e-3)})


def test_a_setting_that_finished_steps_had_otherwise_means_a_new_attempt_of_the_whole_phase(failed: Path) -> None:
    found = outlook(failed, "train", form={"train.num_train_epochs": 3.0})
    assert (found.new, found.attempt, found.parent, found.target, found.left) == (True, 2, 1, "phase-1b.1", FIRST)
    assert dict(found.binding) == {"train.num_train_epochs": (0.1, 3.0)}
    assert found.reason == "train.num_train_epochs=3" and found.refusal == ""


def test_a_free_setting_changes_within_the_attempt(failed: Path) -> None:
    found = outlook(failed, "phase-1b.1", form={"budget.phase_1b1_dollars": 9.0})
    assert not found.new and found.refusal == "This is done in attempt 1." and found.anew


def test_a_limit_that_was_chosen_for_an_attempt_holds_until_another_is_chosen(tmp_path: Path) -> None:
    queued(tmp_path, outlook(tmp_path, "phase-1b.1", flags=["budget.total_dollars=0.5", "run.stall_seconds=9"]), "diagnose")
    kept = outlook(tmp_path, "phase-1b.1").loaded
    assert (kept.settings.budget.total_dollars, kept.origins["budget.total_dollars"]) == (0.5, "flag")
    assert kept.settings.run.stall_seconds != 9, "supervision follows the file"
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[budget]\ntotal_dollars = 30.0\nstep_dollars = 3.0\n')
    later = outlook(tmp_path, "phase-1b.1").loaded.settings.budget
    assert (later.total_dollars, later.step_dollars) == (0.5, 3.0), "what was not chosen follows the file"
    for new in (False, True):
        raised = outlook(tmp_path, "phase-1b.1", form={"budget.total_dollars": 2.0}, new=new)
        assert raised.loaded.settings.budget.total_dollars == 2.0
    queued(tmp_path, outlook(tmp_path, "phase-1b.1", form={"budget.total_dollars": 2.0}))
    for other in (outlook(tmp_path, "phase-1b.1", parent=1), outlook(tmp_path, "phase-1b.1", new=True)):
        assert other.loaded.settings.budget.total_dollars == 30.0, "a new attempt follows the file"


def test_a_waiver_of_the_overlap_check_is_of_the_start_it_was_given_for(tmp_path: Path) -> None:
    queued(tmp_path, outlook(tmp_path, "phase-1b.1", flags=["measure.allow_overlap=because"]), "diagnose")
    for later in (outlook(tmp_path, "phase-1b.1"), outlook(tmp_path, "phase-1b.1", new=True), outlook(tmp_path, "phase-1b.1", parent=1)):
        assert later.loaded.settings.measure.allow_overlap == ""


def test_a_new_attempt_starts_with_the_settings_of_the_one_it_is_made_from(failed: Path) -> None:
    queued(failed, outlook(failed, "phase-1b.1", form={"train.num_train_epochs": 3.0, "train.seed": 5}), *FIRST, gate="failed")
    (failed / "cogumi.toml").write_text('profile = "practice"\n[train]\nlearning_rate = 1e-3\n[run]\ntelemetry_seconds = 5.0\n')
    again = outlook(failed, "phase-1b.1", parent=1)
    assert (again.attempt, again.parent, again.new) == (3, 1, True)
    assert again.loaded.settings.train.num_train_epochs == 0.1 and again.loaded.origins["train.num_train_epochs"] == "flag"
    assert again.loaded.settings.train.learning_rate == 2e-3 and again.loaded.origins["train.learning_rate"] == "attempt"
    assert again.loaded.settings.run.telemetry_seconds == 5.0, "supervision follows the file"
    assert dict(outlook(failed, "phase-1b.1", parent=2, form={"train.seed": 6}).changed)["train.seed"] == (5, 6)


def test_a_new_attempt_that_names_none_has_the_settings_that_the_latest_would_go_on_with(failed: Path) -> None:
    queued(failed, outlook(failed, "phase-1b.1", form={"train.num_train_epochs": 3.0, "train.seed": 5}), *FIRST, gate="failed")
    (failed / "cogumi.toml").write_text('profile = "practice"\n[train]\nlearning_rate = 1e-3\nseed = 8\n')
    found = outlook(failed, "phase-1b.1", flags=["measure.samples=8"], new=True)
    train = found.loaded.settings.train
    assert (train.num_train_epochs, train.seed, train.learning_rate) == (3.0, 5, 1e-3)
    assert set(found.changed) == {"train.learning_rate", "measure.samples"}
    assert found.reason == "train.learning_rate=0.001 measure.samples=8"
    assert found.loaded.settings == outlook(failed, "phase-1b.1", flags=["measure.samples=8"]).loaded.settings


def test_nothing_of_the_earlier_attempt_is_touched(failed: Path) -> None:
    def first() -> object:
        with contextlib.closing(open_reader(failed / STORE_NAME)) as store, store.read() as db:
            return runs.run(db, 1), runs.steps_of(db, 1), figures.decided_gates(db, 1)

    before = first()
    assert queued(failed, outlook(failed, "phase-1b.1", form={"train.num_train_epochs": 3.0})) == 2
    assert first() == before


def test_the_second_phase_stands_on_the_attempt_it_is_made_from(failed: Path) -> None:
    assert "gate 1B.1 has not passed in attempt 1" in outlook(failed, "phase-1b.2", parent=1).refusal
    queued(failed, outlook(failed, "phase-1b.1", form={"train.num_train_epochs": 3.0}), *FIRST, gate="passed")
    assert outlook(failed, "phase-1b.2").refusal == ""
    found = outlook(failed, "find_failures", form={"failures.samples": 4}, new=True)
    assert (found.target, found.left, found.parent) == ("find_failures", SECOND[:1], 2)
    assert outlook(failed, "benchmark", new=True).target == "phase-1b.2", "those before it have to be done in it too"
    assert "gate 1B.1 has not passed in attempt 1" in outlook(failed, "phase-1b.2", parent=1).refusal


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda folder: outlook(folder, "phase-1b.1", parent=9), "There is no attempt 9 to start from; attempts are 1 to 1"),
        (lambda folder: outlook(folder, "sing"), "no step or phase 'sing'"),
        (lambda folder: outlook(folder, "phase-1b.1", form={"train.epochs": 3}), "no setting 'train.epochs'"),
        (lambda folder: outlook(folder, "phase-1b.1", form={"train.seed": -1}), "the form: train.seed is -1; it must be at least 0"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(failed: Path, ask: Callable[[Path], Outlook], sentence: str) -> None:
    with pytest.raises((UsageError, SettingsError), match=sentence):
        ask(failed)
