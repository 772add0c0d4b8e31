"""Starting, stopping and resuming: queues steps and starts a supervisor that outlives whoever asked for it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from core.errors import UsageError, WorkspaceError
from core.plan.load import settings_from_json, settings_to_json
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.runs import attempts
from core.runs.environment import environment
from core.runs.liveness import this_machine
from core.runs.lock import Lock
from core.runs.settle import change, settle
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.store.connection import Store, open_reader, open_writer
from core.runs.store.events import add_events, new_event, note
from core.runs.store.rows import RunRow
from core.runs.store.text import dumps
from core.runs.workspace import Workspace, is_writable, prepare

REPORT_SECONDS = 60.0
_LEAVING_SECONDS = 10.0
_LOOK_SECONDS = 0.02
_CHECKED_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Started:
    """What was started. ``pid`` is None when nothing was left to do, and ``text`` says why."""

    run: int
    steps: tuple[str, ...]
    pid: int | None
    text: str


def start(
    workspace: Path,
    target: str,
    settings: Settings,
    *,
    new_attempt: bool = False,
    parent: int | None = None,
    reason: str = "",
    origins: Mapping[str, str] | None = None,
    steps_module: str = "",
) -> Started:
    """Queues what is left of ``target`` (a step, ``phase-1b.1``, ``phase-1b.2`` or ``all``) and starts a supervisor on it.

    The latest attempt goes on, unless there is none or ``new_attempt`` asks for one; that one is made from attempt ``parent``, the latest
    if None. ``origins``: how settings were chosen for this start, by key, to be recorded with the attempt; None says nothing of it.
    Returns once the supervisor holds the workspace. ``steps_module`` names the module whose ``function(step_id)`` gives a step's
    function, '' for core.steps.registry.

    Raises UsageError, GateClosed or WorkspaceError; then nothing was queued.
    """
    attempts.step_ids(target)
    place = prepare(workspace)
    if not is_writable(place.folder):
        raise WorkspaceError(f"{place.folder} is read-only here; nothing can be started. Copy it to a folder that you may write.")
    lock = _take_lock(place)
    try:
        store = open_writer(place.store)
        try:
            if place.store.stat().st_size <= _CHECKED_BYTES:
                store.check()
            number, steps, gates = _queue(store, target, settings, new_attempt, parent, reason, origins)
        finally:
            store.close()
        if not steps and not gates:
            return Started(number, (), None, f"Nothing is left to do for {target} in attempt {number}.")
        try:
            pid = _start_supervisor(place, lock, steps_module)
        except BaseException:
            _unqueue(place)
            raise
        return Started(number, steps, pid, f"Attempt {number}: {', '.join(steps) if steps else 'the gate'}.")
    finally:
        lock.let_go()


def resume(workspace: Path, settings: Settings | None = None, *, steps_module: str = "") -> Started:
    """Goes on with what the latest attempt was last asked to do; with its own settings unless others that fit are given."""
    store = open_reader(Workspace(workspace.absolute()).store)
    try:
        with store.read() as db:
            run = runs.latest_run(db)
    finally:
        store.close()
    if run is None:
        raise UsageError(f"{workspace} has no attempt to resume; start one with a step or a phase.")
    return start(workspace, run.target, settings or settings_from_json(run.settings), steps_module=steps_module)


def stop(workspace: Path, *, now: bool = False) -> bool:
    """Asks the supervisor to stop: politely, so that the step saves its work, or at once. False when nothing was running."""
    place = Workspace(workspace.absolute())
    store = open_writer(place.store)
    try:
        with store.write() as db:
            row = runs.supervisor(db)
            if row is None or not row.works(place.folder, time.time()):
                return False
            runs.ask_stop(db, "now" if now else "polite")
    finally:
        store.close()
    if row.process.machine == this_machine():
        # The request stands in the store; the signal only wakes the supervisor, which would read it within a second anyway.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(row.process.pid, signal.SIGTERM)
    return True


def _queue(
    store: Store,
    target: str,
    settings: Settings,
    new_attempt: bool,
    parent: int | None,
    reason: str,
    origins: Mapping[str, str] | None = None,
) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """One commit: what died is settled, the attempt is there, its steps are queued. Returns attempt, steps and gates to be done."""
    now, place = time.time(), Workspace(store.path.parent)
    with store.write() as db:
        row = runs.supervisor(db)
        if row is not None and row.works(place.folder, now):
            raise WorkspaceError(_already_running(place, row.process.pid))
        ending = {tried.step for tried in settle(db, place.folder, now)}
        run = _attempt(db, target, settings, new_attempt, parent, reason, now, ending)
        if origins is not None and origins != attempts.origins_of(db, run.number):
            add_events(db, [new_event(run.number, 0, now, attempts.ORIGINS, {"origins": dict(origins)})])
        todo = attempts.wanted(db, run, target)
        runs.set_target(db, run.number, target, settings_to_json(settings))
        for step in todo.steps:
            change(db, step.id, State.QUEUED, now)
            runs.set_times(db, step.id, queued=now, ended=None)
        for phase in {step.phase for step in todo.steps}:
            figures.forget_gate(db, run.number, next(p.gate.id for p in PHASES if p.id == phase))
    return run.number, tuple(step.step for step in todo.steps), tuple(gate.id for gate in todo.gates)


def _attempt(
    db: sqlite3.Connection,
    target: str,
    settings: Settings,
    new_attempt: bool,
    parent: int | None,
    reason: str,
    now: float,
    ending: Set[int],
) -> RunRow:
    """The attempt to go on in, or a new one. ``ending``: rows of steps whose processes have outlived their supervisor."""
    latest = runs.latest_run(db)
    if latest is not None and not new_attempt:
        old = settings_from_json(latest.settings)
        attempts.check_settings(db, latest, target, old, settings)
        attempts.check_ending(db, latest, ending, old, settings)
        changed = attempts.changes(old, settings)
        if changed:
            told = ", ".join(f"{key} {before!r} -> {after!r}" for key, (before, after) in changed.items())
            add_events(db, [note(latest.number, 0, now, "info", f"settings changed: {told}")])
        return latest
    source = latest if parent is None else runs.run(db, parent)
    if parent is not None and source is None:
        raise UsageError(f"There is no attempt {parent} to start from.")
    if source is not None:
        attempts.check_inherited(db, source, target, settings)
    phases = attempts.phases_of_new(target, source)
    number = runs.add_run(
        db,
        phases=[phase.id for phase in phases],
        steps=[(step.id, phase.id) for phase in phases for step in phase.steps],
        target=target,
        settings=settings_to_json(settings),
        parent=None if source is None else source.number,
        reason=reason,
        created=now,
        environment=dumps(environment()),
    )
    origin = f" from attempt {source.number}" if source else ""
    add_events(db, [note(number, 0, now, "info", f"attempt {number}{origin}: {reason or target}")])
    made = runs.run(db, number)
    assert made is not None
    return made


def _start_supervisor(place: Workspace, lock: Lock, steps_module: str) -> int:
    """Starts the supervisor in a session of its own and waits for its report. Returns its process id."""
    read_end, write_end = os.pipe()
    command = [sys.executable, "-P", "-m", "core.runs.supervisor", str(place.folder)]
    command += ["--lock", str(lock.descriptor), "--report", str(write_end)]
    command += ["--steps", steps_module] if steps_module else []
    descriptor = os.open(place.supervisor_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd=place.folder,
            start_new_session=True,
            pass_fds=(lock.descriptor, write_end),
        )
    except OSError as error:
        os.close(read_end)
        raise WorkspaceError(f"The supervisor could not be started: {error.strerror}.") from None
    finally:
        os.close(write_end)
        os.close(descriptor)
    try:
        report = _report(read_end)
    finally:
        os.close(read_end)
    # The process that was started has made way for the supervisor proper, or has failed; either way it ends now.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=REPORT_SECONDS)
    if "pid" in report:
        return int(str(report["pid"]))
    raise WorkspaceError(f"The supervisor could not begin: {report.get('error') or _last_line(place.supervisor_log)}")


def _report(descriptor: int) -> dict[str, object]:
    deadline = time.monotonic() + REPORT_SECONDS
    data = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([descriptor], [], [], left)[0]:
            return {"error": f"it said nothing for {REPORT_SECONDS:.0f} s; see logs/supervisor.log."}
        piece = os.read(descriptor, 65536)
        data += piece
        if not piece or data.endswith(b"\n"):
            break
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unqueue(place: Workspace) -> None:
    """Nobody will do what was queued."""
    store = open_writer(place.store)
    try:
        with store.write() as db:
            run = runs.latest_run(db)
            for step in runs.steps_of(db, run.number) if run else ():
                if step.state is State.QUEUED:
                    change(db, step.id, State.WAITING, time.time())
    finally:
        store.close()


def _take_lock(place: Workspace) -> Lock:
    """Takes the workspace's lock; a supervisor that has said its last word is given a moment to let it go."""
    deadline = time.monotonic() + _LEAVING_SECONDS
    while (lock := Lock.take(place.lock)) is None:
        holder = _holder(place)
        if holder is not None or time.monotonic() > deadline:
            raise WorkspaceError(_already_running(place, holder))
        threading.Event().wait(_LOOK_SECONDS)
    return lock


def _already_running(place: Workspace, pid: int | None) -> str:
    who = "" if pid is None else f" (process {pid})"
    return f"A supervisor is running in {place.folder} already{who}; wait for its end, or stop it first."


def _holder(place: Workspace) -> int | None:
    """The process that is the supervisor and has not said that it ends."""
    with contextlib.suppress(WorkspaceError):
        store = open_reader(place.store)
        try:
            with store.read() as db:
                row = runs.supervisor(db)
                return row.process.pid if row is not None and row.works(place.folder, time.time()) else None
        finally:
            store.close()
    return None


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return f"{lines[-1].strip() if lines else 'it said nothing'} (see logs/supervisor.log)"
