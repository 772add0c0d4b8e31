"""What became of steps whose end nobody saw: read from what they said last, and from whether their processes still live."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import localtime, strftime

from core.runs.liveness import alive, this_machine
from core.runs.logs import add_verdict
from core.runs.snapshot import ACTIVE, State
from core.runs.store import runs
from core.runs.store.events import add_events, new_event, note
from core.runs.store.rows import TryRow
from core.runs.workspace import log_name

_STATES = {"done": State.DONE, "failed": State.FAILED, "stopped": State.STOPPED}


def last_word(tried: TryRow) -> tuple[State, str]:
    """How a try that is over ended, and its summary or cause: its own last word, else that it died."""
    if tried.outcome is not None:
        return _STATES[tried.outcome], tried.text
    seen = strftime("%H:%M:%S", localtime(tried.seen))
    if tried.machine == this_machine():
        return State.CRASHED, f"It died together with its supervisor (last seen {seen}); run it again: what was committed is kept."
    return State.CRASHED, f"The machine stopped or was left while it ran (last seen {seen}); run it again: what was committed is kept."


def settle(db: sqlite3.Connection, folder: Path, now: float) -> list[TryRow]:
    """Records the end of every try whose process is gone. Returns the tries that still live in ``folder``, the workspace, without a
    supervisor; those that died say so in its logs.

    Only for who holds the workspace's lock: then no supervisor is there to record it.
    """
    living: list[TryRow] = []
    for tried in runs.open_tries(db):
        if tried.process is not None and alive(tried.process, folder, tried.seen, now):
            living.append(tried)
        else:
            close(db, folder, tried)
    held = {tried.step for tried in living}
    latest = runs.latest_run(db)
    for step in runs.steps_of(db, latest.number) if latest else ():
        if step.state in ACTIVE and step.id not in held:
            change(db, step.id, State.CRASHED, now, cause="Its supervisor died before the step began; run it again.")
    return living


def close(db: sqlite3.Connection, folder: Path, tried: TryRow) -> None:
    """Records the end of a try that is over without a supervisor, in its log too where it died. Only the newest try of a step says in
    what state the step is."""
    if not runs.is_newest(db, tried):
        runs.end_try(db, tried.id, None, tried.seen)
        return
    state, text = last_word(tried)
    record_end(db, tried, state, text, None, tried.seen)
    step = runs.step(db, tried.step)
    if state is State.CRASHED and step is not None:
        add_verdict(folder / log_name(step.run, step.step), text)


def record_end(db: sqlite3.Connection, tried: TryRow, state: State, text: str, exit_code: int | None, now: float) -> None:
    """Closes a try and gives its step the state it ended in."""
    runs.end_try(db, tried.id, exit_code, now)
    runs.set_times(db, tried.step, ended=now)
    if state is State.DONE:
        change(db, tried.step, state, now, summary=text, exit_code=exit_code)
    else:
        change(db, tried.step, state, now, cause=text, exit_code=exit_code)


def change(
    db: sqlite3.Connection, row_id: int, state: State, now: float, *, cause: str = "", summary: str = "", exit_code: int | None = None
) -> None:
    """A transition of a step, with the line that tells of it."""
    step = runs.step(db, row_id)
    if step is None:
        return
    runs.set_state(db, row_id, state, cause=cause, summary=summary, exit_code=exit_code)
    events = [new_event(step.run, step.id, now, "state", {"state": state, "cause": cause})]
    if state not in (State.WAITING, State.QUEUED):
        told = summary or cause
        level = "error" if state in (State.CRASHED, State.FAILED) else "info"
        events.append(note(step.run, step.id, now, level, f"{step.step}: {state}{f' · {told}' if told else ''}"))
    add_events(db, events)
