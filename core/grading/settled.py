"""Whether a text settles on a number it holds: not where it denies it, compares with it, gives it as a bound, or as one of several.

"Not 18", "less than 18", "at least 18", "between 10 and 18", "18 or 19" and "18 apples and 19 pears" answer with no number.
"""

from __future__ import annotations

import re
from itertools import pairwise

from core.grading.numbers import Quantity, equal_in_units, quantities, same

_SIGNS = r"[\s$€£(\[*\"':]*(?:\\f?box(?:ed)?\s*\{)?[\s$€£]*$"
_HEDGE = r"(?:(?:about|approximately|around|roughly|exactly|simply|just|only|necessarily|actually|equal|to|be|a|total|of)\s+)*"
_DENIED = re.compile(
    rf"(?:(?:\b(?:not|never|cannot|neither|nor)|n't)\s+{_HEDGE}|(?:≠|(?<=\s)!=|\\neq?(?![a-z]))\s*){_SIGNS}", re.IGNORECASE
)
_DENIED_AFTER = re.compile(
    r"[\s\"')*]*(?:[A-Za-z]+\s+)?(?:(?:is|are|was|were|would\s+be|can)\s*(?:not|n't)\s+(?:be\s+)?(?:(?:the|our|your|a|final|correct|right)\s+)*"
    r"(?:answer|correct|right|solution)|(?:is|are|was|were)\s+(?:wrong|incorrect))\b",
    re.IGNORECASE,
)
_THAN = r"(?:more|less|fewer|greater|higher|lower|larger|smaller|bigger|longer|shorter|other)\s+than"
_COMPARED = re.compile(rf"\b{_THAN}\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_INEQUALITY = re.compile(rf"(?:[≤≥]|\\(?:[lg]eq?|[lg]t)(?![a-z])|(?:\S[ \t]+|(?<![<\w/])[a-z])[<>]=?)\s*{_SIGNS}", re.IGNORECASE)
_CAPPED = re.compile(rf"\b(?:no|not|never|cannot|can't|n't)\b[^.,;]{{0,25}}\b{_THAN}\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_BOUND = re.compile(
    rf"\W*{_HEDGE}(?:at\s+(?:least|most)|up\s+to|over|under|above|below|(?:no|not)\s+{_THAN})\s+{_HEDGE}{_SIGNS}", re.IGNORECASE
)
_OPEN = re.compile(r"\s*(?:[A-Za-z%]+\s+)?or\s+(?:more|less|fewer|higher|lower|greater|above|below)\b", re.IGNORECASE)
_BETWEEN = re.compile(rf"\bbetween\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_AMONG = r"(?:maybe|perhaps|possibly|even)?[\s$€£(]*"
_EITHER = re.compile(rf"\s*(?:[A-Za-z%°]+[\s,]+){{0,2}}?,?\s*or\s+{_AMONG}|\s*-", re.IGNORECASE)
_BOTH = re.compile(rf"\s*(?:(?:[A-Za-z%°]+[\s,]+){{0,4}}?,?\s*(?:and|&)|(?:[A-Za-z%°]+\s+)?to)\s+{_AMONG}", re.IGNORECASE)
_OPERAND = re.compile(r"(?:[\w)]\s*[*/+]|[\d)]\s*-)\s*[$€£(]*$")
_NEAR = 80


def denied(before: str) -> bool:
    """Whether ``before`` denies what follows it."""
    return _DENIED.search(before) is not None


def doubted(text: str, start: int, end: int) -> bool:
    """Whether the number at ``start`` to ``end`` is one that the text denies ("not 18") or only compares with ("less than 18")."""
    before = text[max(0, start - _NEAR) : start]
    if denied(before) or _DENIED_AFTER.match(text[end : end + _NEAR]):
        return True
    return _COMPARED.search(before) is not None and _CAPPED.search(before) is None


def bounded_by(text: str, start: int, end: int) -> bool:
    """Whether an answer is no more than a bound: it begins with "at least" and the like, is an inequality, or goes on with "or more"."""
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    return any((_INEQUALITY.search(before), _OPEN.match(after), start <= _NEAR and _BOUND.fullmatch(before)))


def one_of_several(text: str, number: Quantity, *, whole: bool) -> bool:
    """Whether ``number`` is joined to another that says something else: by "or", as a range, and in a ``whole`` answer by "and" or "to"."""
    left = max(0, number.start - _NEAR)
    near = text[left : number.end + _NEAR]
    numbers = quantities(near)
    for first, second in pairwise(numbers):
        if number.start not in (left + first.start, left + second.start):
            continue
        between = near[first.end : second.start] + "-" * (near[second.start] == "-")
        if equal_in_units(first, second) or same(first, second) or same(second, first):
            continue
        if _EITHER.fullmatch(between) and not _OPERAND.search(near[: first.start + (near[first.start] in "+-")]):  # "100/5 or 20" is one
            return True
        if _BOTH.fullmatch(between) and (whole or _BETWEEN.search(near[: first.start])):
            return True
    return False
