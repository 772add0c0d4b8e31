"""Help: the keys, made from the key table with those that work where the user was first, the panel's words and its signs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from textual.widget import Widget

from screens.ink import Line, left, wrapped
from screens.keys import ABOVE, KeyTable, Scope, bindings, shown
from screens.themes import ALL
from screens.titled import TextScreen
from screens.widgets.footer import Footer
from screens.widgets.glyphs import Glyphs
from screens.widgets.reader import Chapter, Reader
from screens.widgets.title import TitleBar
from screens.words import entries, sign_lines, word_lines

NAMES: dict[Scope, str] = {
    "everywhere": "Everywhere",
    "control": "Home screen",
    "pane": "Panes",
    "plan": "Plan pane",
    "loss": "Loss pane",
    "consistency": "Consistency pane",
    "machine": "Machine pane",
    "log": "Log screen",
    "responses": "Problems screen",
    "answers": "Responses screen",
    "difference": "Differences screen",
    "line": "A line of a log",
    "logs": "List of logs",
    "story": "Story screen",
    "launch": "Before a start",
    "stop": "Before a stop",
    "suggestions": "What to change",
    "attempts": "Attempts",
    "versus": "Two attempts",
    "report": "Report",
    "export": "Exports",
    "settings": "Settings",
    "doctor": "Doctor",
    "help": "Help",
}
_KEYS = 18
_TERM = 22


_SAFE = (
    ("leaving", "Quitting, a crash of the panel, a lost connection or tmux kill-server never stops the work. Open it again to see it."),
    ("stopping", "A polite stop lets the step save what it has. Running the step again makes only what is missing."),
    ("several panels", "Any number may watch the same workspace. Each starts and stops the same one supervisor."),
    ("read-only", "With --read-only, or where the workspace cannot be written, no key starts, stops or decides anything."),
    ("asked first",
     "What costs money, stops work or cannot be undone asks before it does anything; everything else is one key, and Escape goes back."),
    ("old terminals",
     "NO_COLOR=1 leaves colours out. COGUMI_ASCII=1, or a locale that is not UTF-8, draws with plain signs; COGUMI_ASCII=blocks is for "
     "fonts without braille."),
    ("copying", "y copies through the terminal (OSC 52), in tmux also to its buffer. With --no-mouse the terminal's own selection works."),
)  # fmt: skip


def key_lines(
    table: KeyTable, scopes: Sequence[Scope], here: Collection[Scope], width: int, glyphs: Glyphs, writable: bool = True
) -> list[Line]:
    """The keys of some scopes, a heading over each; those that a read-only panel refuses say so."""
    lines: list[Line] = []
    for name in scopes:
        keys = table.of(name)
        if not keys:
            continue
        lines += [[]] if lines else []
        lines.append([(NAMES[name], "title"), ("  works here" if name in here else "", "accent")])
        for key in keys:
            names = " ".join(shown(one, glyphs.ascii) for one in key.keys)
            refused = key.writes and not writable
            role = "faint" if refused else "text"
            texts = wrapped(glyphs.say(f"Not in a read-only panel: {key.help}" if refused else key.help), max(20, width - _KEYS - 2))
            lines.append([("  ", ""), (left(names, _KEYS, glyphs.ellipsis), "faint" if refused else "key"), (texts[0], role)])
            lines += [[(" " * (_KEYS + 2), ""), (text, role)] for text in texts[1:]]
    return lines


def id_lines(table: KeyTable, width: int) -> list[Line]:
    """How keys and colours are changed, and the ids that a keymap names."""
    about = (
        'Keys are changed by their ids in cogumi.toml, such as: [panel.keymap] stop = "X", several with commas. An id that does not exist, '
        "or a key that is taken where it would work, is left out and named when the panel opens."
    )
    theme = f'Colours: [panel] theme = one of {", ".join(ALL)}.'
    lines: list[Line] = [[(text, "text")] for part in (about, theme) for text in wrapped(part, min(width, 104))]
    for name in NAMES:
        ids = ", ".join(key.id for key in table.of(name))
        if ids:
            lines += [[], [(NAMES[name], "dim")], *([("  ", ""), (text, "text")] for text in wrapped(ids, max(20, min(width, 104) - 2)))]
    return lines


def chapters(table: KeyTable, scope: Scope, glyphs: Glyphs, writable: bool = True) -> list[Chapter]:
    """The help as it is read from ``scope``."""
    here = (scope, *ABOVE[scope])
    others = [name for name in NAMES if name not in here]
    return [
        Chapter("Keys that work here", lambda width: key_lines(table, here, here, width, glyphs, writable)),
        Chapter("Words", lambda width: word_lines(width, glyphs)),
        Chapter("States and signs", lambda width: sign_lines(width, glyphs)),
        Chapter("Good to know", lambda width: entries(_SAFE, width, _TERM, glyphs)),
        Chapter("Keys elsewhere", lambda width: key_lines(table, others, here, width, glyphs, writable)),
        Chapter("Other keys and colours", lambda width: id_lines(table, width)),
    ]


class HelpScreen(TextScreen):
    """Opened by ``?`` from anywhere; Escape goes back."""

    SCOPE = "help"
    BINDINGS = bindings("help")

    def __init__(self, about: Scope) -> None:
        super().__init__()
        self._about = about
        self.bar = TitleBar("Help")
        self.scrolled = self.reader = Reader()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.reader
        yield Footer("help", leave_out=frozenset({"help"}))

    def on_mount(self) -> None:
        self.bar.tell([(f"from the {NAMES[self._about][:1].lower()}{NAMES[self._about][1:]}", "dim")])
        self.reader.show(chapters(self.host.keys, self._about, self.host.glyphs, self.host.source.writable))

    def action_chapter(self, by: int) -> None:
        self.reader.step(by)
