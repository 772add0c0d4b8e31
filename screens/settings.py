"""Every setting with its value, where that comes from, its help and bounds; what somebody changed is marked, and found by typing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from core.errors import CogumiError
from core.text import plain_line
from screens.base import STYLES
from screens.ink import Line, left, wrapped
from screens.iterating import Choice
from screens.keys import bindings
from screens.latest import Latest
from screens.reading import SettingRow, SettingsPicture
from screens.titled import TitledScreen
from screens.widgets.entries import Entries
from screens.widgets.field import Field
from screens.widgets.footer import Footer
from screens.widgets.glyphs import Glyphs
from screens.widgets.page import Page
from screens.widgets.steps import current_gate
from screens.widgets.title import TitleBar

KINDS = ("all", "changed", "not as in the attempt")
_WIDE = 110
_WITH_HELP = 100
"""Width of the list from which on each setting's help stands beside it."""
_VALUE = 26
_changed, _moved = attrgetter("changed"), attrgetter("moved")


def table_of(key: str) -> str:
    """The table of ``cogumi.toml`` in which a setting stands, "" for none."""
    return key.rpartition(".")[0]


def found(rows: Sequence[SettingRow], text: str, kind: str) -> list[SettingRow]:
    """The rows of a kind in which every word of ``text`` occurs: in the key, the help or the value."""
    words = text.lower().split()
    wanted = {"changed": _changed, "not as in the attempt": _moved}.get(kind, lambda row: True)
    return [row for row in rows if wanted(row) and all(word in f"{row.key} {row.doc} {row.value}".lower() for word in words)]


def row_line(row: SettingRow, width: int, name: int, value: int, glyphs: Glyphs, attempt: int) -> Line:
    """``● learning_rate  0.002  profile``, and what the attempt was run with where that is another value; else its help where it fits."""
    mark = glyphs.dot if row.changed else " "
    shown = plain_line(row.value) or "(empty)"
    role = "strong" if row.changed else "text"
    line: Line = [(f" {mark} ", "accent"), (left(row.key.rpartition(".")[2], name, glyphs.ellipsis), role), ("  ", "")]
    line += [(left(shown, value, glyphs.ellipsis), role), ("  ", ""), (left(row.origin, 9), "dim")]
    if row.moved:
        line.append((f"attempt {attempt}: {plain_line(row.used or '') or '(empty)'}", "warn"))
    elif width >= _WITH_HELP:
        line.append((glyphs.say(plain_line(row.doc)), "faint"))
    return line


def detail(row: SettingRow, width: int, glyphs: Glyphs, picture: SettingsPicture) -> list[Line]:
    """All there is to say of one setting."""
    room = max(16, width - 4)
    lines: list[Line] = [[("  ", ""), (row.key, "title")]]
    lines += [[("  ", ""), (text, "text")] for text in wrapped(glyphs.say(plain_line(row.doc)), room)]
    if row.wanted:
        lines += [[("  ", ""), (text, "dim")] for text in wrapped(f"takes {plain_line(row.wanted)}", room)]
    else:
        lines += [[("  ", ""), (text, "dim")] for text in wrapped("not of an attempt: the form of a start leaves it out", room)]
    lines.append([])
    facts = [("now", row.value, row.origin), (f"profile {picture.profile}", row.usual, ""), ("the plan", row.default, "")]
    if row.used is not None:
        facts.append((f"attempt {picture.attempt}", row.used, "" if row.used == row.value else "not as now"))
    name = max(len(label) for label, _, _ in facts) + 2
    for label, text, note in facts:
        pieces = wrapped(plain_line(text) or "(empty)", max(8, room - name))
        said: Line = [(f"  {note}", "warn" if note == "not as now" else "dim")] if note else []
        lines.append([("  ", ""), (left(label, name), "dim"), (pieces[0], "strong" if label == "now" else "text"), *said])
        lines += [[(" " * (name + 2), ""), (piece, "text")] for piece in pieces[1:]]
    return lines


class SettingsScreen(TitledScreen):
    """Changes nothing: a new attempt takes changes, and the file is the user's own."""

    SCOPE = "settings"
    BINDINGS = bindings("settings")
    CSS_PATH = STYLES / "settings.tcss"

    def __init__(self, find: str = "", attempt: int | None = None) -> None:
        super().__init__()
        self._attempt = attempt
        self._kind = KINDS[0]
        self._text = find
        self.picture: SettingsPicture | None = None
        self.rows: list[SettingRow] = []
        self.bar = TitleBar("Settings")
        self.entries = Entries(self._draw, "reading the settings", id="settings")
        self.about = Page(None, id="about")
        self.find = Field("find", "words in a setting's name, help or value", find)

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.entries
        yield self.about
        yield Footer("settings")
        yield self.find

    def on_mount(self) -> None:
        attempt, source = self._attempt, self.host.source
        Latest(self._arrived).ask(self.host, lambda: source.settings(attempt))

    def _arrived(self, picture: SettingsPicture | CogumiError) -> None:
        if isinstance(picture, CogumiError):
            self.entries.empty = plain_line(str(picture))
            self.entries.show(0)
            return
        self.picture = picture
        self._apply()

    def on_resize(self) -> None:
        self.set_class(self.app.size.width >= _WIDE, "-wide")

    def _apply(self) -> None:
        """Filters anew and says in the title what is shown."""
        if self.picture is None:
            return
        at = self.rows[self.entries.cursor] if self.rows else None
        self.rows = found(self.picture.rows, self._text, self._kind)
        # The whole name typed is that setting, though others may speak of it.
        exact = next((number for number, row in enumerate(self.rows) if row.key == self._text), None)
        cursor = self.rows.index(at) if exact is None and at in self.rows else exact or 0
        self.entries.empty = "no setting has these words" if self._text else "none"
        self.entries.show(len(self.rows), cursor)
        self._tell()

    def _tell(self) -> None:
        assert self.picture is not None
        picture, glyphs = self.picture, self.host.glyphs
        separator = f" {glyphs.separator} "
        many = f"{len(self.rows)} of {len(picture.rows)}" if len(self.rows) != len(picture.rows) else str(len(picture.rows))
        moved = sum(row.moved for row in picture.rows)
        if self._kind != KINDS[0]:
            about: Line = [(f"{many} {self._kind}", "accent")]
            moved = 0
        else:
            parts = [many, f"profile {picture.profile}", f"{sum(row.changed for row in picture.rows)} changed"]
            about = [(separator.join(parts), "dim")]
        if picture.trouble:
            about = [(f"as attempt {picture.attempt} was run", "dim"), (f"{separator}{plain_line(picture.trouble)}", "bad")]
        elif moved:
            about.append((f"{separator}{moved} not as in attempt {picture.attempt}", "warn"))
        if self._text:
            about.append((f"{separator}“{plain_line(self._text, 30)}”", "accent"))
        self.bar.tell(about)

    def _draw(self, number: int, width: int, here: bool) -> tuple[list[Line], list[Line]]:
        assert self.picture is not None
        glyphs, row = self.host.glyphs, self.rows[number]
        table = table_of(row.key)
        name = min(34, max((len(row.key.rpartition(".")[2]) for row in self.rows), default=8))
        value = max(14, min(_VALUE, width - name - 40))
        heading: list[Line] = []
        if not number or table_of(self.rows[number - 1].key) != table:
            heading = [*([[]] if number else []), [(f" {table or 'general'}", "dim")]]
        return heading, [row_line(row, width, name, value, glyphs, self.picture.attempt)]

    def on_entries_moved(self) -> None:
        """What is under the cursor is told in full beside or below the list."""
        glyphs, picture = self.host.glyphs, self.picture
        row = self.current
        if picture is None or row is None:
            self.about.show(lambda width: [])
        else:
            self.about.show(lambda width: detail(row, width, glyphs, picture))

    @property
    def current(self) -> SettingRow | None:
        """The setting under the cursor."""
        return self.rows[self.entries.cursor] if self.entries.cursor < len(self.rows) else None

    def action_rows(self, by: int) -> None:
        self.entries.move(by)

    def action_pages(self, by: int) -> None:
        self.entries.move_pages(by)

    def action_kind(self) -> None:
        self._kind = KINDS[(KINDS.index(self._kind) + 1) % len(KINDS)]
        self._apply()

    def action_find(self) -> None:
        self.find.open()

    def action_change(self) -> None:
        """Opens the form of a new attempt, at the setting under the cursor."""
        row, picture = self.current, self.picture
        if row is not None and picture is not None:
            gate = current_gate(self.host.snapshot) if self.host.snapshot else None
            target = f"phase-{gate.phase.lower()}" if gate else "phase-1b.1"
            self.host.launch(target, Choice(parent=picture.attempt), find=row.key)

    def on_entries_opened(self) -> None:
        self.action_change()

    def action_copy(self) -> None:
        """As it stands on a command line after ``--set``."""
        row = self.current
        if row is not None:
            self.host.copy(f"{row.key}={row.value}", "the setting")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._text = event.value
        self._apply()

    def on_input_submitted(self) -> None:
        self.find.close()

    def on_key(self, event: events.Key) -> None:
        """Arrow keys move in the list while the words are being typed."""
        if self.find.has_focus and event.key in ("up", "down"):
            event.stop()
            self.entries.move(1 if event.key == "down" else -1)

    def go_back(self) -> bool:
        was_open = self.find.close()
        if self._text:
            self.find.value = self._text = ""
            self._apply()
            return True
        return was_open
