"""Problems by the part they play: scanned failures and who was rescued, what was trained on, and responses of two measurements apart."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from core.jsonl import write_rows
from core.records import Category, Problem, Response, TrainingRow, Verdict
from core.runs import evidence
from core.runs.logs import all_logs
from core.runs.reference_texts import ReferenceTexts
from core.runs.store import runs
from core.runs.store.connection import open_writer
from core.runs.workspace import STORE_NAME, log_name
from tests.unit.runs.test_book import attempt, book_of
from tests.unit.runs.test_evidence import GREEDY, response

ONE, TWO, THREE = (Problem(f"train/{i}", Category.MATH, f"What is {i} + {i}?", str(2 * i)) for i in (1, 2, 3))


def trained(problem: Problem, made: Response) -> TrainingRow:
    return TrainingRow(problem.id, problem.category, problem.prompt, made.text, made.key, True, 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An attempt that distilled two of three problems, found two failures in its scan, and rescued one of them."""
    run = attempt(tmp_path)
    with contextlib.closing(book_of(tmp_path, run, "distill")) as book:
        book.add_problems([ONE, TWO, THREE], "train")
        made = [response(problem, 0, f"it is {problem.gold}", "distill", GREEDY) for problem in (ONE, TWO, THREE)]
        book.add_responses(made, "distill")
        book.add_training_rows([trained(ONE, made[0]), trained(TWO, made[1])])
    with contextlib.closing(book_of(tmp_path, run, "find_failures")) as book:
        book.add_problems([ONE, TWO, THREE], "scan")
        book.add_responses([response(problem, i, f"{i}", "scan") for problem in (ONE, TWO, THREE) for i in range(3)], "scan")
        rows = [{"problem": problem.id, "reasons": ["majority not right", "hardly agrees"]} for problem in (TWO, THREE)]
        (tmp_path / "failures").mkdir()
        book.add_artifact(Path("failures/math_failures.jsonl"), "failures", write_rows(tmp_path / "failures/math_failures.jsonl", rows))
    with contextlib.closing(book_of(tmp_path, run, "distill_failures")) as book:
        rescued = response(THREE, 7, "it is 6", "rescue")
        book.add_responses([rescued], "rescue")
        book.add_training_rows([trained(THREE, rescued)])
    return tmp_path


def test_an_attempt_knows_which_parts_it_has(folder: Path) -> None:
    assert evidence.parts(folder) == {"scanned": 3, "distilled": 3}


def test_scanned_problems_say_why_they_failed_and_whether_they_were_trained_on_in_the_end(folder: Path) -> None:
    one, two, three = evidence.problem_figures(folder, part="scanned")
    assert (one.failure, one.trained, one.before.n) == ("", None, 3)
    assert (two.failure, two.trained) == ("majority not right, hardly agrees", False), "that it was trained on before rescues nothing"
    assert (three.failure, three.trained, three.after.n) == ("majority not right, hardly agrees", True, 1)


def test_problems_made_for_training_say_which_of_them_were_left_out(folder: Path) -> None:
    assert [row.trained for row in evidence.problem_figures(folder, part="distilled")] == [True, True, False]
    opened = evidence.open_problem(folder, ONE.id, part="distilled")
    assert [one.role for one in opened.responses] == ["distill"] and opened.responses[0].response.key in opened.trained


def test_each_part_opens_its_own_problem_where_two_have_one_id(folder: Path) -> None:
    with contextlib.closing(book_of(folder, 1, "diagnose")) as book:
        book.add_problems([Problem(ONE.id, Category.MATH, "Another question?", "7")], "measure")
    assert evidence.open_problem(folder, ONE.id, part="distilled").problem == ONE
    assert evidence.open_problem(folder, ONE.id, part="measured").problem.prompt == "Another question?"


def test_a_list_of_failures_that_is_gone_or_broken_tells_of_none(folder: Path) -> None:
    (folder / "failures/math_failures.jsonl").write_text("{broken\n")
    assert not any(row.failure for row in evidence.problem_figures(folder, part="scanned"))
    (folder / "failures/math_failures.jsonl").unlink()
    assert not any(row.failure for row in evidence.problem_figures(folder, part="scanned"))


def test_a_listing_comes_without_figures(folder: Path) -> None:
    rows = evidence.problem_figures(folder, part="scanned", listing=True)
    assert [row.id for row in rows] == [ONE.id, TWO.id, THREE.id] and not any(row.before.n for row in rows)


def test_what_the_benchmark_measured_is_no_part_of_what_validate_measured(tmp_path: Path) -> None:
    run = attempt(tmp_path)
    with contextlib.closing(book_of(tmp_path, run, "validate")) as book:
        book.add_problems([ONE], "measure")
        book.add_responses([response(ONE, i, "two", "after") for i in range(4)], "after")
    with contextlib.closing(book_of(tmp_path, run, "benchmark")) as book:
        book.add_problems([ONE], "benchmark")
        book.add_responses([response(ONE, i, f"final {i}", "final") for i in range(3)], "after")
    measured, final = (evidence.problem_figures(tmp_path, part=part)[0].after for part in ("measured", "benchmark"))
    assert (measured.n, measured.response_consistency) == (4, 1.0)
    assert (final.n, final.response_consistency) == (3, 1 / 3)
    assert len(evidence.open_problem(tmp_path, ONE.id, part="measured").responses) == 4
    assert len(evidence.open_problem(tmp_path, ONE.id, part="benchmark").responses) == 3
    assert evidence.search(tmp_path, "FINAL", part="benchmark") == {ONE.id}


def test_an_opened_problem_shows_as_many_responses_as_the_table_counts_also_in_an_attempt_that_goes_on(tmp_path: Path) -> None:
    run = attempt(tmp_path)
    before = [response(ONE, i, f"{i}", "before") for i in range(4)]
    with contextlib.closing(book_of(tmp_path, run, "diagnose")) as book:
        book.add_problems([ONE], "measure")
        book.add_responses(before, "before")
    with contextlib.closing(book_of(tmp_path, run, "validate")) as book:
        book.add_responses([response(ONE, i, "two", "after") for i in range(4)], "after")
    later = attempt(tmp_path, 1, ("1B.2",))
    with contextlib.closing(book_of(tmp_path, later, "benchmark")) as book:
        book.add_problems([ONE, TWO], "benchmark")
        fresh = [response(TWO, i, f"{i}", "before") for i in range(3)]
        book.add_responses([*before, *fresh], "before")
        book.add_responses([response(ONE, i, f"final {i}", "final") for i in range(3)], "after")
    for part, wanted in (("measured", (4, 4)), ("benchmark", (4, 3))):
        (row, *_) = evidence.problem_figures(tmp_path, part=part)
        opened = [found.role for found in evidence.open_problem(tmp_path, ONE.id, part=part).responses]
        assert (opened.count("before"), opened.count("after")) == (row.before.n, row.after.n) == wanted
    assert evidence.problem_figures(tmp_path, part="benchmark")[1].before.n == 3, "what only the benchmark measured has its own side"
    whole = [found.role for found in evidence.open_problem(tmp_path, ONE.id).responses]
    assert (whole.count("before"), whole.count("after")) == (4, 3)


def test_a_search_reads_the_responses_from_before_training_of_the_attempt_that_diagnosed(tmp_path: Path) -> None:
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path), "diagnose")) as book:
        book.add_problems([ONE], "measure")
        book.add_responses([response(ONE, 0, "said in the first attempt", "before")], "before")
    attempt(tmp_path, 1, ("1B.2",))
    assert evidence.search(tmp_path, "first attempt") == {ONE.id}


def test_the_reference_stands_beside_the_problem_unless_its_file_is_another_one_now(tmp_path: Path) -> None:
    from core.judging.references import load_named
    from core.practice.paths import references_file

    known = next(key for key in load_named("practice", tmp_path) if not key.startswith("prompt:"))
    problem = Problem(known, Category.MATH, "a wording of our own", "1")
    assert references_file().exists()
    with contextlib.closing(book_of(tmp_path, attempt(tmp_path), "diagnose")) as book:
        book.add_problems([problem], "measure")
        made = response(problem, 0, "one", "before")
        book.add_responses([made], "before")
        book.add_verdicts([Verdict(problem.id, made.key, "tie", "verifier x references 000000000000")])
    texts = ReferenceTexts(tmp_path)
    opened = texts.beside(evidence.open_problem(tmp_path, known), 1)
    assert opened.reference == load_named("practice", tmp_path)[known]
    assert "has changed since" in opened.reference_note
    assert texts.beside(evidence.open_problem(tmp_path, known), None) == opened


def test_logs_of_all_attempts_are_listed_the_newest_first(tmp_path: Path) -> None:
    for _ in range(2):
        run = attempt(tmp_path)
        with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
            for row in runs.steps_of(db, run)[:2]:
                name = log_name(run, row.step)
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_text("a line\n")
                for number in range(2):
                    tried = runs.add_try(db, row.id, "here", 10.0 * row.id + number, name)
                    runs.see_try(db, tried.id, 5.0 + number, 10.0 * row.id + number + 5)
                    runs.end_try(db, tried.id, 0, 10.0 * row.id + number + 5)
                runs.set_outcome(db, tried.id, "done", "")
    (tmp_path / "logs/supervisor.log").write_text("it began\n")
    (tmp_path / log_name(1, "diagnose")).unlink()
    found = all_logs(tmp_path)
    assert [(log.attempt, log.step, log.tries, log.outcome) for log in found] == [
        (2, "distill", 2, "done"), (2, "diagnose", 2, "done"), (1, "distill", 2, "done"), (0, "supervisor", 0, ""),
    ]
    assert [log.seconds for log in found] == [11.0, 11.0, 11.0, 0.0], "all tries of a step, as in the plan"
    assert found[0].size == 7 and all_logs(tmp_path / "nowhere") == []
