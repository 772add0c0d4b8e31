"""The story so far: steps that started and ended, checkpoints, gates, warnings, with their times."""

from __future__ import annotations

from core.runs.snapshot import Note, Snapshot
from core.text import plain_line
from screens import figures
from screens.ink import Line, left, wrapped
from screens.widgets.pane import Pane

_ROLES = {"info": "text", "warning": "warn", "error": "bad"}
_TIME = 9
_LEVEL = 9
_MARGIN = 2
_LONGEST = 20_000
"""Characters of one note that are shown in full; of more, how many are left out is said."""
EMPTY = "nothing has happened yet"


def rows(notes: tuple[Note, ...], width: int, height: int) -> list[Line]:
    """As many of the newest notes as fit, oldest first, long ones wrapped."""
    drawn: list[Line] = []
    for note in reversed(notes):
        lines = wrapped(plain_line(note.text), max(8, width - _TIME)) or [""]
        block: list[Line] = [[(figures.clock(note.time) + " ", "faint"), (lines[0], _ROLES[note.level])]]
        block += [[(" " * _TIME, ""), (line, _ROLES[note.level])] for line in lines[1:4]]
        if len(drawn) + len(block) > height:
            break
        drawn = block + drawn
    return drawn


def whole(notes: tuple[Note, ...], width: int) -> list[Line]:
    """Every note in full, oldest first: its time, its level as a word, and its text wrapped beside them."""
    if not notes:
        return [[], [(" " * _MARGIN + EMPTY, "dim")]]
    indent = _MARGIN + _TIME + _LEVEL
    drawn: list[Line] = []
    for note in notes:
        role = _ROLES[note.level]
        lines = wrapped(plain_line(note.text, _LONGEST), max(8, width - indent - _MARGIN), _LONGEST)
        level = (left(note.level, _LEVEL), "faint" if note.level == "info" else role)
        drawn.append([(" " * _MARGIN, ""), (figures.clock(note.time) + " ", "faint"), level, (lines[0], role)])
        drawn += [[(" " * indent, ""), (line, role)] for line in lines[1:]]
    return drawn


class StoryPane(Pane):
    """Newest note at the bottom."""

    TITLE = "Story"

    def part(self, snapshot: Snapshot, now: float) -> object:
        return snapshot.notes, snapshot.overlap

    def footnote(self, width: int) -> Line:
        overlap = plain_line(self.snapshot.overlap) if self.snapshot else ""
        return [(overlap, "dim")] if overlap and len(overlap) <= width else []

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        if not self.snapshot.notes:
            return [[(EMPTY, "dim")]]
        return rows(self.snapshot.notes, width, height)
