"""What a screen may ask of the program around it. The program (``app``) implements these; tests put small fakes in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

from screens.iterating import UNCHANGED, Choice, Iterating
from screens.reading import Readable

if TYPE_CHECKING:
    from core.errors import CogumiError
    from core.runs.evidence import Opened, ProblemFigures
    from core.runs.logs import Log
    from core.runs.snapshot import GateView, Series, Snapshot
    from screens.keys import KeyTable, Scope
    from screens.widgets.glyphs import Glyphs

Answer = TypeVar("Answer")


class Problems(NamedTuple):
    """Problems of one ``part`` of an attempt. ``parts``: what parts it has, with how many problems. ``counted``: figures are there."""

    rows: list[ProblemFigures]
    part: str = "measured"
    parts: Mapping[str, int] = {}
    attempt: int = 0
    counted: bool = True


class Source(Readable, Iterating, Protocol):
    """The workspace behind the panel. Every method may take time and is called from a thread; errors are CogumiErrors."""

    workspace: Path
    writable: bool
    read_only: str
    """Why nothing can be written, as a clause; "" while ``writable``."""

    def poll(self, budget_ms: float) -> Snapshot:
        """The newest picture, reading for about ``budget_ms`` at most."""

    def stop(self) -> str:
        """Asks the running step to stop politely; returns one sentence."""

    def override(self, attempt: int, gate: str, reason: str) -> None:
        """Lets an attempt go through its failed gate, if it is the latest still."""

    def problems(self, part: str = "measured", attempt: int = 0, listing: bool = False) -> Problems:
        """The problems of a part of an attempt (0: the latest), or of the first part it has; none before the first attempt.

        ``listing``: at once and without figures.
        """

    def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
        """One problem with its responses of a part, and the reference's."""

    def search(self, text: str, part: str = "measured", attempt: int = 0) -> set[str]:
        """Ids of the problems of a part whose prompt, right answer or any response holds ``text``."""

    def earlier_curves(self) -> Mapping[int, Series]:
        """By attempt, newest first: training curves of attempts before the latest."""

    def logs(self) -> list[Log]:
        """Every log of every attempt, the newest first."""

    def close(self) -> None:
        """Gives back what was opened."""


class Host(Protocol):
    """The application as its screens see it."""

    glyphs: Glyphs
    keys: KeyTable
    source: Source
    snapshot: Snapshot | None
    theme: str

    def now(self) -> float:
        """Seconds since the epoch; tests freeze it."""

    def launch(self, target: str, choice: Choice = UNCHANGED, find: str = "") -> None:
        """Opens the launch screen for a step or a phase, unless another was opened meanwhile; ``find`` names a setting to go to."""

    def set_aside(self, target: str, choice: Choice) -> None:
        """Keeps what was chosen in a form that was left without a start, for when it is opened again."""

    def begin(self, target: str, choice: Choice = UNCHANGED) -> None:
        """Starts a step or a phase in the background."""

    def go_home(self) -> None:
        """Closes every screen over the home screen."""

    def open_suggestions(self, attempt: int = 0) -> None:
        """Opens what to change after the failed gate of an attempt, of the latest for 0."""

    def open_attempts(self) -> None:
        """Opens the table of attempts."""

    def open_versus(self, first: int, second: int) -> None:
        """Opens one attempt against another."""

    def ask_override(self, gate: GateView) -> None:
        """Opens the screen that asks for the reason of an override."""

    def override(self, attempt: int, gate: str, reason: str) -> None:
        """Lets an attempt go through its failed gate, if it is the latest still."""

    def ask_stop(self) -> None:
        """Opens the question whether to stop, unless nothing runs or it stops already, which is said."""

    def stop_work(self) -> None:
        """Asks the running step to stop politely."""

    def open_log(self, step: str | None, search: bool = False) -> None:
        """Opens a step's log, or the newest one for None."""

    def open_story(self) -> None:
        """Opens the whole story of the attempt."""

    def open_responses(self, search: bool = False, find: str = "", attempt: int = 0) -> None:
        """Opens the table of problems of an attempt (0: the latest), those that ``find`` finds where it is given."""

    def open_report(self, attempt: int | None = None) -> None:
        """Opens the report of an attempt, of the latest for None."""

    def open_export(self, attempt: int) -> None:
        """Opens the list of what can be exported of an attempt."""

    def open_settings(self, find: str = "", attempt: int | None = None) -> None:
        """Opens every setting with its source beside those of an attempt, at those that ``find`` finds."""

    def open_doctor(self) -> None:
        """Opens the check of this machine."""

    def open_help(self, scope: Scope) -> None:
        """Opens the list of keys, those of ``scope`` first."""

    def copy(self, text: str, what: str) -> None:
        """Copies ``text``, named ``what`` in the sentence that says so ("the response"), to the user's clipboard. For the key ``y``."""

    def ask(
        self, question: Callable[[], Answer], answer: Callable[[Answer], None], failed: Callable[[CogumiError], None] | None = None
    ) -> None:
        """Calls ``question`` in a thread and ``answer`` with its result back here; an error goes to ``failed``, else becomes a toast."""


def host(node: Any) -> Host:
    """The application of a widget or screen."""
    return cast(Host, node.app)
