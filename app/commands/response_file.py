"""A file of responses for ``cogumi measure`` and ``cogumi compare``: its rows graded and gathered by problem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.jsonl import read_rows
from core.measures.figures import Runs
from core.records import Category, Problem

TEXT = ""
"""Category of rows that name none and have neither gold answer nor tests: their answer is the text, white space normalised."""

_LETTER = re.compile(r"[A-J]")


@dataclass(frozen=True, slots=True)
class Responses:
    """By problem, in the order of the file: its runs, and its category (``TEXT`` where there is none)."""

    runs: dict[str, Runs]
    categories: dict[str, str]


@dataclass(slots=True)
class _Row:
    line: int
    problem: str
    category: str
    text: str
    answer: str | None = None
    correct: bool | None = None


def read(path: Path) -> Responses:
    """Reads, grades and gathers. A row with ``answer`` and ``correct``, as ``cogumi grade`` writes them, is taken as it is graded.

    Raises DataError naming file and line for a row that cannot be used, a problem in two categories, or a file without rows;
    GradingError where code cannot be run safely.
    """
    first: dict[str, _Row] = {}
    grouped: dict[str, list[_Row]] = {}
    waiting: list[tuple[_Row, Problem]] = []
    for line, values in read_rows(path):
        row = _row(f"{path} line {line}", line, values)
        earlier = first.setdefault(row.problem, row)
        if earlier.category != row.category:
            raise DataError(
                f"{path} line {line} takes problem {row.problem!r} as {row.category or 'free text'} and line {earlier.line} as "
                f"{earlier.category or 'free text'}; give all rows of a problem the same category and gold or tests."
            )
        grouped.setdefault(row.problem, []).append(row)
        if "correct" in values and "answer" in values:
            row.answer, row.correct = _graded(f"{path} line {line}", values)
        else:
            waiting.append((row, _problem(path, line, values, row.category)))
    if not grouped:
        raise DataError(f"{path} holds no rows; each line must be an object with problem and response.")
    _grade(waiting)
    return Responses({name: _runs(rows) for name, rows in grouped.items()}, {name: row.category for name, row in first.items()})


def _row(where: str, line: int, values: Mapping[str, Any]) -> _Row:
    problem, text = values.get("problem"), values.get("response")
    if isinstance(problem, bool) or not isinstance(problem, (str, int)) or not str(problem).strip():
        raise DataError(f'{where} needs the problem\'s name as text or whole number in "problem"; rows of one problem share it.')
    if not isinstance(text, str):
        raise DataError(f'{where} needs the response as text in "response".')
    return _Row(line, str(problem), _category(where, values), text)


def _category(where: str, values: Mapping[str, Any]) -> str:
    """The category that a row names, or that its gold answer or tests speak for."""
    named = values.get("category")
    if named is not None:
        if not isinstance(named, str) or named.upper() not in Category.__members__:
            raise DataError(f"{where}: category is {named!r}; it must be one of {', '.join(Category).lower()}.")
        return named.upper()
    if "test_list" in values or "test" in values:
        return Category.CODE
    gold = values.get("gold")
    if gold is None:
        return TEXT
    return Category.REASONING if _LETTER.fullmatch(str(gold)) else Category.MATH


def _graded(where: str, values: Mapping[str, Any]) -> tuple[str | None, bool | None]:
    answer, correct = values["answer"], values["correct"]
    if answer is not None and not isinstance(answer, str):
        raise DataError(f'{where}: "answer" must be a text or null, as cogumi grade writes it.')
    if correct is not None and not isinstance(correct, bool):
        raise DataError(f'{where}: "correct" must be true, false or null, as cogumi grade writes it.')
    return answer, correct


def _problem(path: Path, line: int, values: Mapping[str, Any], category: str) -> Problem:
    from core.grading.rows import GRADABLE, item

    if category.lower() in GRADABLE:
        return item(path, line, values, category.lower(), need_gold=False)[0]
    return Problem("text", Category(category or Category.INSTRUCTION), "")


def _grade(waiting: list[tuple[_Row, Problem]]) -> None:
    if not waiting:
        return
    from core.grading.canonical import canonical
    from core.grading.grade import grade_all

    grades = grade_all([(problem, row.text) for row, problem in waiting])
    for (row, problem), grade in zip(waiting, grades, strict=True):
        verifiable = problem.tests is not None if problem.category is Category.CODE else problem.gold is not None
        row.answer = canonical(problem, row.text, grade)
        row.correct = grade.correct if verifiable else None


def _runs(rows: list[_Row]) -> Runs:
    return Runs(tuple(r.text for r in rows), tuple(r.answer for r in rows), tuple(r.correct for r in rows))
