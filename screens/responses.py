"""The measured problems: how consistent and how right the model is on each, before and after training, with filters and text search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from textual import events
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from core.records import Category
from core.runs.evidence import Opened, ProblemFigures, Side
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens import figures
from screens.base import STYLES, PanelScreen
from screens.ink import Line, left, right
from screens.keys import bindings
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.table import Table
from screens.widgets.title import TitleBar

Kind = Literal["all", "inconsistent", "wrong", "changed", "tied"]
Metric = Literal["responses", "answers"]
_WIDE = 150
"""Columns from which on the responses stand beside the table."""
KINDS: dict[Kind, str] = {
    "all": "all",
    "inconsistent": "inconsistent: under half of the runs agree",
    "wrong": "wrong: under half of the runs are right",
    "changed": "changed: share of right runs moved by 20 % or more",
    "tied": "tied with the reference",
}
ORDERS = ("as measured", "least consistent first", "most changed first", "least right first")


def consistency(side: Side, metric: Metric) -> float | None:
    """Share of the most common response, or answer, among the sampled ones."""
    return side.response_consistency if metric == "responses" else side.answer_consistency


def right_share(side: Side) -> float | None:
    """Share of the graded sampled responses that are right."""
    return side.correct / side.graded if side.graded else None


def newest(row: ProblemFigures) -> Side:
    """The side after training, or before it while there is no after."""
    return row.after if row.after.n else row.before


def change(row: ProblemFigures) -> float:
    """How far the right share moved, 0.0 where it was not measured twice."""
    before, after = right_share(row.before), right_share(row.after)
    return after - before if before is not None and after is not None else 0.0


def wanted(row: ProblemFigures, category: Category | None, kind: Kind, text: str, metric: Metric) -> bool:
    """Whether a row passes the filters; ``text`` is in lower case and searched in id, prompt and gold answer."""
    if category is not None and row.category != category:
        return False
    agreed, correct = consistency(newest(row), metric), right_share(newest(row))
    if kind == "inconsistent" and (agreed is None or agreed >= 0.5):
        return False
    if kind == "wrong" and (correct is None or correct >= 0.5):
        return False
    if kind == "changed" and abs(change(row)) < 0.2:
        return False
    if kind == "tied" and not newest(row).ties:
        return False
    return not text or text in row.prompt.lower() or text in row.id.lower() or text in (row.gold or "").lower()


def ordered(rows: Sequence[ProblemFigures], order: str, metric: Metric) -> list[ProblemFigures]:
    """Rows in one of ``ORDERS``; ties stay as measured, unknown figures come first."""
    keys: dict[str, Callable[[ProblemFigures], float]] = {
        ORDERS[1]: lambda row: -1.0 if (value := consistency(newest(row), metric)) is None else value,
        ORDERS[2]: lambda row: -abs(change(row)),
        ORDERS[3]: lambda row: -1.0 if (value := right_share(newest(row))) is None else value,
    }
    return sorted(rows, key=keys[order]) if order in keys else list(rows)


def _id_width(width: int) -> int:
    """Cells for problems' ids; none on narrow screens."""
    return 28 if width >= 110 else 0


def heading(width: int, metric: Metric) -> Line:
    """The column names over ``row_line``."""
    names = left("  category", 14) + right(f"same {metric[:-1]}", 15) + right("right", 15) + "   "
    return [(names + left("id" if _id_width(width) else "", _id_width(width)) + "problem", "faint")]


def row_line(row: ProblemFigures, width: int, metric: Metric) -> Line:
    """One problem: category, consistency and right share before and after, and the start of its prompt."""
    correct = right_share(newest(row))
    role = "dim" if correct is None else "bad" if correct < 0.5 else "good" if correct == 1 else "text"
    return [
        (left(f"  {row.category}", 14), "text"),
        *_pair(consistency(row.before, metric), consistency(row.after, metric), "text"),
        *_pair(right_share(row.before), right_share(row.after), role),
        ("   ", ""),
        (left(plain_line(row.id, 80), _id_width(width) - 2) + "  " if _id_width(width) else "", "faint"),
        (plain_line(row.prompt, max(1, width)), "dim"),
    ]


def _pair(before: float | None, after: float | None, role: str) -> Line:
    """``30 → 60 %`` in 15 cells, the newer one in ``role``."""
    if after is None:
        return [(right(figures.percent(before), 15), role if before is not None else "faint")]
    start = f"{before * 100:.0f} → " if before is not None else ""
    return [(right(start, 15 - 6), "dim"), (right(figures.percent(after), 6), role)]


class ResponsesScreen(PanelScreen):
    """The rows are fetched once in a thread; filters and orders work on them in memory."""

    SCOPE = "responses"
    BINDINGS = bindings("responses")
    CSS_PATH = STYLES / "responses.tcss"

    def __init__(self, search: bool = False) -> None:
        super().__init__()
        self._search = search
        self._rows: list[ProblemFigures] | None = None
        self._category: Category | None = None
        self._kind: Kind = "all"
        self._order = ORDERS[0]
        self._text = ""
        self._metric: Metric = "responses"
        self.bar = TitleBar("Problems")
        self.table: Table[ProblemFigures] = Table(
            lambda width: heading(width, self._metric),
            lambda row, width: row_line(row, width, self._metric),
            "reading the problems",
            id="problems",
        )
        self.preview = Page(id="preview")
        self._wanted = ""
        self.find = Input(placeholder="text in id, prompt or gold answer; enter keeps it, escape clears it", id="find", compact=True)

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        with Horizontal():
            yield self.table
            yield self.preview
        yield Footer("responses")
        yield self.find

    def on_mount(self) -> None:
        self.table.focus()
        source = self.host.source
        self.host.ask(lambda: source.problems().rows, self._arrived)
        if self._search:
            self.action_filter()

    def take(self, snapshot: Snapshot, now: float) -> None:
        self.bar.take(snapshot, now)

    def _arrived(self, rows: list[ProblemFigures]) -> None:
        self._rows = rows
        self._apply()

    @property
    def shown(self) -> Sequence[ProblemFigures]:
        """The rows as filtered and ordered."""
        return self.table.rows

    def _apply(self) -> None:
        """Filters and orders anew and says in the title what is shown."""
        if self._rows is None:
            return
        rows = [row for row in self._rows if wanted(row, self._category, self._kind, self._text.lower(), self._metric)]
        self.table.empty = "no problem passes the filter" if self._rows else "nothing was measured yet: diagnose measures before training"
        self.table.show(ordered(rows, self._order, self._metric))
        parts = [f"{len(rows):,} of {len(self._rows):,}" if len(rows) != len(self._rows) else f"{len(rows):,}"]
        if self._category is not None:
            parts.append(str(self._category))
        runs = max((newest(row).n for row in rows), default=0)
        if runs:
            parts[0] += f" problems, {runs} runs each"
        if self._kind != "all":
            parts.append(KINDS[self._kind])
        if self._text:
            parts.append(f"with “{plain_line(self._text, 40)}”")
        if self._order != ORDERS[0]:
            parts.append(self._order)
        self.bar.tell([(f" {self.host.glyphs.separator} ".join(parts), "dim")])

    def action_rows(self, by: int) -> None:
        self.table.move(by)

    def action_pages(self, by: int) -> None:
        self.table.move_pages(by)

    def action_open(self) -> None:
        row = self.table.current
        if row is not None:
            from screens.answers import AnswersScreen

            self.app.push_screen(AnswersScreen(self.table))

    def on_resize(self) -> None:
        self.set_class(self.app.size.width >= _WIDE, "-wide")
        self.on_table_moved()

    def on_table_moved(self) -> None:
        """Where there is room the responses to the problem under the cursor stand beside the table."""
        row = self.table.current
        if row is None or not self.has_class("-wide"):
            return
        self._wanted = row.id
        source = self.host.source
        self.host.ask(lambda: source.answers(row.id), self._previewed)

    def _previewed(self, opened: Opened) -> None:
        """Shows what came, unless the cursor has moved on meanwhile."""
        if opened.problem.id == self._wanted:
            from screens.answers import content

            glyphs = self.host.glyphs
            self.preview.show(lambda width: content(opened, width, glyphs))

    def on_table_opened(self) -> None:
        self.action_open()

    def action_category(self) -> None:
        present = [category for category in Category if any(row.category == category for row in self._rows or ())]
        choices: list[Category | None] = [None, *present]
        at = choices.index(self._category) if self._category in choices else 0
        self._category = choices[(at + 1) % len(choices)]
        self._apply()

    def action_kind(self) -> None:
        kinds = list(KINDS)
        self._kind = kinds[(kinds.index(self._kind) + 1) % len(kinds)]
        self._apply()

    def action_sort(self) -> None:
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._apply()

    def action_switch_metric(self) -> None:
        self._metric = "answers" if self._metric == "responses" else "responses"
        self._apply()
        self.table.redraw()

    def action_filter(self) -> None:
        self.find.add_class("-open")
        self.find.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._text = event.value
        self._apply()

    def on_input_submitted(self) -> None:
        self._close_find()

    def on_key(self, event: events.Key) -> None:
        """Arrow keys move in the table while the text is being typed."""
        if self.find.has_focus and event.key in ("up", "down"):
            event.stop()
            self.table.move(1 if event.key == "down" else -1)

    def _close_find(self) -> None:
        self.find.remove_class("-open")
        self.table.focus()

    def go_back(self) -> bool:
        if self.find.has_class("-open"):
            self.find.value = ""
            self._close_find()
            return True
        if self._text:
            self.find.value = ""
            self._text = ""
            self._apply()
            return True
        return False
