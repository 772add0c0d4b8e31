"""What every step function gets: its settings, its workspace, its book, and whether it was asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import StopRequested
from core.files import link
from core.plan.settings import Settings
from core.steps.book import Book


@dataclass(frozen=True, slots=True)
class Context:
    """One step of one run. ``run`` is the attempt's number in the workspace, ``step`` the step's id."""

    settings: Settings
    workspace: Path
    book: Book
    stopping: Callable[[], bool]
    run: int
    step: str

    def progress(self, done: int, total: int, unit: str, doing: str) -> None:
        """Tells how far the step is and what it is doing now."""
        self.book.emit("progress", done=done, total=total, unit=unit, doing=doing)

    def log(self, text: str) -> None:
        """One line for the log alone, with the time of day."""
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    def note(self, text: str, level: str = "info") -> None:
        """One line for the log and the panel."""
        self.log(text)
        self.book.emit("note", level=level, text=text)

    def path(self, name: str, run: int | None = None) -> Path:
        """Where this attempt (or another) keeps a file that the plan calls ``name``: earlier attempts' files are never overwritten."""
        return self.workspace / "attempts" / f"{self.run if run is None else run:03d}" / name

    def publish(self, name: str, kind: str, sha256: str) -> None:
        """Records the attempt's file and makes the plan's own path a link to it, unless something of the user's stands there."""
        target = self.path(name)
        self.book.add_artifact(target.relative_to(self.workspace), kind, sha256)
        if not link(self.workspace / name, target, self.workspace / "attempts"):
            self.note(f"{name} is yours and is left as it is; this attempt's is {target.relative_to(self.workspace)}", "warning")

    def check_stop(self) -> None:
        """Raises StopRequested when a polite stop was asked for; called wherever everything so far is safe."""
        if self.stopping():
            raise StopRequested("Stopped as asked; run the step again to go on from here.")
