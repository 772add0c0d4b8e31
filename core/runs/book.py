"""The record of one step of one run, kept in the store: what core/steps/book.py promises, for one try of the step.

Every ``add`` is one durable commit, and carries the events told before it. Events told in between are written by a thread within half a
second, on a connection of its own, so that neither a long query nor a sync to disk holds the step up. A signal handler may not call it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from core.errors import WorkspaceError
from core.records import Grade, Measurement, Problem, Response, Spending, TrainingRow, Verdict, When
from core.runs.say import say
from core.runs.store import answers, figures, problems, runs
from core.runs.store.connection import open_writer
from core.runs.store.events import NewEvent, add_events, new_event, newest_of_run
from core.runs.store.rows import StepRow, TryRow

FLUSH_SECONDS = 0.4
_MOST_WAITING = 100_000

T = TypeVar("T")


class StoreBook:
    """A book over the store. May be used by several threads of the step process, not by its children."""

    def __init__(self, store: Path, step: StepRow, tried: TryRow, clock: Callable[[], float] = time.time) -> None:
        self._step = step
        self._try = tried
        self._clock = clock
        self._store = open_writer(store)
        self._store_lock = threading.Lock()
        self._event_store = open_writer(store, durable=False)
        self._writing = threading.Lock()
        self._waiting: list[NewEvent] = []
        self._waiting_lock = threading.Lock()
        self._closing = threading.Event()
        self._flusher = threading.Thread(target=self._keep_flushing, name="events", daemon=True)
        self._flusher.start()

    def add_problems(self, problems_: Sequence[Problem], role: str, drawn: str = "") -> None:
        """Adds problems to the run in a role; with ``drawn``, which says what they were drawn from, in place of those it had in it."""
        run, step, now = self._step.run, self._step.id, self._clock()

        def add(db: Connection) -> None:
            if drawn:
                problems.forget_problems(db, run, role)
                add_events(db, [new_event(run, 0, now, _drawn(role), {"from": drawn})])
            problems.add_problems(db, run, step, problems_, role)

        self._write(add)

    def drawn(self, role: str) -> str:
        """What the run's problems of a role, or of the run that it goes on from, were drawn from; '' where nothing says."""

        def find(db: Connection) -> str:
            event = newest_of_run(db, problems.holder(db, self._step.run, role), _drawn(role))
            return str(event.values.get("from", "")) if event is not None else ""

        return self._read(find)

    def holder(self, phase: str) -> int:
        """The attempt that carried a phase out for this one: itself, or the one that it was made from."""
        return self._read(lambda db: runs.holder(db, self._step.run, phase))

    def problems(self, role: str) -> list[Problem]:
        """The run's problems of a role, in the order in which they were added; else those of the run that this one goes on from."""
        return self._read(lambda db: problems.problems_of(db, problems.holder(db, self._step.run, role), role))

    def responses(self, keys: Collection[str]) -> dict[str, Response]:
        """Those of the keys that any run of this workspace has made."""
        return self._read(lambda db: answers.responses(db, keys))

    def has_problems(self, role: str) -> bool:
        """Whether problems of a role were added to this very run."""
        return self._read(lambda db: problems.has_problems(db, self._step.run, role))

    def add_responses(self, responses: Sequence[Response], role: str) -> None:
        """Keeps new responses and links them to this run."""
        now = self._clock()
        self._write(lambda db: answers.add_responses(db, self._step.run, self._step.id, responses, role, now))

    def use_responses(self, keys: Collection[str], role: str) -> None:
        """Links responses that exist to this run."""
        self._write(lambda db: answers.use_responses(db, self._step.run, self._step.id, keys, role))

    def keep_only(self, keys: Collection[str], role: str) -> None:
        """Of what this step has linked to the run in this role, only these count."""
        self._write(lambda db: answers.keep_only(db, self._step.run, self._step.id, keys, role))

    def grades(self, wanted: Mapping[str, Problem], grader: str) -> dict[str, Grade]:
        """Grades by response key, as far as this grader's version gave them. ``wanted``: each key with its problem as it is now."""
        return self._read(lambda db: answers.grades(db, wanted, grader))

    def add_grades(self, grades: Mapping[str, Grade], grader: str) -> None:
        """Keeps grades by response key."""
        self._write(lambda db: answers.add_grades(db, grades, grader))

    def verdicts(self, wanted: Mapping[str, Problem], judge: str) -> dict[str, Verdict]:
        """Verdicts by response key, as far as this judge gave them. ``wanted``: each key with its problem as it is now."""
        return self._read(lambda db: answers.verdicts(db, wanted, judge))

    def add_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Keeps verdicts."""
        self._write(lambda db: answers.add_verdicts(db, verdicts))

    def add_measurements(self, measurements: Sequence[Measurement]) -> None:
        """Keeps figures of this step in place of all that it had of the same moments."""
        self._write(lambda db: figures.add_measurements(db, self._step.run, self._step.id, measurements))

    def measurements(self, when: When) -> list[Measurement]:
        """The run's figures. Figures from before training may be those of the attempt that this one was made from."""
        return self._read(lambda db: figures.measurements_of(db, self._step.run, when))

    def add_training_rows(self, rows: Sequence[TrainingRow]) -> None:
        """Keeps the step's training rows in place of earlier ones of the same step."""
        self._write(lambda db: figures.set_training_rows(db, self._step.id, rows))

    def training_rows(self) -> list[TrainingRow]:
        """The training rows of this step's phase in this run, in the order in which they were added."""
        return self._read(lambda db: figures.training_rows(db, self._step.run, self._step.phase))

    def add_artifact(self, path: Path, kind: str, sha256: str) -> None:
        """Records a file or folder that the step wrote; ``path`` is relative to the workspace."""
        now = self._clock()
        self._write(lambda db: figures.add_artifact(db, self._step.id, path.as_posix(), kind, sha256, now))

    def spend(self, spending: Spending) -> None:
        """Records judge money; machine time is recorded by the supervisor."""
        self._write(lambda db: figures.add_judge_money(db, self._try.id, spending.seconds, spending.dollars))

    def judge_dollars(self) -> float:
        """What judging has cost in this workspace so far, over all attempts."""
        return self._read(lambda db: sum(s.dollars for s in figures.spending(db) if s.kind == "judge"))

    def emit(self, kind: str, **data: object) -> None:
        """Tells the panel something; durable with the next commit, and in the store within half a second."""
        event = new_event(self._step.run, self._step.id, self._clock(), kind, data)
        with self._waiting_lock:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append(event)

    def keep(self) -> None:
        """Makes everything that was told so far durable: before a checkpoint counts, or its figures would be missing after a kill."""
        self._write(lambda db: None)

    def conclude(self, write: Callable[[Connection], None]) -> None:
        """A last durable commit: what the step says of itself before it ends."""
        self._write(write)

    def close(self) -> None:
        """Writes what still waits and closes the store."""
        self._closing.set()
        self._flusher.join()
        self._event_store.close()
        with self._store_lock:
            self._store.close()

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._store_lock, self._store.read() as db:
            return query(db)

    def _write(self, change: Callable[[Connection], None]) -> None:
        # Whoever takes events writes them before anyone else may take more: their order is the order in which they were told.
        with self._writing, self._store_lock, self._taken() as events, self._store.write() as db:
            add_events(db, events)
            change(db)

    def _keep_flushing(self) -> None:
        while not self._closing.wait(FLUSH_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        try:
            with self._writing, self._taken() as events:
                if events:
                    with self._event_store.write() as db:
                        add_events(db, events)
        except WorkspaceError as error:
            # They wait for the next commit, which fails loudly in the step itself if the store still cannot be written.
            say(f"events could not be written yet: {error}")

    def _taken(self) -> _Taken:
        return _Taken(self._waiting, self._waiting_lock)


def _drawn(role: str) -> str:
    """The kind of the event that says what the problems of a role were drawn from."""
    return f"drawn {role}"


class _Taken:
    """The waiting events for as long as a transaction lasts; given back, in their order, when it fails."""

    def __init__(self, waiting: list[NewEvent], lock: threading.Lock) -> None:
        self._waiting = waiting
        self._lock = lock
        self._events: list[NewEvent] = []

    def __enter__(self) -> list[NewEvent]:
        with self._lock:
            self._events = self._waiting[:]
            self._waiting.clear()
        return self._events

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            with self._lock:
                self._waiting[:0] = self._events
