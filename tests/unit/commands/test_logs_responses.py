"""``cogumi logs`` and ``cogumi responses``: what the two screens show, on the command line."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from app.cli import main
from core.records import Grade
from core.runs.store import runs
from core.runs.store.connection import open_writer
from core.runs.workspace import STORE_NAME, log_name
from tests.unit.runs.test_book import attempt, book_of
from tests.unit.runs.test_evidence import GREEDY, ONE, TWO, response

LOG = (
    "line 1 \x1b]52;c;aGFja2Vk\x07 caf\u00e9\nWARNING slow\nline 3\n"
    'Traceback (most recent call last):\n  File "a.py"\nValueError: loss is odd\nline 7\n'
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two attempts; in the second one two problems were measured before and after training."""
    for _ in range(2):
        run = attempt(tmp_path)
        with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
            step = runs.steps_of(db, run)[0]
            tried = runs.add_try(db, step.id, "here", 10.0, log_name(run, "diagnose"))
            runs.set_outcome(db, tried.id, "done", "")
            runs.end_try(db, tried.id, 0, 15.0)
        (tmp_path / log_name(run, "diagnose")).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / log_name(run, "diagnose")).write_text(LOG if run == 2 else "the first attempt\n")
    with contextlib.closing(book_of(tmp_path, 2, "diagnose")) as book:
        book.add_problems([ONE, TWO], "measure")
        before = [response(ONE, i, text, "before") for i, text in enumerate(["it is 2", "it is 3", "it is \x1b[31m3"])]
        before += [response(ONE, 0, "it is 2", "before", GREEDY), response(TWO, 0, "def f_x(): pass", "before")]
        book.add_responses(before, "before")
        book.add_grades({r.key: Grade(r.text[-1], r.text[-1] == "2") for r in before[:4]}, "grader")
    with contextlib.closing(book_of(tmp_path, 2, "validate")) as book:
        after = [response(ONE, i, "it is 2", "after") for i in range(3)]
        book.add_responses(after, "after")
        book.add_grades({r.key: Grade("2", True) for r in after}, "grader")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command that ends well prints."""
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_logs_without_a_step_lists_them(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "logs", "--workspace", workspace).splitlines()
    assert [line.split()[:4] for line in lines] == [["attempt", "2", "diagnose", "done"], ["attempt", "1", "diagnose", "done"]]
    empty = workspace / "empty"
    empty.mkdir()
    assert "no logs" in said(capsys, "logs", "--workspace", empty)


def test_logs_shows_the_newest_log_of_a_step_or_that_of_an_attempt_with_nothing_in_it_that_moves_the_terminal(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "logs", "diagnose", "--workspace", workspace)
    assert "line 7" in text and "\x1b" not in text and "\x07" not in text and "café" in text
    assert said(capsys, "logs", "diagnose", "--attempt", 1, "--workspace", workspace) == "the first attempt\n"


def test_logs_leaves_the_lines_of_a_level_and_with_a_text(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = ("logs", "diagnose", "--workspace", workspace)
    errors = ["Traceback (most recent call last):", '  File "a.py"', "ValueError: loss is odd"]
    assert said(capsys, *of, "--level", "error").splitlines() == errors
    assert said(capsys, *of, "--level", "warning").splitlines() == ["WARNING slow", *errors]
    assert said(capsys, *of, "--grep", "LINE", "--follow").splitlines() == ["line 1 \ufffd]52;c;aGFja2Vk\ufffd café", "line 3", "line 7"]
    assert said(capsys, *of, "--grep", "odd", "--level", "error").splitlines() == ["ValueError: loss is odd"]
    assert main([str(a) for a in (*of, "--grep", "nowhere")]) == 0
    assert capsys.readouterr().err == "No line of the log fits.\n"


def test_logs_says_what_it_cannot_do(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "diagnose", "--attempt", "7", "--workspace", str(workspace)]) == 2
    assert "has not run in attempt 7" in capsys.readouterr().err
    assert main(["logs", "--grep", "x", "--workspace", str(workspace)]) == 2
    assert "Name the step" in capsys.readouterr().err


def test_responses_lists_problems_with_their_figures_and_filters_them(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "responses", "--workspace", workspace)
    assert "2 of 2 measured problems" in text and "33 →  100 %" in text and "p1" in text and "+67 %" in text
    assert "1 of 2" in said(capsys, "responses", "--category", "code", "--workspace", workspace)
    assert "1 of 2" in said(capsys, "responses", "--show", "changed", "--workspace", workspace)
    assert "0 of 2" in said(capsys, "responses", "--show", "worse", "--workspace", workspace)
    found = said(capsys, "responses", "--find", "F_X()", "--workspace", workspace)
    assert "1 of 2" in found and "p2" in found, "the text is in a response only"
    assert "1 more; --limit 0 shows all" in said(capsys, "responses", "--limit", "1", "--workspace", workspace)
    ordered = said(capsys, "responses", "--order", "category", "--workspace", workspace)
    assert ordered.index("p1") < ordered.index("p2")


def test_responses_shows_one_problem_with_its_groups(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "responses", "p1", "--workspace", workspace)
    assert "right answer  2" in text and "1 of 3 right" in text and "3 of 3 right" in text and "\x1b" not in text
    assert "also the greedy response" in text and "67 %" in text


def test_responses_as_json_is_whole(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in said(capsys, "responses", "p1", "--json", "--workspace", workspace).splitlines()]
    assert len(rows) == 7 and any(row["response"] == "it is \x1b[31m3" for row in rows)
    table = [json.loads(line) for line in said(capsys, "responses", "--json", "--workspace", workspace).splitlines()]
    assert [row["problem"] for row in table] == ["p1", "p2"] and table[0]["second"]["n"] == 3 and table[1]["second"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--show", "odd"], "inconsistent"),
        (["--order", "odd"], "category"),
        (["--category", "odd"], "math"),
        (["--problems", "odd"], "measured"),
        (["--limit", "-1"], "number of rows"),
        (["--attempt", "9"], "no attempt 9"),
        (["p9"], "knows no problem"),
    ],
)
def test_responses_says_in_a_sentence_what_it_cannot_show(
    workspace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["responses", *arguments, "--workspace", str(workspace)]) == 2
    assert words in capsys.readouterr().err


def test_responses_of_a_workspace_without_any_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["responses", "--workspace", str(tmp_path)]) == 2
    assert "cogumi run phase-1b.1" in capsys.readouterr().err
    attempt(tmp_path)
    assert main(["responses", "--workspace", str(tmp_path)]) == 2
    assert "cogumi run diagnose" in capsys.readouterr().err
