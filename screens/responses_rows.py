"""Which problems a table shows and in what order: filters, counts of what each filter would leave, and orders, as pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.records import Category
from core.runs.evidence import ProblemFigures, Side

Metric = Literal["responses", "answers"]
_LONGEST = 2_000


class Entry(NamedTuple):
    """A row ready to be filtered: its place in the order of measuring, what is searched (in lower case), the kinds it is of, and the
    sides that the table compares: the one that counts now, and the one before it where there are two."""

    row: ProblemFigures
    place: int
    haystack: str
    kinds: frozenset[str]
    now: Side
    then: Side | None


class Kind(NamedTuple):
    """A filter. ``parts``: where it means something."""

    name: str
    help: str
    parts: frozenset[str]


_MEASURED = frozenset({"measured", "benchmark"})
_ALL = _MEASURED | {"scanned", "distilled"}
KINDS: tuple[Kind, ...] = (
    Kind("all", "all problems", _ALL),
    Kind("failures", "failures of the scan: greedy answer or majority wrong, or the runs hardly agree", frozenset({"scanned"})),
    Kind("unrescued", "failures without a right response in all samples: not trained on", frozenset({"scanned"})),
    Kind("left out", "no response was right or agreed on: not trained on", frozenset({"distilled"})),
    Kind("trained", "a training example was made from it", frozenset({"scanned", "distilled"})),
    Kind("inconsistent", "under half of the runs agree", _MEASURED | {"scanned"}),
    Kind("wrong", "under half of the runs are right", _ALL),
    Kind("changed", "the share of right runs moved by 20 % or more", _MEASURED),
    Kind("worse", "fewer runs are right after training", _MEASURED),
    Kind("tied", "tied with the reference in some runs", _MEASURED),
    Kind("lost", "lost against the reference in some runs", _MEASURED),
)


def kinds_of(part: str) -> list[str]:
    """The filters of a part of the problems."""
    return [kind.name for kind in KINDS if part in kind.parts]


def consistency(side: Side, metric: Metric) -> float | None:
    """Share of the most common response, or answer, among the sampled ones."""
    return side.response_consistency if metric == "responses" else side.answer_consistency


def right_share(side: Side) -> float | None:
    """Share of the graded sampled responses that are right; of the greedy one where nothing was sampled."""
    if side.graded:
        return side.correct / side.graded
    return None if side.greedy_correct is None or side.n else float(side.greedy_correct)


def _sides(row: ProblemFigures, part: str) -> tuple[Side, Side | None]:
    """What counts now and what was before it. Samples that looked for a right response are no second measurement of the scan."""
    return (row.after, row.before) if part in _MEASURED and row.after.n else (row.before, None)


def change(entry: Entry) -> float | None:
    """How far the right share moved; None where it was not measured twice."""
    return _moved(entry.now, entry.then)


def _moved(now: Side, then: Side | None) -> float | None:
    before, after = right_share(then) if then is not None else None, right_share(now)
    return after - before if before is not None and after is not None else None


def score(side: Side) -> float | None:
    """(wins + ties / 2) / n against the reference."""
    n = side.wins + side.ties + side.losses
    return (side.wins + side.ties / 2) / n if n else None


def prepared(rows: Sequence[ProblemFigures], metric: Metric, part: str) -> list[Entry]:
    """The rows with what filters ask of them; meant for a thread."""
    found: list[Entry] = []
    for place, row in enumerate(rows):
        now, then = _sides(row, part)
        haystack = f"{row.id}\n{row.prompt[:_LONGEST]}\n{row.gold or ''}".lower()
        found.append(Entry(row, place, haystack, _kinds(row, now, then, metric), now, then))
    return found


def _kinds(row: ProblemFigures, side: Side, then: Side | None, metric: Metric) -> frozenset[str]:
    agreed, correct, moved = consistency(side, metric), right_share(side), _moved(side, then)
    found = {
        "all": True,
        "failures": bool(row.failure),
        "unrescued": bool(row.failure) and row.trained is False,
        "left out": row.trained is False,
        "trained": row.trained is True,
        "inconsistent": agreed is not None and agreed < 0.5,
        "wrong": correct is not None and correct < 0.5,
        "changed": moved is not None and abs(moved) >= 0.2 - 1e-9,
        "worse": moved is not None and moved < 0,
        "tied": side.ties > 0,
        "lost": side.losses > 0,
    }
    return _interned(frozenset(name for name, holds in found.items() if holds))


_seen: dict[frozenset[str], frozenset[str]] = {}


def _interned(kinds: frozenset[str]) -> frozenset[str]:
    # Thousands of rows share a handful of combinations.
    return _seen.setdefault(kinds, kinds)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for. ``text`` is in lower case; ``found`` are ids whose responses hold it."""

    category: Category | None = None
    kind: str = "all"
    text: str = ""
    found: Set[str] = frozenset()
    order: str = "place"
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What passes, and how many would pass with another category or another kind instead."""

    entries: list[Entry]
    categories: dict[Category | None, int]
    kinds: dict[str, int]


def select(entries: Sequence[Entry], wanted: Wanted, metric: Metric) -> Selection:
    """Filters, counts and orders in one go."""
    text = wanted.text
    with_text = [e for e in entries if text in e.haystack or e.row.id in wanted.found] if text else entries
    categories: dict[Category | None, int] = {None: 0}
    kinds: dict[str, int] = {}
    chosen: list[Entry] = []
    for entry in with_text:
        mine = wanted.category is None or entry.row.category == wanted.category
        if wanted.kind in entry.kinds:
            categories[None] += 1
            categories[entry.row.category] = categories.get(entry.row.category, 0) + 1
            if mine:
                chosen.append(entry)
        if mine:
            for kind in entry.kinds:
                kinds[kind] = kinds.get(kind, 0) + 1
    return Selection(ordered(chosen, wanted.order, wanted.backwards, metric), categories, kinds)


Value = float | str | None
_ORDERS: dict[str, Callable[[Entry, Metric], Value]] = {
    "place": lambda entry, metric: entry.place,
    "category": lambda entry, metric: list(Category).index(entry.row.category),
    "same": lambda entry, metric: consistency(entry.now, metric),
    "right": lambda entry, metric: right_share(entry.now),
    "change": lambda entry, metric: change(entry),
    "reference": lambda entry, metric: score(entry.now),
    "failure": lambda entry, metric: entry.row.failure or None,
    "trained": lambda entry, metric: None if entry.row.trained is None else float(entry.row.trained),
    "problem": lambda entry, metric: entry.row.prompt.lower()[:200],
}


def ordered(entries: Sequence[Entry], order: str, backwards: bool, metric: Metric) -> list[Entry]:
    """By a column, the smallest first or last; equal ones stay as measured, unknown ones are always at the end."""
    value = _ORDERS[order]
    known = [(found, entry) for entry in entries if (found := value(entry, metric)) is not None]
    unknown = [entry for entry in entries if value(entry, metric) is None] if len(known) < len(entries) else []
    known.sort(key=lambda pair: pair[0], reverse=backwards)
    return [entry for _, entry in known] + unknown
