"""What lies behind the figures: problems with their responses, and attempts side by side."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UsageError, WorkspaceError
from core.measures.estimate import Estimate
from core.plan.load import settings_to_json
from core.plan.verdicts import GateView
from core.records import Category, Grade, Measurement, Problem, Response, Sampling, Verdict
from core.runs import evidence, overview
from core.runs.evidence import Side
from core.runs.store import figures, runs
from core.runs.store.connection import open_writer
from core.runs.workspace import STORE_NAME
from tests.unit.runs.helpers import settings
from tests.unit.runs.test_book import attempt, book_of

ONE = Problem("p1", Category.MATH, "What is 1 + 1?", "2")
TWO = Problem("p2", Category.CODE, "Write 100 % of f_x.", None)
SAMPLED, GREEDY = Sampling(0.7), Sampling(0.0)


def response(problem: Problem, sample: int, text: str, role: str, sampling: Sampling = SAMPLED) -> Response:
    """A response with a key of its own."""
    key = f"{role}/{problem.id}/{sample}/{sampling.temperature}"
    return Response(key, problem.id, sample, text, 3, "stop", None, sampling, "model", "local")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace in which two problems were answered four times before training, and one after."""
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path), "diagnose")) as book:
        book.add_problems([TWO, ONE], "measure")
        before = [response(ONE, i, text, "before") for i, text in enumerate(["two: 2", "two: 2", "it is 2", "it is 3"])]
        before += [response(ONE, 0, "greedy: 2", "before", GREEDY)]
        before += [response(TWO, i, f"def f_x(): {i}", "before") for i in range(2)]
        book.add_responses(before, "before")
        book.add_grades({r.key: Grade(r.text[-1], r.text[-1] == "2", "first try") for r in before[:5]}, "grader-1")
        book.add_grades({before[3].key: Grade(None, False, "no answer after all")}, "grader-2")
        book.add_verdicts([Verdict("p1", before[0].key, "win", "judge"), Verdict("p1", before[1].key, "tie", "judge")])
        after = [response(ONE, i, "two: 2", "after") for i in range(4)]
        book.add_responses(after, "after")
        book.add_grades({r.key: Grade("2", True) for r in after}, "grader-2")
    return tmp_path


def test_every_problem_is_listed_in_order_with_its_figures_on_both_sides(folder: Path) -> None:
    two, one = evidence.problem_figures(folder)
    assert (one.id, one.category, one.prompt, one.gold) == ("p1", Category.MATH, ONE.prompt, "2")
    assert one.before == Side(
        n=4, response_consistency=0.5, answer_consistency=0.75, graded=4, correct=3, wins=1, losses=0, ties=1, greedy_correct=True
    )
    assert one.after == Side(n=4, response_consistency=1.0, answer_consistency=1.0, graded=4, correct=4)
    assert two.before == Side(n=2, response_consistency=0.5)
    assert two.after == Side()


def test_a_problem_opens_with_every_response_its_latest_grade_and_its_verdict(folder: Path) -> None:
    opened = evidence.open_problem(folder, "p1")
    assert opened.problem == ONE
    assert [item.role for item in opened.responses] == ["after"] * 4 + ["before"] * 5
    changed = next(item for item in opened.responses if item.response.text == "it is 3")
    assert changed.grade == Grade(None, False, "no answer after all")
    won = next(item for item in opened.responses if item.verdict is not None and item.verdict.outcome == "win")
    assert won.verdict == Verdict("p1", won.response.key, "win", "judge")
    with pytest.raises(UsageError, match="knows no problem 'p9'"):
        evidence.open_problem(folder, "p9")


def test_a_search_finds_prompts_and_responses_and_takes_signs_for_what_they_are(folder: Path) -> None:
    assert evidence.search(folder, "IT IS") == {"p1"}
    assert evidence.search(folder, "f_x") == {"p2"}
    assert evidence.search(folder, "100 %") == {"p2"}
    assert evidence.search(folder, "1%") == set()
    assert evidence.search(folder, "\\") == set()


def test_an_attempt_of_the_second_phase_shows_what_the_first_measured_before_and_after(folder: Path) -> None:
    first = evidence.problem_figures(folder)[1]
    with contextlib.closing(book_of(folder, attempt(folder, 1, ("1B.2",)), "benchmark")) as book:
        book.add_responses([response(ONE, 0, "two", "final")], "after")
    one = evidence.problem_figures(folder)[1]
    assert one == first and one.after.n, "what the benchmark makes is a part of its own"
    assert {item.role for item in evidence.open_problem(folder, "p1").responses} == {"before", "after"}


def test_a_workspace_without_attempts_or_without_a_store_says_so(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match="There is no attempt 7"):
        evidence.problem_figures(folder, 7)
    with pytest.raises(WorkspaceError, match="holds no store"):
        evidence.problem_figures(tmp_path / "nowhere")


def test_attempts_stand_side_by_side_with_their_changes_gates_and_figures(tmp_path: Path) -> None:
    attempt(tmp_path)
    second = attempt(tmp_path, 1)
    figure = Measurement("after", Category.MATH, "accuracy", Estimate(0.5, 10, 0.3, 0.7))
    with contextlib.closing(book_of(tmp_path, second, "validate")) as book:
        book.add_measurements([figure])
    with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
        runs.set_target(db, second, "all", settings_to_json(settings(train={"num_train_epochs": 3.0})))
        figures.set_gate(db, second, GateView("gate-1b.1", "1B.1", "gate 1B.1", "failed", ()), 1.0)
    first, view = overview.attempts(tmp_path)
    assert (first.number, first.parent, dict(first.changes)) == (1, None, {})
    assert dict(view.changes) == {"train.num_train_epochs": (2.0, 3.0)}
    assert view.gates[0].verdict == "failed"
    assert view.after == {Category.MATH: {"accuracy": figure.estimate}}
    assert first.after == {}


def test_the_curve_of_any_attempt_can_be_laid_over_others(tmp_path: Path) -> None:
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path), "train")) as book:
        for x in (1, 2, 3, 2, 3):
            book.emit("loss", step=x, loss=float(x))
        book.emit("held_out", step=2, loss=0.5)
        book.emit("epoch", step=3, epoch=1)
    attempt(tmp_path, 1)
    drawn = evidence.curve_of(tmp_path, 1, "train")
    assert (drawn.x, drawn.held_out, drawn.epochs) == ((1, 2, 3), ((2, 0.5),), (3,))
    assert evidence.curve_of(tmp_path, 2, "train").x == ()
    with pytest.raises(UsageError, match="has no step 'sing'"):
        evidence.curve_of(tmp_path, 1, "sing")


def test_a_response_under_two_roles_counts_in_both(folder: Path) -> None:
    with contextlib.closing(book_of(folder, 1, "validate")) as book:
        book.use_responses([response(TWO, 0, "", "before").key], "after")
    two = evidence.problem_figures(folder)[0]
    assert (two.before.n, two.after.n) == (2, 1)
    assert replace(TWO, gold=None) == evidence.open_problem(folder, "p2").problem
