"""The book of a step: what is added is there after the process is gone, once, and in the order in which it was told."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from core.errors import WorkspaceError
from core.measures.estimate import Estimate
from core.plan.load import settings_to_json
from core.plan.phases import PHASES
from core.problems.yardstick import shown_answer, yardstick
from core.records import Category, CodeTests, Grade, Measurement, Problem, Response, Sampling, Spending, TrainingRow, Verdict
from core.report.export import response_rows
from core.report.read import rows_of
from core.runs.book import StoreBook
from core.runs.evidence import open_problem
from core.runs.facts import read_facts
from core.runs.store import figures, runs
from core.runs.store.answers import holder, judge_of
from core.runs.store.connection import open_reader, open_writer
from core.runs.store.sides import sides
from core.runs.workspace import STORE_NAME, prepare
from tests.unit.runs.helpers import query, settings, until
from tests.unit.runs.linked import linked

PROBLEM = Problem("gsm8k/test/1", Category.MATH, "1 + 1?", "2", source="gsm8k", split="test", row=1, family="sum/1/1")
TESTS = CodeTests(("assert f(1) == 1",), "import math", "f", "def f(x):")
CODED = Problem("mbpp/601", Category.CODE, "Write f.", tests=TESTS, choices=("a", "b"))
RESPONSE = Response("key-1", PROBLEM.id, 0, "It is 2.\n#### 2", 7, "stop", -0.25, Sampling(0.7, 0.95, 100, 7), "model", "local")


def attempt(folder: Path, parent: int | None = None, phases: tuple[str, ...] = ("1B.1", "1B.2")) -> int:
    """Adds an attempt with the plan's steps."""
    prepare(folder)
    with contextlib.closing(open_writer(folder / STORE_NAME)) as store, store.write() as db:
        return runs.add_run(
            db,
            phases=phases,
            steps=[(step.id, phase.id) for phase in PHASES if phase.id in phases for step in phase.steps],
            target="all",
            settings=settings_to_json(settings()),
            parent=parent,
            reason="",
            created=1.0,
            environment="{}",
        )


def book_of(folder: Path, run: int, name: str) -> StoreBook:
    """A book for a new try of a step."""
    with contextlib.closing(open_writer(folder / STORE_NAME)) as store, store.write() as db:
        step = next(row for row in runs.steps_of(db, run) if row.step == name)
        return StoreBook(folder / STORE_NAME, step, runs.add_try(db, step.id, "here", 1.0, "log"))


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """The book of the first attempt's diagnose step."""
    made = book_of(tmp_path, attempt(tmp_path), "diagnose")
    yield made
    made.close()


def test_problems_come_back_whole_and_in_the_order_in_which_they_were_added_first(book: StoreBook) -> None:
    book.add_problems([CODED, PROBLEM], "measure")
    book.add_problems([PROBLEM, replace(PROBLEM, id="x")], "measure")
    assert book.problems("measure") == [CODED, PROBLEM, replace(PROBLEM, id="x")]
    assert book.problems("train") == []


def test_a_problem_whose_text_changed_under_its_id_is_kept_as_each_run_saw_it(tmp_path: Path) -> None:
    changed = replace(PROBLEM, prompt="One and one?")
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path), "diagnose")) as first:
        first.add_problems([PROBLEM], "measure")
        with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1), "diagnose")) as second:
            second.add_problems([changed], "measure")
            assert (first.problems("measure"), second.problems("measure")) == ([PROBLEM], [changed])


def test_responses_are_found_by_key_from_any_run_and_belong_to_those_that_use_them(tmp_path: Path, book: StoreBook) -> None:
    book.add_responses([RESPONSE], "before")
    book.add_responses([replace(RESPONSE, text="another text")], "before")
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1), "diagnose")) as later:
        assert later.responses(["key-1", "key-2"]) == {"key-1": RESPONSE}
        assert linked(tmp_path / STORE_NAME, 2, "before") == []
        later.use_responses(["key-1", "key-2"], "before")
        later.use_responses(["key-1"], "before")
        assert linked(tmp_path / STORE_NAME, 2, "before") == [RESPONSE]


def test_responses_of_a_role_come_in_an_order_that_batches_do_not_change(tmp_path: Path, book: StoreBook) -> None:
    made = [replace(RESPONSE, key=f"k{p}{s}", problem_id=f"p{p}", sample=s) for p in range(3) for s in range(12)]
    for batch in (made[20:], made[5:20], made[:5]):
        book.add_responses(batch, "after")
    with contextlib.closing(open_reader(tmp_path / STORE_NAME)) as store, store.read() as db:
        assert [(row.problem, row.sample) for row in rows_of(db, 1, "after")] == [(r.problem_id, r.sample) for r in made]


def test_of_what_a_step_linked_only_what_it_still_wants_counts(tmp_path: Path, book: StoreBook) -> None:
    made = [replace(RESPONSE, key=f"k{i}", sample=i) for i in range(4)]
    book.add_responses(made, "after")
    book.keep_only(["k1", "k3", "unknown"], "after")
    assert [r.key for r in linked(tmp_path / STORE_NAME, 1, "after")] == ["k1", "k3"]
    assert len(book.responses([r.key for r in made])) == 4, "the others stay kept"


def test_problems_drawn_from_something_else_take_the_place_of_the_earlier_ones(tmp_path: Path, book: StoreBook) -> None:
    other = replace(PROBLEM, id="other")
    assert book.drawn("measure") == ""
    book.add_problems([PROBLEM], "measure", "a file")
    book.add_problems([other], "measure", "another file")
    assert (book.problems("measure"), book.drawn("measure")) == ([other], "another file")
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1, ("1B.2",)), "benchmark")) as later:
        assert later.drawn("measure") == "another file" and later.holder("1B.1") == 1 and later.holder("1B.2") == 2


def test_an_attempt_counts_the_verdicts_of_the_judge_that_it_asked(tmp_path: Path, book: StoreBook) -> None:
    book.add_responses([RESPONSE], "before")
    book.add_verdicts([Verdict(RESPONSE.problem_id, RESPONSE.key, "win", "first")])
    book.emit("judge", name="first")
    book.keep()
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1), "diagnose")) as later:
        later.use_responses([RESPONSE.key], "before")
        later.add_verdicts([Verdict(RESPONSE.problem_id, RESPONSE.key, "loss", "second")])
        later.emit("judge", name="second")
        later.keep()
    with contextlib.closing(open_reader(tmp_path / STORE_NAME)) as store, store.read() as db:
        found = [sides(db, run, "before", judge=judge_of(db, run))[RESPONSE.problem_id] for run in (1, 2)]
        assert [(side.wins, side.losses) for side in found] == [(1, 0), (0, 1)]
        assert [row.outcome for run in (1, 2) for row in rows_of(db, run, "before", judge_of(db, run))] == ["win", "loss"]


def test_thousands_of_keys_are_looked_up_at_once(book: StoreBook) -> None:
    made = [replace(RESPONSE, key=f"k{i}") for i in range(12_000)]
    book.add_responses(made, "scan")
    assert len(book.responses([r.key for r in made] + ["missing"])) == 12_000


def test_grades_and_verdicts_are_kept_by_key_and_by_who_gave_them(book: StoreBook) -> None:
    asked = dict.fromkeys(["key-1", "reference/1", "?"], problem := Problem("p", Category.MATH, "What is 1 plus 1?", "2"))
    book.add_grades({"key-1": Grade("2", True, "equal"), "reference/1": Grade(None, False)}, "grader-1")
    book.add_grades({"key-1": Grade("2", None, "", yardstick(problem))}, "grader-2")
    assert book.grades(asked, "grader-1") == {"key-1": Grade("2", True, "equal"), "reference/1": Grade(None, False)}
    assert book.grades(asked, "grader-2") == {"key-1": Grade("2", None, "", yardstick(problem))}
    assert book.grades(asked, "grader-3") == {}
    failed, won = (
        Verdict("p", "key-1", outcome, "llm", reason, 0.02, shown_answer(problem))
        for outcome, reason in (("failed", "429"), ("win", "better"))
    )
    book.add_verdicts([failed])
    book.add_verdicts([won])
    assert book.verdicts(asked, "llm") == {"key-1": won}
    assert book.verdicts(asked, "verifier") == {}


@pytest.mark.parametrize("mark", [yardstick, shown_answer])
def test_an_attempt_keeps_the_grades_and_verdicts_that_were_found_before_a_gold_answer_was_mended(
    tmp_path: Path, book: StoreBook, mark: Callable[[Problem], str]
) -> None:
    old = Problem(RESPONSE.problem_id, Category.MATH, "What is 1 plus 1?", "3")
    mended = replace(old, gold="2")

    def measured(book: StoreBook, problem: Problem, right: bool, grader: str) -> None:
        book.add_problems([problem], "measure")
        book.add_responses([RESPONSE], "before")
        book.add_grades({RESPONSE.key: Grade("2", right, "", yardstick(problem))}, grader)
        book.add_verdicts([Verdict(problem.id, RESPONSE.key, "win" if right else "loss", "judge", "", 0.0, mark(problem))])
        book.keep()

    measured(book, old, False, "one")
    for number, grader in ((1, "one"), (2, "two")):
        with contextlib.closing(book_of(tmp_path, attempt(tmp_path, number), "diagnose")) as later:
            measured(later, mended, True, grader)
            assert later.grades({RESPONSE.key: old}, "one")[RESPONSE.key].correct is False
            assert later.verdicts({RESPONSE.key: old}, "judge")[RESPONSE.key].outcome == "loss"
        with contextlib.closing(open_reader(tmp_path / STORE_NAME)) as store, store.read() as db:
            for run, right in ((1, False), (number + 1, True)):
                side = sides(db, run, "before")[RESPONSE.problem_id]
                assert (side.n, side.graded, side.correct, side.wins, side.losses) == (1, 1, int(right), int(right), int(not right))
                assert [(row.correct, row.outcome) for row in rows_of(db, run, "before")] == [(right, "win" if right else "loss")]
        for run, right in ((1, False), (number + 1, True)):
            shown = open_problem(tmp_path, old.id, run, part="measured").responses
            assert [one.grade and one.grade.correct for one in shown] == [right]
            assert [one.verdict and one.verdict.outcome for one in shown] == ["win" if right else "loss"]
            assert [row["correct"] for rows in response_rows(tmp_path, run) for row in rows] == [right]


def test_the_figures_of_a_moment_are_replaced_whole_by_what_the_step_measures_later(tmp_path: Path, book: StoreBook) -> None:
    figure = Measurement("before", Category.MATH, "accuracy", Estimate(0.5, 10, 0.3, 0.7))
    together = Measurement("before", None, "accuracy", Estimate(0.4, 10, 0.2, 0.6))
    score, later = replace(figure, metric="score"), replace(figure, estimate=Estimate(0.6, 20, 0.4, 0.8))
    after = replace(figure, when="after")
    book.add_measurements([figure, together, score])
    book.add_measurements([after])
    book.add_measurements([later, together])
    assert sorted(book.measurements("before"), key=lambda m: str(m.category)) == [later, together], "no score was measured this time"
    assert book.measurements("after") == [after]
    with contextlib.closing(book_of(tmp_path, 1, "benchmark")) as other:
        other.add_measurements([score])
        assert len(other.measurements("before")) == 3, "what another step measured stays"


def test_a_figure_that_is_not_a_number_stays_one(book: StoreBook) -> None:
    book.add_measurements([Measurement("after", Category.MATH, "score", Estimate(math.nan, 0, 0.0, 1.0))])
    assert math.isnan(book.measurements("after")[0].estimate.value)


def test_an_attempt_of_the_second_phase_stands_on_what_the_first_one_measured(tmp_path: Path, book: StoreBook) -> None:
    figure = Measurement("before", None, "accuracy", Estimate(0.5, 10, 0.3, 0.7))
    book.add_measurements([figure])
    book.add_problems([PROBLEM], "measure")
    book.add_responses([RESPONSE], "before")
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1, ("1B.2",)), "benchmark")) as later:
        assert later.measurements("before") == [figure]
        assert later.problems("measure") == [PROBLEM]
    with contextlib.closing(open_reader(tmp_path / STORE_NAME)) as store, store.read() as db:
        assert holder(db, 2, "before") == 1
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1), "diagnose")) as anew:
        assert anew.measurements("before") == []


def test_training_rows_are_those_of_the_phase_and_a_step_replaces_its_own(tmp_path: Path, book: StoreBook) -> None:
    row = TrainingRow("p", Category.CODE, "prompt", "response", "key-1", True, 0.0, {"agreement": 0.8})
    distill, more = book_of(tmp_path, 1, "distill"), book_of(tmp_path, 1, "distill_failures")
    with contextlib.closing(distill), contextlib.closing(more):
        distill.add_training_rows([row, row])
        distill.add_training_rows([row])
        more.add_training_rows([replace(row, response="rescued")])
        assert distill.training_rows() == book.training_rows() == [row]
        assert [r.response for r in more.training_rows()] == ["rescued"]


def test_judge_money_adds_up(tmp_path: Path, book: StoreBook) -> None:
    for _ in range(3):
        book.spend(Spending("diagnose", "judge", 1.0, 0.25))
    with contextlib.closing(open_reader(tmp_path / STORE_NAME)) as store, store.read() as db:
        assert figures.spending(db) == [Spending("diagnose", "judge", 3.0, 0.75)]


def test_an_artifact_is_recorded_by_its_path_in_the_workspace(tmp_path: Path, book: StoreBook) -> None:
    book.add_artifact(Path("checkpoints") / "a", "adapter", "0" * 64)
    assert query(tmp_path, "SELECT path, kind FROM artifacts") == [("checkpoints/a", "adapter")]


def test_events_reach_the_store_by_themselves(tmp_path: Path, book: StoreBook) -> None:
    book.emit("progress", done=1, total=2, unit="rows", doing="reading")
    until(lambda: query(tmp_path, "SELECT count(*) FROM events WHERE kind = 'progress'") == [(1,)], seconds=5)


def test_a_commit_carries_the_events_told_before_it(tmp_path: Path, book: StoreBook) -> None:
    book.emit("note", level="info", text="first")
    book.add_responses([RESPONSE], "before")
    assert query(tmp_path, "SELECT count(*) FROM events WHERE kind = 'note'") == [(1,)]


def test_no_event_is_lost_or_told_out_of_order_while_commits_and_flushes_cross(tmp_path: Path, book: StoreBook) -> None:
    def tell() -> None:
        for i in range(5000):
            book.emit("loss", step=i, loss=1.0)

    teller = Thread(target=tell)
    teller.start()
    for i in range(100):
        book.add_responses([replace(RESPONSE, key=f"r{i}")], "before")
    teller.join()
    book.close()
    assert [x for (x,) in query(tmp_path, "SELECT x FROM losses ORDER BY id")] == list(range(5000))


def test_what_cannot_be_told_is_refused_where_it_is_told_and_spoils_no_commit(tmp_path: Path, book: StoreBook) -> None:
    with pytest.raises((TypeError, ValueError)):
        book.emit("loss", step=1, loss="high")
    book.emit("note", level="info", text={"tensor": object()})
    book.emit("loss", step=1e300, loss=float("inf"), grad_norm=float("nan"))
    book.add_responses([RESPONSE], "before")
    assert query(tmp_path, "SELECT x, loss, grad_norm FROM losses") == [(2**53, math.inf, None)]


def test_numbers_of_other_libraries_are_numbers(tmp_path: Path, book: StoreBook) -> None:
    class Scalar:
        def item(self) -> float:
            return 0.5

    book.emit("progress", done=Scalar(), total=1)
    book.add_grades({}, "g")
    assert query(tmp_path, "SELECT json_extract(data, '$.done') FROM events WHERE kind = 'progress'") == [(0.5,)]


def test_a_book_whose_store_is_gone_fails_with_a_sentence(tmp_path: Path) -> None:
    run = attempt(tmp_path)
    made = book_of(tmp_path, run, "diagnose")
    made.close()
    (tmp_path / STORE_NAME).unlink()
    with pytest.raises(WorkspaceError, match="holds no store"):
        StoreBook(tmp_path / STORE_NAME, made._step, made._try)


def test_what_an_attempt_of_the_second_phase_measured_before_training_stands_beside_the_first_ones(tmp_path: Path, book: StoreBook) -> None:
    math, knowledge, again = (
        Measurement("before", category, "accuracy", Estimate(value, 10, 0.1, 0.9))
        for category, value in ((Category.MATH, 0.5), (Category.KNOWLEDGE, 0.3), (Category.MATH, 0.6))
    )
    book.add_measurements([math])
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path, 1, ("1B.2",)), "benchmark")) as later:
        assert later.measurements("before") == [math]
        later.add_measurements([knowledge])
        assert {m.category: m for m in later.measurements("before")} == {Category.MATH: math, Category.KNOWLEDGE: knowledge}
        later.add_measurements([again, knowledge])
        assert {m.category: m for m in later.measurements("before")} == {Category.MATH: again, Category.KNOWLEDGE: knowledge}


def test_an_attempt_of_the_second_phase_shows_what_the_first_one_measured_after_training(tmp_path: Path) -> None:
    figure = Measurement("after", Category.MATH, "accuracy", Estimate(0.5, 10, 0.3, 0.7))
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path), "validate")) as first:
        first.add_measurements([figure])
    later = attempt(tmp_path, 1, ("1B.2",))
    with contextlib.closing(open_reader(tmp_path / STORE_NAME)) as store, store.read() as db:
        facts = read_facts(db, later)
        assert facts.after == [figure] and not facts.after_by_phase["1B.2"]
    with contextlib.closing(book_of(tmp_path, later, "benchmark")) as book:
        assert book.measurements("after") == [], "the final gate is not decided by them"
