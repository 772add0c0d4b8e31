"""The workspace behind the panel: ``screens.ports.Source`` over the watcher, the launcher and the evidence of ``core.runs``.

What is heavy to import or to do is imported and done in the thread that asks for it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.iterating import Iterating
from app.reading import Reading
from screens.ports import Problems

if TYPE_CHECKING:
    from core.runs.evidence import Opened
    from core.runs.logs import Log
    from core.runs.reference_texts import ReferenceTexts
    from core.runs.snapshot import Series, Snapshot, Telemetry
    from core.runs.telemetry.sampler import Sampler
    from core.runs.watch import Watcher

READING_SECONDS = 2.0
_AS_ASKED = "it was opened with --read-only"


class _Readings:
    """Readings of the machine while no supervisor takes any: a sampler that runs only when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sampler: Sampler | None = None
        self.latest: Telemetry | None = None

    def look(self) -> None:
        """Takes the sampler's newest reading."""
        self.latest = self._sampler.latest if self._sampler is not None else None

    def wanted(self, needed: bool) -> None:
        """Starts or ends the sampler."""
        if needed and self._sampler is None:
            from core.runs.telemetry.sampler import Sampler

            folder = next(place for place in (self._folder, *self._folder.parents) if place.exists())
            self._sampler = Sampler(folder, READING_SECONDS)
            self._sampler.start()
        elif not needed and self._sampler is not None:
            self._sampler.stop(0.0)
            self._sampler = None


class WorkspaceSource(Reading, Iterating):
    """One workspace. ``writable`` is what was asked for until the first look has found out. All methods may be called from any thread."""

    def __init__(self, workspace: Path, *, read_only: bool = False) -> None:
        super().__init__()
        self.workspace = workspace.absolute()
        self.writable = not read_only
        self.read_only = _AS_ASKED if read_only else ""
        self._read_only = read_only
        self._readings = _Readings(self.workspace)
        self._watcher: Watcher | None = None
        self._lock = threading.Lock()
        self._latest: Snapshot | None = None
        self._references: ReferenceTexts | None = None

    def poll(self, budget_ms: float) -> Snapshot:
        with self._lock:
            if self._watcher is None:
                from core.runs.watch import Watcher

                self._watcher = Watcher(self.workspace, read_only=self._read_only, sampler=self._readings)
            self._readings.look()
            snapshot = self._watcher.poll(budget_ms)
        self._readings.wanted(not snapshot.supervised)
        self._latest, self.writable, self.read_only = snapshot, snapshot.writable, self._why_not(snapshot)
        return snapshot

    def _why_not(self, snapshot: Snapshot) -> str:
        from core.runs.workspace import why_not_writable

        if self._read_only or snapshot.writable:
            return _AS_ASKED if self._read_only else ""
        return why_not_writable(self.workspace)

    def _snapshot(self) -> Snapshot:
        return self._latest or self.poll(1000.0)

    def stop(self) -> str:
        from core.runs.launch import stop

        self._check_writable()
        running = stop(self.workspace)
        return "The step stops at the next safe point; its work is kept." if running else "Nothing is running."

    def override(self, attempt: int, gate: str, reason: str) -> None:
        from core.runs.override import override

        self._check_writable()
        override(self.workspace, attempt, gate, reason)

    def problems(self, part: str = "measured", attempt: int = 0, listing: bool = False) -> Problems:
        from core.runs.evidence import parts, problem_figures

        number = attempt or self._snapshot().attempt
        if not number:
            return Problems([])
        found = parts(self.workspace, number)
        chosen = part if part in found else next(iter(found), part)
        rows = problem_figures(self.workspace, number, part=chosen, listing=listing)
        return Problems(rows, chosen, found, number, counted=not listing)

    def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
        from core.runs.evidence import open_problem
        from core.runs.reference_texts import ReferenceTexts

        number = attempt or self._snapshot().attempt
        if self._references is None:
            self._references = ReferenceTexts(self.workspace)
        return self._references.beside(open_problem(self.workspace, problem_id, number, part=part), number)

    def search(self, text: str, part: str = "measured", attempt: int = 0) -> set[str]:
        from core.runs.evidence import search

        return search(self.workspace, text, attempt or None, part=part)

    def logs(self) -> list[Log]:
        from core.runs.logs import all_logs

        return all_logs(self.workspace)

    def earlier_curves(self) -> dict[int, Series]:
        from core.runs.curves import earlier_curves

        return earlier_curves(self.workspace) if self._snapshot().attempt else {}

    def close(self) -> None:
        self._readings.wanted(False)
        # A poll that hangs on a broken file system must not keep the panel from closing.
        if self._watcher is not None and self._lock.acquire(timeout=1.0):
            try:
                self._watcher.close()
            finally:
                self._lock.release()
