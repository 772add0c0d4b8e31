"""The frame every pane has: a number to jump to it, a title, figures at the right of its top edge, and a body drawn as lines.

A pane takes the part of a snapshot that it shows and redraws only when that part changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from screens.ink import Line, Span, fit, highlighted, width_of
from screens.keys import bindings
from screens.ports import host
from screens.themes import style
from screens.widgets.glyphs import Glyphs, to_ascii

if TYPE_CHECKING:
    from core.runs.snapshot import Snapshot


def strip(line: Line, width: int, theme: str, glyphs: Glyphs) -> Strip:
    """A line as exactly ``width`` cells in a theme's colours."""
    shown = fit(line, width, glyphs.ellipsis)
    segments = [Segment(to_ascii(text) if glyphs.ascii else text, style(theme, role)) for text, role in shown if text]
    return Strip(segments, width)


class Painted(Widget):
    """A widget drawn from lines; ``lines`` says what, the theme how. Redraws when told to, or when size, theme or focus changed."""

    def __init__(self, **arguments: str | None) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        self._strips: list[Strip] | None = None
        self._drawn_for: tuple[object, ...] = ()
        # By what it was drawn for, with and without focus: a strip remembers what Textual made of it, so a line that stays costs nothing.
        self._kept: dict[tuple[object, ...], dict[tuple[Span, ...], Strip]] = {}

    @property
    def glyphs(self) -> Glyphs:
        return host(self).glyphs

    def lines(self, width: int, height: int) -> list[Line]:
        """What to draw, from top to bottom."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draws anew at the next opportunity."""
        self._strips = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        size: Size = self.size
        theme = host(self).theme
        drawn_for = (size, theme, self.has_focus)
        if self._strips is None or drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            glyphs, kept = self.glyphs, self._kept.get(drawn_for, {})
            found: dict[tuple[Span, ...], Strip] = {}
            self._strips = []
            for line in self.lines(size.width, size.height):
                key = tuple(line)
                found[key] = kept.get(key) or found.get(key) or strip(line, size.width, theme, glyphs)
                self._strips.append(found[key])
            self._kept = {was: strips for was, strips in self._kept.items() if was[:2] == drawn_for[:2]} | {drawn_for: found}
        return self._strips[y] if y < len(self._strips) else Strip.blank(size.width, style(theme, ""))


class Pane(Painted, can_focus=True):
    """One framed pane of the control screen."""

    TITLE: ClassVar[str] = ""
    BINDINGS = bindings("pane")
    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; }"

    def __init__(self, number: int, **arguments: str | None) -> None:
        super().__init__(**arguments)
        self.number = number
        self.snapshot: Snapshot | None = None
        self.now = 0.0
        self._part: object = None
        self._drawn_body: tuple[tuple[int, int], list[Line]] | None = None

    def take(self, snapshot: Snapshot, now: float) -> None:
        """Takes the newest picture; redraws only when the part that this pane shows is another."""
        self.snapshot, self.now = snapshot, now
        part = self.part(snapshot, now)
        if part != self._part:
            self._part = part
            self.redraw()

    def redraw(self) -> None:
        self._drawn_body = None
        super().redraw()

    def _body(self, width: int, height: int) -> list[Line]:
        """The body for a size, kept until it is to be drawn anew: a frame that changes with the focus costs no chart."""
        if self._drawn_body is None or self._drawn_body[0] != (width, height):
            self._drawn_body = (width, height), self.body(width, height)[:height]
        return self._drawn_body[1]

    def part(self, snapshot: Snapshot, now: float) -> object:
        """What of the snapshot this pane shows, to be compared with what it showed last."""
        raise NotImplementedError

    def heading(self) -> Line:
        """What stands at the left of the top edge: the pane's number and name, and what its title adds."""
        extra = self.title()
        name: Line = [(f" {self.number} ", "dim"), (f"{self.called()} ", "title-focus" if self.has_focus else "title")]
        return [*name, *extra, (" ", "")] if extra else name

    def called(self) -> str:
        """The pane's name for what it shows now."""
        return self.TITLE

    def title(self) -> Line:
        """What follows the pane's name in its top edge."""
        return []

    def figures(self, width: int) -> Line:
        """What stands at the right of the top edge."""
        return []

    def footnote(self, width: int) -> Line:
        """What stands at the right of the bottom edge."""
        return []

    def body(self, width: int, height: int) -> list[Line]:
        """The content, without frame and padding."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """What the pane says, under its name."""
        width, height = self.size if self.size.height > 2 else (80, 24)  # a pane that was never shown has no size yet
        body = self._body(width - 4, height - 2) if self.snapshot is not None else []
        rows = ["".join(text for text, _ in line).rstrip() for line in ([*self.heading(), *self.figures(200)], *body)]
        host(self).copy("\n".join(rows).strip(), f"the pane {self.called()}")

    def cursor_row(self) -> int | None:
        """Row of the body just drawn that is under the cursor, to be highlighted; None for none."""
        return None

    def lines(self, width: int, height: int) -> list[Line]:
        if width < 6 or height < 2:
            return []
        glyphs = self.glyphs
        edge = "frame-focus" if self.has_focus else "frame"
        corners, rule, side = glyphs.frame[:4], glyphs.frame[4], glyphs.frame[5]
        inner_width, inner_height = width - 4, height - 2
        heading = self.heading()
        figures = self.figures(width - width_of(heading) - 8)
        drawn = [_edge(heading, figures, width, corners[0], corners[1], rule, edge)]
        body = self._body(inner_width, inner_height) if self.snapshot is not None else []
        cursor = self.cursor_row() if self.has_focus else None
        for row in range(inner_height):
            line = [(" ", ""), *fit(body[row] if row < len(body) else [], inner_width, glyphs.ellipsis), (" ", "")]
            drawn.append([(side, edge), *(highlighted(line) if row == cursor else line), (side, edge)])
        drawn.append(_edge([], self.footnote(width - 8), width, corners[3], corners[2], rule, edge))
        return drawn


def _edge(left: Line, right: Line, width: int, start: str, end: str, rule: str, role: str) -> Line:
    """A horizontal edge with text in it; the right text goes when both do not fit."""
    room = width - 4
    if right and width_of(left) + width_of(right) + 4 > room:
        right = []
    if width_of(left) > room:
        left = fit(left, room)
    tail: Line = [(" ", ""), *right, (" ", "")] if right else []
    fill = width - 3 - width_of(left) - width_of(tail)
    if not tail:
        return [(start + rule, role), *left, (rule * fill + end, role)]
    return [(start + rule, role), *left, (rule * (fill - 1), role), *tail, (rule + end, role)]
