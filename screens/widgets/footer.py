"""The row of keys at the bottom: made from the key table for the screen and pane in front, the most useful ones when room is short."""

from __future__ import annotations

from textual import events

from screens.ink import Line, width_of
from screens.keys import KeyTable, Scope, shown
from screens.ports import host
from screens.widgets.glyphs import Glyphs
from screens.widgets.pane import Painted

_ALWAYS = ("help", "quit", "back")


def choose(
    table: KeyTable, scope: Scope, width: int, writable: bool, glyphs: Glyphs, leave_out: frozenset[str] = frozenset()
) -> list[tuple[str, str, str]]:
    """(id, key, label) of the keys to show: the scope's own first, then by rank. The last go when room is short; help and quit stay."""
    wanted = sorted(
        (key for key in table.reach(scope) if key.rank and key.id not in leave_out and (writable or not key.writes)),
        key=lambda key: (key.scope != scope, key.rank),
    )
    items = [(key.id, shown(key.keys[0], glyphs.ascii), key.label) for key in wanted]

    def size(entries: list[tuple[str, str, str]]) -> int:
        return 1 + sum(len(key) + len(label) + 3 for _, key, label in entries)

    while size(items) > width:
        victims = [item for item in items if item[0] not in _ALWAYS]
        if not victims:
            break
        items.remove(victims[-1])
    return items


class Footer(Painted):
    """Keys that work here; a click on one does it."""

    DEFAULT_CSS = "Footer { dock: bottom; height: 1; }"

    def __init__(self, scope: Scope, leave_out: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.scope = scope
        self.leave_out = leave_out
        self._spans: list[tuple[int, int, str]] = []

    def show(self, scope: Scope) -> None:
        """Shows the keys of another scope."""
        if scope != self.scope:
            self.scope = scope
            self.redraw()

    def leave(self, out: frozenset[str]) -> None:
        """Leaves out the keys of these ids, which can do nothing now."""
        if out != self.leave_out:
            self.leave_out = out
            self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        here = host(self)
        writable = here.source.writable
        line: Line = [(" ", "")]
        self._spans = []
        for id_, key, label in choose(here.keys, self.scope, width, writable, self.glyphs, self.leave_out):
            start = width_of(line)
            line += [(key, "key"), (f" {label}", "dim")]
            self._spans.append((start, width_of(line), id_))
            line.append(("  ", ""))
        return [line]

    def on_click(self, event: events.Click) -> None:
        id_ = next((name for start, stop, name in self._spans if start <= event.x < stop), None)
        if id_:
            self.app.simulate_key(host(self).keys.by_id(id_).keys[0])
