"""What all screens share: they know the program around them, take snapshots while they are in front, and Escape leaves them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from screens.arrange import kind
from screens.keys import Scope
from screens.ports import Host, host
from screens.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from core.runs.snapshot import Snapshot


STYLES = Path(__file__).parent.parent / "styles"
"""Folder of the style sheets: base.tcss for all, one file a screen that needs its own."""


class PanelScreen(Screen[None]):
    """A full screen. ``SCOPE`` names its keys in the key table."""

    SCOPE: ClassVar[Scope] = "everywhere"
    AUTO_FOCUS = ""
    ESCAPE_TO_MINIMIZE = False
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual repaints the whole screen when the focus moves; here every widget repaints what it changes, which is all there is."""

    @property
    def host(self) -> Host:
        """The program around the screen."""
        return host(self)

    @property
    def scope(self) -> Scope:
        """The key scope that counts now: the screen's, or the focused pane's."""
        return self.SCOPE

    def take(self, snapshot: Snapshot, now: float) -> None:
        """Takes the newest picture. Screens that show nothing live ignore it."""

    def on_screen_resume(self) -> None:
        """Brings a screen up to date that was covered while pictures came."""
        if self.host.snapshot is not None:
            self.take(self.host.snapshot, self.host.now())

    def on_resize(self) -> None:
        """In a window that is too small for any screen, says so instead."""
        tiny = kind(self.app.size.width, self.app.size.height) == "tiny"
        if tiny and not self.query(TooSmall):
            self.mount(TooSmall())
        self.set_class(tiny, "-tiny")

    def go_back(self) -> bool:
        """What Escape does; False leaves the screen."""
        return False
