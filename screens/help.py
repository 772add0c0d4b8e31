"""Every key, made from the key table: those that work where the user is first, then those of the other screens."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from core.runs.snapshot import Snapshot
from screens.base import PanelScreen
from screens.ink import Line, left, wrapped
from screens.keys import ABOVE, KeyTable, Scope, bindings, shown
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.title import TitleBar

NAMES: dict[Scope, str] = {
    "everywhere": "Everywhere",
    "control": "Home screen",
    "plan": "Plan pane",
    "loss": "Loss pane",
    "consistency": "Consistency pane",
    "machine": "Machine pane",
    "log": "Log screen",
    "responses": "Problems screen",
    "answers": "Responses screen",
    "difference": "Differences screen",
    "launch": "Before a start",
    "suggestions": "What to change",
    "attempts": "Attempts",
    "versus": "Two attempts",
    "report": "Report",
    "export": "Exports",
    "settings": "Settings",
    "doctor": "Doctor",
    "help": "This list",
}
_KEYS = 16


def content(table: KeyTable, scope: Scope, width: int, ascii_only: bool) -> list[Line]:
    """The list of keys for a width in cells."""
    here = (scope, *ABOVE[scope])
    order = [*here, *(name for name in NAMES if name not in here)]
    lines: list[Line] = []
    for name in order:
        keys = table.of(name)
        if not keys:
            continue
        if lines:
            lines.append([])
        mark = "  works here" if name in here else ""
        lines.append([(f"  {NAMES[name]}", "title"), (mark, "accent")])
        for key in keys:
            names = " ".join(shown(one, ascii_only) for one in key.keys)
            texts = wrapped(key.help, max(20, width - _KEYS - 6))
            lines.append([("    ", ""), (left(names, _KEYS), "key"), (texts[0], "text")])
            lines += [[(" " * (_KEYS + 4), ""), (text, "text")] for text in texts[1:]]
    lines += [
        [],
        [("  Signs", "title")],
        *([("    ", ""), (left(sign, _KEYS), "key"), (text, "text")] for sign, text in _signs(ascii_only)),
        [],
        [("    Keys can be changed by their ids in [panel.keymap] of cogumi.toml:", "dim")],
        *([("    ", ""), (line, "dim")] for line in wrapped(", ".join(key.id for key in table.keys), max(20, width - 8))),
    ]
    return lines


def _signs(ascii_only: bool) -> list[tuple[str, str]]:
    from screens.widgets.glyphs import ASCII, UNICODE

    glyphs = ASCII if ascii_only else UNICODE
    before, now, threshold, interval = glyphs.track[2], glyphs.track[3], glyphs.track[4], glyphs.track[5]
    return [
        (f"{before}  {now}", "a figure before training and now"),
        (interval * 3, "its 95 % interval"),
        (threshold, "what the gate wants"),
        (f"{glyphs.met}  {glyphs.missed}", "met, missed (the plan's rule: the figure itself)"),
        (f"{glyphs.met}{glyphs.undecided}", "met, but the interval spans the target: undecided"),
        (glyphs.checkpoint, "a checkpoint on the loss chart"),
    ]


class HelpScreen(PanelScreen):
    """Opened by ``?`` from anywhere; Escape goes back."""

    SCOPE = "help"
    BINDINGS = bindings("help")

    def __init__(self, about: Scope) -> None:
        super().__init__()
        self._about = about
        self.bar = TitleBar("Help")
        self.page = Page()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield Footer("help", leave_out=frozenset({"help"}))

    def on_mount(self) -> None:
        keys, glyphs = self.host.keys, self.host.glyphs
        self.page.show(lambda width: content(keys, self._about, width, glyphs.ascii))
        self.bar.tell([("all keys, those that work where you were first", "dim")])

    def take(self, snapshot: Snapshot, now: float) -> None:
        self.bar.take(snapshot, now)

    def action_lines(self, by: int) -> None:
        self.page.scroll_lines(by)

    def action_pages(self, by: int) -> None:
        self.page.scroll_pages(by)
