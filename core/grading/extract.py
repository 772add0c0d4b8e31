"""The final answer in a free-text solution: what follows ``####``, stands in a box, after "the answer is", in bold, or concludes.

The order is how plainly a writer marks the answer; among marks of one kind the last counts, for a later one corrects an earlier.
Everything else a solution holds (steps, checks, the question repeated) is full of numbers that are not the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from core.grading.blocks import spoken
from core.grading.conclude import concluded, first_statement, stated_first
from core.grading.expressions import mathematical
from core.grading.numbers import Quantity, counted_in, equal_in_units, quantities, written
from core.grading.settled import asks_for_a_bound, bounded_by, denied, one_of_several
from core.grading.tidy import bounded, plain_math
from core.grading.words import last_number_word


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer as found.

    quantity: the number, or None when it is no number. text: the answer's own text, LaTeX kept, for comparing expressions.
    how: which mark gave it away: ``####``, ``boxed``, ``phrase``, ``bold``, ``conclusion``.
    """

    quantity: Quantity | None
    text: str
    how: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question tells of its answer: the numbers it gives, and whether it asks for a bound ("at least how many")."""

    numbers: frozenset[Fraction]
    bound: bool


_HASHES = re.compile(r"####+[ \t]*\$?[ \t]*([^\n#]*)(?:\n+([^\n]+))?")
_HEADING = re.compile(r"^\s*(?:(?:step|part|case|option|method|section|day|week|problem|question)\b|\d+[.)]\s+[A-Za-z*])", re.IGNORECASE)
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(\{|\d+)")
_PHRASE = re.compile(
    r"""
    (?<!find\ the\ )(?<!find\ our\ )(?<!get\ the\ )(?<!get\ our\ )(?<!check\ the\ )(?<!check\ our\ )(?<!verify\ the\ )(?<!verify\ our\ )
    (?<!to\ )(?<![\w/-])(?:(?:final|correct|right|exact|overall)[ \t]+)*(?:answer|ans)\b
    (?:[ \t]*\([^)\n]{0,40}\))?
    (?:[ \t]+(?:to|for|in|of|as|rounded|on)\b[^.:=\n]{0,80}?)?
    (?:[ \t]+(?:here|therefore|then|thus|simply|now|hence))?
    [ \t]*(?::|=|\b(?:is|was|are|would\ be|should\ be|must\ be|will\ be|becomes|equals|comes\ (?:out\ )?to)\b)
    [ \t]*:?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FORMULA = re.compile(r"\s*(?:\$([^$]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\])[\s.]*")
_BESIDE = re.compile(r"\ban?\s+(?=[A-Za-z]{2})|(?<!\\)\b[A-Za-z]{2,}\b\.?|[$€£¥₹%°\s.!,]|\([A-Za-z\s]*\)")
_BACKWARD = re.compile(r"\s+is\s+(?:the|our|your)\s+(?:final\s+|correct\s+|right\s+)?answer\b", re.IGNORECASE)
_ANSWER_ALONE = re.compile(r"^[ \t#>*_]*(?:final[ \t]+)?(?:answer|ans|a)[ \t*_]*[:.]?[ \t*_]*$", re.IGNORECASE | re.MULTILINE)
_MARKS = {
    "####": _HASHES,
    "boxed": _BOX,
    "tag": re.compile(r"<answer>((?:(?!<answer>).){0,4000}?)(?:</answer>|\Z)", re.DOTALL | re.IGNORECASE),
}
_NEXT_QUESTION = re.compile(
    r"\n\s*(?:#{1,4}\s*)?(?:Q|Question|Problem|Human|User|Instruction|Input|Example)\s*(?:\d+\s*)?:|\n\s*###\s*(?:Instruction|Question|Problem)\b"
)
_LONGEST = 20_000  # characters at a response's end that are looked at
_MOST_MARKS = 30  # of one kind; a text with more is a loop, and its last ones say the same
_PLACEHOLDER = re.compile(r"[\s.…\\]*|(?:your |the |final |a |numerical )*(?:answer|number|result|value|N|n)", re.IGNORECASE)
_DENIAL = re.compile(r"\W*(?:not|never|neither)\b", re.IGNORECASE)
_NEAR = 40  # characters before a box or bold number that may deny it
_BOLD = re.compile(r"\*\*(?!\s)([^*\n]{1,60}?)\*\*|__(?!\s)([^_\n]{1,60}?)__")


def final_answer(text: str, prompt: str = "") -> Answer | None:
    """The final answer of a response, or None when it gives none. ``prompt`` helps to tell an answer from a number of the question."""
    text = _own_words(text, prompt)
    asked = _asked(prompt)
    alone = replace(asked, numbers=frozenset())
    found = _marked(text, alone) or _phrased(text, asked) or _bold(text, alone) or _last(text, asked)
    return None if found is None else _counted_in(found, prompt)


def gold_answer(gold: str, prompt: str = "") -> Answer:
    """A gold answer, which may be bare (``18``, ``\\frac{1}{2}``) or a whole GSM8K solution that ends with ``#### 18``."""
    alone = replace(_asked(prompt), numbers=frozenset())
    found = _marked(gold, alone) if "####" in gold or "\\boxed" in gold else None
    return _counted_in(found or _read(gold.strip(), "gold", alone), prompt)


def _counted_in(answer: Answer, prompt: str) -> Answer:
    return answer if answer.quantity is None else replace(answer, quantity=counted_in(answer.quantity, prompt[-_LONGEST:]))


@lru_cache(maxsize=4096)
def _asked(prompt: str) -> _Asked:
    plain = plain_math(bounded(prompt[-_LONGEST:]))
    numbers = frozenset(value for quantity in quantities(plain) for value in (quantity.value, quantity.unscaled))
    return _Asked(numbers, asks_for_a_bound(plain))


def _own_words(text: str, prompt: str) -> str:
    text = bounded(spoken(text[-_LONGEST:]))
    stripped = prompt.strip()
    if stripped and text.lstrip().startswith(stripped):
        text = text.lstrip()[len(stripped) :]
    for following in list(_NEXT_QUESTION.finditer(text))[:_MOST_MARKS]:
        before = text[: following.start()]
        if before.strip() and (_PHRASE.search(before) or "####" in before or "\\boxed" in before) and quantities(before):
            return before
    return text


def _marked(text: str, asked: _Asked) -> Answer | None:
    """The last ``####`` line, box or answer tag that holds an answer."""
    marks = [(match.start(), match, kind) for kind, pattern in _MARKS.items() for match in list(pattern.finditer(text))[-_MOST_MARKS:]]
    for _, match, kind in sorted(marks, key=lambda mark: mark[0], reverse=True):
        if kind == "boxed" and _is_denied(text, match):
            continue
        if kind == "tag":
            inner = _marked(match[1], asked)
            if inner is not None:
                return inner
        content = _hashed(match) if kind == "####" else _boxed(text, match) if kind == "boxed" else match[1].strip()
        if content:
            return _read(content, kind, asked)
    return None


def _is_denied(text: str, mark: re.Match[str]) -> bool:
    return denied(plain_math(text[: mark.start()][-_NEAR:]))


def _hashed(match: re.Match[str]) -> str | None:
    """What a ``####`` line answers; None for a Markdown heading."""
    line = match[1].strip()
    if not line or _ANSWER_ALONE.match(line) or line.rstrip("*: ").lower() in ("final answer", "answer"):
        line = (match[2] or "").strip()
    if line and not _HEADING.match(line) and (quantities(plain_math(line[:80])) or _is_short_expression(line)):
        return line
    return None


def _boxed(text: str, match: re.Match[str]) -> str | None:
    content = match[1] if match[1] != "{" else _braced(text, match.end())
    return None if content is None or _PLACEHOLDER.fullmatch(content) else content


def _braced(text: str, start: int) -> str | None:
    depth = 1
    for place in range(start, len(text)):
        if text[place] == "{" and text[place - 1] != "\\":
            depth += 1
        elif text[place] == "}" and text[place - 1] != "\\":
            depth -= 1
            if depth == 0:
                return text[start:place]
    return text[start:] if text[start:].strip() else None


def _is_short_expression(line: str) -> bool:
    words = re.findall(r"(?<!\\)\b[A-Za-z]{3,}\b", line)
    return len(line) <= 40 and len(words) <= 2 and (len(words) == 0 or bool(re.search(r"[\\=^]", line)) or len(line.split()) <= 2)


def _phrased(text: str, asked: _Asked) -> Answer | None:
    """The last "the answer is" that is followed by an answer, on its line or on the next one that is not empty."""
    plain = re.sub(r"\*\*|__", "", text)
    starts = sorted({match.end() for pattern in (_PHRASE, _ANSWER_ALONE) for match in pattern.finditer(plain)}, reverse=True)
    for start in starts[:_MOST_MARKS]:
        lines = [line for line in plain[start : start + 2000].split("\n")[:6] if line.strip(" \t*_$\\[]():.")]
        if not lines:
            continue
        formula = _FORMULA.fullmatch(lines[0])
        if formula and mathematical(content := next(group for group in formula.groups() if group)):
            return _read(content, "phrase", asked, whole=True)
        statement = first_statement(plain_math(lines[0]))
        if quantities(statement):
            answer = _read(first_statement(lines[0]), "phrase", asked)
            if answer.quantity is None and _DENIAL.match(statement):
                continue
            return answer
        word = last_number_word(statement, bound_asked=asked.bound)
        if word is not None:
            return _of_value(word, statement, "phrase")
        if _is_short_expression(lines[0].strip(" .$")):
            return Answer(None, lines[0].strip(" .*"), "phrase")
    backward = [match.start() for match in _BACKWARD.finditer(plain)]
    named = quantities(plain_math(re.split(r"[\n:]|\.\s", plain[: backward[-1]])[-1])) if backward else []
    return Answer(named[-1], written(named[-1].value), "phrase") if named else None


def _bold(text: str, asked: _Asked) -> Answer | None:
    """A bold number in the last paragraph that holds any number."""
    for paragraph in reversed(re.split(r"\n\s*\n", text)):
        if not quantities(plain_math(paragraph)):
            continue
        for line in reversed(paragraph.split("\n")):
            found = [_bold_number(match[1] or match[2], asked) for match in _BOLD.finditer(line) if not _is_denied(line, match)]
            numbers = [answer for answer in found if answer is not None]
            if numbers:
                return numbers[-1]
            if quantities(plain_math(line)):
                return None
        return None
    return None


def _bold_number(content: str, asked: _Asked) -> Answer | None:
    plain = plain_math(content)
    if content.rstrip().endswith(":") or _HEADING.match(plain) or len(re.findall(r"[A-Za-z]{2,}", plain)) > 4:
        return None
    answer = _read(content, "bold", asked)
    return answer if answer.quantity is not None and not answer.quantity.weak else None


def _last(text: str, asked: _Asked) -> Answer | None:
    plain = plain_math(text)
    found = concluded(plain, asked.numbers)
    if found is not None:
        several = one_of_several(plain, found, whole=False)
        return None if several else Answer(found, plain[found.start : found.end], "conclusion")
    word = last_number_word(plain, bound_asked=asked.bound) if len(plain) < 400 else None
    return _of_value(word, plain, "conclusion") if word is not None else None


def _read(content: str, how: str, asked: _Asked, *, whole: bool = False) -> Answer:
    """``content`` as an answer; ``whole``, and of marked answers always: nothing but the answer, so that what is more is an expression.

    Where it settles on no number it is kept as text, which equals only a gold answer of the same words.
    """
    plain = plain_math(content)
    found = (stated_first(plain) if how in ("phrase", "####", "tag") else None) or concluded(plain, asked.numbers)
    text = content.strip().strip("$").strip()
    if found is None:
        word = last_number_word(plain, bound_asked=asked.bound)
        return _of_value(word, text, how) if word is not None and len(plain.split()) <= 6 else Answer(None, text, how)
    if (whole or how in ("boxed", "gold", "tag", "####")) and not _is_one_quantity(plain, found):
        return Answer(None, text, how)
    if bounded_by(plain, found.start, found.end, asked=asked.bound) or one_of_several(plain, found, whole=True):
        return Answer(None, text, how)
    return Answer(found, text, how)


def _is_one_quantity(plain: str, found: Quantity) -> bool:
    """Whether a marked answer is that number, a sentence about it or an equation that ends in it, and not a longer expression."""
    last = plain.split("=")[-1]
    numbers = quantities(last)
    if not numbers:
        return False
    if len(re.findall(r"(?<![\\A-Za-z])[A-Za-z]{2,}", last)) >= 2:
        return True
    if len(numbers) > 1:  # "2.5 hours (150 minutes)" is one quantity, "(3, 4)" is none
        return len(numbers) == 2 and equal_in_units(*numbers) and (numbers[0].unit or numbers[0].percent) != ""
    rest = _BESIDE.sub("", last[: numbers[0].start] + last[numbers[0].end :])
    return not re.search(r"[\\^*/+(){}\[\]_|<>A-Za-z-]", rest)


def _of_value(value: int, text: str, how: str) -> Answer:
    return Answer(Quantity((Fraction(value),), 0, len(text)), text, how)
