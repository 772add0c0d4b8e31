"""``cogumi measure`` and ``cogumi compare``: the figures' names, values and n, what is left out, and what a bad file is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from app.cli import main
from core.measures.intervals import share

ESTIMATE = {"value", "n", "low", "high"}
FIGURES = {
    "response_consistency",
    "answer_consistency",
    "agreement",
    "majority_accuracy",
    "decided_share",
    "vote_tie_rate",
    "accuracy",
}


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _answers(problem: str, gold: str | None, *numbers: str) -> list[dict[str, Any]]:
    """Ungraded MATH rows whose responses end in these numbers; "" is a response without an answer."""
    extra = {} if gold is None else {"gold": gold}
    texts = [f"So we get it.\n#### {number}" if number else "I do not know." for number in numbers]
    return [{"problem": problem, "category": "math", "response": text, **extra} for text in texts]


def _marked(problem: str, *right: bool) -> list[dict[str, Any]]:
    """Rows as ``cogumi grade`` leaves them."""
    return [
        {"problem": problem, "category": "math", "response": f"r{i}", "answer": "4" if r else "5", "correct": r, "reason": ""}
        for i, r in enumerate(right)
    ]


def _json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert main([str(a) for a in arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_every_figure_has_the_name_value_n_and_interval_that_are_promised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _write(
        tmp_path / "r.jsonl",
        _answers("one", "4", "4", "4", "4", "5") + _answers("two", "7", "7", "8", "8", "7") + _answers("three", "9", "1", "1", "1", ""),
    )
    found = _json(capsys, "measure", file, "--json")
    assert FIGURES | {"pass_at"} <= set(found)
    assert all(set(found[name]) == ESTIMATE for name in FIGURES)
    values = {name: (round(found[name]["value"], 4), found[name]["n"]) for name in FIGURES}
    assert values == {
        "response_consistency": (0.6667, 3),
        "answer_consistency": (0.6667, 3),
        "agreement": (0.4444, 3),
        "majority_accuracy": (0.3333, 3),
        "decided_share": (0.6667, 3),
        "vote_tie_rate": (0.3333, 3),
        "accuracy": (0.4167, 3),
    }
    assert {k: round(e["value"], 4) for k, e in found["pass_at"].items()} == {"1": 0.4167, "2": 0.6111, "3": 0.6667, "4": 0.6667}
    assert all(found[name]["low"] <= found[name]["value"] <= found[name]["high"] for name in FIGURES)


def test_rows_without_gold_or_tests_still_give_consistency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"problem": "story", "response": text} for text in ("The  sea.", "The sea.", "The sky.")]
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", rows), "--json")
    assert found["response_consistency"]["value"] == pytest.approx(1 / 3)
    assert found["answer_consistency"]["value"] == pytest.approx(2 / 3)
    assert found["accuracy"] == {"value": None, "n": 0, "low": None, "high": None}
    assert found["pass_at"] == {}


def test_one_response_each_gives_accuracy_with_wilson_s_interval_and_no_consistency(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row for i in range(20) for row in _marked(f"p{i}", i < 15)]
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", rows), "--json")
    expected = share(15, 20)
    assert expected is not None
    assert found["accuracy"] == pytest.approx({"value": 0.75, "n": 20, "low": expected.low, "high": expected.high})
    assert found["response_consistency"]["value"] is None


def test_code_rows_are_run_and_answers_that_pass_the_same_tests_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bodies = ("return a + b", "return b + a", "return a - b")
    rows = [
        {
            "problem": "add",
            "category": "code",
            "response": f"```python\ndef add(a, b):\n    {body}\n```",
            "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
        }
        for body in bodies
    ]
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", rows), "--json")
    assert found["accuracy"]["value"] == pytest.approx(2 / 3)
    assert found["response_consistency"]["value"] == pytest.approx(1 / 3)
    assert found["answer_consistency"]["value"] == pytest.approx(2 / 3)
    assert found["majority_accuracy"]["value"] == 1.0


def test_code_without_tests_agrees_where_its_source_does_whatever_the_layout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = ("def f(a):\n  return a+1", "def f(a):\n    # one more\n    return a + 1", "def f(a):\n    return a - 1")
    rows = [{"problem": "f", "category": "code", "response": f"Here:\n```python\n{program}\n```"} for program in programs]
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", rows), "--json")
    assert found["answer_consistency"]["value"] == pytest.approx(2 / 3)
    assert found["response_consistency"]["value"] == pytest.approx(1 / 3)
    assert found["accuracy"]["value"] is None


def test_no_answer_is_neither_right_nor_the_winner_and_its_share_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", _answers("one", "4", "4", "", "", "", "")), "--json")
    assert found["no_answer"]["value"] == 0.8
    assert found["accuracy"]["value"] == 0.2
    assert found["decided_share"]["value"] == 0.0
    assert found["answer_consistency"]["value"] == 0.8


@pytest.mark.parametrize("category", ["INSTRUCTION", "creativity"])
def test_free_text_of_any_category_is_compared_by_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], category: str
) -> None:
    rows = [{"problem": 3, "category": category, "response": text} for text in ("a  b", "a b", "c")]
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", rows), "--json")
    assert found["answer_consistency"]["value"] == pytest.approx(2 / 3)
    assert found["accuracy"]["value"] is None


def test_what_grade_wrote_is_measured_as_it_was_graded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _answers("one", "1,000", "1000", "1000", "999") + _answers("two", "5", "5", "5", "")
    file, graded = _write(tmp_path / "r.jsonl", rows), tmp_path / "graded.jsonl"
    assert main(["grade", str(file), "--category", "math", "-o", str(graded)]) == 0
    capsys.readouterr()
    direct, again = _json(capsys, "measure", file, "--json"), _json(capsys, "measure", graded, "--json")
    assert {k: v for k, v in direct.items() if k != "file"} == {k: v for k, v in again.items() if k != "file"}


def test_several_categories_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _answers("one", "4", "4", "4") + [{"problem": "q", "category": "reasoning", "response": "The answer is B.", "gold": "B"}] * 2
    found = _json(capsys, "measure", _write(tmp_path / "r.jsonl", rows), "--json")
    assert set(found["categories"]) == {"MATH", "REASONING"}
    assert found["categories"]["REASONING"]["accuracy"]["n"] == 1


def test_the_bootstrap_gives_other_intervals_for_the_same_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for i in range(30) for row in _marked(f"p{i}", *(j < i % 5 for j in range(4)))]
    file = _write(tmp_path / "r.jsonl", rows)
    quick, resampled = _json(capsys, "measure", file, "--json"), _json(capsys, "measure", file, "--json", "--bootstrap", "2000")
    assert quick["accuracy"]["value"] == pytest.approx(resampled["accuracy"]["value"])
    assert quick["accuracy"]["low"] != resampled["accuracy"]["low"]
    assert quick["accuracy"]["low"] == pytest.approx(resampled["accuracy"]["low"], abs=0.02)
    capsys.readouterr()
    for number, word in (("5", "too few"), ("99999999999999", "too many"), (str(10**20), "too many")):
        assert main(["measure", str(file), "--bootstrap", number]) == 2
        assert word in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_fits_the_terminal_and_shows_n_beside_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    file = _write(tmp_path / "r.jsonl", _marked("[bold]one[/bold]", True, True, False) + _marked("two", True, False, False))
    assert main(["measure", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= int(columns)
    table = "\n".join(line for line in lines if line.startswith("accuracy"))
    assert table.split()[1:3] == ["50.0", "%"]
    assert table.split()[-1] == "2"


def test_a_paired_difference_has_its_standard_error_interval_and_mcnemar_s_p(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    was, became = [True] * 6 + [False] * 14, [True] * 5 + [False] + [True] * 8 + [False] * 6
    before = _write(tmp_path / "b.jsonl", [row for i, r in enumerate(was) for row in _marked(f"p{i}", r)])
    after = _write(tmp_path / "a.jsonl", [row for i, r in reversed(list(enumerate(became))) for row in _marked(f"p{i}", r)])
    found = _json(capsys, "compare", before, after, "--json")
    differences = [int(b) - int(a) for a, b in zip(was, became, strict=True)]
    assert found["accuracy_difference"]["value"] == pytest.approx(0.35)
    assert found["accuracy_difference"]["se"] == pytest.approx(float(stats.sem(differences)))
    assert found["accuracy_difference"]["n"] == 20
    assert found["accuracy_difference"]["low"] < 0.35 < found["accuracy_difference"]["high"]
    assert found["mcnemar_p"] == pytest.approx(stats.binomtest(1, 9).pvalue)
    assert (found["became_right"], found["became_wrong"]) == (8, 1)
    assert found["problems_needed"] > 10
    assert set(found["consistency_difference"]) >= {"value", "se", "low", "high", "n"}
    assert found["consistency_difference"]["n"] == 0


def test_consistency_is_compared_over_several_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _write(tmp_path / "b.jsonl", [{"problem": p, "response": r} for p in "abc" for r in ("x", "y", "z", "z")])
    after = _write(tmp_path / "a.jsonl", [{"problem": p, "response": r} for p in "abc" for r in ("z", "z", "z", "z")])
    found = _json(capsys, "compare", before, after, "--json")
    assert found["consistency_difference"]["value"] == 0.5
    assert found["consistency_difference"]["n"] == 3
    assert found["accuracy_difference"]["value"] is None
    assert found["mcnemar_p"] is None
    assert found["problems_needed"] == 6


def test_problems_in_one_file_only_are_counted_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _write(tmp_path / "b.jsonl", _marked("one", True, False) + _marked("two", False, False))
    after = _write(tmp_path / "a.jsonl", _marked("two", True, True, True) + _marked("three", True))
    found = _json(capsys, "compare", before, after, "--json")
    assert (found["problems"], found["only_before"], found["only_after"]) == (1, 1, 1)
    assert found["accuracy_difference"]["value"] == 1.0
    assert any("more responses in one file" in note for note in found["notes"])


def test_the_comparison_reads_well_on_eighty_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    before = _write(tmp_path / "b.jsonl", [row for i in range(200) for row in _marked(f"p{i}", i % 2 == 0, False)])
    after = _write(tmp_path / "a.jsonl", [row for i in range(200) for row in _marked(f"p{i}", i % 3 == 0, True)])
    assert main(["compare", str(before), str(after)]) == 0
    out = capsys.readouterr().out
    assert "McNemar" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"response": "x"}, "problem"),
        ({"problem": "", "response": "x"}, "problem"),
        ({"problem": ["p"], "response": "x"}, "problem"),
        ({"problem": "p"}, "response"),
        ({"problem": "p", "response": 3}, "response"),
        ({"problem": "p", "response": "x", "category": "poetry"}, "category"),
        ({"problem": "p", "response": "x", "answer": "1", "correct": "yes"}, "correct"),
        ({"problem": "p", "response": "x", "answer": 1, "correct": True}, "answer"),
        ({"problem": "p", "response": "x", "category": "code"}, "category"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: dict[str, Any], says: str
) -> None:
    file = _write(tmp_path / "bad.jsonl", [{"problem": "p", "response": "x"}, row])
    assert main(["measure", str(file), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cogumi: ")
    assert "bad.jsonl line 2" in err
    assert says in err
    assert err.count("\n") == 1


def test_an_empty_file_and_files_without_a_common_problem_are_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = _write(tmp_path / "empty.jsonl", [])
    one, two = _write(tmp_path / "1.jsonl", _marked("one", True)), _write(tmp_path / "2.jsonl", _marked("two", True))
    assert main(["measure", str(empty)]) == 2
    assert main(["compare", str(one), str(two)]) == 2
    err = capsys.readouterr().err
    assert "holds no rows" in err
    assert "no problem in common" in err


def test_measuring_loads_neither_torch_nor_numpy(tmp_path: Path) -> None:
    file = _write(tmp_path / "r.jsonl", _answers("one", "4", "4", "5"))
    code = (
        "import sys; from app.cli import main; code = main(['measure', sys.argv[1], '--json']); "
        "assert not {'torch', 'transformers', 'numpy', 'rich', 'textual'} & set(sys.modules), sorted(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
