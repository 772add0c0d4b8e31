"""Colours: three themes for Textual, and for each what a role of ``ink.py`` looks like.

One accent (blue) carries structure, progress and what is met; one alarm (orange, crimson on light ground) what is missed or broken; one
caution (yellow) what is undecided. The three stay apart for every common colour blindness and all text has the contrast that WCAG asks
for, both tested; sign and word always say the same without colour.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style

if TYPE_CHECKING:
    from textual.theme import Theme


class Colours(NamedTuple):
    """Colours of one theme as ``#rrggbb``. ``accent_soft`` is the accent for large quiet areas such as the raw loss,
    ``line`` for frames and rails."""

    name: str
    dark: bool
    background: str
    raised: str
    cursor: str
    text: str
    strong: str
    dim: str
    faint: str
    line: str
    accent: str
    accent_soft: str
    alarm: str
    caution: str


DARK = Colours(
    name="cogumi-dark",
    dark=True,
    background="#0e1116",
    raised="#161b22",
    cursor="#1f2a38",
    text="#c9d1d9",
    strong="#f0f3f6",
    dim="#98a1ab",
    faint="#7b8591",
    line="#363f49",
    accent="#6cb6ff",
    accent_soft="#3d6a96",
    alarm="#ef6f2e",
    caution="#e4b944",
)

LIGHT = Colours(
    name="cogumi-light",
    dark=False,
    background="#fbfaf8",
    raised="#f0eeea",
    cursor="#dfe9f5",
    text="#30363d",
    strong="#0d1117",
    dim="#545b64",
    faint="#6b727a",
    line="#c9cacc",
    accent="#0a5fb4",
    accent_soft="#5a92c8",
    alarm="#c4225a",
    caution="#665800",
)

CONTRAST = Colours(
    name="cogumi-contrast",
    dark=True,
    background="#000000",
    raised="#000000",
    cursor="#003a70",
    text="#ffffff",
    strong="#ffffff",
    dim="#dddddd",
    faint="#bdbdbd",
    line="#8a8a8a",
    accent="#5fd7ff",
    accent_soft="#3fa0c8",
    alarm="#ffaf00",
    caution="#ffff5f",
)

ALL = {colours.name: colours for colours in (DARK, LIGHT, CONTRAST)}

_ROLES = {
    "": ("text", ""),
    "text": ("text", ""),
    "strong": ("strong", "bold"),
    "dim": ("dim", ""),
    "faint": ("faint", ""),
    "accent": ("accent", ""),
    "accent-strong": ("accent", "bold"),
    "soft": ("accent_soft", ""),
    "good": ("accent", ""),
    "bad": ("alarm", ""),
    "bad-strong": ("alarm", "bold"),
    "warn": ("caution", ""),
    "warn-strong": ("caution", "bold"),
    "frame": ("line", ""),
    "frame-focus": ("accent", ""),
    "title": ("text", "bold"),
    "title-focus": ("accent", "bold"),
    "key": ("accent", "bold"),
    "match": ("caution", "bold reverse"),
    "removed": ("alarm", "bold underline"),
    "added": ("accent", "bold underline"),
}
ROLES = frozenset(_ROLES)


@lru_cache(maxsize=512)
def style(theme: str, role: str) -> Style:
    """What a role looks like; one that ends with ``*`` is on the cursor's background. Unknown themes look like the dark one."""
    colours = ALL.get(theme, DARK)
    colour, extra = _ROLES[role.removesuffix("*")]
    background = colours.cursor if role.endswith("*") else colours.background
    return Style.parse(f"{extra} {getattr(colours, colour)} on {background}")


def textual_theme(colours: Colours) -> Theme:
    """The theme for Textual's own widgets (inputs, toasts, the palette)."""
    from textual.theme import Theme

    return Theme(
        name=colours.name,
        primary=colours.accent,
        secondary=colours.accent_soft,
        accent=colours.accent,
        warning=colours.caution,
        error=colours.alarm,
        success=colours.accent,
        foreground=colours.text,
        background=colours.background,
        surface=colours.background,
        panel=colours.raised,
        dark=colours.dark,
        variables={
            "dim": colours.dim,
            "faint": colours.line,
            "strong": colours.strong,
            "raised": colours.raised,
            "cursor": colours.cursor,
            "block-cursor-background": colours.cursor,
            "block-cursor-foreground": colours.strong,
            "block-cursor-text-style": "bold",
            "block-hover-background": colours.raised,
            "border": colours.line,
            "border-blurred": colours.line,
            "input-cursor-background": colours.text,
            "input-cursor-foreground": colours.background,
            "input-selection-background": f"{colours.accent} 30%",
            "scrollbar": colours.line,
            "scrollbar-hover": colours.dim,
            "scrollbar-active": colours.accent,
            "scrollbar-background": colours.background,
            "scrollbar-background-hover": colours.background,
            "scrollbar-background-active": colours.background,
            "scrollbar-corner-color": colours.background,
            "footer-key-foreground": colours.accent,
        },
    )
