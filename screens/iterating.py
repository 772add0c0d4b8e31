"""What the screens of a start, of suggestions and of attempts ask of the workspace: part of ``ports.Source``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from core.counsel.forecast import Range, StepAhead
    from core.counsel.suggestions import Suggestion
    from core.plan.fields import Field
    from core.plan.ledger import Limit
    from core.report.versus import Versus
    from core.runs.overview import AttemptView
    from core.runs.readiness import Finding
    from core.runs.snapshot import GateView


class Choice(NamedTuple):
    """What a person chose for a start. values: settings by dotted key. parent: the attempt that a new one is made from, whose settings
    are then the start; 0 goes on in the latest attempt, as far as the values let it, or with ``new`` in a new one with its settings."""

    values: tuple[tuple[str, Any], ...] = ()
    parent: int = 0
    new: bool = False


UNCHANGED = Choice()
"""Goes on with the settings there are."""


class FieldRow(NamedTuple):
    """One setting of the form. heading: what it stands under. value: as a start would use it, origin: where that comes from.
    usual: the profile's. used: the value of the attempt that goes on, or that a new one is made from; None before the first attempt."""

    field: Field
    heading: str
    value: Any
    origin: str
    usual: Any
    used: Any = None

    @property
    def changed(self) -> bool:
        """Whether the value differs from the attempt's, or before the first attempt from the profile's."""
        return bool(self.value != (self.usual if self.used is None else self.used))


class LaunchPlan(NamedTuple):
    """What a start will do, said before it is done.

    attempt: the number it goes on in, or that the ``new`` one gets, made from ``parent`` (0: from none). binding: settings that
    finished steps of the parent had otherwise, for whose sake it has to be a new attempt. steps: all of the target, those done too.
    seconds, dollars: expected (low, high), None where nobody can say; basis: where they come from. limits: what binds the next step.
    findings: worst first. refusal: why it cannot be started, or "". anew: whether a new attempt is the way on then. trouble: why the chosen
    values cannot stand together; the rest is then as without them. note: what else should be known, calmly.
    """

    target: str
    title: str
    attempt: int
    new: bool
    parent: int = 0
    binding: tuple[str, ...] = ()
    steps: tuple[StepAhead, ...] = ()
    fields: tuple[FieldRow, ...] = ()
    seconds: Range | None = None
    dollars: Range | None = None
    basis: str = ""
    limits: tuple[Limit, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusal: str = ""
    anew: bool = False
    trouble: str = ""
    note: str = ""


class Iteration(NamedTuple):
    """What to do after a failed gate. target: what a new attempt would run. settings: the attempt's, by dotted key."""

    attempt: int
    target: str
    gate: GateView | None
    suggestions: tuple[Suggestion, ...]
    settings: dict[str, Any]


class Iterating(Protocol):
    """Every method may take time and is called from a thread; errors are CogumiErrors."""

    def launch_plan(self, target: str, choice: Choice = UNCHANGED) -> LaunchPlan:
        """What starting ``target`` (a step id, ``phase-1b.1``, ``phase-1b.2``) would do."""

    def start(self, target: str, choice: Choice = UNCHANGED) -> str:
        """Starts it in the background; returns one sentence about what was started."""

    def command(self, target: str, choice: Choice) -> str:
        """The command line that starts the same."""

    def keep(self, values: tuple[tuple[str, Any], ...]) -> str:
        """Writes settings into ``cogumi.toml``; returns one sentence."""

    def iteration(self, attempt: int = 0) -> Iteration:
        """The failed gate of an attempt (0: the latest) and what to change; no gate where none has failed."""

    def overview(self) -> tuple[AttemptView, ...]:
        """Every attempt, oldest first; none before the first."""

    def versus(self, first: int, second: int) -> Versus:
        """One attempt against another on the problems that both measured."""
