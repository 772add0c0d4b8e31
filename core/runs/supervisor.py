"""The supervisor of a workspace: ``python -m core.runs.supervisor WORKSPACE``. Started by launch.py; runs queued steps one at a time.

It is light (no torch) and outlives whoever started it. Each step is a fresh process; between steps nothing of the last one is left.
It says every two seconds that it lives, watches money, silence and requests to stop, and writes down how each step ended. What it could
not write down because it was killed, the next one finds out (settle.py).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection

from core.errors import CogumiError, WorkspaceError
from core.plan.load import settings_from_json
from core.plan.phases import PHASES
from core.plan.verdicts import GateView
from core.runs import gatekeeper
from core.runs.handover import write_handover
from core.runs.hook import Hooks
from core.runs.liveness import current
from core.runs.lock import Lock
from core.runs.orphans import end_orphans
from core.runs.processes import adopt_orphans, bury_adopted
from core.runs.say import say
from core.runs.settle import change, settle
from core.runs.snapshot import State
from core.runs.store import runs
from core.runs.store.connection import Store, open_writer
from core.runs.store.events import add_events, note
from core.runs.store.rows import RunRow, StepRow
from core.runs.telemetry.sampler import Sampler
from core.runs.turn import Turn
from core.runs.wake import Waker
from core.runs.workspace import PRIVATE_UMASK, Workspace

_RETRY_SECONDS = 1.0
_RECORD_PATIENCE_SECONDS = 120.0


class Supervisor:
    """Carries out what is queued in the latest attempt, until nothing is, a step ends badly, a gate is closed, or it is told to stop."""

    def __init__(self, place: Workspace, store: Store, beats: Store, run: RunRow, waker: Waker, steps_module: str) -> None:
        self.place = place
        self.store = store
        self.beats = beats
        self.run = run
        self.waker = waker
        self.steps_module = steps_module
        self.settings = settings_from_json(run.settings)
        self.hooks = Hooks(self.settings.run.on_event, place.folder)
        self.sampler = Sampler(place.folder, self.settings.run.telemetry_seconds)

    def work(self) -> None:
        """Everything that is queued, in order."""
        self.sampler.start()
        try:
            end_orphans(self.store, self.waker, self.settings.run.stop_grace_seconds)
            while not self.asked_to_stop():
                step = self._next()
                if step is None or not self._carry_out(step):
                    break
        finally:
            self._unqueue()
            self.sampler.stop()
            self.hooks.wait()

    def asked_to_stop(self) -> str:
        """``polite`` or ``now`` when somebody asked for an end, else ''."""
        asked = ""
        try:
            with self.store.read() as db:
                row = runs.supervisor(db)
                asked = "" if row is None else row.stop
        except WorkspaceError as error:
            say(str(error))
        return asked or ("polite" if self.waker.seen() else "")

    def record(self, write: Callable[[Connection], None]) -> None:
        """A durable commit of what must not be lost: tried again for a while when the disk is full or the store busy."""
        deadline = time.monotonic() + _RECORD_PATIENCE_SECONDS
        while True:
            try:
                with self.store.write() as db:
                    write(db)
                return
            except WorkspaceError as error:
                say(str(error))
                if time.monotonic() > deadline or self.store.replaced():
                    raise
                self.waker.wait(_RETRY_SECONDS)

    def announce(self, gates: Sequence[GateView]) -> None:
        """Tells the user's hook of gates that were decided; the final one's hand-over is written first."""
        for view in gates:
            if view.id == PHASES[-1].gate.id:
                self._hand_over(view)
            self.hooks.fire("gate", step=view.id, state=view.verdict, text=f"{view.title}: {view.verdict}", attempt=self.run.number)

    def _hand_over(self, gate: GateView) -> None:
        """What Phase 1C goes on with. The gate stands whether or not this can be written."""
        try:
            with self.store.write() as db:
                write_handover(db, self.place.folder, self.run.number, gate, time.time())
        except (OSError, CogumiError) as error:
            say(f"the hand-over could not be written: {error}")

    def _next(self) -> StepRow | None:
        """The next queued step, once every gate before it is decided and open."""
        decided: list[GateView] = []
        # A gate is decided with the last step of its phase, unless that supervisor died in this very moment.
        self.record(lambda db: decided.extend(gatekeeper.decide_due(db, self.run.number, self.settings, time.time())))
        self.announce(decided)
        with self.store.read() as db:
            queued = [row for row in runs.steps_of(db, self.run.number) if row.state is State.QUEUED]
        if not queued:
            return None
        closed = gatekeeper.closed_before(self.store, self.run.number, queued[0].phase)
        if closed:
            self.record(lambda db: add_events(db, [note(self.run.number, 0, time.time(), "warning", closed)]))
            return None
        return queued[0]

    def _carry_out(self, step: StepRow) -> bool:
        """One step from its start to its recorded end; whether the next one may follow."""
        state, text = Turn(self, step).take()
        event = {State.DONE: "done", State.STOPPED: "stopped"}.get(state, "failed")
        self.hooks.fire(event, step=step.step, state=state, text=text, attempt=self.run.number)
        bury_adopted(self.hooks.pids)
        return state is State.DONE

    def _unqueue(self) -> None:
        """What is still queued waits again: nobody will do it unless asked."""

        def write(db: Connection) -> None:
            for row in runs.steps_of(db, self.run.number):
                if row.state is State.QUEUED:
                    change(db, row.id, State.WAITING, time.time())

        self.record(write)


class Report:
    """One line to the launcher at the other end of a pipe, who may be gone. Said once: afterwards the descriptor is someone else's."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def tell(self, **report: object) -> None:
        """Says it, unless something was said before."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        with contextlib.suppress(OSError):
            os.write(descriptor, json.dumps(report).encode() + b"\n")
        os.close(descriptor)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one supervisor to its end and returns its exit code."""
    parser = argparse.ArgumentParser(prog="core.runs.supervisor")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--lock", type=int)
    parser.add_argument("--report", type=int)
    parser.add_argument("--steps", default="")
    args = parser.parse_args(argv)
    os.umask(PRIVATE_UMASK)
    place = Workspace(args.workspace.absolute())
    report = Report(args.report)
    try:
        if (Lock.take(place.lock) if args.lock is None else Lock.inherited(args.lock)) is None:
            raise WorkspaceError(f"Another supervisor holds {place.folder}.")
        if args.report is not None and os.fork() > 0:
            # The launcher waits for this process; the supervisor proper is its child, and so never the launcher's zombie.
            os._exit(0)
        _supervise(place, report, args.steps)
    except CogumiError as error:
        say(str(error), bare=True)
        report.tell(error=str(error))
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        report.tell(error=f"{type(error).__name__}: {error}; see logs/supervisor.log.")
        return 4
    return 0


def _supervise(place: Workspace, report: Report, steps_module: str) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    waker = Waker((signal.SIGTERM, signal.SIGINT), silent=(signal.SIGCHLD,))
    adopt_orphans()
    store, beats = open_writer(place.store), open_writer(place.store, durable=False)
    try:
        with store.write() as db:
            settle(db, place.folder, time.time())
            runs.enter_supervisor(db, current(), time.time())
            run = runs.latest_run(db)
        say(f"== supervisor {os.getpid()}, {time.strftime('%Y-%m-%d %H:%M:%S')}", bare=True)
        report.tell(pid=os.getpid())
        if run is not None:
            Supervisor(place, store, beats, run, waker, steps_module).work()
        with store.write() as db:
            runs.leave_supervisor(db, time.time())
    finally:
        beats.close()
        store.tidy()
        store.close()


if __name__ == "__main__":
    sys.exit(main())
