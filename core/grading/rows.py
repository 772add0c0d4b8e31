"""Rows of a responses file turned into what the graders take: a problem and the text of a response to it.

Forms: ``response`` with ``gold`` (math, reasoning, knowledge; choices may come with ``choices``, texts by letter), ``response`` with
``prompt``, ``test`` and ``entry_point`` (HumanEval's), or ``response`` with ``test_list`` and perhaps ``test_setup_code`` (MBPP's).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.grading.choices import gold_letter
from core.problems.prompts import LETTERS
from core.records import Category, CodeTests, Problem

GRADABLE = ("math", "code", "reasoning", "knowledge")
"""Categories that a row can be graded in, as the command line and a row's ``category`` name them."""

_LETTERED = ("reasoning", "knowledge")


def item(path: Path, line: int, row: Mapping[str, Any], category: str | None = None, *, need_gold: bool = True) -> tuple[Problem, str]:
    """A row's problem and response. ``category`` is for rows that name none.

    need_gold: False lets a row pass that nothing can verify; its grade then has an answer but no ``correct``.
    Raises DataError naming file and line.
    """
    where = f"{path} line {line}"
    text = row.get("response")
    if not isinstance(text, str):
        raise DataError(f'{where} needs the response as text in "response".')
    named = _category(where, row, category)
    tests = _tests(where, row) if named == "code" else None
    choices = _choices(where, row)
    gold = None if tests is not None else _gold(where, row, choices if named in _LETTERED else None)
    if named == "code" and tests is None and need_gold:
        raise DataError(f'{where} has no tests: give "test_list", or "prompt", "test" and "entry_point".')
    if named != "code" and gold is None and need_gold:
        raise DataError(f'{where} has no "gold", so its response cannot be graded.')
    prompt = _prompt(row)
    return Problem(_identity(named, gold, tests, choices, prompt), Category(named.upper()), prompt, gold, tests, choices), text


def _category(where: str, row: Mapping[str, Any], given: str | None) -> str:
    named = row.get("category", given)
    if named is None:
        named = "code" if "test_list" in row or "test" in row else "math"
    if not isinstance(named, str) or named.lower() not in GRADABLE:
        raise DataError(f"{where}: category is {named!r}; it must be one of {', '.join(GRADABLE)}.")
    return named.lower()


def _prompt(row: Mapping[str, Any]) -> str:
    """The question, which helps to tell an answer from a number that the question gave; a ``problem`` without spaces is an id."""
    for name in ("prompt", "question", "problem"):
        asked = row.get(name)
        if isinstance(asked, str) and (name != "problem" or " " in asked.strip()):
            return asked
    return ""


def _choices(where: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    choices = row.get("choices")
    if choices is None:
        return ()
    if not isinstance(choices, (list, tuple)) or not all(isinstance(choice, (str, int, float)) for choice in choices):
        raise DataError(f'{where}: "choices" must be a list of texts.')
    if len(choices) > len(LETTERS):
        raise DataError(f'{where}: "choices" are {len(choices)}; at most {len(LETTERS)} can be told apart by letter.')
    return tuple(str(choice) for choice in choices)


def _gold(where: str, row: Mapping[str, Any], choices: tuple[str, ...] | None) -> str | None:
    """``choices`` is None where the gold answer is no letter."""
    gold = row.get("gold")
    if gold is None:
        return None
    if isinstance(gold, bool) or not isinstance(gold, (str, int, float)):
        raise DataError(f'{where}: "gold" must be a text or a number.')
    if not str(gold).strip():
        raise DataError(f'{where}: "gold" is empty.')
    if choices is None:
        return str(gold)
    letter = gold_letter(gold, choices)
    if letter is None or (choices and letter not in LETTERS[: len(choices)]):
        raise DataError(f'{where}: "gold" is {gold!r}, which is none of the choices; give a letter, a choice\'s text or its index from 0.')
    return letter


def _tests(where: str, row: Mapping[str, Any]) -> CodeTests | None:
    if "test_list" in row:
        tests, setup = row["test_list"], row.get("test_setup_code") or ""
        if not isinstance(tests, list) or not tests or not all(isinstance(test, str) for test in tests) or not isinstance(setup, str):
            raise DataError(f'{where}: "test_list" must be a list of texts that is not empty, and "test_setup_code" a text.')
        return CodeTests(tuple(tests), setup)
    if "test" not in row:
        return None
    values = [row.get(name) for name in ("test", "entry_point", "prompt")]
    if not all(isinstance(value, str) for value in values) or not str(values[1]).isidentifier():
        raise DataError(f'{where}: the HumanEval form needs texts in "prompt", "test" and "entry_point" (a function\'s name).')
    return CodeTests((str(values[0]),), "", str(values[1]), str(values[2]))


def _identity(named: str, gold: str | None, tests: CodeTests | None, choices: Any, prompt: str) -> str:
    """The same for rows that are graded alike, so that equal texts are graded once."""
    parts = [named, gold, None if tests is None else [tests.tests, tests.setup, tests.entry_point, tests.prefix], list(choices), prompt]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
