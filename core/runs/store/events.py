"""Events and training losses: written in bunches, read by sequence number."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.runs.store.text import dumps, number, storable

_MOST = 2.0**53
LOSS_COLUMNS = ("x", "max_steps", "epoch", "num_train_epochs", "loss", "learning_rate", "grad_norm", "tokens_per_second")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way into the store, in the form in which it is kept: made by ``new_event``."""

    kind: str
    row: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as stored. ``subject`` tells apart figures of different categories and moments."""

    seq: int
    run: int
    step: int
    time: float
    kind: str
    subject: str
    data: str

    @property
    def values(self) -> dict[str, Any]:
        """The event's data; empty when it is not readable."""
        try:
            found = json.loads(self.data)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class LossRow(NamedTuple):
    """One logged training step; None where the trainer gave no figure, or one that is not a number."""

    id: int
    time: float
    x: int
    max_steps: int | None
    epoch: float | None
    num_train_epochs: float | None
    loss: float | None
    learning_rate: float | None
    grad_norm: float | None
    tokens_per_second: float | None


def new_event(run: int, step: int, time: float, kind: str, data: Mapping[str, object]) -> NewEvent:
    """An event as it will be kept. ``step`` is the step's row, 0 for what concerns the whole attempt.

    What cannot be kept is refused here, where it is told, and not later inside a commit of something else.
    """
    if kind == "loss":
        return NewEvent(kind, (step, time, *_loss_values(data)))
    return NewEvent(kind, (run, step, time, kind, _subject(kind, data), dumps(data)))


def note(run: int, step: int, time: float, level: str, text: str) -> NewEvent:
    """One line of the story."""
    return new_event(run, step, time, "note", {"level": level, "text": text})


def add_events(db: sqlite3.Connection, events: Iterable[NewEvent]) -> None:
    """Adds events in order. Training losses have a table of their own, because there are many and they are only figures."""
    losses: list[tuple[object, ...]] = []
    others: list[tuple[object, ...]] = []
    for event in events:
        (losses if event.kind == "loss" else others).append(event.row)
    db.executemany("INSERT INTO events (run, step, time, kind, subject, data) VALUES (?, ?, ?, ?, ?, ?)", others)
    marks = ", ".join("?" * (2 + len(LOSS_COLUMNS)))
    db.executemany(f"INSERT INTO losses (step, time, {', '.join(LOSS_COLUMNS)}) VALUES ({marks})", losses)


def last_seq(db: sqlite3.Connection) -> int:
    """Sequence number of the newest event, 0 when there is none."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def events_after(db: sqlite3.Connection, seq: int, limit: int) -> list[Event]:
    """The next events of any attempt, oldest first."""
    return [Event(*row) for row in db.execute(f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)).fetchall()]


def newest(db: sqlite3.Connection, step: int, kind: str, subject: str = "", limit: int = 1) -> list[Event]:
    """The newest events of one kind and subject of a step, oldest first."""
    rows = db.execute(
        f"{_SELECT} WHERE step = ? AND kind = ? AND subject = ? ORDER BY seq DESC LIMIT ?", (step, kind, subject, limit)
    ).fetchall()
    return [Event(*row) for row in reversed(rows)]


def newest_of_run(db: sqlite3.Connection, run: int, kind: str) -> Event | None:
    """The newest event of one kind that concerns a whole attempt, None when there is none."""
    row = db.execute(
        f"{_SELECT} WHERE step = 0 AND kind = ? AND subject = '' AND run = ? ORDER BY seq DESC LIMIT 1", (kind, run)
    ).fetchone()
    return None if row is None else Event(*row)


def newest_notes(db: sqlite3.Connection, run: int, limit: int) -> list[Event]:
    """The newest notes of an attempt, oldest first."""
    rows = db.execute(f"{_SELECT} WHERE run = ? AND kind = 'note' ORDER BY seq DESC LIMIT ?", (run, limit)).fetchall()
    return [Event(*row) for row in reversed(rows)]


def of_kind(db: sqlite3.Connection, step: int, kind: str) -> list[Event]:
    """All events of one kind of a step, oldest first."""
    return [Event(*row) for row in db.execute(f"{_SELECT} WHERE step = ? AND kind = ? ORDER BY seq", (step, kind)).fetchall()]


def last_said(db: sqlite3.Connection) -> tuple[int, int]:
    """Changes whenever anybody says anything: the newest event and the newest loss."""
    return last_seq(db), int(db.execute("SELECT coalesce(max(id), 0) FROM losses").fetchone()[0])


def losses_after(db: sqlite3.Connection, step: int, row_id: int, limit: int) -> list[LossRow]:
    """The next training losses of a step, oldest first. A resumed training tells steps again; the later row holds."""
    rows = db.execute(
        f"SELECT id, time, {', '.join(LOSS_COLUMNS)} FROM losses WHERE step = ? AND id > ? ORDER BY id LIMIT ?", (step, row_id, limit)
    ).fetchall()
    return list(map(LossRow._make, rows))


_SELECT = "SELECT seq, run, step, time, kind, subject, data FROM events"


def _subject(kind: str, data: Mapping[str, object]) -> str:
    if kind != "figures":
        return ""
    return storable(f"{data.get('when', '')}/{data.get('category') or ''}")


def _loss_values(data: Mapping[str, object]) -> Sequence[object]:
    named = {**data, "x": data.get("step")}
    figures = [number(named.get(name)) for name in LOSS_COLUMNS]
    # Steps are whole numbers; the rest are figures as they come.
    return [_whole(figures[0]) or 0, _whole(figures[1]), *figures[2:]]


def _whole(figure: float | None) -> int | None:
    return None if figure is None else int(max(-_MOST, min(_MOST, figure)))
