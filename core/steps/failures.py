"""The files of failures: their format, written by find_failures, distill_failures and benchmark. One problem a line:

- ``problem``, ``category``, ``prompt``, ``gold`` (CODE: null), ``tests`` (CODE: the asserts, else absent), ``source``, ``split``,
  ``revision``: what was asked, and where it comes from
- ``reasons``: any of ``greedy answer wrong``, ``majority not right``, ``inconsistent``
- ``model``: fingerprint of the model that failed
- ``greedy``: ``response``, ``answer`` (canonical; CODE: one digit a test), ``correct``, ``finish``
- ``majority``: the answer that at least 60 % of the planned samples give, or null; ``majority_right``: whether that is right
- ``consistency``: share of the most common response (or answer, as ``consistency_of`` says) among the samples made
- ``samples``: the same fields as ``greedy`` for each, and ``sample``, its number; ``samples_planned``: how many there would have been
- in ``*_unsolved.jsonl`` and in the hand-over also ``best_attempts``: up to three different answers with ``response``, ``answer``,
  ``count`` and, for CODE, ``tests_passed``; the best first (most tests passed, then most samples, then most likely)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import DataError
from core.jsonl import read_rows, write_rows
from core.measures.consistency import consistency_of
from core.measures.votes import vote, votes_needed
from core.plan.settings import FailureSettings
from core.records import Category, Grade, Problem, Response
from core.steps.context import Context
from core.steps.evidence import Evidence, Kind, majority_is_right, reasons
from core.steps.problems import scanned_problems

_MOST_ATTEMPTS = 3


def row(evidence: Evidence, settings: FailureSettings, kind: Kind, *, attempts: bool = False) -> dict[str, object]:
    """One failure as a line; ``attempts`` adds the best attempts."""
    problem = evidence.problem
    items, planned = evidence.items(kind), max(settings.samples, len(evidence.samples))
    leading = vote(evidence.answers)
    won = leading.answer is not None and leading.leading >= votes_needed(min(planned, settings.samples))
    line: dict[str, object] = {
        "problem": problem.id,
        "category": problem.category.value,
        "prompt": problem.prompt,
        "gold": problem.gold,
        "source": problem.source,
        "split": problem.split,
        "revision": problem.revision,
        "reasons": reasons(_planned(evidence, settings), settings, kind),
        "model": evidence.greedy[0].model,
        "greedy": _response(*evidence.greedy),
        "majority": leading.answer if won else None,
        "majority_right": majority_is_right(_planned(evidence, settings), settings),
        "consistency": consistency_of(items) if items else None,
        "consistency_of": f"{kind}s",
        "samples": [{"sample": response.sample, **_response(response, grade)} for response, grade in evidence.samples],
        "samples_planned": planned,
    }
    if problem.tests is not None:
        line["tests"] = list(problem.tests.tests)
    if attempts:
        line["best_attempts"] = best_attempts(evidence)
    return line


def write_failures(context: Context, failures: Sequence[Evidence], pattern: str, *, attempts: bool = False) -> str:
    """Writes each scanned category's failures and returns how many there are of each, in words."""
    settings, kind = context.settings.failures, consistency_kind(context)
    counts = []
    for category in Category:
        if not context.settings.categories[category].failure_problems:
            continue
        mine = [row(evidence, settings, kind, attempts=attempts) for evidence in failures if evidence.problem.category == category]
        name = pattern.format(category.lower())
        context.publish(name, "failures", write_rows(context.path(name), mine))
        counts.append(f"{category} {len(mine)}")
    return ", ".join(counts)


def failed_problems(context: Context) -> list[Problem]:
    """The scanned problems that this attempt's files name as failures. Raises DataError for a line that names none."""
    paths = [context.path(f"failures/{category.lower()}_failures.jsonl") for category in Category]
    names = {_named(path, number, line) for path in paths if path.exists() for number, line in read_rows(path)}
    return [problem for problem in scanned_problems(context) if problem.id in names]


def _named(path: Path, number: int, line: Mapping[str, object]) -> str:
    name = line.get("problem")
    if not isinstance(name, str):
        raise DataError(f"{path} line {number} names no problem; run find_failures again, or undo what was changed in the file.")
    return name


def consistency_kind(context: Context) -> Kind:
    """Which consistency the settings mean."""
    return "answer" if context.settings.gate.consistency == "answer" else "response"


def best_attempts(evidence: Evidence) -> list[dict[str, object]]:
    """The most promising answers that were given, each by its most likely whole response."""
    by_answer: dict[str | None, list[tuple[Response, Grade]]] = {}
    for response, grade in (evidence.greedy, *evidence.samples):
        by_answer.setdefault(grade.answer, []).append((response, grade))
    code = evidence.problem.category is Category.CODE

    def passed(answer: str | None) -> int:
        return (answer or "").count("1") if code and set(answer or "") <= {"0", "1"} else 0

    def rank(answer: str | None) -> tuple[bool, int, int, float]:
        its = by_answer[answer]
        return answer is not None, passed(answer), len(its), max(response.logprob or 0.0 for response, _ in its)

    found = []
    for answer in sorted(by_answer, key=rank, reverse=True)[:_MOST_ATTEMPTS]:
        whole = [response for response, _ in by_answer[answer] if response.finish == "stop"] or [r for r, _ in by_answer[answer]]
        best = max(whole, key=lambda response: response.logprob or 0.0)
        entry: dict[str, object] = {"response": best.text, "answer": answer, "count": len(by_answer[answer])}
        if code:
            entry["tests_passed"] = passed(answer)
        found.append(entry)
    return found


def _planned(evidence: Evidence, settings: FailureSettings) -> Evidence:
    """The evidence as far as the scan would have gone: looking for a rescue makes more samples than the scan's verdict is about."""
    return Evidence(evidence.problem, evidence.greedy, evidence.samples[: settings.samples])


def _response(response: Response, grade: Grade) -> dict[str, object]:
    return {"response": response.text, "answer": grade.answer, "correct": grade.correct, "finish": response.finish}
