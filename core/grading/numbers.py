"""Numbers as people and models write them, read exactly: 18, $1,234.50, 18 %, 3/4, 2 1/2, 1.5e6, 5 million, 2 hours 30 minutes.

Values are Fractions, never floats. A quantity can have several values that are all fair readings (18 % is 18 and 0.18; 50 cents is
50 and 0.5; 2 hours 30 minutes is 2.5 and 150); the first is the one that is shown and voted with. 5 million is 5 only to a question
that counts in millions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

_SPACED = r"(?:(?<=[$€£])|(?<==[ ])|\A)\d{1,3}(?:[ ]\d{3})+(?![\d,-])"
_CORE = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"""
    (?P<clock>(?<![\w:.])\d{{1,2}}:\d{{2}}(?![\d:])(?:\s*[ap]\.?m\b\.?)?)
    | (?P<sign>[-+](?=[\s]?[$€£¥₹]?\s?[\d.]))?\s?(?P<currency>(?:US)?[$€£¥₹]\s?|\b(?:USD|EUR|GBP|Rs\.?)\s?)?(?P<inner>(?<=[$€£¥₹])-)?
      (?<![A-Za-z_\d])(?<!\d[.])
      (?P<core>{_SPACED}|{_CORE})
      (?P<exponent>[eE][+-]?\d+(?![\w.]))?
      (?:\s*(?:\*|x)\s*10\s*\^\s*[({{]?\s*(?P<power>-?\d+)\s*[)}}]?)?
      (?:\s+(?:and\s+)?(?P<top>\d+)\s*/\s*(?P<bottom>\d+)(?![\d/])|\s*/\s*[$]?(?P<over>\d+(?:\.\d+)?)(?![\d/,]))?
      (?P<percent>\s*(?:%|percent(?:age\s+points?)?\b|per\s+cent\b))?
      (?P<scale>(?:\s*(?:hundred|thousand|million|billion|trillion|dozen)s?\b)+|\s?(?:[kKM]|[mb]n)\b)?
    """,
    re.VERBOSE,
)
_AFTER = re.compile(r"[\s-]*(?P<unit>[A-Za-z°]+)")
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion"}
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_VARIABLE = re.compile(r"[a-zA-Z](?![a-zA-Z])")
_ONE_LETTER_UNITS = frozenset("mglshLgK")

# Sizes within one dimension, in its smallest unit.
_UNITS: dict[str, tuple[str, Fraction]] = {
    name: (dimension, Fraction(size))
    for dimension, sizes in {
        "time": {"second seconds sec secs s": 1, "minute minutes min mins": 60, "hour hours hr hrs h": 3600, "day days": 86400,
                 "week weeks": 604800},
        "calendar": {"month months": 1, "year years": 12},
        "metric length": {"millimeter millimeters mm": 1, "centimeter centimeters cm": 10, "meter meters metre metres m": 1000,
                          "kilometer kilometers km": 1000000},
        "imperial length": {"inch inches in": 1, "foot feet ft": 12, "yard yards yd": 36, "mile miles mi": 63360},
        "metric mass": {"gram grams g": 1, "kilogram kilograms kg": 1000},
        "imperial mass": {"ounce ounces oz": 1, "pound pounds lb lbs": 16},
        "volume": {"milliliter milliliters ml": 1, "liter liters litre litres l": 1000},
        "money": {"cent cents": 1, "dollar dollars": 100},
    }.items()
    for names, size in sizes.items()
    for name in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number found in a text.

    values: its fair readings, the first one preferred. start, end: where it stands. unit: the word after it, in lower case.
    weak: it is a clock time, an ordinal or a coefficient, which an answer seldom is. scale: its scale words, such as ``million``.
    """

    values: tuple[Fraction, ...]
    start: int
    end: int
    unit: str = ""
    percent: bool = False
    currency: bool = False
    weak: bool = False
    scale: tuple[str, ...] = ()

    @property
    def value(self) -> Fraction:
        return self.values[0]

    @property
    def unscaled(self) -> Fraction:
        """The value without its scale words."""
        return self.value / math.prod(_SCALES[word] for word in self.scale)


def quantities(text: str) -> list[Quantity]:
    """Every number in ``text`` (made plain by ``plain_math`` before), in order; parts of one quantity joined."""
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        quantity = _read(text, match)
        if quantity is None:
            continue
        joined = _joined(text, found[-1], quantity) if found else None
        if joined is None:
            found.append(quantity)
        else:
            found[-1] = joined
    return found


def counted_in(quantity: Quantity, question: str) -> Quantity:
    """``quantity`` with its value without the scale words too, where the question names them: 7 dozen is 7 to "how many dozen?"."""
    if not quantity.scale or not all(_named(word).search(question) for word in quantity.scale):
        return quantity
    return replace(quantity, values=(*quantity.values, quantity.unscaled))


def exact(text: str) -> Fraction | None:
    """The value of a plain number without words: ``-1,234.5``, ``3/4``, ``1e6``; None for anything else."""
    found = re.fullmatch(rf"\s*([-+]?)\s*({_CORE})([eE][+-]?\d{{1,4}})?(?:\s*/\s*(\d+(?:\.\d+)?))?\s*\.?\s*", text)
    if found is None:
        return None
    value = _decimal(found[2], found[3])
    if value is None:
        return None
    if found[4]:
        if Fraction(found[4]) == 0:
            return None
        value /= Fraction(found[4])
    return -value if found[1] == "-" else value


def written(value: Fraction) -> str:
    """The canonical text of a value: an integer or the shortest decimal where it ends, else a fraction in lowest terms."""
    if value.denominator == 1:
        return str(value.numerator) if abs(value.numerator) < 10**4000 else hex(value.numerator)
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1 or places > 40:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def same(answer: Quantity, gold: Quantity) -> bool:
    """Whether two quantities agree in one of their readings, exactly or by the rounding rules of ``close``."""
    if answer.percent and gold.percent:
        return close(answer.value, gold.value)
    return any(close(mine, theirs) for mine in answer.values for theirs in gold.values)


def close(answer: Fraction, gold: Fraction) -> bool:
    """Equality, and the two roundings that a person would accept:

    a decimal answer of at least three significant digits that rounds a gold fraction without a finite decimal (0.333 for 1/3), and
    a gold decimal of at least two places that rounds a longer or endless answer (18.33 for 18.3333 or 55/3). An integer gold is exact.
    """
    if answer == gold:
        return True
    answer_places, gold_places = _places(answer), _places(gold)
    if gold_places is None:
        if answer_places is None or answer_places == 0:
            return False
        significant = len(str(abs(answer.numerator) * 10**answer_places // answer.denominator))
        return significant >= 3 and _rounds_to(gold, answer, answer_places)
    longer = answer_places is None or answer_places > gold_places
    return gold_places >= 2 and longer and _rounds_to(answer, gold, gold_places)


def _rounds_to(value: Fraction, rounded: Fraction, places: int) -> bool:
    return abs(value - rounded) <= Fraction(1, 2 * 10**places)


def _places(value: Fraction) -> int | None:
    text = written(value)
    if "/" in text:
        return None
    return len(text.partition(".")[2])


def _read(text: str, match: re.Match[str]) -> Quantity | None:
    if match["clock"]:
        hour, minute = (int(part) for part in re.findall(r"\d+", match["clock"])[:2])
        return Quantity((Fraction(hour) + Fraction(minute, 60),), match.start(), match.end(), weak=True)
    value = _decimal(match["core"], match["exponent"])
    if value is None:
        return None
    if match["power"]:
        if abs(int(match["power"])) > 400:
            return None
        value *= Fraction(10) ** int(match["power"])
    end = match.end()
    if match["top"]:
        top, bottom = int(match["top"]), int(match["bottom"])
        if 0 < top < bottom and value.denominator == 1:
            value += Fraction(top, bottom)
        else:
            end = match.start("top")
    elif match["over"] and Fraction(match["over"]) != 0:
        value /= Fraction(match["over"])
    if match["inner"] or (match["sign"] == "-" and _is_negative(text, match)):
        value = -value
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    suffix = _AFTER.match(text, end)
    attached = text[end : end + 3]
    unit = suffix["unit"].lower() if suffix else ""
    weak = bool(_ORDINAL.match(attached)) or (
        bool(_VARIABLE.match(attached)) and attached[:1] not in _ONE_LETTER_UNITS and not match["percent"]
    )
    currency = bool(match["currency"]) or unit in ("dollar", "dollars", "usd", "euros", "euro", "bucks")
    quantity = Quantity((value,), start, end, unit, bool(match["percent"]), currency, weak)
    return _with_readings(quantity, (match["scale"] or "").strip())


def _with_readings(quantity: Quantity, scale: str) -> Quantity:
    value = quantity.value
    if scale.lower() in _SHORT and not quantity.currency:
        return replace(quantity, end=quantity.end - len(scale), unit=scale.lower())
    if scale:
        words = tuple(_SHORT.get(word, word.removesuffix("s")) for word in scale.lower().split())
        return replace(quantity, values=(value * math.prod(_SCALES[word] for word in words),), scale=words)
    if quantity.percent:
        return replace(quantity, values=(value, value / 100))
    if quantity.unit in ("cent", "cents"):
        return replace(quantity, values=(value, value / 100))
    if quantity.currency and 0 < abs(value) < 1:
        return replace(quantity, values=(value, value * 100))  # $0.25 also answers "how many cents"
    return quantity


@lru_cache
def _named(word: str) -> re.Pattern[str]:
    short = "|".join(key for key, value in _SHORT.items() if value == word)
    return re.compile(rf"\b{word}s?\b" + (rf"|\d\s?(?:{short})\b" if short else ""), re.IGNORECASE)


def _joined(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    """``first`` and ``second`` as one quantity when they are its larger and smaller part, else None."""
    between = text[first.end : second.start]
    words = re.fullmatch(r"[\s-]*([A-Za-z]*)\.?\s*,?\s*(?:and\s+)?", between)
    if words is None or second.value < 0:
        return None
    larger = _UNITS.get(words[1].lower() or ("dollar" if first.currency else ""))
    smaller = _UNITS.get(second.unit)
    if larger is None or smaller is None or larger[0] != smaller[0] or larger[1] <= smaller[1]:
        return None
    total = first.value * larger[1] + second.value * smaller[1]
    if second.value * smaller[1] >= larger[1]:
        return None
    return replace(first, values=(total / larger[1], total / smaller[1]), end=second.end, unit=second.unit)


def equal_in_units(first: Quantity, second: Quantity) -> bool:
    """Whether two quantities say the same in different words: 2.5 hours and 150 minutes, 0.6 and 60 %, 1/4 and 0.25."""
    one, other = _UNITS.get(first.unit), _UNITS.get(second.unit)
    if one and other and one[0] == other[0]:
        return first.value * one[1] == second.value * other[1]
    return any(mine == theirs for mine in first.values for theirs in second.values)


def dimension(quantity: Quantity) -> str:
    """What the unit of ``quantity`` measures, such as ``time``; empty where it is no unit of measure."""
    return _UNITS.get(quantity.unit, ("",))[0]


def rounded_from(exact: Quantity, rounded: Quantity) -> bool:
    """Whether ``rounded`` is ``exact`` with fewer decimal places, up, down or to the nearest: 4 for 3.67, 0.33 for 1/3."""
    return any(_is_shorter(short, value) for short in rounded.values for value in exact.values)


def _is_shorter(short: Fraction, value: Fraction) -> bool:
    places, longer = _places(short), _places(value)
    if places is None or (longer is not None and longer <= places):
        return False
    return abs(value - short) < Fraction(1, 10**places)


def _is_negative(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start("sign")]
    if text[match.end("sign") : match.end("sign") + 1].isspace():
        return not before.strip() or before.rstrip()[-1] in "=:(["
    last = before.rstrip()[-1:]
    if last.isdigit() or last in (")", "]", "%"):
        return False
    return not before or before[-1] in " \t\n([{=:,$*/|\"'"


def _decimal(core: str, exponent: str | None) -> Fraction | None:
    digits = core.replace(",", "").replace(" ", "")
    power = int(exponent[1:]) if exponent else 0
    if len(digits) > 4000 or abs(power) > 400:
        return None
    whole, _, places = digits.partition(".")
    value = Fraction(int(whole + places), 10 ** len(places)) if places else Fraction(int(whole))
    return value * Fraction(10) ** power if power else value
