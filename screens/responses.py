"""The problems of an attempt: how consistent and how right the model is on each, before and after training, with filters and search."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from textual import events
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from core.errors import CogumiError
from core.records import Category
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens.answer_list import AnswerList
from screens.answers import AnswersScreen
from screens.answers_layout import stacked
from screens.base import STYLES
from screens.grouping import Reading, read
from screens.ink import Line
from screens.keys import bindings
from screens.ports import Problems
from screens.responses_columns import column_at, heading, orders, row_line
from screens.responses_facets import Facets
from screens.responses_rows import Entry, Metric, Selection, Wanted, kinds_of, prepared, select
from screens.responses_title import categories, filters, progress, title
from screens.titled import TitledScreen
from screens.widgets.field import Field
from screens.widgets.footer import Footer
from screens.widgets.table import Table
from screens.widgets.title import TitleBar

WIDE = 150
"""Columns from which on the responses stand beside the table."""
LIVE_SECONDS = 1.5
"""While a step makes responses the table is read anew no more often than this, and less often where reading takes long."""
_AT_ONCE = 20_000
"""Rows up to which filtering is done at once; more are filtered in a thread."""
_TYPING_SECONDS = 0.25
_NOTHING = "nothing was measured yet: diagnose measures before training"
_SHORTEST = 2
"""Characters from which on responses are searched too."""


class ResponsesScreen(TitledScreen):
    """The rows are fetched in a thread and again while they grow; filters and orders work on them in memory."""

    SCOPE = "responses"
    BINDINGS = bindings("responses")
    CSS_PATH = STYLES / "responses.tcss"

    def __init__(self, search: bool = False, attempt: int = 0, find: str = "") -> None:
        super().__init__()
        self._search = search
        self._sought = find
        self._attempt = attempt
        self._found = Problems([])
        self._entries: list[Entry] | None = None
        self._selection = Selection([], {}, {})
        self._asked: object = None
        self._to_top = False
        self._chosen = Wanted()
        self._metric: Metric = "responses"
        self._doing = "reading the problems"
        self._why_not = ""
        self._sequence = -1
        self._due = float("inf")
        self._typed: Timer | None = None
        self.bar = TitleBar("Problems")
        self.facets = Facets()
        self.table: Table[Entry] = Table(self._heading, self._row, "reading the problems", lambda entry: entry.row.id, id="problems")
        self.preview = AnswerList(reading=False, id="preview")
        self.preview.can_focus = False
        self._wanted = ""
        self.find = Field("find", "text in problems and responses; enter keeps it, escape clears it")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.facets
        with Horizontal():
            yield self.table
            yield self.preview
        yield Footer("responses")
        yield self.find

    def on_mount(self) -> None:
        self.table.focus()
        self._open("measured")
        self.find.value = self._sought
        if self._search:
            self.action_filter()

    # Reading

    def _open(self, part: str) -> None:
        """Opens a part of the problems: their list at once, their figures when they are counted."""
        self._entries = None
        self._chosen = Wanted(category=self._chosen.category, text=self._chosen.text)
        self._fetch(part, listing=True)

    def _fetch(self, part: str, listing: bool) -> None:
        source, attempt, metric = self.host.source, self._attempt, self._metric
        snapshot = self.host.snapshot
        self._sequence = snapshot.sequence if snapshot is not None else 0
        self._due = float("inf")
        self._asked = asked = (part, attempt, metric)

        def work() -> tuple[Problems, list[Entry], float]:
            started = time.monotonic()
            found = source.problems(part, attempt, listing)
            return found, prepared(found.rows, metric, found.part), time.monotonic() - started

        self.host.ask(work, partial(self._arrived, asked), partial(self._failed, asked))

    def _failed(self, asked: object, error: CogumiError) -> None:
        """Says why in place of the problems; where some are shown already, they stay."""
        if asked != self._asked:
            return
        self._doing, self._why_not = "", plain_line(str(error))
        if self._entries is None:
            self._found, self._entries = self._found._replace(rows=[]), []
        self._apply()
        if self._entries:
            self.notify(self._why_not, severity="error", markup=False)

    def _arrived(self, asked: object, answer: tuple[Problems, list[Entry], float]) -> None:
        if asked != self._asked:
            return
        self._found, self._entries, seconds = answer
        self._why_not = ""
        if self._found.counted:
            self._doing = ""
            self._due = time.monotonic() + max(LIVE_SECONDS, 8 * seconds)
        else:
            self._doing = f"counting the responses to {len(self._entries):,} problems" if self._entries else ""
            self._fetch(self._found.part, listing=False)
        self._apply()

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        if snapshot.sequence != self._sequence and time.monotonic() >= self._due:
            self._fetch(self._found.part, listing=False)

    # Showing

    @property
    def shown(self) -> Sequence[Entry]:
        """The rows as filtered and ordered."""
        return self.table.rows

    def _heading(self, width: int) -> Line:
        return heading(self._found.part, width, self._metric, self._chosen.order, self._chosen.backwards, self.host.glyphs)

    def _row(self, entry: Entry, width: int) -> Line:
        return row_line(entry, self._found.part, width, self._metric, self.host.glyphs)

    def _apply(self) -> None:
        """Filters and orders anew; many rows in a thread."""
        entries, chosen, metric = self._entries, self._chosen, self._metric
        if entries is None:
            return
        if len(entries) <= _AT_ONCE:
            self._show(select(entries, chosen, metric))
            return

        def show(selection: Selection) -> None:
            if (entries, chosen, metric) == (self._entries, self._chosen, self._metric):
                self._show(selection)

        self.host.ask(lambda: select(entries, chosen, metric), show)

    def _show(self, selection: Selection) -> None:
        self._selection = selection
        self.table.empty = "no problem passes the filter" if self._found.rows else self._why_not or _NOTHING
        self.table.show(selection.entries, self._to_top)
        self._to_top = False
        self._tell()

    def _tell(self) -> None:
        """Title, rule and filters say what is shown."""
        entries, glyphs = self._entries or [], self.host.glyphs
        latest = self.host.snapshot.attempt if self.host.snapshot is not None else 0
        self.bar.tell(title(self._found, entries, len(self.table.rows), self._chosen, latest, self._doing, glyphs))
        self.bar.remark(progress(self._found, entries, latest))
        self.facets.show(filters(self._found, entries, self._selection, self._chosen, self.host.keys) if entries else ())

    def on_facets_chosen(self, message: Facets.Chosen) -> None:
        if message.facet_name == "problems":
            self._open(message.value)
        elif message.facet_name == "category":
            self._want(category=Category(message.value) if message.value else None)
        else:
            self._want(kind=message.value)

    def _want(self, **changes: object) -> None:
        self._chosen = replace(self._chosen, **changes)  # type: ignore[arg-type]
        # Who orders anew wants to see what comes first.
        self._to_top = "order" in changes or "backwards" in changes
        self._apply()

    # The preview

    def on_resize(self) -> None:
        self.set_class(self.app.size.width >= WIDE, "-wide")
        self.on_table_moved()

    def on_table_moved(self) -> None:
        """Where there is room the responses to the problem under the cursor stand beside the table."""
        entry = self.table.current
        if entry is None or not self.has_class("-wide"):
            return
        wanted, part, attempt = entry.row.id, self._found.part, self._found.attempt
        self._wanted = wanted
        source = self.host.source
        self.host.ask(lambda: read(source.answers(wanted, part, attempt)), self._previewed)

    def _previewed(self, reading: Reading) -> None:
        """Shows what came, unless the cursor has moved on meanwhile."""
        if reading.id == self._wanted:
            glyphs = self.host.glyphs
            self.preview.show_blocks(lambda width: stacked(reading, width, glyphs))

    # Keys

    def action_rows(self, by: int) -> None:
        self.table.move(by)

    def action_pages(self, by: int) -> None:
        self.table.move_pages(by)

    def action_open(self) -> None:
        if self.table.current is not None:
            self.app.push_screen(AnswersScreen(self.table, self._found.part, self._found.attempt))

    def on_table_opened(self) -> None:
        self.action_open()

    def on_table_headed(self, message: Table.Headed) -> None:
        """A click on a heading orders by it, a second one the other way round."""
        column = column_at(self._found.part, self.table.size.width, message.x)
        if column is not None:
            self._want(order=column.order, backwards=column.order == self._chosen.order and not self._chosen.backwards)

    def action_part(self) -> None:
        parts = list(self._found.parts)
        if len(parts) > 1:
            self._open(parts[(parts.index(self._found.part) + 1) % len(parts)])

    def action_category(self) -> None:
        choices: list[Category | None] = [None, *categories(self._entries or ())]
        at = choices.index(self._chosen.category) if self._chosen.category in choices else 0
        self._want(category=choices[(at + 1) % len(choices)])

    def action_kind(self, by: int) -> None:
        kinds = kinds_of(self._found.part)
        self._want(kind=kinds[(kinds.index(self._chosen.kind) + by) % len(kinds)])

    def action_sort(self) -> None:
        columns = orders(self._found.part)
        self._want(order=columns[(columns.index(self._chosen.order) + 1) % len(columns)], backwards=False)

    def action_reverse(self) -> None:
        self._want(backwards=not self._chosen.backwards)

    def action_attempt(self, by: int) -> None:
        """The attempt before or after this one."""
        latest = self.host.snapshot.attempt if self.host.snapshot is not None else 0
        wanted = min(max(self._found.attempt + by, 1), latest)
        if latest and wanted != self._found.attempt:
            self._attempt = wanted if wanted != latest else 0
            self._open(self._found.part)
        else:
            self.notify(f"There is no {'earlier' if by < 0 else 'later'} attempt.", markup=False)

    def action_switch_metric(self) -> None:
        self._metric = "answers" if self._metric == "responses" else "responses"
        if self._entries is not None:
            self._entries = prepared(self._found.rows, self._metric, self._found.part)
        self._apply()

    def action_filter(self) -> None:
        self.find.open()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Problems are searched at every key; responses once the typing pauses."""
        self._want(text=event.value.lower(), found=frozenset())
        if self._typed is not None:
            self._typed.stop()
        self._doing = ""
        if len(event.value) >= _SHORTEST:
            self._doing = "searching the responses"
            self._typed = self.set_timer(_TYPING_SECONDS, self._search_texts)
        self._tell()

    def _search_texts(self) -> None:
        source, text, part, attempt = self.host.source, self._chosen.text, self._found.part, self._found.attempt

        def show(found: set[str]) -> None:
            if self._chosen.text == text and self._found.part == part:
                self._doing = ""
                self._want(found=found)

        self.host.ask(lambda: source.search(text, part, attempt), show)

    def on_input_submitted(self) -> None:
        self.find.close(self.table)

    def on_key(self, event: events.Key) -> None:
        """Arrow keys move in the table while the text is being typed."""
        if self.find.has_focus and event.key in ("up", "down"):
            event.stop()
            self.table.move(1 if event.key == "down" else -1)

    def go_back(self) -> bool:
        if self.find.is_open:
            self.find.value = ""
            self.find.close(self.table)
            return True
        if self._chosen.text:
            self.find.value = ""
            return True
        if self._chosen.kind != "all" or self._chosen.category is not None:
            self._want(kind="all", category=None)
            return True
        return False
