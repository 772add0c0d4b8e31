"""A report is gathered from what the store has, however far the attempt has come, and nothing is written."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from app.commands.run import configure
from core.errors import UsageError
from core.plan.load import load_profile
from core.records import Category
from core.report.contents import Report
from core.report.export import response_rows
from core.report.gather import gather
from core.report.markdown import markdown
from core.report.opening import gate_section
from core.report.origin import commands
from core.report.sections import document
from core.runs.outlook import outlook
from core.runs.snapshot import State
from tests.unit.report.builder import build, measured
from tests.unit.runs.test_outlook import FIRST, queued


@pytest.fixture(scope="module")
def report(whole: Path) -> Report:
    return gather(whole)


def test_the_latest_attempt_is_reported_unless_another_is_named(whole: Path, report: Report) -> None:
    assert report.attempt == 2
    assert gather(whole, 1).attempt == 1


def test_an_attempt_that_does_not_exist_is_named_in_the_error(whole: Path) -> None:
    with pytest.raises(UsageError, match="no attempt 7; attempts are 1 to 2"):
        gather(whole, 7)


def test_a_folder_without_a_store_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to report"):
        gather(tmp_path)


def test_both_phases_are_compared_each_with_its_own_adapter(report: Report) -> None:
    assert [c.phase for c in report.comparisons] == ["1B.1", "1B.2"]
    for comparison in report.comparisons:
        math = next(c for c in comparison.categories if c.category is Category.MATH)
        assert math.paired.accuracy is not None
        assert math.paired.accuracy.n == 12
        assert math.paired.accuracy.value == pytest.approx(math.after["accuracy"].value - math.before["accuracy"].value)


def test_greedy_answers_are_counted_as_they_flipped(report: Report) -> None:
    together = report.comparisons[0].categories[0]
    assert together.category is None
    assert together.paired.greedy is not None
    flips = together.paired.became_right - together.paired.became_wrong
    assert flips / together.paired.greedy.n == pytest.approx(together.paired.greedy.value)


def test_the_trained_categories_together_hold_only_trained_ones(report: Report) -> None:
    together = report.comparisons[0].categories[0]
    assert len(together.spread[0]) == 18


def test_only_changed_settings_are_marked(report: Report) -> None:
    assert [c.key for c in report.changes] == []
    assert report.flat["train.learning_rate"] == 2e-3


def test_settings_that_differ_from_the_profile_come_with_the_profiles_value(whole: Path) -> None:
    (change,) = gather(whole, 1).changes
    assert (change.key, change.usual, change.value) == ("train.learning_rate", 2e-3, 1e-4)


def test_the_command_sets_every_changed_setting(whole: Path) -> None:
    (command,) = gather(whole, 1).origin.commands
    assert command == "cogumi run phase-1b.1 --workspace again --set profile=practice --set train.learning_rate=0.0001"


def test_the_command_goes_as_far_as_the_attempt_went(report: Report) -> None:
    assert report.origin.commands == ("cogumi run all --workspace again --set profile=practice",)


def test_problems_left_out_of_training_are_counted_with_reasons(report: Report) -> None:
    math = next(out for out in report.trainings[0].left_out if out.category is Category.MATH)
    assert (math.problems, math.kept, math.reasons) == (10, 8, (("wrong", 2),))
    assert math.examples == ("practice/math/train/000000", "practice/math/train/000005")


def test_of_problems_left_out_by_an_earlier_version_the_report_says_how_many_and_that_why_is_not_known(
    whole: Path, report: Report, tmp_path: Path
) -> None:
    unexplained = "3 of 15 problems gave no row; the step did not record why."
    assert unexplained not in markdown(document(report))
    old = Path(shutil.copytree(whole, tmp_path / "old"))
    with sqlite3.connect(old / "cogumi.db") as db:
        db.execute("DELETE FROM events WHERE kind = 'left_out'")
    db.close()
    assert markdown(document(gather(old))).count(unexplained) == 2
    with sqlite3.connect(old / "cogumi.db") as db:
        db.execute("""UPDATE events SET data = '{"given": "many"}' WHERE kind = 'counts'""")
    db.close()
    assert "did not record why" not in markdown(document(gather(old)))


def test_both_trainings_have_their_curve(report: Report) -> None:
    assert [(t.step, len(t.series.x), t.series.epochs) for t in report.trainings] == [("train", 60, (30,)), ("train_failures", 60, (30,))]


def test_time_and_money_stand_beside_the_plan(report: Report) -> None:
    train = next(step for step in report.steps if step.step == "train")
    assert train.state is State.DONE
    assert train.seconds == pytest.approx(95.0)
    assert train.plan_minutes == (30, 45)
    assert report.money.left == pytest.approx(285 - report.money.everything)


def test_at_most_ten_most_changed_problems_are_shown_largest_change_first(report: Report) -> None:
    assert len(report.changed) == 10
    sizes = [abs(c.right[1] - c.right[0]) + abs(c.consistency[1] - c.consistency[0]) for c in report.changed if None not in c.right]  # type: ignore[operator]
    assert sizes == sorted(sizes, reverse=True)
    assert {c.problem for c in report.changed} <= {p.id for p in measured()}


def test_the_overridden_gate_keeps_its_reason(report: Report) -> None:
    gate = report.gates[0]
    assert (gate.verdict, gate.reason) == ("overridden", "see <b>why</b>")


def test_models_and_files_are_listed_with_what_lies_there_now(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    (copy / "attempts/002/self_distillation/distill.jsonl").write_text("edited")
    (copy / "attempts/002/checkpoints/adapter.safetensors").unlink()
    origin = gather(copy).origin
    assert {m.fingerprint for m in origin.models} == {"model-start", "model-test", "model-final"}
    assert {f.path.rpartition("/")[2]: f.now for f in origin.files} == {
        "distill.jsonl": "changed",
        "rescue.jsonl": "unchanged",
        "adapter.safetensors": "missing",
    }


def test_a_copy_that_cannot_be_written_is_reported_just_the_same(whole: Path, tmp_path: Path, report: Report) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    for path in [*copy.rglob("*"), copy]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    before = sorted(p.name for p in copy.iterdir())
    try:
        assert gather(copy).comparisons == report.comparisons
        assert sorted(p.name for p in copy.iterdir()) == before
    finally:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o700)


@pytest.mark.parametrize("upto", ["", "diagnose", "train", "validate", "train_failures"])
def test_a_report_can_be_made_at_every_point(tmp_path: Path, upto: str) -> None:
    build(tmp_path / "ws", upto)
    text = markdown(document(gather(tmp_path / "ws")))
    for title in ("The problem", "Gates", "Training", "Time and money", "Settings", "How to do it again"):
        assert f"## {title}" in text
    assert ("Nothing has been measured after training" in text) == (upto in ("", "diagnose", "train"))


def test_attempts_stand_side_by_side(whole: Path) -> None:
    text = markdown(document(gather(whole)))
    assert "train.learning_rate 0.0001 → 0.002" in text
    assert "2 (this report)" in text


def test_sharpening_is_told_with_both_figures(report: Report) -> None:
    text = markdown(document(report))
    assert "### Sharpening, not learning" in text
    assert "MATH: at temperature 0.7 accuracy went from" in text


def test_an_attempt_of_the_second_phase_stands_on_the_first_of_an_earlier_one(tmp_path: Path) -> None:
    build(tmp_path / "ws", "validate", changed={"train": {"learning_rate": 1e-3}})
    build(tmp_path / "ws", "benchmark", parent=1, phases=("1B.2",))
    report = gather(tmp_path / "ws")
    assert [c.phase for c in report.comparisons] == ["1B.1", "1B.2"]
    assert [t.phase for t in report.trainings] == ["1B.1", "1B.2"]
    assert all(step.state is State.DONE for step in report.steps)
    assert [command.split()[2] for command in report.origin.commands] == ["phase-1b.1", "phase-1b.2"]
    assert "train.learning_rate=0.001" in report.origin.commands[0]
    assert {step.phase: step.attempt for step in report.steps} == {"1B.1": 1, "1B.2": 2}
    own = [step.seconds for step in report.steps if step.attempt == 2]
    text = markdown(document(report))
    assert f"{sum(own) // 60:.0f} min {sum(own) % 60:02.0f} s" in text and "in attempt 1" in text
    assert sum(own) * 2.0 / 3600 <= report.money.attempt < report.money.everything


def test_a_response_that_first_phase_and_benchmark_both_use_counts_once(tmp_path: Path) -> None:
    build(tmp_path, "validate")
    build(tmp_path, "benchmark", parent=1, phases=("1B.2",))
    rows = [row for some in response_rows(tmp_path, 2) for row in some]
    assert len({(row["role"], row["key"]) for row in rows}) == len(rows)
    models = gather(tmp_path).origin.models
    assert {m.fingerprint: dict(m.roles) for m in models}["model-start"]["before"] == sum(row["role"] == "before" for row in rows)


def test_a_phase_that_was_taken_over_is_told_as_it_was_measured(tmp_path: Path) -> None:
    build(tmp_path, "validate")
    first = gather(tmp_path)
    build(tmp_path, "train_failures", parent=1, phases=("1B.2",), changed={"measure": {"samples": 20, "temperature": 0.9}})
    second = gather(tmp_path)
    assert second.settings.measure.samples == 20
    assert first.comparisons[0].categories[0].paired.accuracy is not None
    assert second.comparisons == first.comparisons
    assert (second.changed, len(second.changed)) == (first.changed, 10)
    text = markdown(document(second))
    section = text[text.index("## Before against after, Phase 1B.1") : text.index("## Time and money")]
    problem = text[text.index("## The problem") : text.index("## Gates")]
    for part in (section, problem):
        assert "10 runs a problem at temperature 0.7" in part
    assert "at temperature 0.9" not in section and "20 runs" not in section


def test_changed_settings_of_every_kind_survive_the_shell_and_the_file(tmp_path: Path) -> None:
    from itertools import pairwise

    from core.plan.load import load_settings

    odd = "it's \"so\" $HOME \\ \u202e\x7f\n 🙂 𝒜 é"
    changed = {"measure": {"allow_overlap": odd}, "model": {"adapter": "true"}, "train": {"num_train_epochs": 3.0, "seed": 5}}
    build(tmp_path / "ws", "", changed=changed)
    report = gather(tmp_path / "ws")
    words = shlex.split(report.origin.commands[0])
    overrides = [word for before, word in pairwise(words) if before == "--set"]
    assert load_settings(tmp_path / "elsewhere", overrides).settings == report.settings


@pytest.mark.parametrize("profile", ["practice", "h100"])
def test_the_recipe_of_two_attempts_is_one_that_the_program_takes_and_ends_in_their_settings(tmp_path: Path, profile: str) -> None:
    usual = load_profile(profile)
    first = replace(usual, train=replace(usual.train, num_train_epochs=3.0, seed=5), distill=replace(usual.distill, samples=6))
    math = replace(usual.categories[Category.MATH], failure_problems=150)
    tables = {**usual.categories, Category.MATH: math}
    second = replace(first, train=replace(usual.train, num_train_epochs=3.0, learning_rate=1e-3), categories=tables)
    again = tmp_path / "again"
    recipe = commands(["1B.2"], second, first)
    assert "train.num_train_epochs=3 " in recipe[0]
    for number, (command, wanted) in enumerate(zip(recipe, (first, second), strict=True), start=1):
        parser = argparse.ArgumentParser()
        configure(parser)
        asked = parser.parse_args(shlex.split(command)[2:])
        found = outlook(again, asked.target, flags=asked.overrides, new=asked.new)
        assert (found.attempt, found.target, found.refusal, found.loaded.settings) == (number, asked.target, "", wanted)
        queued(again, found, *FIRST, gate="passed")


def test_what_a_first_phase_was_never_done_with_is_not_in_the_recipe() -> None:
    usual = load_profile("practice")
    late = replace(usual, gate=replace(usual.gate, consistency_1b1=0.99))
    assert not any("consistency_1b1" in command for command in commands(["1B.2"], late, usual))


def test_criteria_of_an_open_gate_are_met_or_missed_so_far(report: Report) -> None:
    decided = report.gates[-1]
    said = [str(gate_section(replace(report, gates=(gate,)))) for gate in (decided, replace(decided, verdict="open"))]
    assert "met so far" not in said[0] and "met so far" in said[1]
