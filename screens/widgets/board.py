"""The area of panes: places them by ``arrange`` and remembers which one is in front and whether it stands alone."""

from __future__ import annotations

from collections.abc import Iterator

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from core.runs.snapshot import Snapshot
from screens.arrange import CHROME, Kind, Rect, Wants, arrange, kind
from screens.keys import PANES
from screens.ports import host
from screens.widgets import plan
from screens.widgets.consistency import ConsistencyPane, wanted_height
from screens.widgets.gate import GatePane
from screens.widgets.log_tail import LogPane
from screens.widgets.loss import LossPane
from screens.widgets.machine import MachinePane
from screens.widgets.pane import Pane
from screens.widgets.plan import PlanPane
from screens.widgets.reference import ReferencePane
from screens.widgets.steps import shown_gate
from screens.widgets.story import StoryPane
from screens.widgets.trouble import HEIGHT, TroublePane, broken_step

_CLASSES: dict[str, type[Pane]] = {
    "plan": PlanPane,
    "loss": LossPane,
    "consistency": ConsistencyPane,
    "reference": ReferencePane,
    "gate": GatePane,
    "machine": MachinePane,
    "log": LogPane,
    "story": StoryPane,
}


class _PaneLayout(Layout):
    """Places the board's children where ``arrange`` says; a pane without a place is not there."""

    name = "panes"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, Board)
        places = parent.places(size)
        none = Spacing()
        return [
            WidgetPlacement(Region(rect.x, rect.y, rect.width, rect.height), NULL_OFFSET, none, child)
            for child in children
            if (rect := places.get(child.id or ""))
        ]


class Board(Widget):
    """All panes of the control screen."""

    DEFAULT_CSS = "Board { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.front = "plan"
        self.zoomed = False
        self._low = "log"
        self._wants = Wants()
        self._layout = _PaneLayout()
        self.trouble = TroublePane(0, id="trouble")
        self.panes: dict[str, Pane] = {
            name: _CLASSES[name](number, id=name) for number, name in enumerate(PANES, start=1)
        }

    @property
    def layout(self) -> Layout:
        return self._layout

    def compose(self) -> Iterator[Widget]:
        yield from self.panes.values()
        yield self.trouble

    @property
    def kind(self) -> Kind:
        """The arrangement of the present screen size."""
        return kind(self.app.size.width, self.app.size.height)

    def places(self, size: Size) -> dict[str, Rect]:
        """Where everything goes in ``size`` cells."""
        found = kind(size.width, size.height + CHROME)
        return arrange(found, size.width, size.height, self.front, self.zoomed, self._low, self._wants)

    @property
    def shown(self) -> list[str]:
        """The panes on screen, in the order of their numbers."""
        places = self.places(self.size)
        return [name for name in PANES if name in places]

    def bring(self, name: str, zoomed: bool | None = None) -> None:
        """Puts a pane in front and gives it the keys."""
        before = self.places(self.size)
        self.front = name
        if name in ("log", "story"):
            self._low = name
        if zoomed is not None:
            self.zoomed = zoomed
        # Placing anew repaints the whole screen; where all panes stay, a key moves only the focus.
        if self.places(self.size) != before:
            self._place_again()
        self.screen.set_focus(self.panes[name], scroll_visible=False)

    def take(self, snapshot: Snapshot, now: float) -> None:
        """Hands the picture to every pane and makes room for what it holds."""
        for pane in (*self.panes.values(), self.trouble):
            pane.take(snapshot, now)
        gate = shown_gate(snapshot)
        notes = sum(1 for criterion in gate.criteria if criterion.note) if gate else 0
        wants = Wants(
            plan=plan.wanted_height(snapshot, host(self).glyphs),
            gate=2 * len(gate.criteria) + 2 + 2 * notes if gate else 6,
            table=wanted_height(snapshot.categories),
            machine=len(snapshot.telemetry.gpus) + 16 if snapshot.telemetry else 14,
            trouble=HEIGHT if broken_step(snapshot) else 0,
        )
        if wants != self._wants:
            self._wants = wants
            self._place_again()

    def _place_again(self) -> None:
        # Textual forgets a parent's arrangement when a child asks for layout, not when the parent itself does.
        self.panes["plan"].refresh(layout=True)
