"""What came of a suggestion where another attempt has tried it already, or has gone the same way. Pure.

A suggestion was tried where an attempt differs from the one at hand in just what it changes, to the same values. It is the same way where
that attempt's values lie on the same side, or on the other side as those that the one at hand began from, and what the gate missed came
out worse for it. What nobody has tried stands first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.counsel.suggestions import Suggestion
from core.plan.verdicts import CriterionView, GateView


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that can be compared: its settings by dotted key, as far as what the gate judges depends on them, and its gate."""

    number: int
    settings: Mapping[str, Any]
    gate: GateView | None


def with_tries(found: Sequence[Suggestion], here: Attempt, others: Sequence[Attempt]) -> tuple[Suggestion, ...]:
    """The suggestions for ``here``, each with what came of it in ``others``; those that were not tried first."""
    ranked = [_told(suggestion, here, others) for suggestion in found]
    return tuple(suggestion for _, suggestion in sorted(ranked, key=lambda one: one[0]))


def _told(suggestion: Suggestion, here: Attempt, others: Sequence[Attempt]) -> tuple[int, Suggestion]:
    wanted = dict(suggestion.changes)
    same_way = ""
    for other in reversed(others):
        keys = {*here.settings, *other.settings}
        there = {key: other.settings.get(key) for key in keys if other.settings.get(key) != here.settings.get(key)}
        if not wanted or there.keys() != wanted.keys():
            continue
        if there == wanted:
            return 2, replace(suggestion, tried=_tried(here, other))
        same_way = same_way or _same_way({key: here.settings.get(key) for key in wanted}, there, wanted, here, other)
    return (1 if same_way else 0), replace(suggestion, tried=same_way)


def _tried(here: Attempt, other: Attempt) -> str:
    if other.gate is not None and other.gate.verdict == "passed":
        return f"Tried in attempt {other.number}, where the gate passed."
    figures = ", ".join(f"{title} {there} instead of {now}" for title, now, there, _ in _compared(here, other))
    return f"Tried in attempt {other.number}: {figures}." if figures else f"Tried in attempt {other.number}, which has no figures yet."


def _same_way(now: Mapping[str, Any], there: Mapping[str, Any], wanted: Mapping[str, Any], here: Attempt, other: Attempt) -> str:
    """What to say where the other attempt lies on the way, or is where the way to here began, and it went worse; else ``""``."""
    values = [*now.values(), *there.values(), *wanted.values()]
    if not all(isinstance(value, (int, float)) for value in values):
        return ""
    sides = [(there[key] - now[key]) * (wanted[key] - now[key]) for key in wanted]
    found = next(_compared(here, other), None)
    if found is None:
        return ""
    title, mine, its, better = found
    if all(side > 0 for side in sides) and better > 0:
        return f"In attempt {other.number} the same way went worse: {title} {its} instead of {mine}."
    if all(side < 0 for side in sides) and better < 0:
        return f"From attempt {other.number} to this one the same way went worse: {title} {mine} instead of {its}."
    return ""


def _compared(here: Attempt, other: Attempt) -> Iterator[tuple[str, str, str, float]]:
    """What the gate missed here and could be met: title, figure here and there, and by how much here is better."""
    theirs = {one.id: one for one in other.gate.criteria} if other.gate is not None else {}
    for mine in here.gate.criteria if here.gate is not None else ():
        its = theirs.get(mine.id)
        if mine.verdict != "missed" or mine.out_of_reach or mine.value is None or its is None or its.value is None:
            continue
        gained = mine.value.value - its.value.value
        far = " so far" if other.gate is not None and other.gate.moves(its) else ""
        yield mine.title, _figure(mine), f"{_figure(its)}{far}", gained if mine.direction == ">=" else -gained


def _figure(criterion: CriterionView) -> str:
    assert criterion.value is not None
    return f"{criterion.value.value * 100:.1f} %" if criterion.unit == "share" else f"{criterion.value.value:.2g} h"
