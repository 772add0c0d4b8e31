"""Problems are drawn at random from the right split, and no problem serves both training and measuring."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.errors import DataError, SettingsError
from core.plan.settings import CategorySettings
from core.problems import hub
from core.problems.creativity import PROMPTS, problems
from core.problems.files import LocalFile, read_problems
from core.problems.normal import prompt_hash
from core.problems.overlap import overlap
from core.problems.sample import sample
from core.problems.source import load_problems, pool
from core.problems.splits import HUB, HubData, Role
from core.records import Category, Problem

ROLES: tuple[Role, ...] = ("train", "measure", "scan")


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def own_rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"prompt": f"What is {n} plus {n}?", "gold": 2 * n} for n in range(start, start + count)]


def refuse(data: HubData, split: str) -> list[dict[str, Any]]:
    raise ConnectionError(f"no route to the host of {data.path}\nsecond line")


def test_every_real_row_parses(shared_data: Path) -> None:
    expected = {
        ("gsm8k_train.jsonl", Category.MATH): 7473,
        ("gsm8k_test.jsonl", Category.MATH): 1319,
        ("humaneval.jsonl", Category.CODE): 164,
        ("mbpp.jsonl", Category.CODE): 974,
        ("mmlu_sample.jsonl", Category.KNOWLEDGE): 100,
        ("mmlu_pro_sample.jsonl", Category.REASONING): 300,
    }
    for (name, category), count in expected.items():
        found = read_problems(LocalFile(shared_data / name), category)
        assert len(found) == len({problem.id for problem in found}) == count
        assert all(problem.gold or problem.tests for problem in found)
        assert all(problem.revision.startswith("sha256:") and problem.source == name for problem in found)


def test_code_trains_on_mbpp_train_and_measures_on_mbpp_test_and_humaneval(shared_data: Path) -> None:
    settings = CategorySettings(source=f"{shared_data}/humaneval.jsonl, {shared_data}/mbpp.jsonl")
    training = pool(Category.CODE, settings, "train", Path.cwd())
    measured = pool(Category.CODE, settings, "measure", Path.cwd()).problems
    numbers = [int(problem.id.removeprefix("mbpp/")) for problem in training.problems + training.left_out]
    assert sorted(numbers) == list(range(601, 975))
    assert sum(problem.id.startswith("humaneval/") for problem in measured) == 164
    assert sorted(int(p.id.removeprefix("mbpp/")) for p in measured if p.id.startswith("mbpp/")) == list(range(11, 511))
    assert overlap(training.problems, measured).clean
    assert not overlap(training.left_out, measured).clean


def test_the_training_problems_that_overlap_with_a_measured_one_are_left_out(shared_data: Path) -> None:
    settings = CategorySettings(
        source=str(shared_data / "gsm8k_test.jsonl"), train_source=str(shared_data / "gsm8k_train.jsonl")
    )
    training = pool(Category.MATH, settings, "scan", Path.cwd())
    assert 1 <= len(training.left_out) <= 10
    assert len(training.problems) + len(training.left_out) == 7473


def test_a_sample_is_seeded_random_and_grows_without_change() -> None:
    candidates = [Problem(f"set/{n}", Category.MATH, f"q {n}") for n in range(1000)]
    hundred, two_hundred = sample(candidates, 100, 7), sample(candidates, 200, 7)
    assert two_hundred[:100] == hundred
    assert sample(list(reversed(candidates)), 100, 7) == hundred
    assert sample(candidates, 100, 8) != hundred
    assert sum(int(problem.id.split("/")[1]) < 100 for problem in hundred) < 25
    assert len({problem.id for problem in sample(candidates, 5000, 7)}) == 1000
    assert sample(candidates, 0, 7) == []


def test_the_training_sample_is_the_start_of_the_scan(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", own_rows(300))
    settings = CategorySettings(source="a.jsonl")
    train = load_problems(Category.MATH, settings, "train", 20, 1, tmp_path)
    assert load_problems(Category.MATH, settings, "scan", 50, 1, tmp_path)[:20] == train


def test_a_file_named_for_both_sides_is_divided_and_copies_stay_together(tmp_path: Path) -> None:
    rows = own_rows(200)
    write(tmp_path / "a.jsonl", rows + [{**row, "prompt": f" {row['prompt']} "} for row in rows])
    sides = {role: pool(Category.MATH, CategorySettings(source="a.jsonl"), role, tmp_path).problems for role in ROLES}
    assert sides["train"] == sides["scan"]
    hashes = {role: {prompt_hash(problem.prompt) for problem in found} for role, found in sides.items()}
    assert not hashes["train"] & hashes["measure"]
    assert len(hashes["train"] | hashes["measure"]) == 200
    assert 70 <= len(hashes["train"]) <= 130


def test_a_rows_own_split_decides_and_a_family_is_never_divided(tmp_path: Path) -> None:
    rows = [{**row, "split": "train" if n < 5 else "test"} for n, row in enumerate(own_rows(20))]
    write(tmp_path / "a.jsonl", rows)
    assert len(pool(Category.MATH, CategorySettings(source="a.jsonl"), "train", tmp_path).problems) == 5
    write(tmp_path / "b.jsonl", [{**row, "family": f"f{n % 10}"} for n, row in enumerate(own_rows(200))])
    families = [
        {problem.family for problem in pool(Category.MATH, CategorySettings(source="b.jsonl"), role, tmp_path).problems}
        for role in ROLES[:2]
    ]
    assert not families[0] & families[1]


def test_humaneval_is_never_trained_on_even_when_it_is_named_for_it(shared_data: Path) -> None:
    settings = CategorySettings(source="hub", train_source=str(shared_data / "humaneval.jsonl"))
    with pytest.raises(DataError, match=r"humaneval\.jsonl' holds no CODE problem to train on"):
        pool(Category.CODE, settings, "train", Path.cwd())


def test_files_that_number_their_rows_alike_lose_no_training_problem(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [{**row, "id": number} for number, row in enumerate(own_rows(60))])
    write(tmp_path / "test.jsonl", [{**row, "id": number} for number, row in enumerate(own_rows(40, start=100))])
    settings = CategorySettings(source="test.jsonl", train_source="train.jsonl")
    assert len(load_problems(Category.MATH, settings, "train", 60, 1, tmp_path)) == 60


def test_it_is_told_how_many_training_problems_were_left_out_and_why(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", own_rows(10))
    write(tmp_path / "test.jsonl", own_rows(4))
    settings, told = CategorySettings(source="test.jsonl", train_source="train.jsonl"), list[str]()
    assert len(load_problems(Category.MATH, settings, "train", 10, 1, tmp_path, note=told.append)) == 6
    assert told == [
        "left 4 of 10 MATH training problems out: they share their prompt, their family or 13 words in a row with problems to measure on"
    ]
    assert load_problems(Category.MATH, settings, "measure", 10, 1, tmp_path, note=told.append) and len(told) == 1


def test_training_on_nothing_but_measured_problems_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", own_rows(10))
    write(tmp_path / "b.jsonl", own_rows(5))
    settings = CategorySettings(source="a.jsonl", train_source="b.jsonl")
    with pytest.raises(DataError, match="All 5 MATH training problems overlap"):
        load_problems(Category.MATH, settings, "train", 5, 1, tmp_path)


def test_a_row_without_an_id_is_called_by_file_and_number(tmp_path: Path) -> None:
    write(tmp_path / "test.jsonl", own_rows(3))
    found = read_problems(LocalFile(tmp_path / "test.jsonl"), Category.MATH)
    assert [problem.id for problem in found] == ["test/0", "test/1", "test/2"]
    write(tmp_path / "named.jsonl", [{"id": "mine/7", "prompt": "What is 1 plus 1?", "gold": 2}])
    assert [problem.id for problem in read_problems(LocalFile(tmp_path / "named.jsonl"), Category.MATH)] == ["mine/7"]


def test_two_files_with_the_same_ids_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    write(tmp_path / "a.jsonl", own_rows(3))
    write(tmp_path / "x" / "a.jsonl", own_rows(3, start=10))
    with pytest.raises(DataError, match="has the id 'a/0'"):
        pool(Category.MATH, CategorySettings(source="a.jsonl, x/a.jsonl", train_source="hub"), "measure", tmp_path)


def test_parquet_files_read_like_json_lines(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = own_rows(4)
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    write(tmp_path / "a.jsonl", rows)
    read = [read_problems(LocalFile(tmp_path / name), Category.MATH) for name in ("a.parquet", "a.jsonl")]
    assert [p.prompt for p in read[0]] == [p.prompt for p in read[1]]
    parquet.write_table(pyarrow.Table.from_pylist([*rows, {"prompt": None, "gold": 1}]), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"b\.parquet row 5 lacks a column"):
        read_problems(LocalFile(tmp_path / "b.parquet"), Category.MATH)
    (tmp_path / "c.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match=r"c\.parquet cannot be read as Parquet"):
        read_problems(LocalFile(tmp_path / "c.parquet"), Category.MATH)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("missing.jsonl", "does not exist"),
        ("folder.jsonl", "no plain file"),
        ("notes.txt", "no file of problems"),
        ("empty.jsonl", "holds no rows"),
        ("other.jsonl", "holds no MATH problem to measure on"),
        ("broken.jsonl", "line 2 is not valid JSON"),
        ("/dev/zero", "no file of problems"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_sentence(tmp_path: Path, source: str, what: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty.jsonl").write_text("\n\n")
    write(tmp_path / "other.jsonl", [{"prompt": "x", "category": "CODE"}])
    (tmp_path / "broken.jsonl").write_text('{"prompt": "x"}\n{"prompt": \n')
    with pytest.raises(DataError, match=what):
        load_problems(Category.MATH, CategorySettings(source=source, train_source="hub"), "measure", 5, 1, tmp_path)


def test_a_source_that_names_nothing_is_a_matter_of_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="names nothing"):
        load_problems(Category.MATH, CategorySettings(source=" , "), "measure", 5, 1, tmp_path)


def test_hub_rows_carry_split_row_and_commit(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def fetch(data: HubData, split: str) -> list[dict[str, Any]]:
        asked.append((data.path, split))
        start = 0 if split == "test" else 100
        return [{"question": f"What is {n} and {n}?", "answer": f"#### {n}"} for n in range(start, start + 30)]

    found = load_problems(Category.MATH, CategorySettings(), "measure", 3, 1, tmp_path, fetch)
    assert asked == [("openai/gsm8k", "test")]
    assert all(p.id == f"gsm8k/test/{p.row}" and p.source == "openai/gsm8k" for p in found)
    assert {p.revision for p in found} == {HUB[Category.MATH][0].revision}
    assert {p.split for p in load_problems(Category.MATH, CategorySettings(), "scan", 3, 1, tmp_path, fetch)} == {"train"}


def test_a_data_set_with_one_split_is_divided_into_measured_and_trained(tmp_path: Path) -> None:
    def fetch(data: HubData, split: str) -> list[dict[str, Any]]:
        return [{"instruction": f"Describe thing number {n}.", "input": "", "output": "x"} for n in range(1000)]

    settings = CategorySettings()
    measured = pool(Category.INSTRUCTION, settings, "measure", tmp_path, fetch).problems
    training = pool(Category.INSTRUCTION, settings, "train", tmp_path, fetch).problems
    assert 70 <= len(measured) <= 130
    assert len(measured) + len(training) == 1000
    assert overlap(training, measured).clean


def test_an_unreachable_hub_says_how_to_name_local_files(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        load_problems(Category.MATH, CategorySettings(), "measure", 3, 1, tmp_path, refuse)
    sentence = str(error.value)
    assert "no route to the host" in sentence and "\n" not in sentence
    assert 'source = "data/gsm8k_test.jsonl"' in sentence
    assert "[categories.MATH]" in sentence


def test_every_hub_data_set_is_held_at_a_commit() -> None:
    for sets in HUB.values():
        for data in sets:
            assert len(data.revision) == 40 and int(data.revision, 16)
            assert not set(data.train) & set(data.measure) or data.measured_share


@pytest.mark.slow
def test_the_real_library_reads_a_data_set_and_reports_a_missing_one(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [{"question": "How many?", "answer": "#### 3"}])
    local = HubData("gsm8k", str(tmp_path), None, "main", ("train",), ())
    [problem] = hub.read_problems(local, "train", Category.MATH)
    assert problem.gold == "3"
    missing = HubData("gsm8k", str(tmp_path / "nowhere"), None, "main", ("train",), ())
    with pytest.raises(DataError, match="could not be fetched from the Hugging Face hub"):
        hub.read_problems(missing, "train", Category.MATH)


def test_no_count_reads_nothing(tmp_path: Path) -> None:
    assert load_problems(Category.MATH, CategorySettings(), "train", 0, 1, tmp_path, refuse) == []


def test_the_writing_prompts_are_many_varied_and_divided(tmp_path: Path) -> None:
    texts = [text for form in PROMPTS.values() for text in form]
    assert len(texts) == len(set(texts)) >= 40
    assert len(PROMPTS) >= 10
    training, measured = problems("train"), problems("measure")
    assert len(training) + len(measured) == len(texts)
    assert {p.id.split("/")[1] for p in training} == {p.id.split("/")[1] for p in measured} == set(PROMPTS)
    assert overlap(training, measured).clean
    loaded = load_problems(Category.CREATIVITY, CategorySettings(), "measure", 10, 3, tmp_path, refuse)
    assert len(loaded) == 10 and set(loaded) <= set(measured)


def test_light_commands_do_not_load_the_heavy_libraries() -> None:
    import subprocess

    code = "import core.problems.source, sys; print([m for m in ('torch', 'datasets', 'pyarrow', 'numpy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
