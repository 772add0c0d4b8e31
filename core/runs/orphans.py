"""Step processes that outlived their supervisor: they are stopping by themselves, and are waited for before anything else begins."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from core.runs.liveness import alive, this_machine
from core.runs.processes import family, kill_all
from core.runs.say import say
from core.runs.settle import change, close
from core.runs.snapshot import State
from core.runs.store import runs
from core.runs.store.connection import Store
from core.runs.store.rows import TryRow
from core.runs.wake import Waker

_LOOK_SECONDS = 0.2


def end_orphans(store: Store, waker: Waker, grace: float) -> None:
    """Waits until every step of an earlier supervisor has ended, kills it after ``grace`` seconds, and records how it ended.

    A step that was queued meanwhile stays queued, unless the old process turns out to have finished it.
    """
    folder = store.path.parent
    with store.read() as db:
        living = [tried for tried in runs.open_tries(db) if tried.process is not None]
    if not living:
        return
    for tried in living:
        _ask(tried, folder)
    deadline = time.monotonic() + grace
    while any(_lives(tried, folder) for tried in living) and time.monotonic() < deadline:
        waker.wait(_LOOK_SECONDS)
    for tried in living:
        if tried.process is not None and _lives(tried, folder):
            leader = tried.process.pid
            say(f"step process {leader} of an earlier supervisor did not stop within {grace:.0f} s and is killed")
            kill_all(lambda leader=leader: family(leader))  # type: ignore[misc]
    with store.write() as db:
        waiting = {step.id for tried in living if (step := runs.step(db, tried.step)) and step.state is State.QUEUED}
        for tried in living:
            if not _lives(tried, folder):
                close(db, folder, runs.one_try(db, tried.id))
        for row in waiting:
            step = runs.step(db, row)
            if step is not None and step.state is not State.DONE:
                change(db, row, State.QUEUED, time.time())


def _ask(tried: TryRow, folder: Path) -> None:
    if tried.process is not None and _lives(tried, folder):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(tried.process.pid, signal.SIGTERM)


def _lives(tried: TryRow, folder: Path) -> bool:
    """Whether the process lives here. One of another machine was counted as living only while its heartbeat was fresh."""
    if tried.process is None or tried.process.machine != this_machine():
        return False
    return alive(tried.process, folder, tried.seen, time.time())
