"""Whether a text settles on a number it holds: not where it denies it, compares with it, gives it as a bound, or as one of several.

"Not 18", "less than 18", "at least 18", "between 10 and 18", "18 or 19" and "18 apples and 19 pears" answer with no number.
"Half of 36, or 18" does, and so does "at least 18" where the question asks for the least number.
"""

from __future__ import annotations

import re
from itertools import pairwise

from core.grading.numbers import Quantity, dimension, equal_in_units, quantities, rounded_from, same

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
_STRICT = re.compile(rf"\W*{_HEDGE}(?:over|under|above|below)\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_BOUND = re.compile(rf"\W*{_HEDGE}(?:at\s+(?:least|most)|up\s+to|(?:no|not)\s+{_THAN})\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_OPEN = re.compile(r"\s*(?:[A-Za-z%]+\s+)?or\s+(?:more|less|fewer|higher|lower|greater|above|below)\b", re.IGNORECASE)
_FOR_A_BOUND = re.compile(
    r"\b(?:(?<!\d\s)min(?:imum)?|max(?:imum)?|least|most|fewest|smallest|lowest|largest|greatest|highest|up\s+to"
    r"|how\s+(?:many|much)\b[^.?!]{0,200}\b(?:need(?:s|ed)?|must|required))\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"\bbetween\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_AMONG = r"(?P<doubt>maybe|perhaps|possibly|even)?[\s$€£(]*"
_OR = re.compile(rf"\s*(?P<words>(?:[A-Za-z%°]+[\s,]+){{0,2}}?),?\s*or\s+{_AMONG}", re.IGNORECASE)
_EITHER = re.compile(rf"\beither\s+{_HEDGE}{_SIGNS}", re.IGNORECASE)
_AND = re.compile(rf"\s*(?:[A-Za-z%°]+[\s,]+){{0,4}}?,?\s*(?:and|&)\s+{_AMONG}", re.IGNORECASE)
_TO = re.compile(rf"\s*(?:[A-Za-z%°]+\s+)?to\s+{_AMONG}", re.IGNORECASE)
_PARTS = r"half|percent|dozen|root|square|cube|(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?"
_TIMES = r"(?:\d%?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve))\s+(?:[A-Za-z]+\s+){0,3}?(?:of|at)"
_OPERAND = re.compile(
    r"(?:(?:[\w)]\s*[*/+]|[\d)]\s*-|[\d)]\s*x\s|\b(?:times|plus|minus|by|twice|double|triple)\s)\s*"
    rf"|(?:{_TIMES}|\b(?:{_PARTS})\s+of)\s+(?:(?:the|his|her|their|its|those|these)\s+)?)[$€£(]*$",
    re.IGNORECASE,
)
_RATE = re.compile(r"(?:[A-Za-z]+\s+)?(?:per|each|apiece|an?|every|twice)\b", re.IGNORECASE)
_NO_UNIT = frozenset("and are as at because by each for from if in is of on or per since so that to was were when with".split())
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


def asks_for_a_bound(question: str) -> bool:
    """Whether the answer of ``question`` is a bound ("What is the minimum number ...?"), so that "at least 18" says no less than 18."""
    return _FOR_A_BOUND.search(question) is not None


def bounded_by(text: str, start: int, end: int, *, asked: bool) -> bool:
    """Whether an answer is no more than a bound: an inequality or "over 18", and "at least 18" or "18 or more".

    asked: the question asks for a bound, so that "at least 18" and "18 or more" answer it.
    """
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    if _INEQUALITY.search(before) or (start <= _NEAR and _STRICT.fullmatch(before)):
        return True
    return not asked and bool(_OPEN.match(after) or (start <= _NEAR and _BOUND.fullmatch(before)))


def one_of_several(text: str, number: Quantity, *, whole: bool) -> bool:
    """Whether ``number`` is joined to another that says something else: by "or", as a range, and in a ``whole`` answer by "and" or "to"."""
    left = max(0, number.start - _NEAR)
    near = text[left : number.end + _NEAR]
    return any(
        number.start in (left + first.start, left + second.start) and _are_several(near, first, second, whole=whole)
        for first, second in pairwise(quantities(near))
    )


def _are_several(near: str, first: Quantity, second: Quantity, *, whole: bool) -> bool:
    between = near[first.end : second.start] + "-" * (near[second.start] == "-")
    if equal_in_units(first, second) or same(first, second) or same(second, first):
        return False
    before = near[: first.start + (near[first.start] in "+-")]
    if between.strip() == "-":
        return not _OPERAND.search(before)
    joined = _OR.fullmatch(between)
    if joined is not None:
        if _OPERAND.search(before) or rounded_from(first, second):  # "100/5 or 20", "half of 40 or 20" and "19.5 or 20" are one
            return False
        return bool(joined["doubt"] or _EITHER.search(before)) or _are_alternatives(near, first, second, joined, whole=whole)
    if _AND.fullmatch(between):
        return (whole and second.value != 0) or _BETWEEN.search(before) is not None
    return _TO.fullmatch(between) is not None and (whole or _BETWEEN.search(before) is not None)


def _are_alternatives(near: str, first: Quantity, second: Quantity, joined: re.Match[str], *, whole: bool) -> bool:
    """Whether "or" between two numbers offers a choice, and does not say the first again: "$20 each, or $400", "200 quarters or $50"."""
    words = joined["words"].strip(" ,")
    if _RATE.match(words) and not near[second.end :].lstrip().startswith(words):
        return False
    if not whole and "," in joined[0]:
        return False
    mine, other = _kind(first, words), _kind(second, "" if second.unit in _NO_UNIT else second.unit)
    if not mine or mine == other or dimension(first) == dimension(second) != "":
        return True
    if not other:
        return whole or _is_measured(first)
    return whole and not (_is_measured(first) or _is_measured(second))


def _is_measured(quantity: Quantity) -> bool:
    return quantity.percent or quantity.currency or dimension(quantity) != ""


def _kind(quantity: Quantity, words: str) -> str:
    if quantity.percent:
        return "%"
    return "$" if quantity.currency else words.partition(" ")[0].lower().removesuffix("s")
