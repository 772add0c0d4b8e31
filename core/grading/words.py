"""Small numbers written out: eighteen, twenty-five, three hundred, a dozen. Used only where an answer has no digits."""

from __future__ import annotations

import re

from core.grading.settled import bounded_by, doubted

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
        " nineteen".split()
    )
}
_TENS = {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD = re.compile(r"\b(?:" + "|".join([*_UNITS, *_TENS, *_SCALES, "dozen"]) + r")\b", re.IGNORECASE)
_RUN = re.compile(rf"{_WORD.pattern}(?:(?:\s+and\s+|[\s-]+){_WORD.pattern})*", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\s*(?:[a-z]+\s+)?(?:or|to)\s+", re.IGNORECASE)


def last_number_word(text: str, *, bound_asked: bool) -> int | None:
    """The value of the last written-out number in ``text``, or None where there is none or the text does not settle on it.

    bound_asked: a bound answers the question.
    """
    runs = list(_RUN.finditer(text))
    if not runs or doubted(text, *runs[-1].span()) or bounded_by(text, *runs[-1].span(), asked=bound_asked):
        return None
    value = _value(runs[-1][0])
    if len(runs) > 1 and _ALTERNATIVE.fullmatch(text, runs[-2].end(), runs[-1].start()) and _value(runs[-2][0]) != value:
        return None
    return value


def _value(run: str) -> int:
    total = part = 0
    for word in re.findall(r"[a-z]+", run.lower()):
        if word in _UNITS or word in _TENS:
            part += _UNITS.get(word, 0) + _TENS.get(word, 0)
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word == "dozen":
            part = max(part, 1) * 12
        elif word in _SCALES:
            total += max(part, 1) * _SCALES[word]
            part = 0
    return total + part
