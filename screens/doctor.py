"""What this machine has of what the settings need: the doctor's findings, what asks for something first, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from core.text import plain_line
from screens import figures
from screens.ink import Line, left, wrapped
from screens.keys import bindings
from screens.reading import Finding
from screens.titled import TitledScreen
from screens.widgets.entries import Entries
from screens.widgets.footer import Footer
from screens.widgets.glyphs import Glyphs
from screens.widgets.title import TitleBar

_ORDER = ("problem", "warning", "ok")
_WORDS = {"problem": "problem", "warning": "warning", "ok": "fine"}
_ROLES = {"problem": "bad", "warning": "warn", "ok": "good"}
_HEADINGS = {
    "problem": "must be mended before a run can work",
    "warning": "works, but not as well as it could",
    "ok": "as it should be",
}
_STATE = 11
_LONGEST_NAME = 20


def sign(level: str, glyphs: Glyphs) -> str:
    """The sign of a level; the word stands beside it."""
    return {"problem": glyphs.missed, "warning": "!", "ok": glyphs.met}[level]


def finding_lines(finding: Finding, width: int, name: int, glyphs: Glyphs) -> list[Line]:
    """One finding: state, name, what was found, and below it what to do."""
    indent = 1 + _STATE + name + 2
    room = max(20, min(width - indent - 2, 110))
    role = _ROLES[finding.level]
    first, *rest = wrapped(glyphs.say(plain_line(finding.text, 1000)), room)
    state: Line = [(f" {sign(finding.level, glyphs)} ", role), (left(_WORDS[finding.level], _STATE - 2), role)]
    lines = [[*state, (left(plain_line(finding.name), name, glyphs.ellipsis), "strong"), ("  ", ""), (first, "text")]]
    lines += [[(" " * indent, ""), (text, "text")] for text in rest]
    if finding.advice:
        advice, *more = wrapped(glyphs.say(plain_line(finding.advice, 1000)), room - 3)
        quiet = finding.level == "ok"
        lines.append([(" " * indent, ""), (left(glyphs.arrow, 3), "dim" if quiet else "accent"), (advice, "dim" if quiet else "strong")])
        lines += [[(" " * (indent + 3), ""), (text, "dim" if quiet else "strong")] for text in more]
    return lines


class DoctorScreen(TitledScreen):
    """Looks when it is opened, in a process of its own, and again on request."""

    SCOPE = "doctor"
    BINDINGS = bindings("doctor")

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.bar = TitleBar("Doctor")
        self.entries = Entries(self._draw, "looking at packages, GPU, sandbox, disk, model, data and keys")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.entries
        yield Footer("doctor")

    def on_mount(self) -> None:
        self.action_again()

    def action_again(self) -> None:
        self.bar.tell([("looking at this machine", "dim")])
        self.host.ask(self.host.source.examine, self._arrived, lambda error: self._arrived([Finding("doctor", "problem", str(error))]))

    def _arrived(self, findings: list[Finding]) -> None:
        self.findings = sorted(findings, key=lambda finding: _ORDER.index(finding.level))
        self.entries.show(len(self.findings), 0)
        glyphs = self.host.glyphs
        about: Line = []
        for level in _ORDER:
            count = sum(finding.level == level for finding in findings)
            if count:
                word = _WORDS[level] if count == 1 or level == "ok" else f"{_WORDS[level]}s"
                about += [(f"{sign(level, glyphs)} {count} {word}  ", _ROLES[level])]
        self.bar.tell([*about, (f"{glyphs.separator} looked at {figures.clock(self.host.now())}", "dim")])

    def _draw(self, number: int, width: int, here: bool) -> tuple[list[Line], list[Line]]:
        finding, glyphs = self.findings[number], self.host.glyphs
        name = min(_LONGEST_NAME, max(len(plain_line(f.name)) for f in self.findings))
        before = self.findings[number - 1].level if number else ""
        heading: list[Line] = [[], [(f" {_HEADINGS[finding.level]}", "dim")]] if finding.level != before else []
        return heading, finding_lines(finding, width, name, glyphs)

    def action_rows(self, by: int) -> None:
        self.entries.move(by)

    def action_pages(self, by: int) -> None:
        self.entries.move_pages(by)

    def action_copy(self) -> None:
        """What to do about the finding, or what was found where nothing needs doing."""
        if self.findings:
            finding = self.findings[self.entries.cursor]
            self.host.copy(finding.advice or finding.text, "the advice" if finding.advice else "the finding")
