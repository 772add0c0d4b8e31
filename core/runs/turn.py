"""One step's turn under the supervisor: started, watched every second, and its end found out and written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Protocol

from core.errors import WorkspaceError
from core.plan.ledger import by_step, guard, machine_dollars
from core.plan.settings import Settings
from core.plan.verdicts import GateView
from core.runs.child import StepChild
from core.runs.death import cause_of_death, oom_kills
from core.runs.gatekeeper import decide_due
from core.runs.hook import Hooks
from core.runs.liveness import HEARTBEAT_SECONDS, this_machine
from core.runs.logs import add_verdict, tail
from core.runs.room import free, shortage
from core.runs.say import say
from core.runs.settle import change, last_word, record_end
from core.runs.snapshot import AS_ASKED, State
from core.runs.store import figures, readings, runs
from core.runs.store.connection import Store
from core.runs.store.events import add_events, last_said, note
from core.runs.store.rows import RunRow, StepRow, TryRow
from core.runs.telemetry.sampler import Sampler
from core.runs.wake import Waker
from core.runs.workspace import Workspace, log_name

_TICK_SECONDS = 1.0
_THIN_SECONDS = 300.0
_LINGER_SECONDS = 20.0
"""A process that has said how it ended may take so long to go; then it hangs in somebody's clean-up."""

_ENDED_WITH_A_SENTENCE = (2, 3, 4)
"""Exit codes of core/errors.py: the sentence is the last line of the log, because the store could not take it."""

_POLITE = f"Stopped {AS_ASKED}; run it again to go on from here."
_AT_ONCE = f"Stopped at once {AS_ASKED}; what was not committed is made again when it is run again."


class Desk(Protocol):
    """What a turn needs of its supervisor."""

    place: Workspace
    store: Store
    beats: Store
    run: RunRow
    waker: Waker
    steps_module: str
    settings: Settings
    hooks: Hooks
    sampler: Sampler

    def asked_to_stop(self) -> str:
        """``polite``, ``now`` or ''."""

    def announce(self, gates: Sequence[GateView]) -> None:
        """Tells the user's hook of gates that were decided."""

    def record(self, write: Callable[[Connection], None]) -> None:
        """A durable commit that is tried again when it cannot be made."""


class Turn:
    """Carries one step out. ``take`` returns the state it ended in and its summary or cause."""

    def __init__(self, desk: Desk, step: StepRow) -> None:
        self._desk = desk
        self._step = step
        self._log = desk.place.folder / log_name(step.run, step.step)
        self._begun_at = 0  # bytes of its log that earlier tries wrote
        self._cause = ""  # why it was asked to stop
        self._kill_at: float | None = None
        self._killed = False
        self._beaten = self._thinned = self._heard = 0.0
        self._said: tuple[object, ...] = ()
        self._stalled = self._warned = self._short = False
        self._concluded: float | None = None

    def take(self) -> tuple[State, str]:
        """The whole turn."""
        desk, step = self._desk, self._step
        refusal = self._over_budget()
        if refusal:
            desk.record(lambda db: change(db, step.id, State.STOPPED, time.time(), cause=refusal))
            return State.STOPPED, refusal
        tried = self._open_try()
        kills, self._begun_at = oom_kills(), _size(self._log)
        try:
            child = StepChild(desk.place.folder, step.id, self._log, desk.steps_module)
        except OSError as error:
            text = f"The step's process could not be started: {error.strerror}; free some memory and run it again."
            desk.record(lambda db: record_end(db, tried, State.FAILED, text, None, time.time()))
            return State.FAILED, text
        desk.sampler.watch(child.pid)
        self._heard = time.monotonic()
        while not child.has_ended():
            self._tick(child, tried)
            desk.waker.wait(_TICK_SECONDS)
        code = child.bury(lambda: desk.hooks.pids)
        desk.sampler.watch(None)
        return self._close(child, tried, code, oom_kills() - kills)

    def _open_try(self) -> TryRow:
        opened: list[TryRow] = []

        def write(db: Connection) -> None:
            opened.clear()
            now = time.time()
            opened.append(runs.add_try(db, self._step.id, this_machine(), now, log_name(self._step.run, self._step.step)))
            runs.set_times(db, self._step.id, started=self._step.started or now, ended=None)
            change(db, self._step.id, State.RUNNING, now)

        self._desk.record(write)
        return opened[0]

    def _tick(self, child: StepChild, tried: TryRow) -> None:
        now = time.monotonic()
        asked = self._desk.asked_to_stop()
        if asked == "now" and not self._killed:
            self._cause, self._killed = _AT_ONCE, True
            child.kill()
        elif asked and not self._cause:
            self._ask(child, _POLITE)
        if self._kill_at is not None and now >= self._kill_at and not self._killed:
            self._cause = f"It did not stop within {self._desk.settings.run.stop_grace_seconds:.0f} s and was killed. {self._cause}"
            self._killed = True
            child.kill()
        if now - self._beaten >= min(HEARTBEAT_SECONDS, self._desk.settings.run.telemetry_seconds):
            self._beaten = now
            try:
                self._watch_room()
                self._beat(child, tried)
                self._watch_money(child)
                self._watch_silence(now)
                self._watch_end(child, tried, now)
            except WorkspaceError as error:
                # The work goes on; what could not be said now is said with the next beat.
                say(str(error))
                if self._desk.store.replaced():
                    self._ask(child, "The store was deleted or replaced while the step ran, so nothing could be recorded any more.")

    def _ask(self, child: StepChild, cause: str) -> None:
        """Asks the step to stop politely; it is killed when the grace period is over."""
        if self._cause:
            return
        self._cause = cause
        self._kill_at = time.monotonic() + self._desk.settings.run.stop_grace_seconds
        child.ask_to_stop()
        try:
            with self._desk.store.write() as db:
                change(db, self._step.id, State.STOPPING, time.time(), cause=cause)
        except WorkspaceError as error:
            say(str(error))

    def _beat(self, child: StepChild, tried: TryRow) -> None:
        seconds, now = child.seconds, time.time()
        dollars = machine_dollars(self._desk.settings.budget, seconds)
        reading = self._desk.sampler.take()
        thin = time.monotonic() - self._thinned >= _THIN_SECONDS
        with self._desk.beats.write() as db:
            runs.beat(db, now)
            runs.see_try(db, tried.id, seconds, now)
            figures.set_machine_money(db, tried.id, seconds, dollars)
            if reading is not None:
                readings.add_reading(db, reading)
            if thin:
                readings.thin(db, now)
        if thin:
            self._thinned = time.monotonic()

    def _over_budget(self) -> str:
        finding = guard(self._desk.settings.budget, self._step.step, *self._spent())
        return finding.text if finding is not None and finding.level == "stop" else ""

    def _spent(self) -> tuple[dict[str, float], float]:
        """Dollars by step in this attempt, and of all other attempts together."""
        with self._desk.beats.read() as db:
            mine = by_step(figures.spending(db, self._step.run))
            return mine, sum(s.dollars for s in figures.spending(db)) - sum(mine.values())

    def _watch_money(self, child: StepChild) -> None:
        finding = guard(self._desk.settings.budget, self._step.step, *self._spent())
        if finding is None:
            return
        if finding.level == "stop":
            self._ask(child, finding.text)
        elif not self._warned:
            self._warned = True
            self._tell("warning", finding.text)
            self._desk.hooks.fire("budget", step=self._step.step, state="warning", text=finding.text, attempt=self._step.run)

    def _watch_room(self) -> None:
        """A disk that runs short is told of once, until it has room again: while something can still be freed."""
        short = shortage(self._desk.place.folder)
        if short and not self._short:
            text = f"While {self._step.step} runs, {short}; free some space. What was committed is kept."
            self._short = True
            self._desk.hooks.fire("disk", step=self._step.step, state="warning", text=text, attempt=self._step.run)
            self._tell("warning", text)
        self._short = bool(short)

    def _watch_silence(self, now: float) -> None:
        """A step that writes neither events nor log for too long is told of once, until it speaks again."""
        said = self._last_said()
        if said != self._said:
            self._said, self._heard, self._stalled = said, now, False
        elif now - self._heard >= self._desk.settings.run.stall_seconds and not self._stalled and not self._cause:
            text = f"{self._step.step} has said nothing for {now - self._heard:.0f} s; look at its log, or stop it and run it again."
            self._stalled = True
            self._tell("warning", text)
            self._desk.hooks.fire("stalled", step=self._step.step, state=State.STALLED, text=text, attempt=self._step.run)
            # What was just told is not the step's own word.
            self._said = self._last_said()

    def _last_said(self) -> tuple[object, ...]:
        with self._desk.beats.read() as db:
            return *last_said(db), _size(self._log)

    def _watch_end(self, child: StepChild, tried: TryRow, now: float) -> None:
        if self._concluded is None:
            with self._desk.beats.read() as db:
                if runs.one_try(db, tried.id).outcome is not None:
                    self._concluded = now
        elif now - self._concluded >= _LINGER_SECONDS and not self._killed:
            say(f"{self._step.step} has ended but its process hangs; it is killed")
            self._killed = True
            child.kill()

    def _tell(self, level: str, text: str) -> None:
        # Told of the attempt, not of the step: else it would pass for a sign of life of the step.
        with self._desk.beats.write() as db:
            add_events(db, [note(self._step.run, 0, time.time(), level, text)])

    def _close(self, child: StepChild, tried: TryRow, code: int, kills: int) -> tuple[State, str]:
        """Finds out how the step ended and writes it down, with what the turn took."""
        seconds = child.seconds
        ended: list[tuple[State, str]] = []
        gates: list[GateView] = []

        def write(db: Connection) -> None:
            ended.clear()
            gates.clear()
            last = runs.one_try(db, tried.id)
            ended.append(self._verdict(last, code, kills))
            runs.see_try(db, tried.id, seconds, time.time())
            figures.set_machine_money(db, tried.id, seconds, machine_dollars(self._desk.settings.budget, seconds))
            record_end(db, last, *ended[0], code, time.time())
            gates.extend(decide_due(db, self._step.run, self._desk.settings, time.time()))

        self._desk.record(write)
        if ended[0][0] is State.CRASHED:
            add_verdict(self._log, ended[0][1])
        self._desk.announce(gates)
        return ended[0]

    def _verdict(self, tried: TryRow, code: int, kills: int) -> tuple[State, str]:
        if tried.outcome is not None:
            state, text = last_word(tried)
            return state, self._cause if state is State.STOPPED and self._cause else text
        if self._cause:
            return State.STOPPED, self._cause
        lines = tail(self._log, since=self._begun_at)
        if code in _ENDED_WITH_A_SENTENCE and lines:
            return State.FAILED, lines[-1]
        return State.CRASHED, cause_of_death(code, lines, kills, free(self._desk.place.folder))


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:
        return 0
