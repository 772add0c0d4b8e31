"""Follows a run from the command line: rich progress on a terminal, plain lines otherwise. Only reads; Ctrl+C asks for a polite stop."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from app.gate_text import gate_text
from core.plan.ledger import dollars
from core.report.words import duration
from core.runs.snapshot import ACTIVE, Note, Snapshot, State, StepView

_POLL_SECONDS = 0.5
_PLAIN_SECONDS = 10.0
_UNDER_WAY = ACTIVE | {State.QUEUED}


class Display(Protocol):
    """Where a follower shows what it sees."""

    def note(self, note: Note) -> None:
        """One line of the story."""

    def show(self, snapshot: Snapshot) -> None:
        """The moment as it is now; called twice a second."""


def follow(workspace: Path, steps: Sequence[str], since: float = 0.0) -> int:
    """Shows the steps until none is under way, and returns the exit code: 0 done, 3 gate not passed, 4 failed, 130 stopped.

    since: what was told before then (seconds since the epoch) is not told again.
    """
    from core.runs.launch import stop
    from core.runs.watch import Watcher

    watcher = Watcher(workspace)
    try:
        if sys.stdout.isatty():
            from app.follow_rich import RichDisplay

            # Begun by something that ignores hang-ups (nohup), it would go on drawing on a terminal that is gone.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            with RichDisplay(steps) as display:
                snapshot = _watch(watcher, display, lambda: stop(workspace), since)
        else:
            snapshot = _watch(watcher, PlainDisplay(steps), lambda: stop(workspace), since)
    finally:
        watcher.close()
    return _end(snapshot, steps, workspace)


class _Watcher(Protocol):
    def poll(self) -> Snapshot: ...


class _Stop(Protocol):
    def __call__(self) -> object: ...


def _watch(watcher: _Watcher, display: Display, stop: _Stop, since: float) -> Snapshot:
    pause = threading.Event()
    last: Note | None = None
    asked = False
    with _Interrupts() as interrupts:
        while True:
            snapshot = watcher.poll()
            for note in _newer(snapshot.notes, last):
                if note.time >= since:
                    display.note(note)
                last = note
            display.show(snapshot)
            # The supervisor decides the gate after the last step, so its end is the end.
            if not snapshot.supervised and not any(step.state in _UNDER_WAY for step in snapshot.steps):
                return snapshot
            if interrupts.count > 1:
                raise KeyboardInterrupt
            if interrupts.count and not asked:
                asked = True
                print("\nstopping politely; the step saves its work (Ctrl+C again leaves it to that)", file=sys.stderr, flush=True)
                stop()
            pause.wait(_POLL_SECONDS)


class _Interrupts:
    """Counts how often Ctrl+C was pressed. An exception could be raised, and lost, inside any callback of a library."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> _Interrupts:
        self._before = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _pressed(self, *_: object) -> None:
        self.count += 1


def _newer(notes: Sequence[Note], last: Note | None) -> Sequence[Note]:
    if last is None or last not in notes:
        return notes
    return notes[len(notes) - 1 - notes[::-1].index(last) + 1 :]


class PlainDisplay:
    """Lines for a log file: every note, and each running step's progress now and then."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._steps = steps
        self._said: dict[str, float] = {}

    def note(self, note: Note) -> None:
        mark = "" if note.level == "info" else f"{note.level}: "
        print(f"{_clock(note.time)} {mark}{_plain(note.text)}", flush=True)

    def show(self, snapshot: Snapshot) -> None:
        for step in snapshot.steps:
            if step.id not in self._steps:
                continue
            if step.state in ACTIVE and snapshot.time - self._said.get(step.id, snapshot.time - 5) >= _PLAIN_SECONDS:
                self._said[step.id] = snapshot.time
                print(f"{_clock(snapshot.time)} {step.id}: {progress_text(step)}; {cost_text(snapshot, step)}", flush=True)
            else:
                self._said.setdefault(step.id, snapshot.time - 5)


def progress_text(step: StepView) -> str:
    """Progress in words: what, how far, how fast, how long still."""
    progress = step.progress
    parts = [_plain(progress.doing)] if progress.doing else []
    if progress.total:
        parts.append(f"{progress.done:,} of {progress.total:,} {progress.unit}")
    if progress.rate is not None:
        parts.append(f"{progress.rate:.1f}/s")
    if progress.eta is not None:
        parts.append(f"{duration(progress.eta)} left")
    return ", ".join(parts) or "under way"


def cost_text(snapshot: Snapshot, step: StepView) -> str:
    """What the running step has cost, and will have cost at its end where that can be foreseen."""
    forecast = snapshot.spending.forecast_dollars
    at_end = "" if forecast is None else f", about {dollars(forecast)} at its end"
    return f"{dollars(step.dollars)}{at_end}"


def _end(snapshot: Snapshot, steps: Sequence[str], workspace: Path) -> int:
    """Says how it ended, and the gate with its evidence when the phase's last step was among them."""
    from core.plan.phases import PHASES

    states = {step.id: step.state for step in snapshot.steps}
    if any(states[step] in (State.FAILED, State.CRASHED) for step in steps):
        step = next(s for s in snapshot.steps if s.id in steps and s.state in (State.FAILED, State.CRASHED))
        print(f"cogumi: {step.id} {step.state}: {_plain(step.cause)} (cogumi logs {step.id})", file=sys.stderr)
        return 4
    if any(states[step] is not State.DONE for step in steps):
        for stopped in (s for s in snapshot.steps if s.id in steps and s.state is State.STOPPED):
            print(f"cogumi: {stopped.id} stopped: {_plain(stopped.cause)}", file=sys.stderr)
        return 130
    reached = {phase.gate.id for phase in PHASES if phase.steps[-1].id in steps}
    gates = [gate for gate in snapshot.gates if gate.id in reached]
    for gate in gates:
        print(gate_text(gate))
    if any(gate.verdict == "failed" for gate in gates):
        from app.suggestions_text import lines, suggested

        print("\n".join(lines(suggested(workspace))))
    return 3 if any(gate.verdict not in ("passed", "overridden") for gate in gates) else 0


def _clock(time: float) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(time).strftime("%H:%M:%S")


def _plain(text: str) -> str:
    from core.text import plain_line

    return plain_line(text)
