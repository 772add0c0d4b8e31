"""What the screens of a start, of suggestions and of attempts ask of a workspace: ``screens.iterating.Iterating`` over its store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UsageError, WorkspaceError
from screens.iterating import UNCHANGED, Choice, Iteration, LaunchPlan

if TYPE_CHECKING:
    from core.report.versus import Versus
    from core.runs.overview import AttemptView
    from core.runs.snapshot import Snapshot


class Iterating(ABC):
    """Part of the panel's source. All methods may be called from any thread."""

    workspace: Path
    writable: bool
    read_only: str

    @abstractmethod
    def _snapshot(self) -> Snapshot:
        """The newest picture that was taken."""

    def launch_plan(self, target: str, choice: Choice = UNCHANGED) -> LaunchPlan:
        from app.launching import launch_plan

        return launch_plan(self.workspace, target, choice, self._snapshot())

    def start(self, target: str, choice: Choice = UNCHANGED) -> str:
        from app.launching import outlook_of
        from core.runs.launch import start

        self._check_writable()
        found = outlook_of(self.workspace, target, choice)
        if found.refusal:
            raise UsageError(found.refusal)
        started = start(
            self.workspace,
            found.target,
            found.loaded.settings,
            new_attempt=found.new and found.attempt > 1,
            parent=found.parent,
            reason=found.reason,
            origins=found.origins,
        )
        return started.text

    def command(self, target: str, choice: Choice) -> str:
        from app.launching import command

        return command(self.workspace, target, choice)

    def keep(self, values: tuple[tuple[str, Any], ...]) -> str:
        from core.plan.load import load_settings
        from core.plan.write import write_values

        self._check_writable()
        path = write_values(self.workspace, dict(values), load_settings(self.workspace).settings.profile)
        return f"{len(values)} setting{'s' if len(values) != 1 else ''} written to {path}; later attempts start with them."

    def iteration(self, attempt: int = 0) -> Iteration:
        from core.plan.load import flat
        from core.runs.advice import advice

        found = self.overview()
        view = next((view for view in found if view.number == attempt), None) if attempt else found[-1] if found else None
        if view is None or view.failed_gate is None:
            return Iteration(view.number if view else 0, "", None, (), {})
        gate = view.failed_gate
        return Iteration(view.number, f"phase-{gate.phase.lower()}", gate, advice(found, view), flat(view.settings))

    def overview(self) -> tuple[AttemptView, ...]:
        from core.runs.overview import attempts
        from core.runs.workspace import Workspace

        return attempts(self.workspace) if Workspace(self.workspace).store.exists() else ()

    def versus(self, first: int, second: int) -> Versus:
        from core.report.versus import versus

        return versus(self.workspace, first, second)

    def _check_writable(self) -> None:
        if not self.writable:
            raise WorkspaceError(f"This panel is read-only, for {self.read_only}: it starts and stops nothing.")
