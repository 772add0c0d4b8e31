"""HumanEval and MBPP as problems with their reference solutions, for the tests and the bench."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path

from core.grading.code import wanted_names
from core.records import Category, CodeTests, Problem
from core.syntax import parse


@dataclass(frozen=True)
class Reference:
    """One problem, its right program as one text, and the response in the benchmark's own form (a body, or code)."""

    problem: Problem
    program: str
    response: str

    @property
    def names(self) -> set[str]:
        """The functions that the tests call and the program defines."""
        defined = {node.name for node in parse(self.program).body if isinstance(node, ast.FunctionDef)}
        assert self.problem.tests is not None
        return defined & set(wanted_names(self.problem.tests))


def humaneval(folder: Path) -> list[Reference]:
    """The 164 problems of HumanEval."""
    found = []
    for row in _rows(folder / "humaneval.jsonl"):
        tests = CodeTests((row["test"],), entry_point=row["entry_point"], prefix=row["prompt"])
        problem = Problem(row["task_id"], Category.CODE, row["prompt"], tests=tests)
        found.append(Reference(problem, row["prompt"] + row["canonical_solution"], row["canonical_solution"]))
    return found


def mbpp(folder: Path) -> list[Reference]:
    """The 974 problems of MBPP."""
    found = []
    for row in _rows(folder / "mbpp.jsonl"):
        tests = CodeTests(tuple(row["test_list"]), setup=row["test_setup_code"])
        problem = Problem(f"mbpp/{row['task_id']}", Category.CODE, row["text"], tests=tests)
        found.append(Reference(problem, row["code"], row["code"]))
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
