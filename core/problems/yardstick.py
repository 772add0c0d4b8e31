"""Marks of what a response to a problem is held against, so that a grade or verdict counts no longer than its gold answer and tests do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from core.records import Problem


def yardstick(problem: Problem) -> str:
    """Mark of everything in a problem, beside its prompt, that a grade depends on: category, gold answer, tests and choices."""
    tests = None if problem.tests is None else asdict(problem.tests)
    return _mark([problem.category, problem.gold, tests, problem.choices])


def shown_answer(problem: Problem) -> str:
    """Mark of the gold answer alone: all that an LLM judge is shown beside prompt and responses."""
    return _mark([problem.gold])


def _mark(values: list[object]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
