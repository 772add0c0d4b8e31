"""One problem's responses, grouped by the answer they gave: how many gave it, whether it is right, and the texts themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from textual.containers import Horizontal
from textual.widget import Widget

from core.errors import CogumiError
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens.answer_list import AnswerList
from screens.answers_layout import Block, problem_lines, reference_lines, side_blocks, stacked
from screens.base import STYLES
from screens.grouping import AnswerSide, Reading, read
from screens.ink import Line, fit, wrapped
from screens.keys import bindings
from screens.responses_rows import Entry
from screens.titled import TitledScreen
from screens.widgets.footer import Footer
from screens.widgets.pane import Painted
from screens.widgets.table import Table
from screens.widgets.title import TitleBar

SIDE_BY_SIDE = 100
"""Columns from which on before and after stand beside each other."""
LIVE_SECONDS = 1.5
"""While a step makes responses they are read anew no more often than this, and less often where reading takes long."""


class ProblemHead(Painted):
    """The problem over its responses, beside it the reference; as high as they need, up to a third of the screen."""

    DEFAULT_CSS = "ProblemHead { height: 4; }"

    def __init__(self) -> None:
        super().__init__()
        self.reading: Reading | None = None
        self.expanded = False

    def show(self, reading: Reading, expanded: bool) -> None:
        """Shows another problem, or the same one whole."""
        self.reading, self.expanded = reading, expanded
        self.fit_height()
        self.redraw()

    def fit_height(self) -> None:
        """Takes the height that the texts want at the present width."""
        if self.reading is not None and self.app.size.width:
            self.styles.height = len(self._content(self.app.size.width)) + 1

    def _content(self, width: int) -> list[Line]:
        reading = self.reading
        if reading is None:
            return []
        height = self.app.size.height
        most = max(4, height * 2 // 3 if self.expanded else height // 4)
        half = (width - 7) // 2
        beside = reference_lines(reading, half, self.glyphs, most)
        if not beside:
            return [[("  ", ""), *line] for line in problem_lines(reading, width - 4, self.glyphs, most)]
        left = problem_lines(reading, half, self.glyphs, most)
        name: Line = [("reference", "dim")]
        right = [name, *beside]
        empty: Line = []
        return [
            [("  ", ""), *fit(left[i] if i < len(left) else empty, half, self.glyphs.ellipsis), (f" {self.glyphs.frame[5]} ", "frame"),
             *fit(right[i] if i < len(right) else empty, half, self.glyphs.ellipsis)]
            for i in range(max(len(left), len(right)))
        ]

    def lines(self, width: int, height: int) -> list[Line]:
        return [*self._content(width)[: height - 1], [(self.glyphs.rule * width, "frame")]]


class AnswersScreen(TitledScreen):
    """Moves through the table it was opened from, so that Escape comes back to the same row."""

    SCOPE = "answers"
    BINDINGS = bindings("answers")
    CSS_PATH = STYLES / "answers.tcss"

    def __init__(self, table: Table[Entry], part: str, attempt: int) -> None:
        super().__init__()
        self._table, self._part, self._attempt = table, part, attempt
        self._wanted = ""
        self._unfolded: set[str] = set()
        self._expanded = False
        self._sequence = -1
        self._due = 0.0
        self.reading: Reading | None = None
        self.bar = TitleBar("Responses")
        self.head = ProblemHead()
        self.first = AnswerList(id="first")
        self.second = AnswerList(id="second")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.head
        with Horizontal():
            yield self.first
            yield self.second
        yield Footer("answers")

    def on_mount(self) -> None:
        self.first.focus()
        self._fetch()

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        if snapshot.sequence != self._sequence and self._wanted and time.monotonic() >= self._due:
            self._ask(keep_place=True)

    @property
    def list(self) -> AnswerList:
        """The list that has the cursor."""
        return self.second if self.second.has_focus else self.first

    def _fetch(self) -> None:
        """Opens the problem under the table's cursor."""
        entry = self._table.current
        if entry is None:
            return
        self._wanted, self._expanded = entry.row.id, False
        place = f"{self._table.cursor + 1:,} of {len(self._table.rows):,}"
        self.bar.tell([(f"{entry.row.category} ", "text"), (f"{plain_line(entry.row.id, 80)}  {place}", "dim")])
        self._ask(keep_place=False)

    def _ask(self, keep_place: bool) -> None:
        source, wanted, part, attempt = self.host.source, self._wanted, self._part, self._attempt
        snapshot = self.host.snapshot
        self._sequence = snapshot.sequence if snapshot is not None else 0
        self._due = float("inf")

        def work() -> tuple[Reading, float]:
            started = time.monotonic()
            return read(source.answers(wanted, part, attempt)), time.monotonic() - started

        self.host.ask(work, partial(self._arrived, keep_place), partial(self._failed, wanted))

    def _failed(self, wanted: str, error: CogumiError) -> None:
        """Says why in place of the responses; what is shown of the same problem already stays."""
        if wanted != self._wanted:
            return
        said = plain_line(str(error))
        if self.reading is not None and self.reading.id == wanted:
            self.notify(said, severity="error", markup=False)
        else:
            self.reading = None
            self.first.show_blocks(lambda width: [Block(([], *([(text, "dim")] for text in wrapped(said, width))))])
            self.second.show_blocks(lambda width: [])

    def _arrived(self, keep_place: bool, found: tuple[Reading, float]) -> None:
        """Shows what came, unless the user has gone on to another problem meanwhile."""
        reading, seconds = found
        if reading.id != self._wanted:
            return
        self._due = time.monotonic() + max(LIVE_SECONDS, 8 * seconds)
        if reading != self.reading:
            self.reading = reading
            self._lay(keep_place)

    def on_resize(self) -> None:
        if self.reading is not None:
            self._lay(keep_place=True)

    def _lay(self, keep_place: bool) -> None:
        """Puts the reading where it has room: the sides in two columns, or all below each other."""
        reading, glyphs = self.reading, self.host.glyphs
        assert reading is not None
        unfolded, expanded = frozenset(self._unfolded), self._expanded
        wide = self.app.size.width >= SIDE_BY_SIDE
        two = wide and len(reading.sides) == 2
        self.set_class(wide, "-wide")
        self.set_class(two, "-two")
        if not two and self.second.has_focus:
            self.first.focus()

        def column(sides: tuple[AnswerSide, ...], width: int) -> list[Block]:
            if not sides:
                return [Block(([("no responses to this problem yet", "dim")],))]
            return [block for side in sides for block in side_blocks(reading, side, width, glyphs, unfolded)]

        if not wide:
            self.first.show_blocks(lambda width: stacked(reading, width, glyphs, unfolded, expanded), keep_place)
            return
        self.head.show(reading, expanded)
        self.first.show_blocks(partial(column, reading.sides[:1] if two else reading.sides), keep_place)
        self.second.show_blocks(partial(column, reading.sides[1:]), keep_place)

    def action_problem(self, by: int) -> None:
        self._table.move(by)
        self._fetch()

    def action_answer(self, way: int) -> None:
        self.list.move(way)

    def action_pages(self, by: int) -> None:
        self.list.scroll_pages(by)

    def action_other_side(self) -> None:
        """To the other column, or below each other to the first response of the next side."""
        if self.has_class("-two"):
            (self.first if self.second.has_focus else self.second).focus()
            return
        if self.reading is None or not self.reading.sides or (current := self.list.current) is None:
            return
        sides = self.reading.sides
        at = next((i for i, side in enumerate(sides) for group in side.groups if current in group.texts), 0)
        self.list.select(sides[(at + 1) % len(sides)].groups[0].texts[0].name)

    def action_unfold(self) -> None:
        """The whole of a folded response, or its beginning again."""
        current = self.list.current
        if current is not None:
            self._unfolded ^= {current.name}
            self._lay(keep_place=True)

    def action_expand(self) -> None:
        self._expanded = not self._expanded
        if self.reading is not None:
            self._lay(keep_place=True)

    def action_differences(self) -> None:
        current = self.list.current
        if self.reading is None or current is None:
            return
        if len({text.raw for _, _, text in self.reading.texts} | ({self.reading.reference_raw} - {""})) < 2:
            self.app.notify("There is one response only, so there is nothing to compare it with.", markup=False)
            return
        from screens.difference import DifferenceScreen

        self.app.push_screen(DifferenceScreen(self.reading, current.name))

    def action_copy(self) -> None:
        current = self.list.current
        if current is not None:
            self.host.copy(current.raw, "the response")
