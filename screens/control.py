"""The home screen: the plan, what runs, its curves and figures, the gate, the machine and the log, all live."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.widget import Widget

from core.runs.snapshot import Snapshot
from screens.base import PanelScreen
from screens.keys import PANES, Scope, bindings
from screens.widgets.board import Board
from screens.widgets.footer import Footer
from screens.widgets.header import Header
from screens.widgets.loss import LossPane
from screens.widgets.pane import Pane
from screens.widgets.plan import PlanPane
from screens.widgets.steps import current_gate

_SCOPES: dict[str, Scope] = {"plan": "plan", "loss": "loss", "consistency": "consistency", "machine": "machine"}


class ControlScreen(PanelScreen):
    """Holds no state but what is in front; every number comes from the snapshot."""

    SCOPE = "control"
    BINDINGS = bindings("control")

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.header = Header()
        self.footer = Footer("plan", leave_out=frozenset({"back"}))
        self._writable: bool | None = None

    def compose(self) -> Iterator[Widget]:
        yield self.header
        yield self.board
        yield self.footer

    def on_mount(self) -> None:
        keys, glyphs = self.host.keys, self.host.glyphs
        gate, run = keys.first("gate", glyphs.ascii), keys.first("run", glyphs.ascii)
        self.header.hint = (f"press {gate} to run to the gate, {run} for one step", f"press {gate} to run to the gate")
        self.board.bring("plan")

    @property
    def scope(self) -> Scope:
        return _SCOPES.get(self.board.front, "pane")

    @property
    def plan(self) -> PlanPane:
        """The pane whose cursor says which step is meant."""
        pane = self.board.panes["plan"]
        assert isinstance(pane, PlanPane)
        return pane

    def take(self, snapshot: Snapshot, now: float) -> None:
        self.header.take(snapshot, now)
        self.board.take(snapshot, now)
        if snapshot.writable != self._writable:
            self._writable = snapshot.writable
            self.footer.redraw()

    def on_resize(self) -> None:
        self._dress()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click on a pane brings it to the front like its key does."""
        if isinstance(event.widget, Pane) and event.widget.id and event.widget.id != self.board.front:
            self.board.front = event.widget.id
        self._dress()

    def on_header_jump(self, message: Header.Jump) -> None:
        self.action_go(message.pane)

    def _dress(self) -> None:
        """Header and footer follow size and focus."""
        self.header.show_tabs(self.board.front if self.board.kind == "compact" else None)
        self.footer.show(self.scope)

    def action_go(self, pane: str) -> None:
        self.board.bring(pane)
        self._dress()

    def action_next_pane(self) -> None:
        self._cycle(1)

    def action_previous_pane(self) -> None:
        self._cycle(-1)

    def _cycle(self, by: int) -> None:
        """To the next pane on screen; where only one is shown at a time, through all of them."""
        board = self.board
        names = list(PANES) if board.zoomed or board.kind == "compact" else board.shown
        at = names.index(board.front) if board.front in names else 0
        self.action_go(names[(at + by) % len(names)])

    def action_zoom(self) -> None:
        self.board.bring(self.board.front, not self.board.zoomed)
        self._dress()

    def go_back(self) -> bool:
        front = self.board.panes[self.board.front]
        if isinstance(front, LossPane) and front.leave_crosshair():
            return True
        if self.board.zoomed:
            self.action_zoom()
            return True
        if self.board.front != "plan":
            self.action_go("plan")
        return True

    def action_run_step(self) -> None:
        if self.plan.selected:
            self.host.launch(self.plan.selected)

    def action_run_gate(self) -> None:
        gate = current_gate(self.host.snapshot) if self.host.snapshot else None
        self.host.launch(f"phase-{gate.phase.lower()}" if gate else "phase-1b.1")

    def action_override(self) -> None:
        gate = current_gate(self.host.snapshot) if self.host.snapshot else None
        if gate is not None:
            self.host.ask_override(gate)

    def action_stop(self) -> None:
        self.host.ask_stop()

    def action_open(self) -> None:
        """Plan and log open the log, the story all of its notes, measuring panes the responses; the others stand alone."""
        if self.board.front in ("plan", "log"):
            self.action_log()
        elif self.board.front == "story":
            self.host.open_story()
        elif self.board.front in ("consistency", "reference"):
            self.action_responses()
        else:
            self.action_zoom()

    def action_log(self) -> None:
        self.host.open_log(self.plan.selected)

    def action_responses(self) -> None:
        self.host.open_responses()

    def action_report(self) -> None:
        self.host.open_report()

    def action_settings(self) -> None:
        self.host.open_settings()

    def action_doctor(self) -> None:
        self.host.open_doctor()

    def action_suggest(self) -> None:
        self.host.open_suggestions()

    def action_attempts(self) -> None:
        self.host.open_attempts()

    def action_search(self) -> None:
        if self.board.front == "log":
            self.host.open_log(self.plan.selected, search=True)
        else:
            self.host.open_responses(search=True)
