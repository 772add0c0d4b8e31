"""The follower's display on a terminal: one bar a step, notes above."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from app.console import Console
from app.follow import cost_text
from core.report.words import duration
from core.runs.snapshot import ACTIVE, Note, Snapshot, State
from core.text import plain_line
from screens.widgets.glyphs import choose


class RichDisplay:
    """A bar for every step that was asked for. Use as a context manager."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._progress = Progress(
            SpinnerColumn("line" if choose().ascii else "dots", finished_text=" "),
            TextColumn("{task.description:<17}", markup=False),
            TextColumn("{task.fields[state]:<8}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}", markup=False),
            console=Console(),
        )
        self._tasks: dict[str, TaskID] = {
            step: self._progress.add_task(step, start=False, total=None, state="queued", doing="") for step in steps
        }

    def __enter__(self) -> RichDisplay:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def note(self, note: Note) -> None:
        style = {"info": "dim", "warning": "yellow", "error": "bold red"}[note.level]
        self._progress.console.print(Text(plain_line(note.text), style=style))

    def show(self, snapshot: Snapshot) -> None:
        for step in snapshot.steps:
            task = self._tasks.get(step.id)
            if task is None:
                continue
            if step.state in ACTIVE or step.state is State.DONE:
                self._progress.start_task(task)
            total = step.progress.total or (1 if step.state is State.DONE else None)
            done = total if step.state is State.DONE else step.progress.done
            doing = plain_line(step.progress.doing)
            if step.state in ACTIVE:
                left = [] if step.progress.eta is None else [f"{duration(step.progress.eta)} left"]
                doing = ", ".join([*([doing] if doing else []), *left, cost_text(snapshot, step)])
            self._progress.update(task, total=total, completed=done or 0, state=str(step.state), doing=doing)
            if step.state not in ACTIVE and step.state is not State.DONE:
                self._progress.stop_task(task)
