"""One attempt against another: the same problems, paired tests, what changed most, and what a reader has to know."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from core.errors import UsageError
from core.measures.paired import mcnemar, paired_difference
from core.records import Category
from core.report.versus import CategoryVersus, Versus, versus
from core.runs import overview
from core.runs.evidence import problem_figures
from core.runs.snapshot import State
from core.runs.store.connection import open_writer
from tests.unit.report.builder import build


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weak attempt, a stronger one made from it, one that measured fewer runs, and one that only trained."""
    place = tmp_path_factory.mktemp("versus")
    build(place, strength=0.3)
    build(place, strength=0.9, parent=1, adapter="-two", changed={"train": {"num_train_epochs": 4.0}, "budget": {"step_dollars": 9.0}})
    build(place, strength=0.6, parent=2, adapter="-three")
    build(place, "train", parent=3)
    with contextlib.closing(open_writer(place / "cogumi.db")) as store, store.write() as db:
        db.execute(
            "DELETE FROM response_roles WHERE run = 3 AND role = 'after' AND response IN "
            "(SELECT id FROM responses WHERE sample >= 6)"
        )
        db.execute("DELETE FROM response_roles WHERE run = 3 AND role = 'after' AND problem LIKE '%REASONING%'")
    return place


def part(found: Versus, category: Category | None) -> CategoryVersus:
    return next(row for row in found.categories if row.category == category)


def test_figures_are_those_of_the_problems_and_the_difference_is_paired(folder: Path) -> None:
    found = versus(folder, 1, 2)
    assert (found.phase, found.step, found.runs, found.problems, found.only_first, found.only_second) == ("1B.1", "validate", 10, 26, 0, 0)
    math = part(found, Category.MATH)
    first = {row.id: row for row in problem_figures(folder, 1)}
    second = {row.id: row for row in problem_figures(folder, 2)}
    names = [name for name, row in first.items() if row.category is Category.MATH]
    shares = [[side[name].after.correct / side[name].after.graded for name in names] for side in (first, second)]
    accuracy = next(figure for figure in math.figures if figure.metric == "accuracy")
    assert accuracy.first.value == pytest.approx(sum(shares[0]) / len(names))
    assert accuracy.difference == paired_difference(*shares)
    greedy = [[bool(side[name].after.greedy_correct) for name in names] for side in (first, second)]
    assert math.mcnemar == mcnemar(*greedy)
    assert math.became_right == sum(b and not a for a, b in zip(*greedy, strict=True))
    assert math.problems == accuracy.difference.n == len(names)


def test_the_line_of_all_holds_the_trained_categories_only(folder: Path) -> None:
    found = versus(folder, 1, 2)
    assert part(found, None).problems == part(found, Category.MATH).problems + part(found, Category.CODE).problems
    assert [row.category for row in found.categories] == [None, Category.MATH, Category.CODE, Category.REASONING]


def test_turned_round_everything_turns_round(folder: Path) -> None:
    there, back = versus(folder, 1, 2), versus(folder, 2, 1)
    for one, other in zip(there.categories, back.categories, strict=True):
        assert (one.became_right, one.became_wrong, one.mcnemar) == (other.became_wrong, other.became_right, other.mcnemar)
        for figure, mirrored in zip(one.figures, other.figures, strict=True):
            assert figure.difference.value == pytest.approx(-mirrored.difference.value)
            assert (figure.first, figure.second) == (mirrored.second, mirrored.first)


def test_settings_that_differ_are_named_but_not_those_of_money(folder: Path) -> None:
    assert dict(versus(folder, 1, 2).settings) == {"train.num_train_epochs": (2.0, 4.0)}


def test_the_problems_that_changed_most_come_first(folder: Path) -> None:
    moved = versus(folder, 1, 2).moved
    sizes = [abs((row.right[1] or 0) - (row.right[0] or 0)) + abs(row.consistency[1] - row.consistency[0]) for row in moved]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 0
    assert all(row.prompt for row in moved)


def test_as_many_runs_of_each_problem_are_compared_as_both_have(folder: Path) -> None:
    found = versus(folder, 2, 3)
    assert found.runs == 6
    assert any("Attempt 2 has up to 10 runs a problem; the first 6 of each are compared." in note for note in found.notes)


def test_problems_that_one_attempt_did_not_measure_are_left_out_and_counted(folder: Path) -> None:
    found = versus(folder, 2, 3)
    assert (found.problems, found.only_first, found.only_second) == (18, 8, 0)
    assert any("8 problems were measured by attempt 2 alone" in note for note in found.notes)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (1, 1, "cannot be compared with itself"),
        (1, 9, "has no attempt 9; attempts are 1 to 4"),
        (1, 4, "Attempt 4 has measured nothing after training yet"),
        (4, 2, "Attempt 4 has measured nothing after training yet"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(folder: Path, first: int, second: int, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        versus(folder, first, second)


def test_the_overview_has_every_attempt_with_figures_gates_and_times(folder: Path) -> None:
    first, second, _, fourth = overview.attempts(folder)
    assert (second.number, second.parent, dict(second.changes)["train.num_train_epochs"]) == (2, 1, (2.0, 4.0))
    assert first.gates[0].verdict == "failed" and first.failed_gate is first.gates[0]
    assert second.after[Category.MATH]["accuracy"].value > first.after[Category.MATH]["accuracy"].value
    assert second.settings.train.num_train_epochs == 4.0
    assert second.seconds == pytest.approx(sum(second.step_seconds.values())) and second.step_seconds["train"] == 95.0
    assert fourth.states["train"] is State.DONE and fourth.states["validate"] is State.WAITING and not fourth.after
    moments = [m.when for m in second.measurements]
    assert moments == sorted(moments, reverse=True) and set(moments) == {"before", "after"}


def test_an_attempt_of_the_second_phase_is_compared_by_what_it_stands_on(tmp_path: Path) -> None:
    build(tmp_path, strength=0.3)
    build(tmp_path, strength=0.9, parent=1, adapter="-two")
    assert build(tmp_path, "", parent=1, phases=("1B.2",)) == 3
    found, same = versus(tmp_path, 3, 2), versus(tmp_path, 1, 2)
    assert (found.first, found.phase, found.categories) == (3, "1B.1", same.categories)
    assert "Attempt 3 stands on attempt 1, which measured this." in found.notes
    with pytest.raises(UsageError, match=r"both have is Phase 1B\.1 as attempt 1 measured it"):
        versus(tmp_path, 1, 3)
