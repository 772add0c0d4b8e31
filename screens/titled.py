"""Screens with a title bar over them, and those of them that are one text to be scrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from screens.base import PanelScreen
from screens.widgets.title import TitleBar

if TYPE_CHECKING:
    from core.runs.snapshot import Snapshot


class Scrolls(Protocol):
    """A widget whose text is moved by keys."""

    def scroll_lines(self, by: int) -> None:
        """Scrolls by lines; it stops at both ends."""

    def scroll_pages(self, by: int) -> None:
        """Scrolls by whole pages."""


class TitledScreen(PanelScreen):
    """The title bar says what the work in the background is doing."""

    bar: TitleBar

    def take(self, snapshot: Snapshot, now: float) -> None:
        self.bar.take(snapshot, now)


class TextScreen(TitledScreen):
    """The keys for lines and pages move its one text."""

    scrolled: Scrolls

    def action_lines(self, by: int) -> None:
        self.scrolled.scroll_lines(by)

    def action_pages(self, by: int) -> None:
        self.scrolled.scroll_pages(by)
