"""Grades of MATH responses: exact comparison of numbers first, math-verify for what is no plain number."""

from __future__ import annotations

from core.grading.expressions import mathematical, normalised
from core.grading.extract import Answer, final_answer, gold_answer
from core.grading.matcher import Matcher
from core.grading.numbers import same, written
from core.records import Grade

_LONGEST = 300


def grade_math(text: str, gold: str | None, prompt: str, matcher: Matcher) -> Grade:
    """The final answer against the gold one. ``correct`` is None when there is no gold to compare with."""
    found = final_answer(text, prompt)
    if found is None:
        return Grade(None, False if gold is not None else None, "no answer")
    if gold is None or not gold.strip():
        return Grade(_shown(found), None, "no gold answer to compare with")
    wanted = gold_answer(gold, prompt)
    if found.quantity is not None and wanted.quantity is not None:
        right = same(found.quantity, wanted.quantity)
        # A right answer in other words (2 hours 30 minutes) votes together with the plain one.
        return Grade(written(wanted.quantity.value) if right else _shown(found), right, f"{found.how}: compared as numbers")
    return _compared_as_text(found, wanted, matcher)


def _compared_as_text(found: Answer, wanted: Answer, matcher: Matcher) -> Grade:
    mine, theirs = normalised(found.text), normalised(wanted.text)
    if mine.casefold() == theirs.casefold() or mine.rpartition("=")[2] == theirs:
        return Grade(theirs, True, f"{found.how}: the same text")
    if not (mathematical(found.text) and mathematical(wanted.text)):
        return Grade(_shown(found), False, f"{found.how}: compared as text")
    equal = matcher.equal(wanted.text[:_LONGEST], found.text[:_LONGEST])
    if equal is None:
        return Grade(_shown(found), False, f"{found.how}: the comparison of expressions took too long")
    return Grade(theirs if equal else _shown(found), equal, f"{found.how}: compared as expressions")


def _shown(found: Answer) -> str:
    return written(found.quantity.value) if found.quantity is not None else normalised(found.text)[:_LONGEST]
