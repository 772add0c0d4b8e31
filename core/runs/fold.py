"""Events folded, one after the other, into what a screen needs of them; memory stays bounded however many there are.

At first only the newest of each kind are looked up, so that opening a store of a million events costs no more than one of a hundred; from
there on events are read by sequence number, in slices, as long as the caller's time allows.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.measures.estimate import Estimate
from core.records import Category
from core.runs.curve import MARKS, Curve, whole
from core.runs.pace import MOST_POINTS, Pace
from core.runs.snapshot import Note, Progress
from core.runs.store import events
from core.runs.store.events import Event
from core.runs.store.rows import StepRow

SLICE = 2_000
MOST_NOTES = 200
_FAR_BEHIND = 50_000
_RATE_SECONDS = 30.0
_SUBJECTS = tuple(f"{when}/{category}" for when in ("before", "after") for category in ("", *Category))
_LEVELS = {"info", "warning", "error"}

Figures = dict[tuple[str, Category | None], dict[str, Estimate]]
"""Running figures by moment and category, by metric."""


@dataclass
class StepFold:
    """What one step has said."""

    progress: Progress = Progress()
    samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=256))
    pace: Pace = field(default_factory=Pace)
    figures: Figures = field(default_factory=dict)
    curve: Curve = field(default_factory=Curve)
    loss_id: int = 0
    said: float | None = None
    summary: str = ""

    def advance(self, event: Event) -> None:
        """Takes in the step's progress, moving on from one activity to the next."""
        values = event.values
        done, total = whole(values.get("done")), whole(values.get("total"))
        told = Progress(done, total, str(values.get("unit", "")), doing=str(values.get("doing", "")))
        last = self.progress
        if told.doing != last.doing or told.unit != last.unit or told.done < last.done:
            self.samples.clear()
        if told.unit != last.unit:
            self.pace.broke()
        self.pace.told(event.time, told.done)
        self.progress = told
        self.samples.append((event.time, told.done))

    def moving(self, now: float) -> Progress:
        """Progress with its rate over the recent past and the time that is left at that rate."""
        told = self.progress
        recent = [sample for sample in self.samples if now - sample[0] <= _RATE_SECONDS] or list(self.samples)[-2:]
        if len(recent) < 2 or recent[-1][0] <= recent[0][0]:
            return told
        rate = (recent[-1][1] - recent[0][1]) / (recent[-1][0] - recent[0][0])
        eta = (told.total - told.done) / rate if rate > 0 and told.total else None
        return Progress(told.done, told.total, told.unit, rate, eta, told.doing)


class Fold:
    """Everything that the events of one attempt have told so far."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.cursor = 0
        self.steps: dict[int, StepFold] = {}
        self.notes: deque[Note] = deque(maxlen=MOST_NOTES)
        self.overlap = ""
        self.behind = False
        self._opened = False

    def step(self, row_id: int) -> StepFold:
        """What a step has said; nothing for one that has not spoken."""
        return self.steps.setdefault(row_id, StepFold())

    def read(self, db: sqlite3.Connection, rows: Sequence[StepRow], deadline: float) -> None:
        """Takes in what is new until there is nothing more or the clock (time.monotonic) passes ``deadline``; then ``behind`` says so."""
        if not self._opened or events.last_seq(db) - self.cursor > _FAR_BEHIND:
            self._look_up(db, rows)
        self.behind = False
        while not self.behind:
            found = events.events_after(db, self.cursor, SLICE)
            self._take(found)
            if len(found) < SLICE:
                break
            self.behind = time.monotonic() >= deadline
        for row in rows:
            self._read_losses(db, row, deadline)

    def _look_up(self, db: sqlite3.Connection, rows: Sequence[StepRow]) -> None:
        """The newest of each kind, instead of every event from the beginning."""
        self._opened = True
        self.cursor = events.last_seq(db)
        self.notes.clear()
        for event in events.newest_notes(db, self.run, MOST_NOTES):
            self._note(event)
        for row in rows:
            fold = self.step(row.id)
            fold.samples.clear()
            fold.pace = Pace()
            for event in events.newest(db, row.id, "progress", limit=MOST_POINTS):
                fold.advance(event)
                fold.said = event.time
            fold.figures.clear()
            begun = max((event.seq for event in events.of_kind(db, row.id, "state") if _begins(event)), default=0)
            for subject in _SUBJECTS:
                for event in events.newest(db, row.id, "figures", subject, limit=8):
                    if event.seq > begun:
                        self._figures(fold, event)
            for kind in MARKS:
                for event in events.of_kind(db, row.id, kind):
                    fold.curve.mark(event)
            for event in events.newest(db, row.id, "overlap"):
                self.overlap = str(event.values.get("text", ""))
            for event in events.newest(db, row.id, "summary"):
                fold.summary = str(event.values.get("text", ""))

    def _read_losses(self, db: sqlite3.Connection, row: StepRow, deadline: float) -> None:
        fold = self.step(row.id)
        while True:
            found = events.losses_after(db, row.id, fold.loss_id, SLICE)
            if found:
                fold.curve.add(found)
                fold.loss_id = found[-1].id
                fold.said = max(fold.said or 0.0, found[-1].time)
            if len(found) < SLICE:
                return
            if time.monotonic() >= deadline:
                self.behind = True
                return

    def _take(self, found: Sequence[Event]) -> None:
        # Of a slice full of progress only the last of each step says anything new, and only so many notes are kept: the rest need
        # not even be read.
        newest = {event.step: event.seq for event in found if event.kind == "progress"}
        notes = [event.seq for event in found if event.kind == "note" and event.run == self.run]
        kept = notes[-MOST_NOTES] if len(notes) > MOST_NOTES else 0
        for event in found:
            self.cursor = event.seq
            if event.run != self.run:
                continue
            if event.step and event.kind != "state":
                self.step(event.step).said = event.time
            if newest[event.step] == event.seq if event.kind == "progress" else event.kind != "note" or event.seq >= kept:
                self._one(event)

    def _one(self, event: Event) -> None:
        fold = self.step(event.step)
        if event.kind == "progress":
            fold.advance(event)
        elif event.kind == "note":
            self._note(event)
        elif event.kind == "figures":
            self._figures(fold, event)
        elif event.kind in MARKS:
            fold.curve.mark(event)
        elif event.kind == "overlap":
            self.overlap = str(event.values.get("text", ""))
        elif event.kind == "summary":
            fold.summary = str(event.values.get("text", ""))
        elif _begins(event):
            # A new try counts from the beginning again, and what an earlier one measured is not its figure.
            fold.samples.clear()
            fold.pace.broke()
            fold.figures.clear()

    def _note(self, event: Event) -> None:
        values = event.values
        level = values.get("level")
        self.notes.append(Note(event.time, level if level in _LEVELS else "info", str(values.get("text", ""))))

    def _figures(self, fold: StepFold, event: Event) -> None:
        values = event.values
        try:
            category = Category(values["category"]) if values.get("category") else None
            told = {
                str(metric): Estimate(float(value), int(n), float(low), float(high))
                for metric, (value, n, low, high) in values["metrics"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            return
        fold.figures.setdefault((str(values.get("when")), category), {}).update(told)


def _begins(event: Event) -> bool:
    """Whether a new try of a step begins with it."""
    return event.kind == "state" and event.values.get("state") == "running"
