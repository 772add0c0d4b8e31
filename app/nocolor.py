"""The panel without colours, as NO_COLOR asks (no-color.org): what colour said, reverse and dim say; signs and words say the rest."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from screens.themes import ALL, DARK


class Colourless(LineFilter):
    """Drops every colour; what stands on the cursor's background is reversed, and what is quiet is dim."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        self._theme = theme

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        theme = self._theme
        return [Segment(text, None if style is None else colourless(style, theme), control) for text, style, control in segments]


@lru_cache(maxsize=1024)
def colourless(style: Style, theme: str) -> Style:
    """A style of the theme without its colours."""
    colours = ALL.get(theme, DARK)
    ground = style.bgcolor.triplet.hex if style.bgcolor is not None and style.bgcolor.triplet else ""
    ink = style.color.triplet.hex if style.color is not None and style.color.triplet else ""
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        dim=ink in (colours.faint, colours.line) and ground != colours.cursor,
        reverse=(ground == colours.cursor) != bool(style.reverse),
        meta=style.meta,
    )
