"""What a start will do is worked out before anything is done, and told the same on every screen size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.launching import command, launch_plan, outlook_of, title_of
from app.source import WorkspaceSource
from core.counsel.forecast import StepAhead
from core.errors import SettingsError, UsageError, WorkspaceError
from core.runs.outlook import outlook
from core.runs.snapshot import State
from screens.ink import text_of, width_of
from screens.iterating import UNCHANGED, Choice, Iteration, LaunchPlan
from screens.launch_page import brief, page, start_line
from screens.launch_rows import edited, found, row_line
from screens.widgets.glyphs import ASCII, UNICODE
from tests.panel import fakes
from tests.panel.fake_iterating import FakeIterating, three_attempts
from tests.unit.report.builder import build


def plan_of(folder: Path, target: str = "phase-1b.1", choice: Choice = UNCHANGED, snapshot: fakes.Snapshot | None = None) -> LaunchPlan:
    return launch_plan(folder, target, choice, snapshot or fakes.base())


def told(plan: LaunchPlan, width: int = 100) -> str:
    changed = [row for row in plan.fields if row.changed]
    return "\n".join(text_of(line) for line in page(plan, changed, width, UNICODE, "a"))


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose first attempt has measured after training."""
    folder = tmp_path_factory.mktemp("failed")
    build(folder, strength=0.2)
    return folder


def test_the_first_attempt_is_told_with_its_steps_and_findings(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert (plan.attempt, plan.new, plan.parent, plan.refusal) == (1, True, 0, "")
    assert [step.step for step in plan.steps] == ["diagnose", "distill", "train", "validate"]
    text = told(plan)
    assert "The first attempt." in text and "Phase 1B.1, proof of concept, to gate 1B.1" in text and "practice model" in text
    assert not tmp_path.joinpath("cogumi.db").exists()


def test_what_matters_for_the_target_stands_first_with_its_origin(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[train]\nnum_train_epochs = 3.0\n')
    plan = plan_of(tmp_path, choice=Choice((("train.seed", 7),)))
    assert plan.fields[0].field.key == "train.num_train_epochs"
    assert (plan.fields[0].value, plan.fields[0].origin, plan.fields[0].usual) == (3.0, "file", 2.0)
    seed = next(row for row in plan.fields if row.field.key == "train.seed")
    assert (seed.value, seed.origin, seed.changed) == (7, "form", True)


def test_a_changed_setting_of_finished_steps_means_a_new_attempt_and_the_page_says_so(failed: Path) -> None:
    plan = plan_of(failed, "train", Choice((("train.num_train_epochs", 4.0),)))
    assert (plan.attempt, plan.new, plan.parent, plan.target) == (2, True, 1, "phase-1b.1")
    assert plan.binding == ("train.num_train_epochs",)
    text = " ".join(told(plan).split())
    assert "This starts attempt 2 from attempt 1." in text
    assert "Steps of attempt 1 are finished with another train.num_train_epochs." in text
    assert "Attempt 1 stays as it is; responses that are still valid are reused." in text
    assert "2 → 4 form" in text


def test_a_changed_limit_of_the_budget_does_not(failed: Path) -> None:
    plan = plan_of(failed, choice=Choice((("budget.phase_1b1_dollars", 9.0),)))
    assert not plan.new and plan.attempt == 1


def test_values_that_cannot_stand_together_are_said_and_the_rest_stays(failed: Path) -> None:
    plan = plan_of(failed, choice=Choice((("model.engine", "server"),)))
    assert "generation.server_url" in plan.trouble and plan.fields
    assert "generation.server_url" in text_of(start_line(plan, False, UNICODE, "a"))


def test_a_broken_file_is_an_error_whatever_was_chosen(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text("[train]\nlearning_rat = 1\n")
    with pytest.raises(SettingsError, match="learning_rate"):
        plan_of(tmp_path)
    with pytest.raises(SettingsError, match="learning_rate"):
        plan_of(tmp_path, choice=Choice((("train.seed", 7),)))


def test_while_something_runs_nothing_else_is_started(failed: Path) -> None:
    assert "train is running" in plan_of(failed, snapshot=fakes.training()).refusal
    leaving = replace(fakes.base(), supervised=True, state=State.IDLE)
    assert "still at work" in plan_of(failed, snapshot=leaving).refusal


def test_the_command_line_says_the_same(failed: Path) -> None:
    changed = Choice((("train.num_train_epochs", 4.0), ("judge.model", "a judge")), parent=1)
    assert command(failed, "phase-1b.1", changed) == (
        f"cogumi run phase-1b.1 --workspace {failed} --from 1 --set train.num_train_epochs=4 --set 'judge.model=a judge'"
    )
    (failed / "cogumi.toml").write_text('profile = "practice"\n[train]\nlearning_rate = 1e-3\n')
    for choice in (Choice((("train.num_train_epochs", 4.0),)), Choice((("train.num_train_epochs", 4.0),), new=True)):
        assert command(failed, "phase-1b.1", choice) == f"cogumi run phase-1b.1 --workspace {failed} --new --set train.num_train_epochs=4"
        asked = outlook(failed, "phase-1b.1", flags=["train.num_train_epochs=4"], new=True).loaded.settings
        assert outlook_of(failed, "phase-1b.1", choice).loaded.settings == asked
    (failed / "cogumi.toml").unlink()
    assert "--new" not in command(failed, "phase-1b.1", Choice((("budget.total_dollars", 40.0),)))


def test_titles_name_phases_steps_and_all() -> None:
    assert title_of("train") == "Step train of Phase 1B.1"
    assert title_of("all") == "All of Phase 1B"
    assert title_of("phase-1b.2") == "Phase 1B.2, full expansion, to final gate"


def fake_plan(choice: Choice = UNCHANGED) -> LaunchPlan:
    source = FakeIterating()
    source.asked, source.views = [], three_attempts()
    return source.launch_plan("phase-1b.1", choice)


def test_a_row_marks_what_is_changed_and_names_what_it_was() -> None:
    (row,) = found(edited(fake_plan().fields, {"train.num_train_epochs": 4.0}), "epochs", False)
    text = text_of(row_line(row, 100, UNICODE))
    assert text.split() == ["●", "train.num_train_epochs", "4", "form", "was", "2"]


def test_words_find_settings_by_name_help_heading_or_value() -> None:
    rows = fake_plan().fields
    assert "train.num_train_epochs" in [row.field.key for row in found(rows, "passes", False)]
    assert {row.field.key for row in found(rows, "math temperature", False)} >= {
        "categories.MATH.generate_temperature", "categories.MATH.train_temperature"
    }  # fmt: skip
    assert found(rows, "no such words", False) == []
    assert [row.field.key for row in found(edited(rows, {"train.seed": 9}), "", True)] == ["train.seed"]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_line_fits_every_width(width: int, glyphs: object) -> None:
    for plan in (fake_plan(), fake_plan(Choice((("train.num_train_epochs", 3.0),), parent=2))):
        for height in (4, 6, 9):
            lines = brief(plan, width, height, glyphs, "tab")  # type: ignore[arg-type]
            assert len(lines) <= height and all(width_of(line) <= width for line in lines[:3])
        changed = [row for row in plan.fields if row.changed]
        assert all(width_of(line) <= width for line in page(plan, changed, width, glyphs, "a"))  # type: ignore[arg-type]


def test_what_was_changed_is_written_into_the_file_on_request(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[train]\nseed = 3  # mine\n')
    source = WorkspaceSource(tmp_path)
    said = source.keep((("train.seed", 5), ("judge.samples", 4)))
    assert "2 settings written to" in said
    assert "seed = 5  # mine" in (tmp_path / "cogumi.toml").read_text()
    assert plan_of(tmp_path).fields[0].origin == "profile"
    source.close()


def test_what_stands_in_the_way_is_said_before_anything_is_made(failed: Path, tmp_path: Path) -> None:
    source = WorkspaceSource(failed)
    source.poll(1000)
    with pytest.raises(UsageError, match="This is done in attempt 1"):
        source.start("diagnose")
    watching = WorkspaceSource(tmp_path, read_only=True)
    for ask in (lambda: watching.start("phase-1b.1"), lambda: watching.keep((("train.seed", 5),))):
        with pytest.raises(WorkspaceError, match="read-only"):
            ask()
    assert not list(tmp_path.iterdir())
    for opened in (source, watching):
        opened.close()


def test_the_source_knows_every_attempt_and_what_a_failed_gate_asks_for(failed: Path, tmp_path: Path) -> None:
    source = WorkspaceSource(failed)
    assert [view.number for view in source.overview()] == [1]
    found = source.iteration()
    assert found.attempt == 1 and found.target == "phase-1b.1" and found.gate is not None and found.suggestions
    assert found.settings["train.num_train_epochs"] == 2.0
    empty = WorkspaceSource(tmp_path)
    assert empty.overview() == () and empty.iteration() == Iteration(0, "", None, (), {})
    for opened in (source, empty):
        opened.close()


@pytest.mark.parametrize("width", [46, 50, 60, 96])
def test_the_amounts_of_a_step_are_told_whole_where_columns_are_few(width: int) -> None:
    steps = (
        StepAhead("find_failures", "find failures", "answers training problems", "measured", "900 problems", (80.0, 117.0), (0.02, 0.03)),
        StepAhead("distill_failures", "distill failures", "samples", "plan", "at most 1,200 responses", (80.0, 117.0), (0.02, 0.03)),
        StepAhead("benchmark", "benchmark", "measures all", "measured", "8,400 responses", (15.0, 15.0), (0.01, 0.01)),
    )
    shown = "\n".join(text_of(line) for line in page(fake_plan()._replace(steps=steps), [], width, UNICODE, "a"))
    assert "…" not in shown
    assert all(amount in " ".join(shown.split()) for amount in ("900 problems", "at most 1,200 responses", "8,400 responses"))


def test_a_value_takes_the_room_that_is_free_behind_it() -> None:
    row = next(row for row in fake_plan().fields if row.field.kind == "text" and not row.changed)
    row = row._replace(value="phase-1b_test/model", usual="phase-1b_test/model", used=None)
    assert "phase-1b_test/model" in text_of(row_line(row, 67, UNICODE))
