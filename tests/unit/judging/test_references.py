"""Reference responses and the stored Phase 1A baseline are read whole, or one sentence says what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DataError
from core.judging.comparison import compare
from core.judging.phase1a import Tally, baseline, read_results
from core.judging.references import find, load, load_named
from core.problems import prompts
from core.records import Category, Problem
from tests.unit.judging.samples import response

EGGS = Problem("gsm8k/test/0", Category.MATH, prompts.math("How many eggs?"), gold="18")
ROBE = Problem("gsm8k/test/1", Category.MATH, prompts.math("How many bolts?"), gold="3")


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def result(prompt: str, reference: str, winner: str = "TIE", ours: str = "mine") -> dict[str, Any]:
    return {
        "prompt": f"Solve this math problem step by step:\n\n{prompt}",
        "local_response": ours,
        "gpt4_response": reference,
        "judgment": {"response_a": {"correctness": 10}, "winner": winner, "reasoning": "x"},
        "ground_truth": "#### 18",
    }


def intermediate(path: Path, results: list[dict[str, Any]], wins: int, losses: int, ties: int, category: str = "math") -> Path:
    document = {"timestamp": "2025", "category": category, "results": results, "wins": wins, "losses": losses, "ties": ties}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_references_are_found_by_id_or_by_question(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "r.jsonl",
        {"problem": "gsm8k/test/0", "category": "MATH", "response": "18 eggs"},
        {"prompt": "how many  BOLTS?", "response": "3 bolts"},
    )
    references = load(path)
    assert find(references, EGGS) == "18 eggs"
    assert find(references, ROBE) == "3 bolts"
    assert find(references, Problem("other", Category.MATH, "Another question?")) is None


def test_the_question_outweighs_an_id_that_happens_to_be_the_same(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "r.jsonl",
        {"problem": "gsm8k/test/0", "response": "of another set"},
        {"prompt": "How many eggs?", "response": "18 eggs"},
    )
    assert find(load(path), EGGS) == "18 eggs"


def test_phase_1a_references_are_found_although_they_were_asked_in_another_frame(tmp_path: Path) -> None:
    path = intermediate(
        tmp_path / "math_intermediate.json",
        [result("How many eggs?", "18"), result("How many bolts?", "[ERROR]"), result("How many eggs?", "eighteen")], 0, 0, 3,
    )
    references = load(path)
    assert find(references, EGGS) == "18"
    assert find(references, ROBE) is None


def test_a_folder_of_phase_1a_files_is_read_together(tmp_path: Path) -> None:
    intermediate(tmp_path / "math_intermediate.json", [result("How many eggs?", "18", "A")], 1, 0, 0)
    intermediate(tmp_path / "code_intermediate.json", [result("How many bolts?", "3", "B")], 0, 1, 0, "code")
    (tmp_path / "benchmark_report_1.json").write_text("{}")
    assert len(load(tmp_path)) == 2
    assert {category: figures.tally for category, figures in baseline(tmp_path).items()} == {
        Category.MATH: Tally(1, 0, 0),
        Category.CODE: Tally(0, 1, 0),
    }


def test_the_baseline_gives_score_tie_rate_and_failed_calls(tmp_path: Path) -> None:
    results = [result(f"q{n}", "[ERROR: Empty response]" if n == 9 else "r", "A" if n < 3 else "B" if n < 5 else "TIE") for n in range(10)]
    figures = baseline(intermediate(tmp_path / "math_intermediate.json", results, 3, 2, 5))[Category.MATH]
    assert figures.tally == Tally(3, 2, 5)
    assert figures.errors == 1


def test_a_report_gives_the_baseline_of_every_category_but_no_references(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_report_20251027.json"
    path.write_text(json.dumps({
        "overall": {"total_tests": 100, "wins": 27, "losses": 28, "ties": 45},
        "by_category": {
            "math": {"wins": 3, "losses": 12, "ties": 35, "win_rate": 6.0, "score": 41.0},
            "code": {"wins": 24, "losses": 16, "ties": 10, "win_rate": 48.0, "score": 58.0},
        },
    }))  # fmt: skip
    found = baseline(path)
    assert found[Category.MATH].tally == Tally(3, 12, 35)
    assert found[Category.CODE].tally == Tally(24, 16, 10)
    with pytest.raises(DataError, match="holds totals but no responses"):
        load(path)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"problem": "a"}, 'line 2 has no text in "response"'),
        ({"problem": "a", "response": ""}, 'line 2 has no text in "response"'),
        ({"problem": "a", "response": 5}, 'line 2 has no text in "response"'),
        ({"response": "x"}, 'neither "problem" nor "prompt"'),
        ({"problem": 5, "response": "x"}, 'needs text in "problem"'),
        ({"problem": "first", "response": "otherwise"}, r"line 2 gives another reference response than .* line 1"),
    ],
)
def test_a_bad_reference_row_is_one_sentence_and_nothing_is_half_read(tmp_path: Path, row: dict[str, Any], what: str) -> None:
    path = lines(tmp_path / "r.jsonl", {"problem": "first", "response": "x"}, row)
    with pytest.raises(DataError, match=what):
        load(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("no json", "no JSON file"),
        ("[]", "no JSON object"),
        ("{}", "names no category"),
        ('{"category": "math", "results": 5, "wins": 0, "losses": 0, "ties": 0}', 'list in "results"'),
        ('{"category": "math", "results": [5], "wins": 0, "losses": 0, "ties": 0}', "result 1 is no object"),
        ('{"category": "math", "results": [{"prompt": "x"}], "wins": 0, "losses": 0, "ties": 1}', 'no text in "local_response"'),
        ('{"category": "math", "results": [], "wins": -1, "losses": 0, "ties": 1}', 'count in "wins"'),
        ('{"category": "math", "results": [], "wins": true, "losses": 0, "ties": 1}', 'count in "wins"'),
        ('{"by_category": {"magic": {"wins": 1, "losses": 0, "ties": 0}}}', "names no category of ours"),
        ('{"by_category": {"math": 5}}', "without totals"),
        ('{"by_category": {}}', "no Phase 1A figures"),
        ("[" * 100_000, "no JSON file"),
    ],
)
def test_a_file_that_phase_1a_did_not_write_is_one_sentence(tmp_path: Path, content: str, what: str) -> None:
    path = tmp_path / "benchmark_report_1.json"
    path.write_text(content)
    with pytest.raises(DataError, match=what):
        baseline(path)


def test_totals_that_are_not_those_of_the_results_are_refused(tmp_path: Path) -> None:
    path = intermediate(tmp_path / "math_intermediate.json", [result("q", "r", "A")], 2, 0, 0)
    with pytest.raises(DataError, match="other totals than its 1 results have"):
        baseline(path)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("missing.jsonl", "does not exist"),
        ("missing.json", "does not exist"),
        ("notes.txt", "no file of reference"),
        ("empty", "no reference"),
    ],
)
def test_references_that_are_not_there_are_one_sentence(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=what):
        load_named(name, tmp_path)
    with pytest.raises(DataError, match=r"reference under \[judge\]"):
        load_named(" ", tmp_path)


def test_comparisons_take_the_first_samples_and_name_what_has_no_reference(tmp_path: Path) -> None:
    references = load(lines(tmp_path / "r.jsonl", {"problem": EGGS.id, "response": "18"}))
    responses = [response(f"try {n}", name, n) for name in (EGGS.id, ROBE.id) for n in (2, 0, 1)]
    comparisons, without = compare([EGGS, ROBE], responses, references, samples=2)
    assert [one.response.sample for one in comparisons] == [0, 1]
    assert {one.reference for one in comparisons} == {"18"}
    assert without == [ROBE]


NAMES = ["category", "results", "by_category", "wins", "losses", "ties", "prompt", "gpt4_response", "math"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_whatever_a_json_file_holds_it_is_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any_intermediate.json"
    path.write_text(json.dumps(value))
    for reader in (baseline, read_results, load):
        try:
            reader(path)
        except DataError as error:
            assert "\n" not in str(error)
