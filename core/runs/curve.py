"""A training curve as it grows: rewound where a resumed training tells steps again, and bounded however long it becomes."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from core.runs.snapshot import Series
from core.runs.store.events import Event, LossRow

MOST_POINTS = 100_000
_GROUP = 4
_NONE = math.nan


class Curve:
    """Training losses of one step in the order of the optimizer's steps; ``series`` is a frozen picture of them."""

    def __init__(self) -> None:
        self._columns: tuple[list[float], ...] = ([], [], [], [])
        self._x: list[int] = []
        self._held_out: dict[int, float] = {}
        self._epochs: set[int] = set()
        self._checkpoints: set[int] = set()
        self._epoch = self._num_train_epochs = 0.0
        self._max_steps = 0
        self._picture: Series | None = Series()

    def add(self, rows: Sequence[LossRow]) -> None:
        """Further losses. A step that was told before is told anew from there: what came after it is forgotten."""
        loss, rate, norm, tokens = self._columns
        for row in rows:
            if self._x and row.x <= self._x[-1]:
                self._rewind(row.x)
            self._x.append(row.x)
            loss.append(_NONE if row.loss is None else row.loss)
            rate.append(_NONE if row.learning_rate is None else row.learning_rate)
            norm.append(_NONE if row.grad_norm is None else row.grad_norm)
            tokens.append(_NONE if row.tokens_per_second is None else row.tokens_per_second)
        if rows:
            self._epoch = self._epoch if row.epoch is None else row.epoch
            self._num_train_epochs = row.num_train_epochs or self._num_train_epochs
            self._max_steps = row.max_steps or self._max_steps
            self._picture = None
        if len(self._x) > MOST_POINTS:
            self._thin()

    def held_out(self, x: int, loss: float) -> None:
        """A loss on the held-out rows."""
        self._held_out[x] = loss
        self._picture = None

    def epoch_ended(self, x: int) -> None:
        """An epoch ended at step ``x``."""
        self._epochs.add(x)
        self._picture = None

    def checkpoint(self, x: int) -> None:
        """A checkpoint was saved at step ``x``."""
        self._checkpoints.add(x)
        self._picture = None

    def mark(self, event: Event) -> None:
        """Takes in what an event of kind ``held_out``, ``epoch`` or ``checkpoint`` says of a place on the curve."""
        values = event.values
        x = whole(values.get("step"))
        if event.kind == "epoch":
            self.epoch_ended(x)
        elif event.kind == "checkpoint":
            self.checkpoint(x)
        elif isinstance(values.get("loss"), (int, float)):
            self.held_out(x, float(values["loss"]))

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
                tuple(sorted(self._held_out.items())),
                tuple(sorted(self._epochs)),
                tuple(sorted(self._checkpoints)),
                self._epoch,
                self._num_train_epochs,
                self._max_steps,
            )
        return self._picture

    def _rewind(self, x: int) -> None:
        keep = bisect_left(self._x, x)
        del self._x[keep:]
        for column in self._columns:
            del column[keep:]

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
        self._x[:half] = [self._x[i] for i in keep]
        for column in self._columns:
            column[:half] = [column[i] for i in keep]


def whole(value: Any) -> int:
    """A count out of an event, 0 for what is none."""
    return int(value) if isinstance(value, (int, float)) and abs(value) < 2**53 else 0
