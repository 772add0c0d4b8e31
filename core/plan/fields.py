"""Every setting as something that can be asked for: what kind of value it takes, how one is read from text, written, and nudged.

The bounds and help texts are those of settings.py; what is accepted is what ``cogumi.toml`` and ``--set`` accept.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from core.errors import SettingsError
from core.plan.load import checked, read_text
from core.plan.settings import CategorySettings, Settings
from core.records import Category

Kind = Literal["text", "whole", "number", "switch", "choice"]
_NOT_ASKED = ("profile", "panel")
_LADDER = (1.0, 2.0, 5.0)
_WANTED = {"text": "a text", "whole": "a whole number", "number": "a number", "switch": "true or false"}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: its dotted key, the kind of its value, its help text, bounds (inclusive) and choices."""

    key: str
    kind: Kind
    doc: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    @property
    def wanted(self) -> str:
        """What a value has to be, in words."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        bounds = ""
        if self.low is not None and self.high is not None:
            bounds = f" from {self.low:g} to {self.high:g}"
        elif self.low is not None:
            bounds = f", at least {self.low:g}"
        elif self.high is not None:
            bounds = f", at most {self.high:g}"
        return f"{_WANTED[self.kind]}{bounds}"


@lru_cache(maxsize=1)
def fields() -> tuple[Field, ...]:
    """Every setting of an attempt in the order of the file; those of the panel itself and the profile are not asked for."""
    return tuple(_fields(Settings, ""))


@lru_cache(maxsize=1)
def by_key() -> dict[str, Field]:
    """The fields by their dotted keys."""
    return {field.key: field for field in fields()}


def read(field: Field, text: str) -> Any:
    """The value that a typed text means. Raises SettingsError, whose sentence says what the value must be."""
    value: Any = text.strip() if field.kind in ("text", "choice") else read_text(text)
    if field.kind != "text" and text.strip() == "":
        raise SettingsError(f"{field.key} must be {field.wanted}.")
    try:
        return checked(field.key, value)
    except SettingsError:
        raise SettingsError(f"{field.key} must be {field.wanted}.") from None


def shown(value: Any) -> str:
    """A value as a person writes it: ``4``, ``5e-06``, ``true``, a text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


def flag(key: str, value: Any) -> str:
    """``key=value`` as ``--set`` reads it back."""
    return f"{key}={shown(value)}"


def nudged(field: Field, value: Any, by: int) -> Any:
    """The next value up (``by`` 1) or down (-1): the next choice, the other way round, the next round number. The same at an end."""
    if field.kind == "choice":
        at = field.choices.index(value) if value in field.choices else 0
        return field.choices[(at + by) % len(field.choices)]
    if field.kind == "switch":
        return not value
    if field.kind == "text":
        return value
    number = _next(float(value), by, share=_is_share(field), whole=field.kind == "whole")
    low = field.low if field.low is not None else -math.inf
    high = field.high if field.high is not None else math.inf
    bounded = min(max(number, low), high)
    return round(bounded) if field.kind == "whole" else bounded


def _is_share(field: Field) -> bool:
    """Shares and temperatures move by tenths; everything else by round numbers."""
    return field.high is not None and field.high <= 2


def _next(value: float, by: int, *, share: bool, whole: bool) -> float:
    if share:
        steps = math.floor(value * 10 + 1e-9) if by > 0 else math.ceil(value * 10 - 1e-9)
        return round((steps + by) / 10, 1)
    if (whole and value + min(by, 0) < 10) or (1 <= value + min(by, 0) < 10):
        return float(math.floor(value + 1e-9) + 1 if by > 0 else math.ceil(value - 1e-9) - 1)
    return rung(value, by)


def rung(value: float, by: int) -> float:
    """The next of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... above (``by`` 1) or below (-1); 0 stays."""
    if value <= 0:
        return value
    exponent = math.floor(math.log10(value))
    rungs = [step * 10.0**power for power in (exponent - 1, exponent, exponent + 1) for step in _LADDER]
    if by > 0:
        found = next(step for step in rungs if step > value * (1 + 1e-9))
    else:
        found = next(step for step in reversed(rungs) if step < value * (1 - 1e-9))
    return float(f"{found:.0e}")


def _fields(kind: Any, prefix: str) -> Iterator[Field]:
    hints = typing.get_type_hints(kind)
    for item in dataclasses.fields(kind):
        name, hint = f"{prefix}{item.name}", hints[item.name]
        if name in _NOT_ASKED:
            continue
        if name == "categories":
            for category in Category:
                yield from _fields(CategorySettings, f"categories.{category.value}.")
        elif dataclasses.is_dataclass(hint):
            yield from _fields(hint, f"{name}.")
        else:
            yield _field(name, hint, item.metadata)


def _field(name: str, hint: Any, metadata: typing.Mapping[str, Any]) -> Field:
    kinds: dict[Any, Kind] = {bool: "switch", int: "whole", float: "number", str: "text"}
    kind: Kind = "choice" if metadata["choices"] else kinds[hint]
    return Field(name, kind, metadata["doc"], metadata["low"], metadata["high"], tuple(metadata["choices"] or ()))


Group = tuple[str, tuple[str, ...]]
"""A heading, and the keys under it."""

_TRAINING = ("train.num_train_epochs", "train.learning_rate", "train.per_device_train_batch_size")
_DISTILLING = ("train_problems", "generate_temperature", "train_temperature")
_MEASURING = ("measure.samples", "measure.temperature")
_OF_STEP: dict[str, tuple[str, tuple[str, ...]]] = {
    "train": ("training", _TRAINING),
    "train_failures": ("training", ("failures.model", *_TRAINING)),
    "distill": ("responses to train on", (*_DISTILLING, "distill.samples", "distill.min_agreement")),
    "find_failures": (
        "failures to look for",
        ("failure_problems", "failures.samples", "failures.temperature", "failures.min_consistency"),
    ),
    "distill_failures": ("failures to look for", ("train_temperature", "failures.rescue_samples")),
    "diagnose": ("measuring", ("measure_problems", *_MEASURING)),
    "validate": ("measuring", ("measure_problems", *_MEASURING)),
    "benchmark": ("measuring", ("benchmark_problems", *_MEASURING)),
}
"""Per step the heading and keys of what matters for it; bare names are settings of the categories in play."""

_COUNTS = {
    "generate_temperature": ("train_problems",),
    "train_temperature": ("train_problems", "failure_problems"),
    "failure_problems": ("train_problems", "measure_problems", "failure_problems"),
    "benchmark_problems": ("train_problems", "measure_problems", "benchmark_problems"),
}
"""Counts of which one must be above 0 for a category to be in play for a setting of it."""


def grouped(steps: Sequence[str], settings: Settings) -> tuple[Group, ...]:
    """All keys, those that matter most for the steps first, then the rest table by table."""
    taken: dict[str, dict[str, None]] = {}
    for step, (heading, names) in _OF_STEP.items():
        if step in steps:
            taken.setdefault(heading, {}).update(dict.fromkeys(_expanded(names, settings)))
    seen = {key for keys in taken.values() for key in keys}
    for field in fields():
        if field.key not in seen:
            table = field.key.rpartition(".")[0]
            taken.setdefault(table.replace("categories.", "category "), {})[field.key] = None
    return tuple((heading, tuple(keys)) for heading, keys in taken.items())


def _expanded(names: Sequence[str], settings: Settings) -> Iterator[str]:
    for name in names:
        if "." in name:
            yield name
        else:
            yield from (f"categories.{category.value}.{name}" for category in _in_play(name, settings))


def _in_play(name: str, settings: Settings) -> list[Category]:
    """Categories for which a setting of theirs matters: those that are trained or measured, or what ``_COUNTS`` says."""
    counts = _COUNTS.get(name, ("train_problems", "measure_problems"))
    return [category for category, table in settings.categories.items() if any(getattr(table, count) for count in counts)]
