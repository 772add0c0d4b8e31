"""Which number of a sentence is its answer: after the last equals sign, and not one that only says for what, when or out of how many.

"Kylar needs to pay $64 for 16 glasses": 64 is said, 16 is what it is said about. Numbers introduced by a preposition, in brackets, in
a clause of condition, or already given by the question count less; among equals the last one counts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from core.grading.numbers import Quantity, equal_in_units, quantities
from core.grading.settled import doubted

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z\"'(\[$*#\\]|\d+\.\s)|\n+")
_LINE_NUMBER = re.compile(r"(?m)^[ \t>#*-]*(?:step|day|week|part|case|option|method)?[ \t]*\d+[ \t]*[.):][ \t]+(?=\S)", re.IGNORECASE)
_COMMENT = re.compile(
    r"^\W*(?:note|remember|this is because|check(?:ing)?|verif|to verify|to check|let me (?:check|verify)|we can (?:check|verify)"
    r"|for example|would you|do you|let me know|if you (?:have|need|want|would)|hint|source|disclaimer|i hope)\b",
    re.IGNORECASE,
)
_PREPOSITION = (
    r"for|at|in|from|over|after|with|by|per|every|within|during|between|than|on|under|until|before|across|among|around|through|since|if"
    r"|when|while|because|as|into|against|throughout|without|below|above|past"
)
_ADJUNCT = re.compile(
    rf"(?:\b(?:{_PREPOSITION})|\bout\s+of|\bup\s+to|\b(?:each|one|all|any|both|some|end|start|beginning|rest|remainder|first|last|next|course|span|period"
    rf"|every|many|none|half)\s+of)\s+(?:(?:the|a|an|all|his|her|their|its|my|our|your|those|these|each|every|about|only|just|first|last|next"
    rf"|other|remaining|initial|original|same|another|next|following|past|age|of|day|step|week|year|month|hour|number|exactly|more)\s+){{0,4}}[$€£]?$",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"\d\s+(?:[a-z]+\s+){0,2}of\s+(?:(?:the|his|her|their|its|all|those|these|my|our)\s+)+[$€£]?$", re.IGNORECASE)
_REASON = re.compile(r"\b(?:because|since)\s+[$(]?\d", re.IGNORECASE)
_INFINITIVE = re.compile(
    r"\bto\s+[a-z]+\s+(?:(?:the|a|an|all|his|her|their|its|about|another|up|out|at|those|these|only|just)\s+){0,2}[$€£]?$", re.IGNORECASE
)
_LABEL = re.compile(r"\b(?:step|day|week|part|case|option|method|equation|problem|question|chapter|number|no\.?)\s+#?$", re.IGNORECASE)
_OPERAND_BEFORE = re.compile(r"(?:[*/+]|(?<=[\s\d)])-)\s*[$€£(]*\s*$")
_OPERAND_AFTER = re.compile(r"\s*(?:[A-Za-z]+(?:/[A-Za-z]+)?\s*)?\)*\s*(?:[*+]|/\s*[$\d(]|-\s*[$\d(])")
_QUESTION = re.compile(r"^\W*(?:how|what|would|do|does|did|is|are|can|could|which|when|why|where|who|shall|should|want)\b", re.IGNORECASE)
_TURN = re.compile(r"\b(?:so|which|meaning|means|therefore|thus|hence|giving|leaving|making|total|then)\b|;", re.IGNORECASE)
_ROUNDED = re.compile(
    r"\bround(?:s|ed|ing)?\s+(?:it\s+)?(?:up\s+|down\s+|off\s+)?to\s+(?:about\s+|approximately\s+|the\s+nearest\s+\w+,?\s+)?[$€£]?$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<==)[\s]*[$€£]?\s*[a-zA-Z]\b\W*$")
_RANGE = re.compile(r"\d\s*(?:and|to|or|-|,)\s*[$€£]?$")
_CONDITION = re.compile(
    r"\b(?:if|when|because|since|although|while|assuming|given(?: that)?|after|before|once|as long as|considering|compared (?:to|with)"
    r"|based on"
    r"|where|provided|despite|instead of|rather than|with|who|whose)\b[^,;.=]*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_RESTATED = re.compile(
    r"[\sA-Za-z]{0,12}?[,\s]*(?:\(|,?\s*or\b|,?\s*which is|i\.e\.,?|that is,?)\s*(?:or|=|about|equal to|approximately|simply)?\s*"
)
_FILLER = re.compile(
    r"[\s$(\[*\"':~]*"
    r"(?:(?:approximately|about|around|exactly|only|just|simply|roughly|nearly|a total of|therefore|thus|indeed|then)[\s,:]*)*"
    r"[\s$(*\"']*",
    re.IGNORECASE,
)
_COMPUTES = re.compile(
    r"\d\s*\)*\s*[*/+]|\d\s+-\s|\b(?:minus|plus|times|divided|multiplied|so|which|therefore|thus|hence|meaning)\b", re.IGNORECASE
)
_EQUALS = re.compile(r"=|\bequals?(?: to)?\b|\bis equal to\b")
_NEAR = 120  # characters before a number that tell what it is said of
_MOST = 60  # numbers of one sentence that are weighed; an honest sentence has fewer
_CLOCK_WORD = re.compile(r"\s*[ap]\.?m\b", re.IGNORECASE)


def first_statement(text: str) -> str:
    """The first sentence of a line."""
    found = _SENTENCE_END.search(text.lstrip())
    return text.lstrip()[: found.start()] if found else text.lstrip()


def stated_first(statement: str) -> Quantity | None:
    """The number that a statement after "the answer is" begins with, unless it goes on to compute; None when it does not begin so."""
    numbers = quantities(statement)[:_MOST]
    if not numbers or not _FILLER.fullmatch(statement[: numbers[0].start]) or _EQUALS.search(statement) or _COMPUTES.search(statement):
        return None
    return None if numbers[0].weak else _with_restatement(statement, numbers[0], numbers)


def concluded(text: str, known: frozenset[Fraction]) -> Quantity | None:
    """The answer of the last sentence in ``text`` that is no comment and holds a number that it neither denies nor only compares with.

    None where there is no such number. text: made plain by ``plain_math``. known: numbers of the question, which a conclusion repeats
    more often than it answers with.
    """
    text = _LINE_NUMBER.sub(lambda match: " " * len(match[0]), text)
    spans = _sentences(text)
    comment: Quantity | None = None
    for start, end in reversed(spans):
        sentence = text[start:end]
        found = _answer_of(sentence, known)
        if found is None:
            continue
        placed = replace(found, start=found.start + start, end=found.end + start)
        if _COMMENT.match(sentence) or (sentence.rstrip().endswith("?") and _QUESTION.match(sentence)):
            comment = comment or placed
            continue
        return placed
    return comment


def _sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for found in _SENTENCE_END.finditer(text):
        spans.append((start, found.start()))
        start = found.end()
    return [*spans, (start, len(text))]


def _answer_of(sentence: str, known: frozenset[Fraction]) -> Quantity | None:
    numbers = [number for number in quantities(sentence)[-_MOST:] if not doubted(sentence, number.start, number.end)]
    if not numbers:
        return None
    doubts = _Doubts(sentence, known)
    reason = _REASON.search(sentence)
    if reason:
        stated = [number for number in numbers if number.end <= reason.start()]
        if any(doubts.of(number, stated) < 1 for number in stated):
            sentence, numbers = sentence[: reason.start()], stated
            doubts = _Doubts(sentence, known)
    equals = [place.end() for place in _EQUALS.finditer(sentence)]
    if equals and _NAMED.search(sentence[-40:]):  # "or 20 = A"
        before = [number for number in numbers if number.end <= equals[-1]]
        return before[-1] if before else numbers[-1]
    for place in reversed(equals):
        after = [number for number in numbers if number.start >= place]
        if after:
            return _with_restatement(sentence, _after_equals(sentence, after, doubts), numbers)
    best = min(numbers, key=lambda number: (doubts.of(number, numbers), -number.start))
    return _with_restatement(sentence, best, numbers)


def _after_equals(sentence: str, after: list[Quantity], doubts: _Doubts) -> Quantity:
    """The number right after the sign, unless the sentence goes on to conclude from it ("= 16.75 bags, so he buys 17")."""
    turns = [found.end() for found in _TURN.finditer(sentence, after[0].end)]
    later = [number for number in after[1:] if any(place <= number.start for place in turns)]
    return min([after[0], *later], key=lambda number: (doubts.of(number, after) - (number is not after[0]), -number.start))


class _Doubts:
    """How little each number of one sentence looks like its answer; 0 is a plain statement."""

    def __init__(self, sentence: str, known: frozenset[Fraction]) -> None:
        self._sentence = sentence
        self._known = known
        self._brackets = [match.span() for match in _BRACKETS.finditer(sentence)]
        self._conditions = [match.span() for match in _CONDITION.finditer(sentence)]

    def of(self, number: Quantity, among: list[Quantity]) -> float:
        sentence, start = self._sentence, number.start
        before = sentence[max(0, start - _NEAR) : start].rstrip() + " "
        if _ROUNDED.search(before):
            return -1.0
        doubt = 0.5 * (number.value in self._known)
        if number.weak or _CLOCK_WORD.match(sentence, number.end):
            doubt += 2
        if _LABEL.search(before):
            doubt += 3
        if _is_within(self._brackets, number):
            doubt += 2
        if _is_within(self._conditions, number):
            doubt += 1.5
        if _OPERAND_AFTER.match(sentence, number.end) or _OPERAND_BEFORE.search(before):
            doubt += 1.5
        if re.match(r"-[A-Za-z]", sentence[number.end : number.end + 2]):
            doubt += 1
        return doubt + self._adjunct(number, among, before)

    def _adjunct(self, number: Quantity, among: list[Quantity], before: str) -> float:
        if _ADJUNCT.search(before) or _PART_OF.search(before):
            return 2
        if _RANGE.search(before.rstrip()):
            # The second of a pair ("from 1 to 5", "between 3 and 9") is said of the same thing as the first.
            earlier = [other for other in among if other.end <= number.start][-1:]
            if earlier and _ADJUNCT.search(self._sentence[max(0, earlier[0].start - _NEAR) : earlier[0].start].rstrip() + " "):
                return 2
        return 1 if _INFINITIVE.search(before) else 0


def _is_within(spans: list[tuple[int, int]], number: Quantity) -> bool:
    return any(start < number.start and number.end <= end for start, end in spans)


def _with_restatement(sentence: str, chosen: Quantity, numbers: list[Quantity]) -> Quantity:
    """Adds the readings of the same quantity said again in other words: "= 2.5 hours = 2 hours 30 minutes", "0.6 or 60 %"."""
    place = numbers.index(chosen)
    values = list(chosen.values)
    if place and re.fullmatch(r"[\sA-Za-z%]*=\s*[$€£]?\s*", sentence[numbers[place - 1].end : chosen.start]):
        earlier = numbers[place - 1]
        before = sentence[max(0, earlier.start - _NEAR) : earlier.start].rstrip()
        alone = not re.search(r"[*/+\d]\s*[-$€£]?\s*$|\d\s+-\s*$", before)
        if alone and (chosen.unit != earlier.unit or chosen.percent != earlier.percent) and equal_in_units(earlier, chosen):
            values += earlier.values
    if place + 1 < len(numbers):
        later = numbers[place + 1]
        if _RESTATED.fullmatch(sentence[chosen.end : later.start][:_NEAR]) and equal_in_units(chosen, later):
            values += later.values
    return replace(chosen, values=tuple(dict.fromkeys(values)))
