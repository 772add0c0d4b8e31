"""A training curve as it grows: rewound where a resumed training tells steps again, and bounded however long it becomes."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.runs.snapshot import Series
from core.runs.store.events import Event, LossRow

MOST_POINTS = 100_000
MARKS = ("held_out", "epoch", "checkpoint")
_GROUP = 4
_NONE = math.nan


class Mark(NamedTuple):
    """What was told of a place on the curve, and when; ``loss`` is that on the held-out rows, NaN where the mark is none of it."""

    time: float
    loss: float


class Curve:
    """Training losses of one step in the order of the optimizer's steps; ``series`` is a frozen picture of them.

    Losses and marks may be taken in in any order of the two: what of both belongs to a stretch that was told anew later is forgotten.
    bounded: whether a curve of more than ``MOST_POINTS`` is thinned.
    """

    def __init__(self, *, bounded: bool = True) -> None:
        self._bounded = bounded
        self._columns: tuple[list[float], ...] = ([], [], [], [])
        self._x: list[int] = []
        self._times: list[float] = []
        self._all: tuple[list[Any], ...] = (self._x, self._times, *self._columns)
        self._marks: dict[str, dict[int, Mark]] = {kind: {} for kind in MARKS}
        self._rewinds: list[tuple[int, float]] = []
        self._epoch = self._num_train_epochs = 0.0
        self._max_steps = 0
        self._picture: Series | None = Series()

    def add(self, rows: Sequence[LossRow]) -> None:
        """Further losses. A step that was told before is told anew from there: what came after it is forgotten."""
        loss, rate, norm, tokens = self._columns
        for row in rows:
            if self._x and row.x <= self._x[-1]:
                self._rewind(row.x, row.time)
            self._x.append(row.x)
            self._times.append(row.time)
            loss.append(_NONE if row.loss is None else row.loss)
            rate.append(_NONE if row.learning_rate is None else row.learning_rate)
            norm.append(_NONE if row.grad_norm is None else row.grad_norm)
            tokens.append(_NONE if row.tokens_per_second is None else row.tokens_per_second)
        if rows:
            self._epoch = self._epoch if row.epoch is None else row.epoch
            self._num_train_epochs = row.num_train_epochs or self._num_train_epochs
            self._max_steps = row.max_steps or self._max_steps
            self._picture = None
        if self._bounded and len(self._x) > MOST_POINTS:
            self._thin()

    def mark(self, event: Event) -> None:
        """Takes in what an event of kind ``held_out``, ``epoch`` or ``checkpoint`` (``MARKS``) says of a place on the curve."""
        x, loss = whole(event.values.get("step")), event.values.get("loss")
        told = Mark(event.time, float(loss) if isinstance(loss, (int, float)) else _NONE)
        if (event.kind == "held_out" and math.isnan(told.loss)) or self._forgotten(x, told.time):
            return
        self._marks[event.kind][x] = told
        self._picture = None

    @property
    def times(self) -> tuple[float, ...]:
        """When each point of the series was told."""
        return tuple(self._times)

    @property
    def held_out(self) -> list[tuple[int, Mark]]:
        """Losses on the held-out rows, each with its step."""
        return sorted(self._marks["held_out"].items())

    @property
    def series(self) -> Series:
        """The curve as it stands; the same object until something is added."""
        if self._picture is None:
            loss, rate, norm, tokens = (tuple(column) for column in self._columns)
            self._picture = Series(
                tuple(self._x),
                loss,
                rate,
                norm,
                tokens,
                tuple((x, told.loss) for x, told in self.held_out),
                tuple(sorted(self._marks["epoch"])),
                tuple(sorted(self._marks["checkpoint"])),
                self._epoch,
                self._num_train_epochs,
                self._max_steps,
            )
        return self._picture

    def _rewind(self, x: int, time: float) -> None:
        keep = bisect_left(self._x, x)
        for column in self._all:
            del column[keep:]
        while self._rewinds and self._rewinds[-1][0] >= x:
            self._rewinds.pop()
        self._rewinds.append((x, time))
        for kind, marks in self._marks.items():
            self._marks[kind] = {at: told for at, told in marks.items() if not self._forgotten(at, told.time)}

    def _forgotten(self, x: int, time: float) -> bool:
        """Whether what was told of ``x`` then was told anew later, from there or from before it."""
        return any(start <= x and time < when for start, when in self._rewinds)

    def _thin(self) -> None:
        """Halves the older half: of every four points those with the least and the greatest loss stay, so that no spike is lost."""
        half = len(self._x) // 2 // _GROUP * _GROUP
        loss = self._columns[0]
        keep: list[int] = []
        for start in range(0, half, _GROUP):
            group = range(start, start + _GROUP)
            # A point without a loss is kept: a gap is something to see.
            ordered = sorted(group, key=lambda i: (not math.isnan(loss[i]), loss[i] if not math.isnan(loss[i]) else 0.0))
            keep += sorted({ordered[0], ordered[-1]})
        for column in self._all:
            column[:half] = [column[i] for i in keep]


def whole(value: Any) -> int:
    """A count out of an event, 0 for what is none."""
    return int(value) if isinstance(value, (int, float)) and abs(value) < 2**53 else 0
