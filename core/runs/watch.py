"""Looking at a workspace from outside: each ``poll`` reads what is new, within a budget of time, and returns one frozen Snapshot.

Any number of watchers may come and go; they only read, and read on after an error. When nothing was committed since the last look, a poll
costs a question to the database and a look at two processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Protocol

from core.errors import CogumiError, SettingsError, WorkspaceError
from core.plan.load import FILE_NAME, load_profile, load_settings, settings_from_json
from core.plan.settings import Settings
from core.runs import picture
from core.runs.condition import workspace_state
from core.runs.facts import Facts, read_facts
from core.runs.fold import Fold
from core.runs.logs import tail
from core.runs.picture import Moment
from core.runs.room import shortage
from core.runs.snapshot import ACTIVE, Snapshot, StepView, Telemetry
from core.runs.store import readings
from core.runs.store.connection import Store, open_reader
from core.runs.telemetry.history import MOST_READINGS, History
from core.runs.workspace import Workspace, is_writable

_STALE_READINGS = 3.0
"""A reading further from now than so many intervals is not shown as the present; a sampler of the watcher's own steps in."""


class Source(Protocol):
    """Where a watcher gets readings when no supervisor takes any."""

    latest: Telemetry | None


class Watcher:
    """Watches one workspace: its latest attempt, or the one that ``attempt`` names. For one thread at a time."""

    def __init__(
        self,
        workspace: Path,
        *,
        attempt: int | None = None,
        read_only: bool = False,
        sampler: Source | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.workspace = workspace.absolute()
        self._place = Workspace(self.workspace)
        self._attempt = attempt
        self._read_only = read_only
        self._sampler = sampler
        self._clock = clock
        self._store: Store | None = None
        self._version: int | None = None
        self._facts = Facts()
        self._fold: Fold | None = None
        self._history = History()
        self._recorded: Telemetry | None = None
        self._reading_id = 0
        self._settings: tuple[object, Settings] | None = None
        self._tail: tuple[object, tuple[str, ...]] = (None, ())

    def poll(self, budget_ms: float = 50.0) -> Snapshot:
        """The workspace as it is now. Reading stops after about ``budget_ms``; what is left is read by the next polls.

        Never raises for what is wrong with the workspace: the snapshot's ``error`` says it, beside what was known before.
        """
        deadline = time.monotonic() + budget_ms / 1000
        error = ""
        try:
            self._read(deadline)
        except CogumiError as problem:
            error = str(problem)
            self._drop()
        try:
            settings = self._current_settings()
        except SettingsError as problem:
            settings, error = load_profile("practice"), error or str(problem)
        try:
            with self._store.readable() if self._store is not None else nullcontext():
                return self._picture(settings, error)
        except WorkspaceError as problem:
            self._drop()
            self._forget()
            return self._picture(settings, str(problem))

    def close(self) -> None:
        """Closes the store."""
        self._drop()

    def _read(self, deadline: float) -> None:
        if self._store is not None and self._store.replaced():
            self._drop()
            self._forget()
        if self._store is None:
            if not self._place.store.exists():
                self._forget()
                return
            self._store = open_reader(self._place.store)
            self._version = None
        version = self._store.version()
        if version == self._version and not (self._fold is not None and self._fold.behind):
            return
        with self._store.read() as db:
            self._facts = read_facts(db, self._attempt, self._facts)
            run = self._facts.run
            if run is None:
                self._fold = None
            else:
                if self._fold is None or self._fold.run != run.number:
                    self._fold = Fold(run.number)
                self._fold.read(db, self._facts.steps, deadline)
            for row, reading in readings.readings_after(db, self._reading_id, MOST_READINGS):
                self._reading_id = row
                self._history.add(reading)
                self._recorded = reading
        self._version = version

    def _drop(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store, self._version = None, None

    def _forget(self) -> None:
        """There is another store now, or none: nothing of the old one holds."""
        self._facts, self._fold, self._reading_id = Facts(), None, 0
        self._history.clear()
        self._recorded = None

    def _current_settings(self) -> Settings:
        """The attempt's own settings, or those that a first attempt would have; read again only when they changed."""
        run = self._facts.run
        mark: object = run.settings if run is not None else _stamp(self.workspace / FILE_NAME)
        if self._settings is None or self._settings[0] != mark:
            settings = settings_from_json(run.settings) if run is not None else load_settings(self.workspace).settings
            self._settings = (mark, settings)
        return self._settings[1]

    def _picture(self, settings: Settings, error: str) -> Snapshot:
        now = self._clock()
        facts = self._facts
        supervised = picture.is_supervised(facts, self.workspace, now)
        moment = Moment(self.workspace, facts, self._fold, settings, now, self._logged(), supervised)
        steps = picture.step_views(moment)
        own = {row.step for row in facts.own_steps}
        return Snapshot(
            sequence=self._fold.cursor if self._fold is not None else 0,
            time=now,
            heard=facts.supervisor.heartbeat if facts.supervisor is not None else None,
            workspace=str(self.workspace),
            profile=settings.profile,
            attempt=facts.run.number if facts.run is not None else 0,
            state=workspace_state([step.state for step in steps if step.id in own], supervised),
            writable=not self._read_only and is_writable(self.workspace),
            steps=steps,
            gates=picture.gate_views(moment),
            categories=picture.category_views(moment),
            series=picture.series(moment),
            pace=picture.pace(moment, steps),
            spending=picture.spending_view(moment, steps),
            telemetry=self._telemetry(now, settings),
            history=self._history.readings,
            notes=tuple(self._fold.notes) if self._fold is not None else (),
            log_tail=self._log_tail(steps),
            overlap=self._fold.overlap if self._fold is not None else "",
            error=error,
            supervised=supervised,
            shortage=shortage(self.workspace) if supervised else "",
        )

    def _logged(self) -> dict[int, float]:
        """When the logs of running steps were last written."""
        found: dict[int, float] = {}
        for row in self._facts.own_steps:
            last = self._facts.last_try(row) if row.state in ACTIVE else None
            stamp = _stamp(self.workspace / last.log) if last is not None else None
            if stamp is not None:
                found[row.id] = stamp[1]
        return found

    def _telemetry(self, now: float, settings: Settings) -> Telemetry | None:
        recorded = self._recorded
        if recorded is not None and abs(now - recorded.time) < _STALE_READINGS * max(settings.run.telemetry_seconds, 2.0):
            return recorded
        own = self._sampler.latest if self._sampler is not None else None
        if own is None:
            return recorded
        self._history.add(own)
        return own

    def _log_tail(self, steps: tuple[StepView, ...]) -> tuple[str, ...]:
        """The end of the running step's log, else of the one that began last; read again only when the file changed."""
        begun = [step for step in steps if step.log and step.started is not None]
        if not begun:
            return ()
        step = next((s for s in begun if s.state in ACTIVE), max(begun, key=lambda s: (s.started or 0.0)))
        path = self.workspace / step.log
        mark = (path, _stamp(path))
        if self._tail[0] != mark:
            self._tail = (mark, tail(path))
        return self._tail[1]


def _stamp(path: Path) -> tuple[int, float] | None:
    """Size and time of last change of a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime
