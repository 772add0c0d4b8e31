"""What a start will do, as plain lines: for ``cogumi run`` before it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.counsel.forecast import Range
from core.plan.fields import shown
from core.report.words import dollars, duration
from core.runs.outlook import Outlook
from core.runs.preflight import Preflight
from core.runs.readiness import Finding

_MARKS = {"problem": "problem: ", "warning": "warning: ", "ok": ""}


def lines(found: Preflight) -> list[str]:
    """The steps with work, time and money, the whole against the limits, and what a person should know first."""
    return [*_steps(found), *_whole(found), *_findings(found)]


def changes(found: Outlook) -> list[str]:
    """What a new attempt has otherwise than the attempt it is made from."""
    if not found.new or found.parent is None:
        return []
    told = [f"{key} {shown(before)} -> {shown(after)}" for key, (before, after) in found.changed.items()]
    return [f"made from attempt {found.parent}, with {', '.join(told) or 'its settings'}"]


def _steps(found: Preflight) -> Iterator[str]:
    width = max((len(step.title) for step in found.steps), default=0)
    for step in found.steps:
        what = "done already" if step.done else step.work
        told = [part for part in (span(step.seconds, duration), span(step.dollars, dollars)) if part]
        expected = f", about {', '.join(told)} ({_BASIS[step.basis]})" if told else ""
        yield f"  {step.title:<{width}}  {what}{expected}"


_BASIS = {"measured": "measured here", "reused": "measured here", "plan": "the plan's", "unknown": "", "done": ""}


def _whole(found: Preflight) -> Iterator[str]:
    told = [part for part in (span(found.seconds, duration), span(found.dollars, dollars)) if part]
    yield f"expected: {', '.join(told)}. {found.basis}" if told else found.basis
    if found.limits:
        yield "limits: " + ", ".join(f"{dollars(one.spent)} of {dollars(one.dollars)} for {one.name}" for one in found.limits)


def _findings(found: Preflight) -> Iterator[str]:
    for finding in found.findings:
        if finding.level != "ok":
            yield f"{_MARKS[finding.level]}{said(finding)}"


def said(finding: Finding) -> str:
    """``disk: 2 GiB free; free some``."""
    advice = f"; {finding.advice}" if finding.advice else ""
    return f"{finding.name}: {finding.text.rstrip('.')}{advice}"


def span(pair: Range | None, words: Callable[[float], str]) -> str:
    """``12 min 03 s`` or ``3 min 00 s to 5 min 10 s``; '' where nobody can say."""
    if pair is None:
        return ""
    low, high = (words(value) for value in pair)
    return low if low == high else f"{low} to {high}"
