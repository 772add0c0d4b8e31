"""What the tests said of a response to a CODE problem: each assertion with its outcome, and the reason at the first failure."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import NamedTuple

from core.records import CodeTests
from core.text import plain_line

_CHECK = "check"


class TestOutcome(NamedTuple):
    """One assertion. ``passed`` is None where it is not known. ``reason``: why it failed, for the first failure."""

    source: str
    passed: bool | None
    reason: str = ""


def is_vector(answer: str | None) -> bool:
    """Whether a CODE problem's canonical answer is one digit a test, and not a program that could not be tested."""
    return bool(answer) and set(answer or "") <= {"0", "1"}


def outcomes(tests: CodeTests, answer: str | None, reason: str) -> list[TestOutcome]:
    """The assertions with what became of them; ``answer`` and ``reason`` are the grade's. None known for code that did not run."""
    sources = assertions(tests)
    vector = answer if answer is not None and is_vector(answer) and len(answer) == len(sources) else ""
    first = vector.find("0") if vector else -1
    _, _, why = reason.partition(": ") if reason.startswith("test ") else ("", "", reason)
    return [
        TestOutcome(plain_line(source, 400), vector[place] == "1" if vector else None, why if place == first else "")
        for place, source in enumerate(sources)
    ]


@lru_cache(maxsize=64)
def assertions(tests: CodeTests) -> tuple[str, ...]:
    """The source of each assertion in the order of the grade's digits: MBPP's statements, or HumanEval's asserts in ``check``."""
    if tests.entry_point is None:
        return tests.tests
    try:
        tree = ast.parse(tests.tests[0])
    except (SyntaxError, ValueError, RecursionError, IndexError):
        return ()
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == _CHECK:
            _collect(node.body, found)
    return tuple(source.replace("candidate(", f"{tests.entry_point}(") for source in found)


def _collect(body: list[ast.stmt], found: list[str]) -> None:
    """Asserts in loops and branches count, those in inner functions do not: so the sandbox numbers them (core/grading/sandbox)."""
    for node in body:
        if isinstance(node, ast.Assert):
            found.append(ast.unparse(node))
        elif isinstance(node, (ast.For, ast.While, ast.If)):
            _collect(node.body, found)
            _collect(node.orelse, found)
